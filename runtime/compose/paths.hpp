// Paths in Compose files: relative ones begin in the project's directory, "~" is the person's home.
#pragma once

#include "compose/node.hpp"

namespace strates::compose {

std::string absolute_path(const std::string& path, const std::string& base, const std::string& home);
// A build context that is an address: http://, git@, ssh://...
bool is_remote_context(std::string_view context);
// Contexts, env files, label files, bind sources, secrets' and configs' files, the devices of bind volumes.
void make_paths_absolute(Node& document, const std::string& base, const std::string& home);

}  // namespace strates::compose
