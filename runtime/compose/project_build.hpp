// The steps from a document to a project; see project.hpp.
#pragma once

#include "compose/project.hpp"

namespace strates::compose {

// One service: defaults, files of variables and labels, what it depends on.
Result<Service> make_service(Files& files, const ProjectOptions& options, const std::string& name, Node node);
// The top-level networks, volumes, secrets and configs with their final names.
Result<Node> named_resources(const Node* given, std::string_view kind, const std::string& project);
// References, exclusive keys, cycles.
Result<void> check_consistency(const Project& project);

}  // namespace strates::compose
