// compose start, stop, restart, pause, unpause, kill, rm, logs.
#include <algorithm>
#include <atomic>
#include <csignal>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/compose/followers.hpp"
#include "cli/compose/handlers.hpp"
#include "cli/compose/parallel.hpp"
#include "cli/compose/stopping.hpp"
#include "cli/daemon.hpp"
#include "cli/go_time.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kTimeFlags[] = {integer_flag("timeout", 't', "Specify a shutdown timeout in seconds", "10")};
constexpr FlagSpec kRestartFlags[] = {bool_flag("no-deps", 0, "Don't restart dependent services."), integer_flag("timeout", 't', "Specify a shutdown timeout in seconds", "10")};
constexpr FlagSpec kKillFlags[] = {bool_flag("remove-orphans", 0, "Remove containers for services not defined in the Compose file."), text_flag("signal", 's', "SIGNAL to send to the container.", "SIGKILL")};
constexpr FlagSpec kRmFlags[] = {bool_flag("force", 'f', "Don't ask to confirm removal"), bool_flag("stop", 's', "Stop the containers, if required, before removing"), bool_flag("volumes", 'v', "Remove any anonymous volumes attached to containers")};
constexpr FlagSpec kLogsFlags[] = {
    bool_flag("follow", 'f', "Follow log output."), bool_flag("no-color", 0, "Produce monochrome output."), bool_flag("no-log-prefix", 0, "Don't print prefix in logs."),
    text_flag("since", 0, "Show logs since timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)"), text_flag("tail", 'n', "Number of lines to show from the end of the logs for each container.", "all"),
    bool_flag("timestamps", 't', "Show timestamps."), text_flag("until", 0, "Show logs before a timestamp (e.g. 2013-01-02T13:23:37Z) or relative (e.g. 42m for 42 minutes)"),
};

struct Chosen {
  compose::Project project;
  std::vector<ProjectContainer> containers;
};

// The containers of the services that were named, or of all.
Result<Chosen> choose(ComposeCall& call) {
  Chosen out{TRY(project_or_labels(call)), {}};
  if (!call.args().empty()) TRY(compose::enable_services(out.project, call.args()));
  const auto services = TRY(compose::selected_services(out.project, call.args(), compose::WithDependencies::No));
  out.containers = of_services(TRY(project_containers(call.session.client, out.project.name, OneOff::No)), services);
  return out;
}

std::optional<std::int64_t> timeout_of(const ComposeCall& call) { return call.flags.changed("timeout") ? std::optional(call.flags.integer("timeout")) : std::nullopt; }

// One request for each container, side by side.
Result<int> post_to_all(ComposeCall& call, const std::vector<ProjectContainer>& containers, const std::string& action, const char* working, const char* done) {
  Progress progress(call.console(), call.session.clock, progress_kind(call));
  Order order;
  std::map<std::string, std::string> names;
  for (const ProjectContainer& container : containers) order[container.id], names[container.id] = container.name;
  TRY(run_in_order(order, [&](const std::string& id) -> Result<void> {
    const auto client = call.ports.connect();
    const std::string what = "Container " + names.at(id);
    progress.working(what, working);
    if (auto sent = daemon(client->post("/containers/" + id + action, Json())); !sent.ok()) {
      progress.failed(what, "Error");
      return std::move(sent).error();
    }
    progress.done(what, done);
    return success();
  }));
  return 0;
}

}  // namespace

std::span<const FlagSpec> compose_start_flags() { return {}; }
std::span<const FlagSpec> compose_stop_flags() { return kTimeFlags; }
std::span<const FlagSpec> compose_restart_flags() { return kRestartFlags; }
std::span<const FlagSpec> compose_pause_flags() { return {}; }
std::span<const FlagSpec> compose_unpause_flags() { return {}; }
std::span<const FlagSpec> compose_kill_flags() { return kKillFlags; }
std::span<const FlagSpec> compose_rm_flags() { return kRmFlags; }
std::span<const FlagSpec> compose_logs_flags() { return kLogsFlags; }

Result<int> compose_start(ComposeCall& call) {
  const Chosen chosen = TRY(choose(call));
  Progress progress(call.console(), call.session.clock, progress_kind(call));
  Convergence convergence(call, chosen.project, progress);
  const auto services = TRY(compose::selected_services(chosen.project, call.args(), compose::WithDependencies::Yes));
  for (const std::string& name : services)
    if (of_services(chosen.containers, {name}).empty() && (call.args().empty() || std::find(call.args().begin(), call.args().end(), name) != call.args().end()) && chosen.project.find(name)->replicas > 0)
      return compose_refusal("service " + go_quote(name) + " has no container to start");
  TRY(convergence.start(services));
  return 0;
}

Result<int> compose_stop(ComposeCall& call) {
  const Chosen chosen = TRY(choose(call));
  Progress progress(call.console(), call.session.clock, progress_kind(call));
  TRY(stop_containers(call, chosen.project, chosen.containers, progress, timeout_of(call), Removal::No));
  return 0;
}

