// Signal names as `docker kill` and STOPSIGNAL read them. Linux numbers on every host: they are the container's.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace strates::engine {

// "KILL", "SIGKILL", "kill", "9"; real-time ones too ("RTMIN+3"). None when unknown.
std::optional<int> parse_signal(std::string_view text);  // a number may be one that is no signal: is_signal
// 1 to 31, and the real-time ones that a C library leaves to programs.
bool is_signal(int number);
// "SIGKILL"; "SIG99" when it has no name.
std::string signal_name(int number);

}  // namespace strates::engine
