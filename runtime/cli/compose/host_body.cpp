#include "cli/compose/host_body.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/compose/refusals.hpp"

namespace strates::cli {

namespace {

using compose::Node;
using Kind = Node::Kind;

double decimal(const std::string& text) {
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// restart: "on-failure:3", or deploy.restart_policy.
Json restart_json(const Node& service) {
  if (const std::string given = service.text_of("restart"); !given.empty()) {
    const size_t colon = given.find(':');
    Json out = {{"Name", given.substr(0, colon)}, {"MaximumRetryCount", 0}};
    if (colon != std::string::npos) out["MaximumRetryCount"] = static_cast<std::int64_t>(decimal(given.substr(colon + 1)));
    return out;
  }
  if (const Node* policy = service.at({"deploy", "restart_policy"})) {
    const std::string condition = policy->text_of("condition", "any");
    if (condition == "none") return {{"Name", "no"}, {"MaximumRetryCount", 0}};
    if (condition == "on-failure") return {{"Name", "on-failure"}, {"MaximumRetryCount", policy->integer_of("max_attempts")}};
    return {{"Name", "always"}, {"MaximumRetryCount", 0}};
  }
  return {{"Name", "no"}, {"MaximumRetryCount", 0}};
}

// Volumes and plain binds as Binds, as Compose sends them: the engine makes a missing directory; the rest as Mounts.
void add_mounts(const Node& service, const BodyContext& context, Json& host) {
  Json binds = Json::array(), mounts = Json::array();
  if (const Node* list = service.find("volumes"))
    for (const Node& mount : list->items) {
      const std::string type = mount.text_of("type"), source = mount.text_of("source"), target = mount.text_of("target");
      const bool read_only = mount.flag_of("read_only");
      if (type == "bind" && (mount.find("bind") == nullptr || mount.find("bind")->flag_of("create_host_path", true))) {
        std::vector<std::string> options{read_only ? "ro" : "rw"};
        if (const Node* bind = mount.find("bind"))
          for (const std::string_view key : {"selinux", "propagation"})
            if (const std::string value = bind->text_of(key); !value.empty()) options.push_back(value);
        binds.push_back(source + ":" + target + ":" + join(options, ","));
        continue;
      }
      if (type == "volume" && !source.empty()) {
        const Node* definition = context.project.volumes.find(source);
        const std::string name = definition == nullptr ? source : definition->text_of("name", source);
        const bool no_copy = mount.at({"volume", "nocopy"}) != nullptr && mount.find("volume")->flag_of("nocopy");
        binds.push_back(name + ":" + target + ":" + (read_only ? "ro" : "rw") + (no_copy ? ",nocopy" : ""));
        continue;
      }
      if (type == "volume") continue;  // anonymous: in Volumes
      Json entry = {{"Type", type}, {"Target", target}};
      if (!source.empty()) entry["Source"] = source;
      if (read_only) entry["ReadOnly"] = true;
      if (const Node* bind = mount.find("bind"); bind != nullptr && type == "bind")
        if (const std::string propagation = bind->text_of("propagation"); !propagation.empty()) entry["BindOptions"] = {{"Propagation", propagation}};
      if (const Node* tmpfs = mount.find("tmpfs"); tmpfs != nullptr && type == "tmpfs") {
        entry["TmpfsOptions"] = Json::object();
        if (tmpfs->find("size") != nullptr) entry["TmpfsOptions"]["SizeBytes"] = tmpfs->integer_of("size");
        if (tmpfs->find("mode") != nullptr) entry["TmpfsOptions"]["Mode"] = tmpfs->integer_of("mode");
      }
      mounts.push_back(std::move(entry));
    }
  for (const auto& [target, volume] : context.inherited) binds.push_back(volume + ":" + target + ":rw");
  host["Binds"] = std::move(binds);
  host["Mounts"] = std::move(mounts);
  Json memory = Json::object();
  for (const std::string& entry : service.texts_of("tmpfs")) {
    const size_t colon = entry.find(':');
    memory[entry.substr(0, colon)] = colon == std::string::npos ? "" : entry.substr(colon + 1);
  }
  if (!memory.empty()) host["Tmpfs"] = std::move(memory);
}

void add_limits(const Node& service, Json& host) {
  const auto whole = [&](const char* field, std::string_view key) {
    if (const Node* found = service.find(key)) host[field] = found->integer();
  };
  whole("CpuShares", "cpu_shares");
  whole("CpuPeriod", "cpu_period");
  whole("CpuQuota", "cpu_quota");
  whole("CpuRealtimePeriod", "cpu_rt_period");
  whole("CpuRealtimeRuntime", "cpu_rt_runtime");
  whole("CpuCount", "cpu_count");
  whole("Memory", "mem_limit");
  whole("MemoryReservation", "mem_reservation");
  whole("MemorySwap", "memswap_limit");
  whole("MemorySwappiness", "mem_swappiness");
  whole("PidsLimit", "pids_limit");
  whole("OomScoreAdj", "oom_score_adj");
  whole("ShmSize", "shm_size");
  if (const Node* cpus = service.find("cpus")) host["NanoCpus"] = static_cast<std::int64_t>(std::llround(decimal(cpus->text) * 1e9));
  if (const Node* limits = service.at({"deploy", "resources", "limits"})) {
    if (const Node* cpus = limits->find("cpus")) host["NanoCpus"] = static_cast<std::int64_t>(std::llround(decimal(cpus->text) * 1e9));
    if (limits->find("memory") != nullptr) host["Memory"] = limits->integer_of("memory");
    if (limits->find("pids") != nullptr) host["PidsLimit"] = limits->integer_of("pids");
  }
  if (const Node* memory = service.at({"deploy", "resources", "reservations", "memory"})) host["MemoryReservation"] = memory->integer();
  if (const std::string set = service.text_of("cpuset"); !set.empty()) host["CpusetCpus"] = set;
  if (const std::string parent = service.text_of("cgroup_parent"); !parent.empty()) host["CgroupParent"] = parent;
  if (service.find("oom_kill_disable") != nullptr) host["OomKillDisable"] = service.flag_of("oom_kill_disable");
  Json ulimits = Json::array();
  if (const Node* limits = service.find("ulimits"))
    for (const compose::Member& member : limits->members) {
      const bool single = member.value.is(Kind::Integer);
      ulimits.push_back({{"Name", member.name}, {"Hard", single ? member.value.integer() : member.value.integer_of("hard")}, {"Soft", single ? member.value.integer() : member.value.integer_of("soft")}});
    }
  if (!ulimits.empty()) host["Ulimits"] = std::move(ulimits);
  Json devices = Json::array();
  if (const Node* list = service.find("devices"))
    for (const Node& device : list->items)
      devices.push_back({{"PathOnHost", device.text_of("source")}, {"PathInContainer", device.text_of("target", device.text_of("source"))}, {"CgroupPermissions", device.text_of("permissions", "rwm")}});
  host["Devices"] = std::move(devices);
  if (const auto rules = service.texts_of("device_cgroup_rules"); !rules.empty()) host["DeviceCgroupRules"] = rules;
  if (const Node* blkio = service.find("blkio_config")) {
    if (blkio->find("weight") != nullptr) host["BlkioWeight"] = blkio->integer_of("weight");
    static constexpr std::pair<std::string_view, const char*> kThrottles[] = {
        {"device_read_bps", "BlkioDeviceReadBps"}, {"device_read_iops", "BlkioDeviceReadIOps"}, {"device_write_bps", "BlkioDeviceWriteBps"}, {"device_write_iops", "BlkioDeviceWriteIOps"}};
    for (const auto& [key, field] : kThrottles)
      if (const Node* list = blkio->find(key))
        for (const Node& item : list->items) host[field].push_back({{"Path", item.text_of("path")}, {"Rate", item.integer_of("rate")}});
  }
}

// "service:db" as "container:ID".
Result<std::string> mode_of(const Node& service, std::string_view key, const BodyContext& context) {
  const std::string mode = service.text_of(key);
  if (!mode.starts_with("service:")) return mode;
  return "container:" + TRY(context.container_of(mode.substr(8))).id;
}

void add_lists(const Node& service, Json& host) {
  static constexpr std::pair<const char*, std::string_view> kLists[] = {
      {"CapAdd", "cap_add"}, {"CapDrop", "cap_drop"}, {"Dns", "dns"}, {"DnsOptions", "dns_opt"}, {"DnsSearch", "dns_search"}, {"GroupAdd", "group_add"}, {"SecurityOpt", "security_opt"}};
  for (const auto& [field, key] : kLists)
    if (const auto values = service.texts_of(key); !values.empty()) host[field] = values;
  Json hosts = Json::array();
  if (const Node* extra = service.find("extra_hosts"))
    for (const compose::Member& member : extra->members)
      for (const Node& address : member.value.items) hosts.push_back(member.name + ":" + address.text);
  if (!hosts.empty()) host["ExtraHosts"] = std::move(hosts);
  for (const auto& [field, key] : {std::pair{"Sysctls", "sysctls"}, {"StorageOpt", "storage_opt"}, {"Annotations", "annotations"}})
    if (const Node* map = service.find(key))
      for (const compose::Member& member : map->members) host[field][member.name] = member.value.text;
}

}  // namespace

Result<Json> host_body(const compose::Service& service, const BodyContext& context) {
  const Node& node = service.node;
  TRY(refuse_unsupported(service));  // also for who comes here another way than `up`: never left out in silence
  Json host = Json::object();
  add_mounts(node, context, host);
  host["LogConfig"] = {{"Type", ""}, {"Config", Json::object()}};
  if (const Node* logging = node.find("logging")) {
    host["LogConfig"]["Type"] = logging->text_of("driver");
    if (const Node* options = logging->find("options"))
      for (const compose::Member& member : options->members) host["LogConfig"]["Config"][member.name] = member.value.text;
  }
  const std::string mode = TRY(mode_of(node, "network_mode", context));
  host["NetworkMode"] = mode.empty() ? "none" : mode;
  host["RestartPolicy"] = restart_json(node);
  host["AutoRemove"] = context.auto_remove;
  add_lists(node, host);
  for (const auto& [field, key] : {std::pair{"IpcMode", "ipc"}, {"PidMode", "pid"}, {"UTSMode", "uts"}}) host[field] = TRY(mode_of(node, key, context));
  host["UsernsMode"] = node.text_of("userns_mode");
  if (const std::string cgroup = node.text_of("cgroup"); !cgroup.empty()) host["CgroupnsMode"] = cgroup;
  host["Privileged"] = node.flag_of("privileged");
  host["ReadonlyRootfs"] = node.flag_of("read_only");
  if (node.find("init") != nullptr) host["Init"] = node.flag_of("init");
  if (const std::string runtime = node.text_of("runtime"); !runtime.empty()) host["Runtime"] = runtime;
  if (const std::string isolation = node.text_of("isolation"); !isolation.empty()) host["Isolation"] = isolation;
  Json from = Json::array();
  for (const std::string& entry : node.texts_of("volumes_from")) {
    if (entry.starts_with("container:")) {
      from.push_back(entry.substr(10));
      continue;
    }
    const size_t colon = entry.find(':');
    from.push_back(TRY(context.container_of(entry.substr(0, colon))).id + (colon == std::string::npos ? "" : entry.substr(colon)));
  }
  host["VolumesFrom"] = std::move(from);
  add_limits(node, host);
  return host;
}

}  // namespace strates::cli
