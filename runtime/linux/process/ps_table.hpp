// `docker top`: the machine's own ps, with the user's options, cut down to a container's processes (Docker Engine, daemon/top_unix.go).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/ports.hpp"

namespace strates::linux_world {

// Pure. Docker's sentences: "Couldn't find PID field in ps output".
Result<engine::ProcessTable> parse_ps(std::string_view output, const std::vector<std::int64_t>& pids);
// "specifying \"PID\" as another name is not allowed"; options that name the column of pids otherwise cannot be cut down.
Result<void> check_ps_options(const std::vector<std::string>& options);
// Empty options: "-ef".
Result<engine::ProcessTable> run_ps(const std::vector<std::string>& options, const std::vector<std::int64_t>& pids);

}  // namespace strates::linux_world
