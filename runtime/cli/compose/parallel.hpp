// Work on the nodes of a graph without cycles: each after those it needs, several at once where nothing orders them.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace strates::cli {

// node -> the nodes it comes after. Names that are no nodes are ignored.
using Order = std::map<std::string, std::vector<std::string>>;

// Calls `work` on up to `width` threads. After the first failure nothing new begins; what runs is waited for, and that failure is the result.
Result<void> run_in_order(const Order& order, const std::function<Result<void>(const std::string& node)>& work, size_t width = 16);

}  // namespace strates::cli
