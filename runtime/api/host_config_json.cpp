#include "api/host_config_json.hpp"

#include <algorithm>
#include <limits>

#include "api/answers.hpp"
#include "api/confinement_json.hpp"
#include "api/host_value.hpp"
#include "api/mount_json.hpp"
#include "api/network_json.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "engine/network_rules.hpp"

namespace strates::api {

namespace {

constexpr std::string_view kMasked[] = {"/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware"};
constexpr std::string_view kReadonly[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};

template <size_t N>
Json list_of(const std::string_view (&paths)[N]) {
  Json out = Json::array();
  for (const auto path : paths) out.push_back(path);
  return out;
}

Error refuse(std::string_view key, std::string_view reason) {
  return unsupported("create container with", "HostConfig." + std::string(key), reason, "leave it out");
}

// One key of HostConfig that does something here, or whose harmless values are not empty.
struct Field {
  std::string_view key;
  Result<void> (*read)(const Json& value, engine::HostConfig& host);
};

// As Go prints a [][]string: "[[gpu]]".
std::string capabilities_text(const Json& request) {
  std::vector<std::string> sets;
  for (const Json& set : json_member(request, "Capabilities")) {
    std::vector<std::string> words;
    for (const Json& word : set) words.push_back(word.is_string() ? word.get<std::string>() : dump_json(word));
    sets.push_back("[" + join(words, " ") + "]");
  }
  return "[" + join(sets, " ") + "]";
}

constexpr Field kFields[] = {
    {"NetworkMode", [](const Json& value, engine::HostConfig& host) -> Result<void> {
       const std::string mode = TRY(read_text(value, "NetworkMode"));
       host.network_mode = mode.empty() ? "default" : mode;
       return {};
     }},
    {"AutoRemove", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.auto_remove = TRY(read_bool(value, "AutoRemove")); return {}; }},
    {"Privileged", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.privileged = TRY(read_bool(value, "Privileged")); return {}; }},
    {"ReadonlyRootfs", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.readonly_root = TRY(read_bool(value, "ReadonlyRootfs")); return {}; }},
    {"ShmSize", [](const Json& value, engine::HostConfig& host) -> Result<void> {
       const std::int64_t bytes = TRY(read_number(value, "ShmSize"));
       if (bytes < 0) return docker_error(ErrorKind::Invalid, "api.bad-parameter", "SHM size can not be less than 0");
       if (bytes > 0) host.shm_size = static_cast<std::uint64_t>(bytes);
       return {};
     }},
    {"ContainerIDFile", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.container_id_file = TRY(read_text(value, "ContainerIDFile")); return {}; }},
    {"ConsoleSize", [](const Json& value, engine::HostConfig& host) -> Result<void> {
       if (value.is_null()) return {};
       const bool pair = value.is_array() && value.size() == 2 && value[0].is_number_unsigned() && value[1].is_number_unsigned();
       if (!pair || value[0].get<std::uint64_t>() > 65535 || value[1].get<std::uint64_t>() > 65535) return wrong_type("ConsoleSize", "[rows, columns]");
       host.console_rows = value[0].get<std::uint16_t>();
       host.console_columns = value[1].get<std::uint16_t>();
       return {};
     }},
    // --- mounts
    {"Binds", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.binds = TRY(read_texts(value, "Binds")); return {}; }},
    {"Mounts", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.mounts = TRY(mount_specs_from_json(value)); return {}; }},
    {"VolumesFrom", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.volumes_from = TRY(read_texts(value, "VolumesFrom")); return {}; }},
    {"VolumeDriver", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.volume_driver = TRY(read_text(value, "VolumeDriver")); return {}; }},
    {"LogConfig", [](const Json& value, engine::HostConfig& host) -> Result<void> {
       if (value.is_null()) return {};
       if (!value.is_object()) return wrong_type("LogConfig", "an object");
       if (const std::string driver = TRY(read_text(json_member(value, "Type"), "LogConfig.Type")); !driver.empty()) host.log.driver = driver;
       const Json& options = json_member(value, "Config");
       if (!options.is_null() && !options.is_object()) return wrong_type("LogConfig.Config", "an object");
       for (const auto& [name, option] : options.items()) host.log.options[name] = TRY(read_text(option, "LogConfig.Config." + name));
       return {};
     }},
    // --- networks
    {"PortBindings", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.port_bindings = TRY(port_map_from_json(value)); return {}; }},
    {"PublishAllPorts", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.publish_all = TRY(read_bool(value, "PublishAllPorts")); return {}; }},
    {"Links", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.links = TRY(read_texts(value, "Links")); return {}; }},
    // --- life of the container, names
    {"RestartPolicy", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.restart = TRY(restart_policy_from_json(value)); return {}; }},
    {"ExtraHosts", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.extra_hosts = TRY(read_texts(value, "ExtraHosts")); return {}; }},
    {"Dns", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.dns = TRY(read_texts(value, "Dns")); return {}; }},
    {"DnsSearch", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.dns_search = TRY(read_texts(value, "DnsSearch")); return {}; }},
    {"DnsOptions", [](const Json& value, engine::HostConfig& host) -> Result<void> { host.dns_options = TRY(read_texts(value, "DnsOptions")); return {}; }},
    {"Isolation", [](const Json& value, engine::HostConfig&) -> Result<void> {
       const std::string text = TRY(read_text(value, "Isolation"));
       if (text.empty() || equal_ignoring_case(text, "default")) return {};
       return bad_parameter("Invalid isolation: " + go_quote(text) + " - linux only supports 'default'.");
     }},
    {"Runtime", [](const Json& value, engine::HostConfig&) -> Result<void> {
       const std::string text = TRY(read_text(value, "Runtime"));
       if (text.empty() || text == "runc" || text == "strates") return {};
       return bad_parameter("Unknown runtime specified " + text);
     }},
    // Docker without a driver of devices, and overlay2 on a file system without project quotas.
    {"DeviceRequests", [](const Json& value, engine::HostConfig&) -> Result<void> {
       if (value.is_null()) return {};
       if (!value.is_array()) return wrong_type("DeviceRequests", "a list");
       for (const Json& one : value) return docker_error(ErrorKind::Internal, "container.device-driver", "could not select device driver " + go_quote(json_string(one, "Driver")) + " with capabilities: " + capabilities_text(one));
       return {};
     }},
    {"StorageOpt", [](const Json& value, engine::HostConfig&) -> Result<void> {
       for (const auto& [name, option] : TRY(read_map(value, "StorageOpt"))) {
         if (!equal_ignoring_case(name, "size")) return docker_error(ErrorKind::Internal, "container.storage-opt", "Unknown option " + name);
         return docker_error(ErrorKind::Internal, "container.storage-opt", "--storage-opt is supported only for overlay over xfs with 'pquota' mount option.");
       }
       return {};
     }},
};

