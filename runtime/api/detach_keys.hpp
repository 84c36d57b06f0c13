// The keys that let go of a terminal without ending the process: ctrl-p, ctrl-q unless the client says otherwise.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace strates::api {

// "ctrl-p,ctrl-q", "a,b", "ctrl-@" to the bytes they are (moby/term, ToBytes). Empty: the default. Docker's sentence when it cannot be read.
Result<std::string> parse_detach_keys(std::string_view text);

// Watches what is typed. Bytes that may begin the sequence are held back until it is clear.
class DetachKeys {
 public:
  explicit DetachKeys(std::string keys) : keys_(std::move(keys)) {}
  // What goes on to the process; `detached` is set once the whole sequence was typed, and nothing goes on after it.
  std::string feed(std::string_view typed, bool& detached);

 private:
  std::string keys_;
  size_t held_ = 0;  // how many of keys_ were typed
};

}  // namespace strates::api
