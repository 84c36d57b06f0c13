#include "cli/compose/refusals.hpp"

#include "cli/compose/grants.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::cli {

namespace {

using compose::Node;
using Kind = Node::Kind;

// Does the file ask for it? What is empty, off or null asks for nothing.
bool asks(const Node& parent, std::string_view key) {
  const Node* found = parent.find(key);
  if (found == nullptr || found->is(Kind::Null)) return false;
  if (found->is(Kind::Flag)) return parent.flag_of(key);
  return found->is_scalar() ? !found->text.empty() : !(found->items.empty() && found->members.empty());
}

// An external network is somebody else's, whatever the file says of it.
Result<void> refuse_network(const compose::Project& project, const std::string& key) {
  const Node* network = project.networks.find(key);
  if (network == nullptr || network->flag_of("external") || network->flag_of("enable_ipv4", true)) return success();
  return compose::compose_error("unsupported", network->find("enable_ipv4")->place, "network " + key + ": enable_ipv4: false is not supported; leave it out");
}

Result<void> refuse_grants(const compose::Project& project, const compose::Service& service) {
  for (const Grant& grant : grants_of(project, service)) {
    const Node& definition = *grant.definition;
    const std::string what = std::string(grant.kind) + " " + grant.source;
    if (definition.flag_of("external")) return compose::compose_error("unsupported", definition.find("external")->place, "unsupported external " + what);
    for (const std::string driver : {"driver", "template_driver"})
      if (!definition.text_of(driver).empty()) return compose::compose_error("unsupported", definition.find(driver)->place, "unsupported " + driver + " of " + what);
    if (const std::string variable = definition.text_of("environment"); !variable.empty() && !project.environment.contains(variable))
      return compose::compose_error("unset", definition.find("environment")->place,
                                    "environment variable \"" + variable + "\" required by " + std::string(grant.kind) + " \"" + grant.source + "\" is not set");
  }
  return success();
}

}  // namespace

Result<void> refuse_unsupported(const compose::Service& service) {
  const Node& node = service.node;
  if (node.find("gpus") != nullptr || node.at({"deploy", "resources", "reservations", "devices"}) != nullptr)
    return compose::compose_error("unsupported", node.place, "service \"" + service.name + "\": could not select device driver \"\" with capabilities: [[gpu]]");
  const auto refuse = [&](const Node& place, const std::string& key) { return compose::compose_error("unsupported", place.place, "service \"" + service.name + "\": " + key + " is not supported; leave it out"); };
  for (const std::string key : {"pre_start", "post_start", "pre_stop", "use_api_socket", "provider"})
    if (asks(node, key)) return refuse(*node.find(key), key);
  for (const auto& [block, key] : {std::pair<std::string, std::string>{"healthcheck", "start_interval"}, {"blkio_config", "weight_device"}})
    if (const Node* found = node.find(block); found != nullptr && asks(*found, key)) return refuse(*found, block + "." + key);
  if (const Node* networks = node.find("networks"))
    for (const compose::Member& member : networks->members)
      for (const std::string key : {"interface_name", "gw_priority"})
        if (asks(member.value, key)) return refuse(member.value, "networks." + member.name + "." + key);
  if (const Node* mounts = node.find("volumes"))
    for (const Node& mount : mounts->items)
      for (const auto& [block, key] : {std::pair<std::string, std::string>{"volume", "subpath"}, {"image", "subpath"}, {"bind", "recursive"}})
        if (const Node* found = mount.find(block); found != nullptr && asks(*found, key) && found->text_of(key) != "enabled") return refuse(*found, "volumes." + block + "." + key);
  return success();
}

Result<void> refuse_unsupported(const compose::Project& project, const std::vector<std::string>& services) {
  for (const std::string& name : services) {
    const compose::Service* service = project.find(name);
    if (service == nullptr) continue;
    TRY(refuse_unsupported(*service));
    TRY(refuse_grants(project, *service));
    if (const Node* list = service->node.find("networks"))
      for (const compose::Member& member : list->members) TRY(refuse_network(project, member.name));
  }
  return success();
}

}  // namespace strates::cli
