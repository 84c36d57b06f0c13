// compose up and create.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <csignal>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/compose/converge.hpp"
#include "cli/compose/followers.hpp"
#include "cli/compose/handlers.hpp"
#include "cli/compose/refusals.hpp"
#include "cli/compose/images.hpp"
#include "cli/compose/stopping.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kUpFlags[] = {
    bool_flag("abort-on-container-exit", 0, "Stops all containers if any container was stopped. Incompatible with -d"),
    bool_flag("always-recreate-deps", 0, "Recreate dependent containers. Incompatible with --no-recreate."),
    list_flag("attach", 0, "Restrict attaching to the specified services. Incompatible with --attach-dependencies."),
    bool_flag("attach-dependencies", 0, "Automatically attach to log output of dependent services"),
    bool_flag("build", 0, "Build images before starting containers."),
    bool_flag("detach", 'd', "Detached mode: Run containers in the background"),
    text_flag("exit-code-from", 0, "Return the exit code of the selected service container. Implies --abort-on-container-exit"),
    bool_flag("force-recreate", 0, "Recreate containers even if their configuration and image haven't changed."),
    list_flag("no-attach", 0, "Do not attach (stream logs) to the specified services"),
    bool_flag("no-build", 0, "Don't build an image, even if it's missing."),
    bool_flag("no-color", 0, "Produce monochrome output."),
    bool_flag("no-deps", 0, "Don't start linked services."),
    bool_flag("no-log-prefix", 0, "Don't print prefix in logs."),
    bool_flag("no-recreate", 0, "If containers already exist, don't recreate them. Incompatible with --force-recreate."),
    bool_flag("no-start", 0, "Don't start the services after creating them."),
    text_flag("pull", 0, "Pull image before running (\"always\"|\"missing\"|\"never\")", "missing"),
    bool_flag("quiet-pull", 0, "Pull without printing progress information."),
    bool_flag("remove-orphans", 0, "Remove containers for services not defined in the Compose file."),
    bool_flag("renew-anon-volumes", 'V', "Recreate anonymous volumes instead of retrieving data from the previous containers."),
    list_flag("scale", 0, "Scale SERVICE to NUM instances. Overrides the `scale` setting in the Compose file if present."),
    integer_flag("timeout", 't', "Use this timeout in seconds for container shutdown when attached or when containers are already running.", "10"),
    not_yet_bool("timestamps"),
    bool_flag("wait", 0, "Wait for services to be running|healthy. Implies detached mode."),
};
constexpr FlagSpec kCreateFlags[] = {
    bool_flag("build", 0, "Build images before starting containers."),
    bool_flag("force-recreate", 0, "Recreate containers even if their configuration and image haven't changed."),
    bool_flag("no-build", 0, "Don't build an image, even if it's missing."),
    bool_flag("no-recreate", 0, "If containers already exist, don't recreate them. Incompatible with --force-recreate."),
    text_flag("pull", 0, "Pull image before running (\"always\"|\"missing\"|\"never\")", "missing"),
    bool_flag("remove-orphans", 0, "Remove containers for services not defined in the Compose file."),
    list_flag("scale", 0, "Scale SERVICE to NUM instances. Overrides the `scale` setting in the Compose file if present."),
};

Result<std::map<std::string, int>> scales(const ParsedFlags& flags, const compose::Project& project) {
  std::map<std::string, int> out;
  for (const std::string& entry : flags.list("scale")) {
    const size_t equals = entry.find('=');
    int count = 0;
    const std::string number = equals == std::string::npos ? "" : entry.substr(equals + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), count);
    if (number.empty() || error != std::errc() || end != number.data() + number.size() || count < 0 || count > 10'000) return compose_refusal("invalid --scale option \"" + entry + "\". Should be SERVICE=NUM");
    const std::string name = entry.substr(0, equals);
    if (project.find(name) == nullptr) return compose_refusal("no such service: " + name);
    out[name] = count;
  }
  return out;
}

