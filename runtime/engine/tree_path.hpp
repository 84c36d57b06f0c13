// Where a path of a container leads once its symbolic links are followed, inside the container's root only.
#pragma once

#include <string>
#include <string_view>

#include "engine/ports.hpp"

namespace strates::engine {

// Absolute and clean. What does not exist (yet) is taken as written, so that it can be made. code tree.links: too many links.
// With `root`, a clean directory that is no link: as seen from inside it, `path` too. What comes back still begins at the container's root.
Result<std::string> resolve_in_tree(TreeEditor& editor, std::string_view path, const std::string& root = "/");

}  // namespace strates::engine
