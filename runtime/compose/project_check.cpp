// What must agree within a project: references, exclusive keys, no cycle. The sentences are Compose's.
#include <algorithm>

#include "base/strings.hpp"
#include "compose/project_build.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::compose {

namespace {

Error invalid(const Node& node, const std::string& sentence) { return compose_error("consistency", node.place, sentence + ": invalid compose project"); }

bool declares(const std::vector<Service>& services, const std::string& name) {
  return std::any_of(services.begin(), services.end(), [&](const Service& service) { return service.name == name; });
}

Result<void> check_references(const Project& project, const Service& service) {
  const Node& node = service.node;
  const std::string who = "service " + go_quote(service.name);
  for (const Dependency& dependency : service.depends_on) {
    const Node* place = node.at({"depends_on", dependency.service});
    if (dependency.required && !declares(project.services, dependency.service)) {
      if (declares(project.disabled, dependency.service) && service.profiles.empty() == false) continue;
      return invalid(place != nullptr ? *place : node, who + " depends on undefined service " + go_quote(dependency.service));
    }
  }
  if (const Node* networks = node.find("networks")) {
    if (!networks->empty() && node.find("network_mode") != nullptr) return invalid(*networks, "service " + service.name + " declares mutually exclusive `network_mode` and `networks`");
    for (const Member& member : networks->members)
      if (project.networks.find(member.name) == nullptr) return invalid(member.value, who + " refers to undefined network " + member.name);
  }
  if (const Node* mounts = node.find("volumes"))
    for (const Node& mount : mounts->items) {
      const std::string type = mount.text_of("type"), source = mount.text_of("source");
      if (type == "bind" && source.empty()) return invalid(mount, "services." + service.name + ".volumes: invalid mount config for type \"bind\": field Source must not be empty");
      if (type == "volume" && !source.empty() && project.volumes.find(source) == nullptr) return invalid(mount, who + " refers to undefined volume " + source);
      if (mount.text_of("target").empty() && type != "npipe") return invalid(mount, "services." + service.name + ".volumes: invalid mount config: field Target must not be empty");
    }
  for (const auto& [key, map, word] : {std::tuple{"secrets", &project.secrets, "secret"}, {"configs", &project.configs, "config"}})
    if (const Node* grants = node.find(key))
      for (const Node& grant : grants->items)
        if (map->find(grant.text_of("source")) == nullptr) return invalid(grant, who + " refers to undefined " + word + " " + grant.text_of("source"));
  return success();
}

Result<void> check_service(const Project& project, const Service& service) {
  const Node& node = service.node;
  if (service.image.empty() && !service.builds() && node.find("provider") == nullptr)
    return invalid(node, "service " + go_quote(service.name) + " has neither an image nor a build context specified");
  if (const Node* build = node.find("build"); build != nullptr && build->find("dockerfile") != nullptr && build->find("dockerfile_inline") != nullptr)
    return invalid(*build, "service " + go_quote(service.name) + " declares mutually exclusive dockerfile and dockerfile_inline");
  if (!service.container_name.empty() && service.replicas > 1)
    return invalid(node, "services." + service.name + ": can't set container_name and " + service.name + " as container name must be unique");
  return check_references(project, service);
}

// "a -> b -> a"; the depth is bounded by the number of services.
Result<void> check_cycles(const Project& project) {
  enum class Seen { No, Open, Done };
  std::map<std::string, Seen, std::less<>> seen;
  std::vector<std::string> path;
  const auto visit = [&](const auto& self, const Service& service) -> Result<void> {
    seen[service.name] = Seen::Open;
    path.push_back(service.name);
    for (const Dependency& dependency : service.depends_on) {
      const Service* next = project.find(dependency.service);
      if (next == nullptr || seen[next->name] == Seen::Done) continue;
      if (seen[next->name] == Seen::Open) {
        std::vector<std::string> cycle(std::find(path.begin(), path.end(), next->name), path.end());
        cycle.push_back(next->name);
        return compose_error("cycle", service.node.place, "dependency cycle detected: " + join(cycle, " -> "));
      }
      TRY(self(self, *next));
    }
    path.pop_back();
    seen[service.name] = Seen::Done;
    return success();
  };
  for (const Service& service : project.services)
    if (seen[service.name] == Seen::No) TRY(visit(visit, service));
  return success();
}

Result<void> check_sources(const Node& map, std::string_view word) {
  for (const Member& member : map.members) {
    if (member.value.flag_of("external") || member.value.find("driver") != nullptr) continue;
    int sources = 0;
    for (const std::string_view key : {"file", "environment", "content"}) sources += member.value.find(key) != nullptr ? 1 : 0;
    const std::string what = std::string(word) + " " + go_quote(member.name);
    if (sources == 0) return invalid(member.value, what + " must declare either `file` or `environment`" + (word == "config" ? " or `content`" : ""));
    if (sources > 1) return invalid(member.value, what + " attributes `file`, `environment` and `content` are mutually exclusive");
  }
  return success();
}

}  // namespace

Result<void> check_consistency(const Project& project) {
  if (project.services.size() + project.disabled.size() > 1000) return compose_error("too-large", {}, "more than 1000 services");
  for (const Service& service : project.services) TRY(check_service(project, service));
  TRY(check_sources(project.secrets, "secret"));
  TRY(check_sources(project.configs, "config"));
  std::map<std::string, std::string> taken;
  for (const Service& service : project.services)
    if (!service.container_name.empty())
      if (const auto [other, fresh] = taken.emplace(service.container_name, service.name); !fresh)
        return invalid(service.node, "services." + service.name + ": container name " + go_quote(service.container_name) + " is already in use by \"services." + other->second + "\"");
  return check_cycles(project);
}

}  // namespace strates::compose