// What up and create share: all that is there before the first start.
Result<std::vector<std::string>> bring_about(ComposeCall& call, compose::Project& project, Convergence& convergence, Progress& progress) {
  const ParsedFlags& flags = call.flags;
  if (flags.boolean("build") && flags.boolean("no-build")) return compose_refusal("--build and --no-build are incompatible");
  if (flags.boolean("force-recreate") && flags.boolean("no-recreate")) return compose_refusal("--force-recreate and --no-recreate are incompatible");
  TRY(compose::enable_services(project, call.args()));
  const auto services = TRY(compose::selected_services(project, call.args(), flags.boolean("no-deps") ? compose::WithDependencies::No : compose::WithDependencies::Yes));
  if (services.empty()) return compose_refusal("no service selected");
  TRY(refuse_unsupported(project, services));
  ConvergeOptions options;
  options.services = services;
  options.named.insert(call.args().begin(), call.args().end());
  options.scale = TRY(scales(flags, project));
  options.recreate = flags.boolean("force-recreate") ? Recreate::Always : flags.boolean("no-recreate") ? Recreate::Never : Recreate::Changed;
  options.recreate_dependencies = flags.boolean("always-recreate-deps") ? Recreate::Always : flags.boolean("no-recreate") ? Recreate::Never : Recreate::Changed;
  options.renew_volumes = flags.boolean("renew-anon-volumes");
  if (flags.changed("timeout")) options.timeout = flags.integer("timeout");
  ImageOptions images;
  images.build = flags.boolean("build") ? BuildWhen::Always : flags.boolean("no-build") ? BuildWhen::Never : BuildWhen::Missing;
  if (flags.changed("pull")) images.pull = flags.text("pull");
  images.quiet_pull = flags.boolean("quiet-pull");
  TRY(ensure_images(call, project, services, images));
  const auto orphans = orphans_of(project, TRY(project_containers(call.session.client, project.name, OneOff::No)));
  if (flags.boolean("remove-orphans")) TRY(stop_containers(call, project, orphans, progress, options.timeout, Removal::Yes));
  else warn_of_orphans(call, orphans);
  TRY(convergence.ensure_resources(services));
  TRY(convergence.create(options));
  return services;
}

struct Interrupts {
  std::atomic<int> count{0}, last{0};
};

// Listens to all, until they end, one of them decides, or a signal comes.
Result<int> run_attached(ComposeCall& call, const compose::Project& project, Convergence& convergence, Progress& progress, const std::vector<std::string>& services, Interrupts& interrupts, Followers& followers, LogLines& lines) {
  const ParsedFlags& flags = call.flags;
  const std::string decides = flags.text("exit-code-from");
  const bool aborts = flags.boolean("abort-on-container-exit") || !decides.empty();
  const auto quiet = flags.list("no-attach"), only = flags.list("attach");
  const auto has = [](const std::vector<std::string>& list, const std::string& name) { return std::find(list.begin(), list.end(), name) != list.end(); };
  const auto all = of_services(TRY(project_containers(call.session.client, project.name, OneOff::No)), services);
  std::vector<ProjectContainer> heard;
  for (const ProjectContainer& container : all) {
    const compose::Service* service = project.find(container.service);
    if (has(quiet, container.service) || (!only.empty() && !has(only, container.service)) || (service != nullptr && !service->node.flag_of("attach", true))) continue;
    if (only.empty() && !call.args().empty() && !flags.boolean("attach-dependencies") && !has(call.args(), container.service) && container.service != decides) continue;
    heard.push_back(container);
  }
  for (const ProjectContainer& container : heard) lines.add(container.short_name(project.name));
  std::vector<std::string> names;
  for (const ProjectContainer& container : heard) names.push_back(container.short_name(project.name));
  progress.leave();
  call.console().out("Attaching to " + join(names, ", ") + "\n");
  for (const ProjectContainer& container : heard) TRY(followers.attach(container, container.short_name(project.name)));
  const auto started = convergence.start(services);
  const auto stop = [&](const std::string& word) -> Result<void> {
    if (!word.empty()) call.console().out(word + "\n");
    Progress stopping(call.console(), call.session.clock, progress_kind(call));
    std::optional<std::int64_t> timeout;
    if (flags.changed("timeout")) timeout = flags.integer("timeout");
    return stop_containers(call, project, all, stopping, timeout, Removal::No);
  };
  if (!started.ok()) {
    ignore(stop(interrupts.count > 0 ? "Gracefully stopping... (press Ctrl+C again to force)" : ""));
    followers.cancel();
    if (interrupts.count > 0) return 130;
    return started.error();
  }
  int code = 0;
  for (;;) {
    Followers::Ended ended;
    const Followers::Why why = interrupts.count > 0 ? Followers::Why::Woken : followers.wait(ended);
    if (why == Followers::Why::AllDone) break;
    if (why == Followers::Why::Ended) {
      if (!aborts) continue;
      code = ended.code;
      call.console().out("Aborting on container exit...\n");
      TRY(stop(""));
      if (!decides.empty()) {
        code = 0;
        for (const ProjectContainer& container : of_services(all, {decides})) code = static_cast<int>(json_int(json_member(TRY(inspect_container(call.session.client, container.id)), "State"), "ExitCode"));
      }
      followers.drain();
      followers.cancel();
      break;
    }
    if (interrupts.count == 0) continue;
    call.console().out("Gracefully stopping... (press Ctrl+C again to force)\n");
    TRY(stop(""));
    followers.drain();
    followers.cancel();
    code = 130;
    break;
  }
  return code;
}

}  // namespace

