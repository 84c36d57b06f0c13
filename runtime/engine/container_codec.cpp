#include "engine/container_codec.hpp"

#include "base/json_full.hpp"

namespace strates::engine {

namespace {

struct StatusName {
  Status status;
  std::string_view name;
};
constexpr StatusName kStatusNames[] = {{Status::Created, "created"}, {Status::Running, "running"}, {Status::Restarting, "restarting"}, {Status::Exited, "exited"}, {Status::Dead, "dead"}};

Json host_to_json(const HostConfig& host) {
  Json json = {{"network_mode", host.network_mode}, {"auto_remove", host.auto_remove}, {"privileged", host.privileged},
               {"readonly_root", host.readonly_root}, {"memory", host.memory}, {"nano_cpus", host.nano_cpus}, {"cpu_shares", host.cpu_shares},
               {"shm_size", host.shm_size}, {"container_id_file", host.container_id_file}};
  if (host.pids_limit) json["pids_limit"] = *host.pids_limit;
  // --- life of the container, names
  json["restart"] = {{"when", to_string(host.restart.when)}, {"most", host.restart.most}};
  json["extra_hosts"] = host.extra_hosts;
  json["dns"] = host.dns;
  json["dns_search"] = host.dns_search;
  json["dns_options"] = host.dns_options;
  return json;
}

HostConfig host_from_json(const Json& json) {
  HostConfig host;
  host.network_mode = json_string(json, "network_mode", "default");
  host.auto_remove = json_bool(json, "auto_remove");
  host.privileged = json_bool(json, "privileged");
  host.readonly_root = json_bool(json, "readonly_root");
  host.memory = json_int(json, "memory");
  host.nano_cpus = json_int(json, "nano_cpus");
  host.cpu_shares = json_int(json, "cpu_shares");
  host.shm_size = static_cast<std::uint64_t>(json_int(json, "shm_size", 64 << 20));
  host.container_id_file = json_string(json, "container_id_file");
  if (json.contains("pids_limit")) host.pids_limit = json_int(json, "pids_limit");
  const Json& restart = json_member(json, "restart");
  host.restart = {restart_when(json_string(restart, "when")).value_or(RestartWhen::Unset), static_cast<int>(json_int(restart, "most"))};
  host.extra_hosts = json_strings(json, "extra_hosts");
  host.dns = json_strings(json, "dns");
  host.dns_search = json_strings(json, "dns_search");
  host.dns_options = json_strings(json, "dns_options");
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

std::string encode_container(const Container& container) {
  std::vector<std::string> layers;
  for (const auto& layer : container.layers) layers.push_back(layer.str());
  const ContainerState& state = container.state;
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
      {"restart_count", container.restart_count},
      {"intermediate", container.intermediate},
      {"stopped_by_hand", container.stopped_by_hand},
      {"state",
       {{"status", to_string(state.status)},
        {"pid", state.pid},
        {"exit_code", state.exit_code},
        {"oom_killed", state.oom_killed},
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
  container.state.error = json_string(state, "error");
  container.state.started_at = json_int(state, "started_at");
  container.state.finished_at = json_int(state, "finished_at");
  if (const Json& health = json_member(state, "health"); health.is_object()) container.state.health = health_from_json(health);
  return container;
}

}  // namespace strates::engine
