// Which services a command is about, and in which order.
#include <algorithm>

#include "compose/project.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::compose {

namespace {

void add_with_dependencies(const Project& project, const std::string& name, std::vector<std::string>& out) {
  if (std::find(out.begin(), out.end(), name) != out.end()) return;
  const Service* service = project.find(name);
  if (service == nullptr) return;
  out.push_back(name);
  for (const Dependency& dependency : service->depends_on) add_with_dependencies(project, dependency.service, out);
}

void visit(const Project& project, const std::string& name, const std::vector<std::string>& of, std::vector<std::string>& out) {
  if (std::find(out.begin(), out.end(), name) != out.end()) return;
  if (const Service* service = project.find(name)) {
    std::vector<std::string> below;
    for (const Dependency& dependency : service->depends_on) below.push_back(dependency.service);
    std::sort(below.begin(), below.end());
    for (const std::string& next : below)
      if (project.find(next) != nullptr) visit(project, next, of, out);
  }
  if (std::find(of.begin(), of.end(), name) != of.end()) out.push_back(name);
}

}  // namespace

Result<void> enable_services(Project& project, const std::vector<std::string>& names) {
  std::vector<std::string> wanted = names;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (project.find(wanted[i]) != nullptr) continue;
    const auto found = std::find_if(project.disabled.begin(), project.disabled.end(), [&](const Service& service) { return service.name == wanted[i]; });
    if (found == project.disabled.end()) {
      if (i < names.size()) return compose_error("no-service", {}, "no such service: " + wanted[i]);
      continue;
    }
    // Its profile becomes active with it: what it depends on may be of the same profile.
    for (const Dependency& dependency : found->depends_on) wanted.push_back(dependency.service);
    project.services.push_back(std::move(*found));
    project.disabled.erase(found);
  }
  std::sort(project.services.begin(), project.services.end(), [](const Service& a, const Service& b) { return a.name < b.name; });
  return success();
}

Result<std::vector<std::string>> selected_services(const Project& project, const std::vector<std::string>& names, WithDependencies with) {
  std::vector<std::string> out;
  if (names.empty()) {
    for (const Service& service : project.services) out.push_back(service.name);
    return out;
  }
  for (const std::string& name : names) {
    if (project.find(name) == nullptr) return compose_error("no-service", {}, "no such service: " + name);
    if (with == WithDependencies::Yes) add_with_dependencies(project, name, out);
    else if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> start_order(const Project& project, const std::vector<std::string>& of) {
  std::vector<std::string> out, sorted = of;
  std::sort(sorted.begin(), sorted.end());
  for (const std::string& name : sorted) visit(project, name, of, out);
  return out;
}

}  // namespace strates::compose
