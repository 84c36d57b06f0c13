// A Compose project: what the files mean once everything is known. Names are final, files of variables are read, references are checked.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compose/loader.hpp"

namespace strates::compose {

enum class Condition { Started, Healthy, Completed };

struct Dependency {
  std::string service;
  Condition condition = Condition::Started;
  bool required = true;
  bool restart = false;  // restarted when the other is
};

struct Service {
  std::string name;
  Node node;  // canonical; `networks` and `build` complete
  std::vector<Dependency> depends_on;
  std::vector<std::string> profiles;
  std::string image;           // empty: built, and named after project and service
  std::string container_name;  // empty: PROJECT-SERVICE-NUMBER
  int replicas = 1;
  bool builds() const { return node.find("build") != nullptr; }
};

struct Project {
  std::string name, working_dir;
  std::vector<std::string> files;
  Environment environment;
  std::vector<Service> services;  // by name; those of inactive profiles are in `disabled`
  std::vector<Service> disabled;
  Node networks, volumes, secrets, configs;  // maps by name, each with its final `name`
  Node extensions, models;                   // x-... at the top
  std::vector<std::string> warnings;

  const Service* find(std::string_view service) const;
  std::string image_of(const Service& service) const;  // "nginx", or "project-web" for what is built
};

struct ProjectOptions {
  LoadOptions load;
  std::string name;                   // -p or COMPOSE_PROJECT_NAME; empty: the files', else the directory's
  std::vector<std::string> profiles;  // "*": all
  bool consistent = true;             // check references
};

// code compose.project-name: `invalid project name "X": must consist only of ...`; compose.consistency: `service "web" depends on undefined service "db": invalid
// compose project`, ...; compose.cycle: "dependency cycle detected: a -> b -> a"; and those of load_documents.
Result<Project> load_project(Files& files, const ProjectOptions& options);

// "My App!" as a project's name: "myapp".
std::string normal_project_name(std::string_view text);
Result<void> check_project_name(const std::string& name);

// Makes services of inactive profiles active because they were named; code compose.no-service: "no such service: x".
Result<void> enable_services(Project& project, const std::vector<std::string>& names);
// Those named, and what they depend on; none named: all.
enum class WithDependencies { Yes, No };
Result<std::vector<std::string>> selected_services(const Project& project, const std::vector<std::string>& names, WithDependencies with);

// Services after what they depend on; within that order by name. The project has no cycle.
std::vector<std::string> start_order(const Project& project, const std::vector<std::string>& of);

// What decides whether a container is still right: the service without what does not change a container (build, scale, profiles, dependencies).
std::string hash_input(const Service& service);

// `config`: the whole project as a document.
Node project_document(const Project& project);

}  // namespace strates::compose