std::span<const FlagSpec> compose_up_flags() { return kUpFlags; }
std::span<const FlagSpec> compose_create_flags() { return kCreateFlags; }

Result<int> compose_create(ComposeCall& call) {
  compose::Project project = TRY(load_compose_project(call));
  Progress progress(call.console(), call.session.clock, progress_kind(call));
  Convergence convergence(call, project, progress);
  TRY(bring_about(call, project, convergence, progress));
  return 0;
}

Result<int> compose_up(ComposeCall& call) {
  const ParsedFlags& flags = call.flags;
  const bool waits = flags.boolean("wait"), detached = flags.boolean("detach") || waits || flags.boolean("no-start");
  if (detached && (flags.boolean("abort-on-container-exit") || flags.changed("exit-code-from"))) return compose_refusal("--abort-on-container-exit and --detach are incompatible");
  compose::Project project = TRY(load_compose_project(call));
  if (const std::string decides = flags.text("exit-code-from"); !decides.empty() && project.find(decides) == nullptr) return compose_refusal("no such service: " + decides);
  Progress progress(call.console(), call.session.clock, progress_kind(call));
  Convergence convergence(call, project, progress);
  if (detached) {
    const auto services = TRY(bring_about(call, project, convergence, progress));
    if (flags.boolean("no-start")) return 0;
    TRY(convergence.start(services));
    if (waits) TRY(convergence.wait_until_ready(services));
    return 0;
  }
  // Until here a signal ends us, as with -d. They are taken before any thread begins; a second one kills.
  const auto services = TRY(bring_about(call, project, convergence, progress));
  Interrupts interrupts;
  convergence.interrupted = [&] { return interrupts.count > 0; };
  const Prefix prefix = flags.boolean("no-log-prefix") ? Prefix::None : Prefix::Names;
  const bool colors = call.console().out_is_terminal() && !flags.boolean("no-color") && call.globals.ansi != "never";
  LogLines lines(call.console(), prefix, colors ? Colors::Yes : Colors::No);
  Followers followers(call, lines);
  const auto guard = call.console().watch_signals([&](int signal) {
    if (signal != SIGINT && signal != SIGTERM) return;
    if (++interrupts.count == 1) return followers.wake();
    const auto client = call.ports.connect();
    const auto containers = project_containers(*client, project.name, OneOff::No);
    if (!containers.ok()) return;
    Progress killing(call.console(), call.session.clock, progress_kind(call));
    ignore(kill_containers(call, containers.value(), killing, "SIGKILL"));
  });
  return run_attached(call, project, convergence, progress, services, interrupts, followers, lines);
}

}  // namespace strates::cli
