// What of a registry's answers is worth another try, and when (RFC 9110, 10.2.3 and 15.6).
#pragma once

#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/fetch.hpp"

namespace strates::registry {

// Nobody waits longer than this at a terminal because a registry asks for it.
constexpr Nanos kLongestWait = 60 * kSecond;

// 429, 500, 502, 503, 504: the same request may find a better moment.
bool may_pass(int status);
// The same of an error of this client, a broken connection included. code registry.later is none: it was waited for, or asks for too much.
bool may_pass(const Error& error);
// How long a 429 or a 503 asks to wait; none: it does not say.
std::optional<Nanos> retry_after(const FetchResponse& answer, Nanos now);
// "27h46m40s"
std::string wait_text(Nanos wait);

}  // namespace strates::registry