constexpr std::string_view kReason = "this version does not do it";

}  // namespace

bool says_nothing(const Json& value) {
  if (value.is_null()) return true;
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number()) return value.get<double>() == 0;
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  return value.empty();  // a key may say something all by itself: {"Tmpfs":{"/x":""}}
}

Result<engine::RestartPolicy> restart_policy_from_json(const Json& json) {
  if (!json.is_null() && !json.is_object()) return wrong_type("RestartPolicy", "an object");
  const std::string name = TRY(read_text(json_member(json, "Name"), "RestartPolicy.Name"));
  const auto when = engine::restart_when(name);
  if (!when) return docker_error(ErrorKind::Invalid, "container.restart-policy", "invalid restart policy '" + name + "'");
  const std::int64_t most = TRY(read_number(json_member(json, "MaximumRetryCount"), "RestartPolicy.MaximumRetryCount"));
  if (most > std::numeric_limits<int>::max() || most < std::numeric_limits<int>::min()) return wrong_type("RestartPolicy.MaximumRetryCount", "a smaller number");
  return engine::RestartPolicy{*when, static_cast<int>(most)};
}

Result<engine::HostConfig> host_config_from_json(const Json& json) {
  engine::HostConfig host;
  if (json.is_null()) return host;
  if (!json.is_object()) return bad_parameter("HostConfig must be an object");
  for (const auto& [key, value] : json.items()) {
    const std::string& name = key;
    const auto* field = std::find_if(std::begin(kFields), std::end(kFields), [&](const Field& row) { return row.key == name; });
    if (field != std::end(kFields)) {
      TRY(field->read(value, host));
    } else if (TRY(read_confinement(name, value, host))) {
      continue;
    } else if (!says_nothing(value)) {
      return refuse(name, kReason);
    }
  }
  return host;
}

