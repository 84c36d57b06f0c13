// Waiting: for what a dependency must have reached, and until services are ready.
#include <algorithm>
#include <chrono>
#include <thread>

#include "base/json_full.hpp"
#include "cli/compose/converge.hpp"
#include "cli/compose/parallel.hpp"

namespace strates::cli {

Result<void> Convergence::wait_for(api::Client& client, const compose::Dependency& dependency) {
  if (dependency.condition == compose::Condition::Started) return success();
  for (const ProjectContainer& container : TRY(project_containers(client, project_.name, OneOff::No))) {
    if (container.service != dependency.service) continue;
    const std::string what = "Container " + container.name;
    progress_.working(what, "Waiting");
    for (;;) {
      const Json seen = TRY(inspect_container(client, container.id));
      const Json& state = json_member(seen, "State");
      const std::string status = json_string(state, "Status"), health = json_string(json_member(state, "Health"), "Status");
      const std::int64_t code = json_int(state, "ExitCode");
      const auto refuse = [&](const std::string& why) {
        progress_.failed(what, "Error");
        return compose_refusal("dependency failed to start: " + why);
      };
      if (dependency.condition == compose::Condition::Completed) {
        if (status == "exited" && code == 0) break;
        if (status == "exited") return refuse("service \"" + dependency.service + "\" didn't complete successfully: exit " + std::to_string(code));
      } else {
        if (health == "healthy") break;
        if (health == "unhealthy") return refuse("container " + container.name + " is unhealthy");
        if (status == "exited") return refuse("container " + container.name + " exited (" + std::to_string(code) + ")");
        if (health.empty() && status == "running") return refuse("container " + container.name + " has no healthcheck configured");
      }
      if (interrupted && interrupted()) return compose_refusal("interrupted");
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    progress_.done(what, dependency.condition == compose::Condition::Healthy ? "Healthy" : "Exited");
  }
  return success();
}

Result<void> Convergence::wait_for_dependencies(api::Client& client, const compose::Service& service, const std::vector<std::string>& among) {
  for (const compose::Dependency& dependency : service.depends_on) {
    if (std::find(among.begin(), among.end(), dependency.service) == among.end()) continue;
    auto waited = wait_for(client, dependency);
    if (waited.ok()) continue;
    if (dependency.required || (interrupted && interrupted())) return waited;
    compose_warning(call_, "optional dependency \"" + dependency.service + "\" failed to start: " + waited.error().message());
  }
  return success();
}

Result<void> Convergence::wait_until_ready(const std::vector<std::string>& services) {
  return run_in_order(service_order(project_, services, Direction::Dependencies), [&](const std::string& name) -> Result<void> {
    const auto client = call_.ports.connect();
    for (const ProjectContainer& container : TRY(project_containers(*client, project_.name, OneOff::No))) {
      if (container.service != name) continue;
      const std::string what = "Container " + container.name;
      progress_.working(what, "Waiting");
      for (;;) {
        const Json seen = TRY(inspect_container(*client, container.id));
        const Json& state = json_member(seen, "State");
        const std::string status = json_string(state, "Status"), health = json_string(json_member(state, "Health"), "Status");
        if (status == "exited" || status == "dead" || health == "unhealthy") {
          progress_.failed(what, "Error");
          return compose_refusal(health == "unhealthy" ? "container " + container.name + " is unhealthy" : "container " + container.name + " exited (" + std::to_string(json_int(state, "ExitCode")) + ")");
        }
        if (status == "running" && (health.empty() || health == "healthy" || health == "none")) break;
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
      }
      progress_.done(what, "Healthy");
    }
    return success();
  });
}

}  // namespace strates::cli