Result<int> compose_restart(ComposeCall& call) {
  Chosen chosen = TRY(choose(call));
  // Who asked to be restarted with what it depends on (`restart: true`).
  if (!call.flags.boolean("no-deps") && !call.args().empty()) {
    std::vector<std::string> services = call.args();
    for (const compose::Service& service : chosen.project.services)
      for (const compose::Dependency& dependency : service.depends_on)
        if (dependency.restart && std::find(call.args().begin(), call.args().end(), dependency.service) != call.args().end()) services.push_back(service.name);
    chosen.containers = of_services(TRY(project_containers(call.session.client, chosen.project.name, OneOff::No)), services);
  }
  Progress progress(call.console(), call.session.clock, progress_kind(call));
  std::vector<std::string> services;
  for (const ProjectContainer& container : chosen.containers)
    if (std::find(services.begin(), services.end(), container.service) == services.end()) services.push_back(container.service);
  TRY(run_in_order(service_order(chosen.project, services, Direction::Dependencies), [&](const std::string& name) -> Result<void> {
    const auto client = call.ports.connect();
    for (const ProjectContainer& container : chosen.containers) {
      if (container.service != name) continue;
      const std::string what = "Container " + container.name;
      progress.working(what, "Restarting");
      Query query;
      if (const auto timeout = timeout_of(call)) query.add("t", std::to_string(*timeout));
      if (auto done = daemon(client->post(query.on("/containers/" + container.id + "/restart"), Json())); !done.ok()) {
        progress.failed(what, "Error");
        return std::move(done).error();
      }
      progress.done(what, "Started");
    }
    return success();
  }));
  return 0;
}

Result<int> compose_pause(ComposeCall& call) {
  Chosen chosen = TRY(choose(call));
  std::erase_if(chosen.containers, [](const ProjectContainer& container) { return container.state != "running"; });
  return post_to_all(call, chosen.containers, "/pause", "Pausing", "Paused");
}

Result<int> compose_unpause(ComposeCall& call) {
  Chosen chosen = TRY(choose(call));
  std::erase_if(chosen.containers, [](const ProjectContainer& container) { return container.state != "paused"; });
  return post_to_all(call, chosen.containers, "/unpause", "Unpausing", "Unpaused");
}

Result<int> compose_kill(ComposeCall& call) {
  const Chosen chosen = TRY(choose(call));
  Progress progress(call.console(), call.session.clock, progress_kind(call));
  const bool any = std::any_of(chosen.containers.begin(), chosen.containers.end(), [](const ProjectContainer& container) { return container.running(); });
  if (!any) call.console().err("no container to kill\n");
  TRY(kill_containers(call, chosen.containers, progress, call.flags.text("signal")));
  if (call.flags.boolean("remove-orphans")) {
    const auto orphans = orphans_of(chosen.project, TRY(project_containers(call.session.client, chosen.project.name, OneOff::No)));
    TRY(stop_containers(call, chosen.project, orphans, progress, std::nullopt, Removal::Yes));
  }
  return 0;
}

Result<int> compose_rm(ComposeCall& call) {
  Chosen chosen = TRY(choose(call));
  if (call.flags.boolean("stop")) {
    Progress stopping(call.console(), call.session.clock, progress_kind(call));
    TRY(stop_containers(call, chosen.project, chosen.containers, stopping, std::nullopt, Removal::No));
    for (ProjectContainer& container : chosen.containers) container.state = "exited";
  }
  std::erase_if(chosen.containers, [](const ProjectContainer& container) { return container.running(); });
  if (chosen.containers.empty()) {
    call.console().err("No stopped containers\n");
    return 0;
  }
  std::vector<std::string> names;
  for (const ProjectContainer& container : chosen.containers) names.push_back(container.name);
  const std::string question = "Going to remove " + join(names, ", ");
  if (call.flags.boolean("force")) call.console().out(question + "\n");
  else {
    call.console().out("? " + question + " (y/N) ");
    char answer[16];
    const auto read = call.console().read_input(answer);
    const std::string word = read.ok() ? to_lower(trim(std::string_view(answer, read.value()))) : "";
    if (word != "y" && word != "yes") return 0;
  }
  Progress progress(call.console(), call.session.clock, progress_kind(call));
  TRY(stop_containers(call, chosen.project, chosen.containers, progress, std::nullopt, call.flags.boolean("volumes") ? Removal::WithVolumes : Removal::Yes));
  return 0;
}

Result<int> compose_logs(ComposeCall& call) {
  const Chosen chosen = TRY(choose(call));
  const bool follow = call.flags.boolean("follow"), colors = call.console().out_is_terminal() && !call.flags.boolean("no-color") && call.globals.ansi != "never";
  Query query;
  query.add("stdout", "1").add("stderr", "1").add_if(follow, "follow").add_if(call.flags.boolean("timestamps"), "timestamps").add("tail", call.flags.text("tail"));
  for (const char* bound : {"since", "until"})
    if (call.flags.changed(bound)) query.add(bound, TRY(docker_timestamp(call.flags.text(bound), call.session.clock.now())));
  const std::string text = query.on("");
  LogLines lines(call.console(), call.flags.boolean("no-log-prefix") ? Prefix::None : Prefix::Names, colors ? Colors::Yes : Colors::No);
  Followers followers(call, lines);
  for (const ProjectContainer& container : chosen.containers) lines.add(container.short_name(chosen.project.name));
  std::unique_ptr<ConsoleGuard> guard;
  std::atomic<bool> interrupted{false};
  if (follow)
    guard = call.console().watch_signals([&](int signal) {
      if (signal != SIGINT && signal != SIGTERM) return;
      interrupted = true;
      followers.cancel();
      followers.wake();
    });
  // Not followed: one after the other, so that each container's lines stay together as they came.
  for (const ProjectContainer& container : chosen.containers) {
    followers.read_log(container, container.short_name(chosen.project.name), text.substr(text.find('?') + 1));
    if (!follow) followers.join();
  }
  if (follow) {
    Followers::Ended ended;
    while (!interrupted && followers.wait(ended) == Followers::Why::Ended) {
    }
  }
  return interrupted ? 130 : 0;
}

}  // namespace strates::cli
