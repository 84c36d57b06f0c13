#include "engine/container_codec.hpp"

#include "base/json_full.hpp"
#include "engine/confinement_codec.hpp"
#include "engine/network_rules.hpp"

namespace strates::engine {

namespace {

struct StatusName {
  Status status;
  std::string_view name;
};
constexpr StatusName kStatusNames[] = {{Status::Created, "created"}, {Status::Running, "running"}, {Status::Restarting, "restarting"}, {Status::Exited, "exited"}, {Status::Dead, "dead"}};

// --- mounts
Json spec_to_json(const MountSpec& spec) {
  Json json = {{"type", spec.type}, {"source", spec.source}, {"target", spec.target}, {"consistency", spec.consistency}, {"read_only", spec.read_only}};
  if (spec.bind) json["bind"] = {{"propagation", spec.bind->propagation}, {"non_recursive", spec.bind->non_recursive}};
  if (spec.volume)
    json["volume"] = {{"no_copy", spec.volume->no_copy}, {"labels", spec.volume->labels}, {"driver", spec.volume->driver}, {"options", spec.volume->options},
                      {"has_driver", spec.volume->has_driver}};
  if (spec.tmpfs) json["tmpfs"] = {{"size_bytes", spec.tmpfs->size_bytes}, {"mode", spec.tmpfs->mode}};
  return json;
}

std::map<std::string, std::string> texts_of(const Json& json) {
  std::map<std::string, std::string> out;
  if (json.is_object())
    for (const auto& [key, value] : json.items())
      if (value.is_string()) out[key] = value.get<std::string>();
  return out;
}

MountSpec spec_from_json(const Json& json) {
  MountSpec spec;
  spec.type = json_string(json, "type");
  spec.source = json_string(json, "source");
  spec.target = json_string(json, "target");
  spec.consistency = json_string(json, "consistency");
  spec.read_only = json_bool(json, "read_only");
  if (const Json& bind = json_member(json, "bind"); bind.is_object()) spec.bind = MountSpec::Bind{json_string(bind, "propagation"), json_bool(bind, "non_recursive")};
  if (const Json& volume = json_member(json, "volume"); volume.is_object())
    spec.volume = MountSpec::Volume{json_bool(volume, "no_copy"), texts_of(json_member(volume, "labels")), json_string(volume, "driver"), texts_of(json_member(volume, "options")),
                                    json_bool(volume, "has_driver")};
  if (const Json& tmpfs = json_member(json, "tmpfs"); tmpfs.is_object())
    spec.tmpfs = MountSpec::Tmpfs{json_int(tmpfs, "size_bytes"), static_cast<std::uint32_t>(json_int(tmpfs, "mode"))};
  return spec;
}

Json point_to_json(const MountPoint& point) {
  return {{"type", to_string(point.type)}, {"name", point.name}, {"source", point.source}, {"destination", point.destination}, {"driver", point.driver},
          {"mode", point.mode}, {"propagation", point.propagation}, {"writable", point.writable}, {"copies", point.copies}, {"anonymous", point.anonymous},
          {"must_exist", point.must_exist}, {"recursive", point.recursive}, {"options", point.options}};
}

MountPoint point_from_json(const Json& json) {
  MountPoint point;
  const std::string type = json_string(json, "type");
  for (const MountType one : {MountType::Bind, MountType::Volume, MountType::Tmpfs})
    if (to_string(one) == type) point.type = one;
  point.name = json_string(json, "name");
  point.source = json_string(json, "source");
  point.destination = json_string(json, "destination");
  point.driver = json_string(json, "driver");
  point.mode = json_string(json, "mode");
  point.propagation = json_string(json, "propagation");
  point.writable = json_bool(json, "writable", true);
  point.copies = json_bool(json, "copies");
  point.anonymous = json_bool(json, "anonymous");
  point.must_exist = json_bool(json, "must_exist");
  point.recursive = json_bool(json, "recursive", true);
  point.options = json_string(json, "options");
  return point;
}

Json host_to_json(const HostConfig& host) {
  Json json = {{"network_mode", host.network_mode}, {"auto_remove", host.auto_remove}, {"privileged", host.privileged},
               {"readonly_root", host.readonly_root}, {"shm_size", host.shm_size}, {"container_id_file", host.container_id_file},
               {"limits", limits_to_json(host.limits)}, {"isolation", isolation_to_json(host.isolation)}};
  // --- life of the container, names
  json["restart"] = {{"when", to_string(host.restart.when)}, {"most", host.restart.most}};
  json["log"] = {{"driver", host.log.driver}, {"options", host.log.options}};
  json["extra_hosts"] = host.extra_hosts;
  json["dns"] = host.dns;
  json["dns_search"] = host.dns_search;
  json["dns_options"] = host.dns_options;
  json["binds"] = host.binds;
  json["volumes_from"] = host.volumes_from;
  json["volume_driver"] = host.volume_driver;
  json["mounts"] = Json::array();
  for (const auto& mount : host.mounts) json["mounts"].push_back(spec_to_json(mount));
  json["port_bindings"] = ports_to_json(host.port_bindings);
  json["publish_all"] = host.publish_all;
  json["links"] = host.links;
  return json;
}

HostConfig host_from_json(const Json& json) {
  HostConfig host;
  host.network_mode = json_string(json, "network_mode", "default");
  host.auto_remove = json_bool(json, "auto_remove");
  host.privileged = json_bool(json, "privileged");
  host.readonly_root = json_bool(json, "readonly_root");
  host.limits = limits_from_json(json_member(json, "limits"));
  host.isolation = isolation_from_json(json_member(json, "isolation"));
  host.shm_size = static_cast<std::uint64_t>(json_int(json, "shm_size", 64 << 20));
  host.container_id_file = json_string(json, "container_id_file");
  const Json& restart = json_member(json, "restart");
  host.restart = {restart_when(json_string(restart, "when")).value_or(RestartWhen::Unset), static_cast<int>(json_int(restart, "most"))};
  const Json& log = json_member(json, "log");
  host.log.driver = json_string(log, "driver", "json-file");
  for (const auto& [name, value] : json_member(log, "options").items()) host.log.options[name] = value.get<std::string>();
  host.extra_hosts = json_strings(json, "extra_hosts");
  host.dns = json_strings(json, "dns");
  host.dns_search = json_strings(json, "dns_search");
  host.dns_options = json_strings(json, "dns_options");
  host.binds = json_strings(json, "binds");
  host.volumes_from = json_strings(json, "volumes_from");
  host.volume_driver = json_string(json, "volume_driver");
  for (const auto& mount : json_member(json, "mounts")) host.mounts.push_back(spec_from_json(mount));
  host.port_bindings = ports_from_json(json_member(json, "port_bindings"));
  host.publish_all = json_bool(json, "publish_all");
  host.links = json_strings(json, "links");
  return host;
}

// Written when the status changes and when the container ends: the last results before a crash of the daemon may be missing.
Json health_to_json(const Health& health) {
  Json log = Json::array();
  for (const auto& result : health.log) log.push_back({{"start", result.start}, {"end", result.end}, {"exit_code", result.exit_code}, {"output", result.output}});
  return {{"status", to_string(health.status)}, {"failing_streak", health.failing_streak}, {"log", log}};
}

Health health_from_json(const Json& json) {
  Health health;
  const std::string status = json_string(json, "status");
  for (const auto known : {HealthStatus::Starting, HealthStatus::Healthy, HealthStatus::Unhealthy})
    if (to_string(known) == status) health.status = known;
  health.failing_streak = static_cast<int>(json_int(json, "failing_streak"));
  for (const Json& result : json_member(json, "log"))
    health.log.push_back({json_int(result, "start"), json_int(result, "end"), static_cast<int>(json_int(result, "exit_code")), json_string(result, "output")});
  return health;
}

}  // namespace

std::string_view to_string(HealthStatus status) {
  switch (status) {
    case HealthStatus::Starting: return "starting";
    case HealthStatus::Healthy: return "healthy";
    case HealthStatus::Unhealthy: break;
  }
  return "unhealthy";
}

std::string_view to_string(Status status) {
  for (const auto& row : kStatusNames)
    if (row.status == status) return row.name;
  return "dead";
}

std::string_view state_word(const ContainerState& state) { return state.paused ? "paused" : to_string(state.status); }

std::string encode_container(const Container& container) {
  std::vector<std::string> layers;
  for (const auto& layer : container.layers) layers.push_back(layer.str());
  const ContainerState& state = container.state;
  Json mounts = Json::array();
  for (const auto& point : container.mounts) mounts.push_back(point_to_json(point));
  Json json = {
      {"id", container.id.str()},
      {"name", container.name},
      {"created", container.created},
      {"path", container.path},
      {"args", container.args},
      {"config", image::run_config_to_json(container.config)},
      {"host", host_to_json(container.host)},
      {"image", container.image.str()},
      {"image_name", container.image_name},
      {"layers", layers},
      {"mounts", mounts},
      {"networks", networks_to_json(container.networks)},
      {"ports", ports_to_json(container.ports)},
      {"sandbox_id", container.sandbox_id},
      {"restart_count", container.restart_count},
      {"intermediate", container.intermediate},
      {"stopped_by_hand", container.stopped_by_hand},
      {"state",
       {{"status", to_string(state.status)},
        {"pid", state.pid},
        {"exit_code", state.exit_code},
        {"oom_killed", state.oom_killed},
        {"paused", state.paused},
        {"error", state.error},
        {"started_at", state.started_at},
        {"finished_at", state.finished_at}}},
  };
  if (state.health) json["state"]["health"] = health_to_json(*state.health);
  return dump_json(json);
}

Result<Container> decode_container(std::string_view text) {
  const Json json = TRY(parse_json(text));
  if (!json.is_object() || json_string(json, "id").size() != 64)
    return make_error(ErrorKind::Internal, "store.corrupt", "read a container's record", std::string(text.substr(0, 40)), "not a record");
  Container container;
  container.id = ContainerId(json_string(json, "id"));
  container.name = json_string(json, "name");
  container.created = json_int(json, "created");
  container.path = json_string(json, "path");
  container.args = json_strings(json, "args");
  container.config = TRY(image::run_config_from_json(json_member(json, "config")));
  container.host = host_from_json(json_member(json, "host"));
  container.image = ImageId(json_string(json, "image"));
  container.image_name = json_string(json, "image_name");
  for (auto& layer : json_strings(json, "layers")) container.layers.emplace_back(std::move(layer));
  for (const auto& point : json_member(json, "mounts")) container.mounts.push_back(point_from_json(point));
  container.networks = networks_from_json(json_member(json, "networks"));
  container.ports = ports_from_json(json_member(json, "ports"));
  container.sandbox_id = json_string(json, "sandbox_id");
  container.restart_count = static_cast<int>(json_int(json, "restart_count"));
  container.intermediate = json_bool(json, "intermediate");
  container.stopped_by_hand = json_bool(json, "stopped_by_hand");
  const Json& state = json_member(json, "state");
  const std::string status = json_string(state, "status");
  for (const auto& row : kStatusNames)
    if (row.name == status) container.state.status = row.status;
  container.state.pid = json_int(state, "pid");
  container.state.exit_code = static_cast<int>(json_int(state, "exit_code"));
  container.state.oom_killed = json_bool(state, "oom_killed");
  container.state.paused = json_bool(state, "paused");
  container.state.error = json_string(state, "error");
  container.state.started_at = json_int(state, "started_at");
  container.state.finished_at = json_int(state, "finished_at");
  if (const Json& health = json_member(state, "health"); health.is_object()) container.state.health = health_from_json(health);
  return container;
}

}  // namespace strates::engine