Json host_config_to_json(const engine::HostConfig& host, const engine::MachineInfo& machine) {
  const Json none = Json::array();
  Json out = {{"Binds", host.binds.empty() ? Json() : Json(host.binds)}, {"ContainerIDFile", host.container_id_file}, {"LogConfig", {{"Type", host.log.driver}, {"Config", host.log.options.empty() ? Json::object() : Json(host.log.options)}}},
          {"NetworkMode", host.network_mode}, {"PortBindings", engine::ports_to_json(host.port_bindings)}, {"RestartPolicy", {{"Name", engine::to_string(host.restart.when)}, {"MaximumRetryCount", host.restart.most}}},
          {"AutoRemove", host.auto_remove}, {"VolumeDriver", host.volume_driver}, {"VolumesFrom", host.volumes_from.empty() ? Json() : Json(host.volumes_from)}, {"CapAdd", nullptr}, {"CapDrop", nullptr},
          {"CgroupnsMode", ""}, {"Dns", host.dns}, {"DnsOptions", host.dns_options}, {"DnsSearch", host.dns_search},
          {"ExtraHosts", host.extra_hosts.empty() ? Json() : Json(host.extra_hosts)},
          {"GroupAdd", nullptr}, {"IpcMode", ""}, {"Cgroup", ""}, {"Links", host.links.empty() ? Json() : Json(host.links)}, {"OomScoreAdj", 0}, {"PidMode", ""}, {"Privileged", host.privileged},
          {"PublishAllPorts", host.publish_all}, {"ReadonlyRootfs", host.readonly_root}, {"SecurityOpt", Json()}, {"Tmpfs", nullptr},
          {"UTSMode", ""}, {"UsernsMode", ""}, {"ShmSize", host.shm_size}, {"Sysctls", nullptr}, {"Runtime", "runc"}, {"ConsoleSize", {host.console_rows, host.console_columns}},
          {"Isolation", ""}, {"CpuShares", 0}, {"Memory", 0}, {"NanoCpus", 0}, {"CgroupParent", ""}, {"BlkioWeight", 0},
          {"BlkioWeightDevice", none}, {"BlkioDeviceReadBps", nullptr}, {"BlkioDeviceWriteBps", nullptr}, {"BlkioDeviceReadIOps", nullptr}, {"BlkioDeviceWriteIOps", nullptr},
          {"CpuPeriod", 0}, {"CpuQuota", 0}, {"CpuRealtimePeriod", 0}, {"CpuRealtimeRuntime", 0}, {"CpusetCpus", ""}, {"CpusetMems", ""}, {"Devices", none},
          {"DeviceCgroupRules", nullptr}, {"DeviceRequests", nullptr}, {"KernelMemory", 0}, {"KernelMemoryTCP", 0}, {"MemoryReservation", 0},
          {"MemorySwap", 0}, {"MemorySwappiness", nullptr}, {"OomKillDisable", false},
          {"PidsLimit", nullptr}, {"Ulimits", nullptr}, {"CpuCount", 0}, {"CpuPercent", 0}, {"IOMaximumIOps", 0},
          {"IOMaximumBandwidth", 0}};
  if (!host.mounts.empty()) out["Mounts"] = mount_specs_to_json(host.mounts);
  out["MaskedPaths"] = host.privileged ? Json() : list_of(kMasked);
  out["ReadonlyPaths"] = host.privileged ? Json() : list_of(kReadonly);
  write_confinement(out, host);
  // A build's own containers are made without asking: they have what Docker gives.
  if (host.isolation.ipc_mode.empty()) out["IpcMode"] = "private";
  if (host.isolation.cgroupns_mode.empty()) out["CgroupnsMode"] = machine.cgroup_version == "2" ? "private" : "host";
  return out;
}

}  // namespace strates::api
