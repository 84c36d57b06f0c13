#include "api/container_json.hpp"

#include <algorithm>

#include "api/engine_clock.hpp"
#include "api/host_config_json.hpp"
#include "api/human_time.hpp"
#include "api/mount_json.hpp"
#include "api/network_json.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::api {

namespace {

std::string time_or_zero(Nanos at) { return at == 0 ? std::string(kZeroTime) : rfc3339(at); }

Json health_json(const engine::Health& health) {
  Json log = Json::array();
  for (const auto& result : health.log)
    log.push_back({{"Start", rfc3339(result.start)}, {"End", rfc3339(result.end)}, {"ExitCode", result.exit_code}, {"Output", result.output}});
  return {{"Status", engine::to_string(health.status)}, {"FailingStreak", health.failing_streak}, {"Log", log}};
}

Json state_json(const engine::ContainerState& state) {
  Json out = {{"Status", engine::state_word(state)}, {"Running", state.running()}, {"Paused", state.paused},
              {"Restarting", state.status == engine::Status::Restarting}, {"OOMKilled", state.oom_killed}, {"Dead", state.status == engine::Status::Dead},
              {"Pid", state.pid}, {"ExitCode", state.exit_code}, {"Error", state.error}, {"StartedAt", time_or_zero(state.started_at)},
              {"FinishedAt", time_or_zero(state.finished_at)}};
  if (state.health) out["Health"] = health_json(*state.health);
  return out;
}

// What of the image's layers a container stands on, in bytes. An image that is gone while its container stays counts as nothing.
std::uint64_t image_bytes(engine::Engine& engine, const engine::Container& container) {
  const auto image = engine.image(container.image.str());
  return image.ok() ? image.value().bytes : 0;
}

Json graph_driver(engine::Engine& engine, const engine::Container& container) {
  Json data;
  if (const auto paths = engine.mount_paths(container.id.str()); paths.ok())
    data = {{"LowerDir", join(paths.value().lower, ":")}, {"MergedDir", paths.value().merged}, {"UpperDir", paths.value().upper}, {"WorkDir", paths.value().work}};
  return {{"Data", data}, {"Name", engine.world().machine.storage_driver}};
}

// The name that was asked for, as long as it still means the same image (Docker Engine, daemon/list.go).
std::string shown_image(engine::Engine& engine, const engine::Container& container) {
  const auto image = engine.image(container.image_name);
  return image.ok() && image.value().id == container.image ? container.image_name : container.image.str();
}

// As the container's snapshot in Docker Engine, container/view.go: arguments with a space are quoted.
std::string command_line(const engine::Container& container) {
  std::string out = container.path;
  for (const auto& arg : container.args) out += arg.find(' ') == std::string::npos ? " " + arg : " '" + arg + "'";
  return out;
}

// "/db:/web/store", as the names are now.
Json links_json(engine::Engine& engine, const engine::Container& container) {
  Json out = Json::array();
  if (container.host.links.empty()) return out;
  for (const auto& link : engine.link_names())
    if (link.name.starts_with(container.name + "/")) out.push_back("/" + link.container_name + ":/" + link.name);
  return out;
}

}  // namespace

Result<Json> container_details(engine::Engine& engine, const engine::Container& container, Sizes sizes) {
  Json execs;
  for (const auto& exec : container.execs) execs.push_back(exec.str());
  const std::string log = engine.log_path(container.id);
  // They lie beside the log, from the first start on.
  const auto file = [&](const std::string& name) { return container.state.started_at == 0 || log.empty() ? "" : log.substr(0, log.rfind('/') + 1) + name; };
  Json out = {{"Id", container.id.str()}, {"Created", rfc3339(container.created)}, {"Path", container.path}, {"Args", container.args},
              {"State", state_json(container.state)}, {"Image", container.image.str()}, {"ResolvConfPath", file("resolv.conf")}, {"HostnamePath", file("hostname")}, {"HostsPath", file("hosts")},
              {"LogPath", container.host.log.driver == "none" ? std::string() : log}, {"Name", "/" + container.name}, {"RestartCount", container.restart_count},
              {"Driver", engine.world().machine.storage_driver}, {"Platform", "linux"}, {"MountLabel", ""}, {"ProcessLabel", ""}, {"AppArmorProfile", ""},
              {"ExecIDs", execs}, {"HostConfig", host_config_to_json(container.host, engine.world().machine)}, {"GraphDriver", graph_driver(engine, container)}};
  if (sizes != Sizes::No) {
    const std::uint64_t written = TRY(engine.usage(container.id.str()));
    out["SizeRw"] = written;
    out["SizeRootFs"] = written + image_bytes(engine, container);
  }
  Json links = links_json(engine, container);
  out["HostConfig"]["Links"] = links.empty() ? Json() : std::move(links);
  out["Mounts"] = mount_points_json(container.mounts);
  out["Config"] = image::run_config_to_json(container.config);
  out["NetworkSettings"] = network_settings_json(container);
  return out;
}

Result<Json> container_row(engine::Engine& engine, const engine::Container& container, const std::vector<engine::LinkName>& links, Sizes sizes) {
  std::vector<std::string> names{"/" + container.name};
  for (const auto& link : links)
    if (link.container == container.id.str()) names.push_back("/" + link.name);
  std::sort(names.begin(), names.end());
  Json out = {{"Id", container.id.str()}, {"Names", names}, {"Image", shown_image(engine, container)}, {"ImageID", container.image.str()},
              {"Command", command_line(container)}, {"Created", container.created / kSecond}, {"Ports", port_rows_json(container)}};
  if (sizes != Sizes::No) {
    // Go leaves a size of 0 out.
    const std::uint64_t written = TRY(engine.usage(container.id.str()));
    if (written > 0) out["SizeRw"] = written;
    if (const auto total = written + image_bytes(engine, container); total > 0) out["SizeRootFs"] = total;
  }
  out["Labels"] = container.config.labels ? Json(*container.config.labels) : Json::object();
  out["State"] = engine::state_word(container.state);
  out["Status"] = status_text(container.state, engine_now(engine));
  out["HostConfig"] = {{"NetworkMode", container.host.network_mode}};
  out["NetworkSettings"] = {{"Networks", endpoints_json(container)}};
  out["Mounts"] = mount_points_json(container.mounts);
  return out;
}

Json exec_details(const engine::ExecInstance& exec) {
  Json process = {{"tty", exec.tty}, {"entrypoint", exec.command.empty() ? "" : exec.command.front()}, {"arguments", Json::array()}, {"privileged", exec.privileged}};
  for (size_t i = 1; i < exec.command.size(); ++i) process["arguments"].push_back(exec.command[i]);
  if (!exec.user.empty()) process["user"] = exec.user;
  return {{"ID", exec.id.str()}, {"Running", exec.running}, {"ExitCode", exec.exit_code ? Json(*exec.exit_code) : Json()}, {"ProcessConfig", process},
          {"OpenStdin", exec.attach_stdin}, {"OpenStderr", exec.attach_stderr}, {"OpenStdout", exec.attach_stdout}, {"CanRemove", false},
          {"ContainerID", exec.container.str()}, {"DetachKeys", exec.detach_keys}, {"Pid", exec.pid}};
}

}  // namespace strates::api
