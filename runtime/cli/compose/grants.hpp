// The secrets and configs that a service asks for, each with what the file says of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compose/project.hpp"

namespace strates::cli {

struct Grant {
  std::string_view kind;    // "secret" or "config"
  std::string_view folder;  // where one lies that names no absolute target
  std::string source;
  const compose::Node* asked = nullptr;       // the service's entry
  const compose::Node* definition = nullptr;  // the project's; both live as long as what they are of
};

// In the order of the file, secrets first; names that the project does not define are left out (the loader refuses them).
std::vector<Grant> grants_of(const compose::Project& project, const compose::Service& service);

}  // namespace strates::cli
