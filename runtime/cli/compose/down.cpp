// compose down: all that up made goes, in the reverse order.
#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/compose/handlers.hpp"
#include "cli/compose/stopping.hpp"
#include "cli/daemon.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {
    bool_flag("remove-orphans", 0, "Remove containers for services not defined in the Compose file."),
    text_flag("rmi", 0, "Remove images used by services. \"local\" remove only images that don't have a custom tag (\"local\"|\"all\")"),
    integer_flag("timeout", 't', "Specify a shutdown timeout in seconds", "10"),
    bool_flag("volumes", 'v', "Remove named volumes declared in the `volumes` section of the Compose file and anonymous volumes attached to containers."),
};

std::string project_filter(const std::string& project) { return dump_json(Json{{"label", {std::string(label::kProject) + "=" + project}}}); }

bool absent(const Error& error) { return is_from_daemon(error) && error.kind == ErrorKind::NotFound; }

Result<void> remove_networks(ComposeCall& call, const compose::Project& project, Progress& progress, bool& found) {
  api::Client& client = call.session.client;
  const Json networks = TRY(daemon(client.get(Query().add("filters", project_filter(project.name)).on("/networks"))));
  for (const Json& network : networks) {
    if (json_string(json_member(network, "Labels"), label::kProject) != project.name) continue;
    const std::string what = "Network " + json_string(network, "Name");
    found = true;
    progress.working(what, "Removing");
    if (auto done = client.remove("/networks/" + json_string(network, "Id")); !done.ok() && !absent(done.error())) {
      // Somebody else is on it: said, and left.
      progress.failed(what, "Error");
      return compose_refusal("failed to remove network " + json_string(network, "Name") + ": " + as_daemon_error(done.error()).message());
    }
    progress.done(what, "Removed");
  }
  return success();
}

Result<void> remove_volumes(ComposeCall& call, const compose::Project& project, Progress& progress) {
  api::Client& client = call.session.client;
  const Json answer = TRY(daemon(client.get(Query().add("filters", project_filter(project.name)).on("/volumes"))));
  for (const Json& volume : json_member(answer, "Volumes")) {
    if (json_string(json_member(volume, "Labels"), label::kProject) != project.name) continue;
    const std::string name = json_string(volume, "Name"), what = "Volume " + name;
    progress.working(what, "Removing");
    if (auto done = client.remove("/volumes/" + path_name(name)); !done.ok() && !absent(done.error())) {
      if (done.error().kind != ErrorKind::Conflict) return as_daemon_error(std::move(done).error());
      progress.done(what, "Resource is still in use");
      continue;
    }
    progress.done(what, "Removed");
  }
  return success();
}

Result<void> remove_images(ComposeCall& call, const compose::Project& project, Progress& progress, bool all) {
  api::Client& client = call.session.client;
  for (const compose::Service& service : project.services) {
    if (!all && !service.image.empty()) continue;
    const std::string image = project.image_of(service), what = "Image " + with_tag_shown(image);
    progress.working(what, "Removing");
    if (auto done = client.remove("/images/" + path_name(image)); !done.ok()) {
      if (absent(done.error())) progress.done(what, "Warning: No resource found to remove");
      else if (done.error().kind == ErrorKind::Conflict) progress.done(what, "Resource is still in use");
      else return as_daemon_error(std::move(done).error());
      continue;
    }
    progress.done(what, "Removed");
  }
  return success();
}

}  // namespace

std::span<const FlagSpec> compose_down_flags() { return kFlags; }

Result<int> compose_down(ComposeCall& call) {
  const std::string rmi = call.flags.text("rmi");
  if (!rmi.empty() && rmi != "all" && rmi != "local") return compose_refusal("invalid value for --rmi: " + go_quote(rmi));
  const compose::Project project = TRY(project_or_labels(call));
  Progress progress(call.console(), call.session.clock, progress_kind(call));
  std::optional<std::int64_t> timeout;
  if (call.flags.changed("timeout")) timeout = call.flags.integer("timeout");
  const bool volumes = call.flags.boolean("volumes");
  auto containers = TRY(project_containers(call.session.client, project.name, OneOff::Yes));
  const auto orphans = orphans_of(project, containers);
  if (!call.flags.boolean("remove-orphans") && !orphans.empty()) {
    warn_of_orphans(call, orphans);
    std::erase_if(containers, [&](const ProjectContainer& container) { return std::any_of(orphans.begin(), orphans.end(), [&](const ProjectContainer& orphan) { return orphan.id == container.id; }); });
  }
  bool found = !containers.empty();
  TRY(stop_containers(call, project, containers, progress, timeout, volumes ? Removal::WithVolumes : Removal::Yes));
  TRY(remove_networks(call, project, progress, found));
  if (volumes) TRY(remove_volumes(call, project, progress));
  if (!rmi.empty()) TRY(remove_images(call, project, progress, rmi == "all"));
  if (!found && !volumes && rmi.empty()) compose_warning(call, "Warning: No resource found to remove for project \"" + project.name + "\".");
  return 0;
}

}  // namespace strates::cli
