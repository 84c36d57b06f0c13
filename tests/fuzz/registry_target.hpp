// Requests to a registry, several in one input, over a folder in memory.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace strates::fuzz {

bool read_registry_requests(std::string_view bytes);
std::vector<std::string> registry_requests();

}  // namespace strates::fuzz
