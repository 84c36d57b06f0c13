// The variables of a container's process, as Docker puts them together.
#pragma once

#include <string>
#include <vector>

namespace strates::engine {

// What stands in `asked` takes the place of the variable of that name in `variables`, or comes after them; a name without "=" takes the variable away
// (moby container/env.go: ReplaceOrAppendEnvValues).
void merge_environment(std::vector<std::string>& variables, const std::vector<std::string>& asked);

}  // namespace strates::engine
