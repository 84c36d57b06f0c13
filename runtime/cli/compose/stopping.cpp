#include "cli/compose/stopping.hpp"

#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/compose/parallel.hpp"
#include "cli/daemon.hpp"

namespace strates::cli {

namespace {

bool gone(const Error& error) { return is_from_daemon(error) && (error.kind == ErrorKind::NotFound || error.kind == ErrorKind::NotModified); }

}  // namespace

std::vector<ProjectContainer> orphans_of(const compose::Project& project, const std::vector<ProjectContainer>& containers) {
  std::vector<ProjectContainer> out;
  for (const ProjectContainer& container : containers) {
    const bool disabled = std::any_of(project.disabled.begin(), project.disabled.end(), [&](const compose::Service& service) { return service.name == container.service; });
    if (!disabled && project.find(container.service) == nullptr) out.push_back(container);
  }
  return out;
}

void warn_of_orphans(ComposeCall& call, const std::vector<ProjectContainer>& orphans) {
  if (orphans.empty()) return;
  const auto ignored = call.around.variables.find("COMPOSE_IGNORE_ORPHANS");
  if (ignored != call.around.variables.end() && (ignored->second == "1" || equal_ignoring_case(ignored->second, "true"))) return;
  std::vector<std::string> names;
  for (const ProjectContainer& container : orphans) names.push_back(container.name);
  compose_warning(call, "Found orphan containers ([" + join(names, " ") + "]) for this project. If you removed or renamed this service in your compose file, you can run this command with the --remove-orphans flag to clean it up.");
}

std::vector<ProjectContainer> of_services(const std::vector<ProjectContainer>& containers, const std::vector<std::string>& services) {
  std::vector<ProjectContainer> out;
  for (const ProjectContainer& container : containers)
    if (std::find(services.begin(), services.end(), container.service) != services.end()) out.push_back(container);
  return out;
}

Result<void> stop_containers(ComposeCall& call, const compose::Project& project, const std::vector<ProjectContainer>& containers, Progress& progress, std::optional<std::int64_t> timeout, Removal removal) {
  std::vector<std::string> services;
  for (const ProjectContainer& container : containers)
    if (std::find(services.begin(), services.end(), container.service) == services.end()) services.push_back(container.service);
  const auto by_service = service_order(project, services, Direction::Reverse);
  // One node for each container, so that replicas stop at the same time.
  Order order;
  std::map<std::string, const ProjectContainer*> by_id;
  for (const ProjectContainer& container : containers) {
    by_id[container.id] = &container;
    auto& after = order[container.id];
    const auto found = by_service.find(container.service);
    if (found == by_service.end()) continue;
    for (const ProjectContainer& other : containers)
      if (std::find(found->second.begin(), found->second.end(), other.service) != found->second.end()) after.push_back(other.id);
  }
  return run_in_order(order, [&](const std::string& id) -> Result<void> {
    const ProjectContainer& container = *by_id.at(id);
    const auto client = call.ports.connect();
    const std::string what = "Container " + container.name;
    const auto fail = [&](Error error) {
      progress.failed(what, "Error");
      return error;
    };
    if (container.running() || removal == Removal::No) {
      progress.working(what, "Stopping");
      Query query;
      query.add_if(timeout.has_value(), "t", std::to_string(timeout.value_or(10)));
      if (auto done = client->post(query.on("/containers/" + id + "/stop"), Json()); !done.ok() && !gone(done.error())) return fail(as_daemon_error(std::move(done).error()));
      progress.done(what, "Stopped");
    }
    if (removal == Removal::No) return success();
    progress.working(what, "Removing");
    if (auto done = client->remove("/containers/" + id + "?force=1" + (removal == Removal::WithVolumes ? "&v=1" : "")); !done.ok() && !gone(done.error())) return fail(as_daemon_error(std::move(done).error()));
    progress.done(what, "Removed");
    return success();
  });
}

Result<void> kill_containers(ComposeCall& call, const std::vector<ProjectContainer>& containers, Progress& progress, const std::string& signal) {
  Order order;
  std::map<std::string, const ProjectContainer*> by_id;
  for (const ProjectContainer& container : containers)
    if (container.running()) {
      order[container.id];
      by_id[container.id] = &container;
    }
  return run_in_order(order, [&](const std::string& id) -> Result<void> {
    const std::string what = "Container " + by_id.at(id)->name;
    const auto client = call.ports.connect();
    progress.working(what, "Killing");
    if (auto done = client->post(Query().add("signal", signal).on("/containers/" + id + "/kill"), Json()); !done.ok() && done.error().kind != ErrorKind::Conflict) {
      progress.failed(what, "Error");
      return as_daemon_error(std::move(done).error());
    }
    progress.done(what, "Killed");
    return success();
  });
}

}  // namespace strates::cli
