// Bringing the engine to what the project says: networks, volumes, images, containers; only what changed is made again.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/compose/call.hpp"
#include "cli/compose/container_body.hpp"
#include "cli/compose/progress.hpp"
#include "cli/compose/project_state.hpp"

namespace strates::cli {

enum class Recreate { Changed, Always, Never };

struct ConvergeOptions {
  std::vector<std::string> services;         // those to bring about, with what they need
  std::set<std::string> named;               // those that were named: `force` is for them
  std::map<std::string, int> scale;          // --scale
  Recreate recreate = Recreate::Changed;
  Recreate recreate_dependencies = Recreate::Changed;
  bool renew_volumes = false;                // -V: anonymous volumes are not handed on
  std::optional<std::int64_t> timeout;       // -t, seconds
};

ProgressKind progress_kind(const ComposeCall& call);

class Convergence {
 public:
  Convergence(ComposeCall& call, const compose::Project& project, Progress& progress) : call_(call), project_(project), progress_(progress) {}

  // Networks and volumes of these services: made when they are not there; external ones must be.
  Result<void> ensure_resources(const std::vector<std::string>& services);
  // Phase one: the containers exist, right and stopped or as they were.
  Result<void> create(const ConvergeOptions& options);
  // Phase two: started, each after what its dependencies must have reached.
  Result<void> start(const std::vector<std::string>& services);
  // --wait: running, and healthy where there is a check.
  Result<void> wait_until_ready(const std::vector<std::string>& services);
  // Another container of a service, for `run`.
  Result<std::string> create_one_off(const compose::Service& service, const std::string& name, bool service_aliases, bool auto_remove);
  // Until those dependencies of a service that are among these have reached what it asks of them.
  Result<void> wait_for_dependencies(api::Client& client, const compose::Service& service, const std::vector<std::string>& among);

  // Asked, from any thread, before each start and while something is waited for: true ends it with an error. Empty: never.
  std::function<bool()> interrupted;

 private:
  Result<void> ensure_network(api::Client& client, const std::string& key);
  Result<void> ensure_volume(api::Client& client, const std::string& key);
  Result<void> create_service(const std::string& name, const ConvergeOptions& options);
  Result<void> recreate(api::Client& client, const compose::Service& service, const ProjectContainer& old, BodyContext context, const ConvergeOptions& options);
  Result<std::string> create_container(api::Client& client, const compose::Service& service, const BodyContext& context, const std::string& name);
  Result<void> start_service(const std::string& name, const std::vector<std::string>& services);
  Result<void> wait_for(api::Client& client, const compose::Dependency& dependency);
  BodyContext context(api::Client& client, const compose::Service& service, int number);
  std::string name_of(const compose::Service& service, int number) const;

  ComposeCall& call_;
  const compose::Project& project_;
  Progress& progress_;
  std::mutex mutex_;
  std::map<std::string, std::vector<ProjectContainer>> existing_;
  std::set<std::string> remade_;  // services whose containers are new
};

// Sends JSON text; the answer as JSON, errors in Docker's words.
Result<Json> send_json(api::Client& client, const std::string& target, const std::string& body, std::string_view method = "POST");

// Services and what they depend on, for run_in_order; Reverse: dependents first.
enum class Direction { Dependencies, Reverse };
std::map<std::string, std::vector<std::string>> service_order(const compose::Project& project, const std::vector<std::string>& services, Direction direction);

}  // namespace strates::cli
