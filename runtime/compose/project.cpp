#include "compose/project.hpp"

#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "compose/project_build.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::compose {

namespace {

bool active(const Service& service, const std::vector<std::string>& profiles) {
  if (service.profiles.empty()) return true;
  for (const std::string& profile : profiles)
    if (profile == "*" || std::find(service.profiles.begin(), service.profiles.end(), profile) != service.profiles.end()) return true;
  return false;
}

void sort_members(Node& node) {
  std::sort(node.members.begin(), node.members.end(), [](const Member& a, const Member& b) { return a.name < b.name; });
}

Result<std::string> project_name(Files& files, const ProjectOptions& options) {
  std::string name = options.name;
  if (name.empty()) name = TRY(name_in_files(files, options.load));
  if (!name.empty()) {
    TRY(check_project_name(name));
    return name;
  }
  name = normal_project_name(base_name(options.load.working_dir));
  if (name.empty()) return compose_error("project-name", {}, "project name must not be empty");
  return name;
}

// Networks that nobody uses are not made.
void keep_used_networks(Project& project) {
  std::set<std::string> used;
  for (const Service& service : project.services)
    if (const Node* networks = service.node.find("networks"))
      for (const Member& member : networks->members) used.insert(member.name);
  for (const Service& service : project.disabled)
    if (const Node* networks = service.node.find("networks"))
      for (const Member& member : networks->members) used.insert(member.name);
  if (!used.contains("default")) project.networks.erase("default");
}

}  // namespace

const Service* Project::find(std::string_view service) const {
  for (const Service& candidate : services)
    if (candidate.name == service) return &candidate;
  return nullptr;
}

std::string Project::image_of(const Service& service) const { return service.image.empty() ? name + "-" + service.name : service.image; }

std::string normal_project_name(std::string_view text) {
  std::string out;
  for (const char c : to_lower(text))
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') out += c;
  out.erase(0, std::min(out.find_first_not_of("-_"), out.size()));
  return out;
}

Result<void> check_project_name(const std::string& name) {
  if (name == normal_project_name(name) && !name.empty()) return success();
  return compose_error("project-name", {}, "invalid project name " + go_quote(name) + ": must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number");
}

Result<Project> load_project(Files& files, const ProjectOptions& given) {
  ProjectOptions options = given;
  Project project;
  project.name = TRY(project_name(files, options));
  options.load.environment["COMPOSE_PROJECT_NAME"] = project.name;
  Loaded loaded = TRY(load_documents(files, options.load));
  Node& document = loaded.document;
  project.working_dir = options.load.working_dir;
  project.files = options.load.files;
  project.environment = options.load.environment;
  project.warnings = std::move(loaded.warnings);
  for (Member& member : document.members)
    if (member.name.starts_with("x-")) project.extensions.set(member.name, member.value);
  if (const Node* models = document.find("models")) project.models = *models;
  project.networks = TRY(named_resources(document.find("networks"), "networks", project.name));
  project.volumes = TRY(named_resources(document.find("volumes"), "volumes", project.name));
  project.secrets = TRY(named_resources(document.find("secrets"), "secrets", project.name));
  project.configs = TRY(named_resources(document.find("configs"), "configs", project.name));
  if (project.networks.find("default") == nullptr) {
    Node network = Node::map();
    network.set("name", Node::of_text(project.name + "_default"));
    project.networks.set("default", std::move(network));
  }
  if (Node* services = document.find("services")) {
    sort_members(*services);
    for (Member& member : services->members) {
      if (member.name.starts_with("x-") && member.value.find("image") == nullptr && member.value.find("build") == nullptr) continue;
      Service service = TRY(make_service(files, options, member.name, std::move(member.value)));
      (active(service, options.profiles) ? project.services : project.disabled).push_back(std::move(service));
    }
  }
  keep_used_networks(project);
  for (Node* map : {&project.networks, &project.volumes, &project.secrets, &project.configs}) sort_members(*map);
  if (options.consistent) TRY(check_consistency(project));
  return project;
}

std::string hash_input(const Service& service) {
  Node node = service.node;
  for (const std::string_view name : {"build", "pull_policy", "scale", "profiles", "depends_on", "develop", "attach", "env_file", "label_file"}) node.erase(name);
  if (Node* deploy = node.find("deploy")) {
    deploy->erase("replicas");
    if (deploy->members.empty()) node.erase("deploy");
  }
  sort_members(node);
  return service.name + dump_json(to_json(node));
}

Node project_document(const Project& project) {
  Node out = Node::map();
  out.set("name", Node::of_text(project.name));
  Node& services = out.set("services", Node::map());
  for (const Service& service : project.services) services.set(service.name, service.node);
  for (const auto& [name, map] : {std::pair{"networks", &project.networks}, {"volumes", &project.volumes}, {"secrets", &project.secrets}, {"configs", &project.configs}, {"models", &project.models}})
    if (!map->members.empty()) out.set(name, *map);
  for (const Member& member : project.extensions.members) out.set(member.name, member.value);
  return out;
}

}  // namespace strates::compose
