#include "api/confinement_json.hpp"

#include <algorithm>

#include "api/answers.hpp"
#include "api/host_value.hpp"
#include "base/json_full.hpp"

namespace strates::api {

namespace {

using engine::HostConfig;
using engine::Isolation;
using engine::Limits;

// --- one row a key; the row reads and writes it
struct NumberKey {
  std::string_view key;
  std::int64_t Limits::*member;
};
constexpr NumberKey kNumbers[] = {{"Memory", &Limits::memory}, {"NanoCpus", &Limits::nano_cpus}, {"CpuShares", &Limits::cpu_shares},
                                  {"MemoryReservation", &Limits::memory_reservation}, {"MemorySwap", &Limits::memory_swap}, {"KernelMemory", &Limits::kernel_memory},
                                  {"CpuPeriod", &Limits::cpu_period}, {"CpuQuota", &Limits::cpu_quota}, {"BlkioWeight", &Limits::blkio_weight}};
struct SetKey {
  std::string_view key;
  std::string Limits::*member;
};
constexpr SetKey kSets[] = {{"CpusetCpus", &Limits::cpuset_cpus}, {"CpusetMems", &Limits::cpuset_mems}};
struct ModeKey {
  std::string_view key;
  std::string Isolation::*member;
};
constexpr ModeKey kModes[] = {{"IpcMode", &Isolation::ipc_mode}, {"PidMode", &Isolation::pid_mode}, {"UTSMode", &Isolation::uts_mode},
                              {"CgroupnsMode", &Isolation::cgroupns_mode}, {"UsernsMode", &Isolation::userns_mode}, {"CgroupParent", &Isolation::cgroup_parent}};
struct ListKey {
  std::string_view key;
  std::vector<std::string> Isolation::*member;
};
constexpr ListKey kLists[] = {{"CapAdd", &Isolation::cap_add}, {"CapDrop", &Isolation::cap_drop}, {"SecurityOpt", &Isolation::security_opt},
                              {"GroupAdd", &Isolation::group_add}, {"DeviceCgroupRules", &Isolation::device_rules}};
struct MapKey {
  std::string_view key;
  std::map<std::string, std::string> Isolation::*member;
};
constexpr MapKey kMaps[] = {{"Tmpfs", &Isolation::tmpfs}, {"Sysctls", &Isolation::sysctls}};
struct PathsKey {
  std::string_view key;
  std::optional<std::vector<std::string>> Isolation::*member;
};
constexpr PathsKey kPaths[] = {{"MaskedPaths", &Isolation::masked_paths}, {"ReadonlyPaths", &Isolation::readonly_paths}};

template <size_t N, typename Row>
const Row* row_of(const Row (&rows)[N], std::string_view key) {
  const auto* found = std::find_if(std::begin(rows), std::end(rows), [&](const Row& row) { return row.key == key; });
  return found == std::end(rows) ? nullptr : found;
}

Result<void> read_ulimits(const Json& value, Isolation& isolation) {
  if (value.is_null()) return {};
  if (!value.is_array() || value.size() > kMostHostEntries) return wrong_type("Ulimits", "a list");
  for (const auto& one : value) {
    if (!one.is_object()) return wrong_type("Ulimits", "a list of objects");
    engine::Ulimit limit{json_string(one, "Name"), json_int(one, "Soft"), json_int(one, "Hard")};
    if (limit.name.empty()) return wrong_type("Ulimits", "a list of named limits");
    isolation.ulimits.push_back(std::move(limit));
  }
  return {};
}

Result<void> read_devices(const Json& value, Isolation& isolation) {
  if (value.is_null()) return {};
  if (!value.is_array() || value.size() > kMostHostEntries) return wrong_type("Devices", "a list");
  for (const auto& one : value) {
    if (!one.is_object()) return wrong_type("Devices", "a list of objects");
    engine::DeviceMapping device{json_string(one, "PathOnHost"), json_string(one, "PathInContainer"), json_string(one, "CgroupPermissions")};
    if (device.container.empty()) device.container = device.host;
    if (device.permissions.empty()) device.permissions = "rwm";
    if (device.host.empty() || device.host.front() != '/' || device.container.front() != '/' || device.permissions.find_first_not_of("rwm") != std::string::npos)
      return bad_parameter("invalid device: " + device.host);
    isolation.devices.push_back(std::move(device));
  }
  return {};
}

// The keys of which there is one of a kind.
Result<bool> read_single(const std::string& key, const Json& value, HostConfig& host) {
  Isolation& isolation = host.isolation;
  if (key == "PidsLimit") {
    // 0 and -1 both mean: no limit.
    host.limits.pids = std::max<std::int64_t>(0, TRY(read_number(value, key)));
  } else if (key == "MemorySwappiness") {
    const std::int64_t swappiness = value.is_null() ? -1 : TRY(read_number(value, key));
    if (swappiness != -1) host.limits.memory_swappiness = swappiness;
  } else if (key == "OomKillDisable" || key == "Init") {
    if (!value.is_null() && !value.is_boolean()) return wrong_type(key, "true or false");
    if (key == "Init" && !value.is_null()) isolation.init = value.get<bool>();
    if (key == "OomKillDisable") host.limits.oom_kill_disable = !value.is_null() && value.get<bool>();
  } else if (key == "OomScoreAdj") {
    isolation.oom_score_adj = TRY(read_number(value, key));
  } else if (key == "Ulimits") {
    TRY(read_ulimits(value, isolation));
  } else if (key == "Devices") {
    TRY(read_devices(value, isolation));
  } else {
    return false;
  }
  return true;
}

Json or_null(const std::vector<std::string>& list) { return list.empty() ? Json() : Json(list); }

Result<void> read_limit(const std::string& key, const Json& value, Limits& limits, bool& known) {
  known = true;
  if (const auto* number = row_of(kNumbers, key)) limits.*number->member = TRY(read_number(value, key));
  else if (const auto* set = row_of(kSets, key)) limits.*set->member = TRY(read_text(value, key));
  else known = false;
  return {};
}

}  // namespace

Result<bool> read_confinement(const std::string& key, const Json& value, HostConfig& host) {
  bool limit = false;
  TRY(read_limit(key, value, host.limits, limit));
  if (limit) return true;
  if (const auto* mode = row_of(kModes, key)) host.isolation.*mode->member = TRY(read_text(value, key));
  else if (const auto* list = row_of(kLists, key)) host.isolation.*list->member = TRY(read_texts(value, key));
  else if (const auto* map = row_of(kMaps, key)) host.isolation.*map->member = TRY(read_map(value, key));
  else if (const auto* paths = row_of(kPaths, key)) {
    if (!value.is_null()) host.isolation.*paths->member = TRY(read_texts(value, key));
  } else {
    return read_single(key, value, host);
  }
  return true;
}

void write_confinement(Json& out, const HostConfig& host) {
  const Isolation& isolation = host.isolation;
  const Limits& limits = host.limits;
  for (const auto& row : kNumbers) out[std::string(row.key)] = limits.*row.member;
  for (const auto& row : kSets) out[std::string(row.key)] = limits.*row.member;
  for (const auto& row : kModes) out[std::string(row.key)] = isolation.*row.member;
  for (const auto& row : kLists) out[std::string(row.key)] = or_null(isolation.*row.member);
  if (host.privileged && isolation.security_opt.empty()) out["SecurityOpt"] = Json::array({"label=disable"});
  for (const auto& row : kMaps) {
    if ((isolation.*row.member).empty()) out.erase(std::string(row.key));
    else out[std::string(row.key)] = isolation.*row.member;
  }
  for (const auto& row : kPaths)
    if (isolation.*row.member) out[std::string(row.key)] = *(isolation.*row.member);
  out["PidsLimit"] = limits.pids == 0 ? Json() : Json(std::max<std::int64_t>(0, limits.pids));
  out["MemorySwappiness"] = limits.memory_swappiness ? Json(*limits.memory_swappiness) : Json();
  out["OomKillDisable"] = limits.oom_kill_disable;
  out["OomScoreAdj"] = isolation.oom_score_adj;
  for (const auto& limit : isolation.ulimits) out["Ulimits"].push_back({{"Name", limit.name}, {"Hard", limit.hard}, {"Soft", limit.soft}});
  for (const auto& device : isolation.devices)
    out["Devices"].push_back({{"PathOnHost", device.host}, {"PathInContainer", device.container}, {"CgroupPermissions", device.permissions}});
  if (isolation.init) out["Init"] = *isolation.init;
}

Result<bool> read_limit_change(const std::string& key, const Json& value, engine::UpdateRequest& request) {
  if (key == "PidsLimit") {
    request.pids_set = !value.is_null();
    request.limits.pids = TRY(read_number(value, key));
    return true;
  }
  bool known = false;
  TRY(read_limit(key, value, request.limits, known));
  return known;
}

}  // namespace strates::api
