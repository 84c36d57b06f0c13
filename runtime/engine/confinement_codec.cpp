#include "engine/confinement_codec.hpp"

#include "base/json_full.hpp"

namespace strates::engine {

namespace {

// One table for both directions: what is at its default is not written.
struct NumberField {
  const char* key;
  std::int64_t Limits::*member;
};
constexpr NumberField kNumbers[] = {{"memory", &Limits::memory}, {"nano_cpus", &Limits::nano_cpus}, {"cpu_shares", &Limits::cpu_shares}, {"pids_limit", &Limits::pids},
                                    {"memory_reservation", &Limits::memory_reservation}, {"memory_swap", &Limits::memory_swap}, {"kernel_memory", &Limits::kernel_memory},
                                    {"cpu_period", &Limits::cpu_period}, {"cpu_quota", &Limits::cpu_quota}, {"blkio_weight", &Limits::blkio_weight}};
struct TextField {
  const char* key;
  std::string Isolation::*member;
};
constexpr TextField kModes[] = {{"ipc_mode", &Isolation::ipc_mode}, {"pid_mode", &Isolation::pid_mode}, {"uts_mode", &Isolation::uts_mode},
                                {"cgroupns_mode", &Isolation::cgroupns_mode}, {"userns_mode", &Isolation::userns_mode}, {"cgroup_parent", &Isolation::cgroup_parent}};
struct ListField {
  const char* key;
  std::vector<std::string> Isolation::*member;
};
constexpr ListField kLists[] = {{"cap_add", &Isolation::cap_add}, {"cap_drop", &Isolation::cap_drop}, {"security_opt", &Isolation::security_opt},
                                {"group_add", &Isolation::group_add}, {"device_rules", &Isolation::device_rules}};
struct MapField {
  const char* key;
  std::map<std::string, std::string> Isolation::*member;
};
constexpr MapField kMaps[] = {{"tmpfs", &Isolation::tmpfs}, {"sysctls", &Isolation::sysctls}};
struct PathsField {
  const char* key;
  std::optional<std::vector<std::string>> Isolation::*member;
};
constexpr PathsField kPaths[] = {{"masked_paths", &Isolation::masked_paths}, {"readonly_paths", &Isolation::readonly_paths}};

}  // namespace

Json limits_to_json(const Limits& limits) {
  Json json = Json::object();
  for (const auto& row : kNumbers)
    if (limits.*row.member != 0) json[row.key] = limits.*row.member;
  if (limits.memory_swappiness) json["memory_swappiness"] = *limits.memory_swappiness;
  if (limits.oom_kill_disable) json["oom_kill_disable"] = true;
  if (!limits.cpuset_cpus.empty()) json["cpuset_cpus"] = limits.cpuset_cpus;
  if (!limits.cpuset_mems.empty()) json["cpuset_mems"] = limits.cpuset_mems;
  return json;
}

Limits limits_from_json(const Json& json) {
  Limits limits;
  for (const auto& row : kNumbers) limits.*row.member = json_int(json, row.key);
  if (json.is_object() && json.contains("memory_swappiness")) limits.memory_swappiness = json_int(json, "memory_swappiness");
  limits.oom_kill_disable = json_bool(json, "oom_kill_disable");
  limits.cpuset_cpus = json_string(json, "cpuset_cpus");
  limits.cpuset_mems = json_string(json, "cpuset_mems");
  return limits;
}

Json isolation_to_json(const Isolation& isolation) {
  Json json = Json::object();
  for (const auto& row : kModes)
    if (!(isolation.*row.member).empty()) json[row.key] = isolation.*row.member;
  for (const auto& row : kLists)
    if (!(isolation.*row.member).empty()) json[row.key] = isolation.*row.member;
  for (const auto& row : kMaps)
    if (!(isolation.*row.member).empty()) json[row.key] = isolation.*row.member;
  for (const auto& row : kPaths)
    if (isolation.*row.member) json[row.key] = *(isolation.*row.member);
  if (isolation.init) json["init"] = *isolation.init;
  if (isolation.oom_score_adj != 0) json["oom_score_adj"] = isolation.oom_score_adj;
  for (const auto& limit : isolation.ulimits) json["ulimits"].push_back({{"name", limit.name}, {"soft", limit.soft}, {"hard", limit.hard}});
  for (const auto& device : isolation.devices)
    json["devices"].push_back({{"host", device.host}, {"container", device.container}, {"permissions", device.permissions}});
  return json;
}

Isolation isolation_from_json(const Json& json) {
  Isolation isolation;
  if (!json.is_object()) return isolation;
  for (const auto& row : kModes) isolation.*row.member = json_string(json, row.key);
  for (const auto& row : kLists) isolation.*row.member = json_strings(json, row.key);
  for (const auto& row : kMaps) {
    const Json& map = json_member(json, row.key);
    if (!map.is_object()) continue;
    for (const auto& [key, value] : map.items())
      if (value.is_string()) (isolation.*row.member)[key] = value.get<std::string>();
  }
  for (const auto& row : kPaths)
    if (json.contains(row.key)) isolation.*row.member = json_strings(json, row.key);
  if (json.contains("init")) isolation.init = json_bool(json, "init");
  isolation.oom_score_adj = json_int(json, "oom_score_adj");
  for (const auto& one : json_member(json, "ulimits")) isolation.ulimits.push_back({json_string(one, "name"), json_int(one, "soft"), json_int(one, "hard")});
  for (const auto& one : json_member(json, "devices")) isolation.devices.push_back({json_string(one, "host"), json_string(one, "container"), json_string(one, "permissions")});
  return isolation;
}

}  // namespace strates::engine
