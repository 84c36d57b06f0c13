// Tries something in a process of its own, which takes its mounts and namespaces with it when it ends.
#pragma once

#include <functional>
#include <string>

namespace strates::cli {

// Runs `attempt` in a forked child; its text is empty when all went well, otherwise the reason. A child that dies says so.
std::string probe(const std::function<std::string()>& attempt);

}  // namespace strates::cli
