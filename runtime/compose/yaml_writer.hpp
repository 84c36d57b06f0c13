// Trees as YAML text, in the manner of Go's emitter: two spaces, lists indented, quotes only where a reader would take the text for something else.
#pragma once

#include "compose/node.hpp"

namespace strates::compose {

std::string write_yaml(const Node& node);

}  // namespace strates::compose
