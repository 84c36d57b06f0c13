// What a build says. Quiet: nothing, until it fails.
#pragma once

#include <string>
#include <string_view>

#include "engine/engine.hpp"

namespace strates::engine {

class BuilderOutput {
 public:
  BuilderOutput(BuildOutput& to, bool quiet) : to_(to), quiet_(quiet) {}
  void say(std::string_view text) {
    if (quiet_) held_ += text;
    else if (!text.empty()) to_.stream(text);
  }
  // A process's error output, in red as Docker shows it.
  void say_error(std::string_view text) {
    if (!text.empty()) say("\x1b[91m" + std::string(text) + "\x1b[0m");
  }
  void image(const ImageId& id) {
    if (!quiet_ && !id.empty()) to_.image(id);
  }
  bool cancelled() { return to_.cancelled(); }
  BuildOutput& client() { return to_; }
  void succeeded(const ImageId& id) {
    if (quiet_) to_.stream(id.str() + "\n");
  }
  void failed() {
    if (quiet_ && !held_.empty()) to_.stream(held_);
  }

 private:
  BuildOutput& to_;
  bool quiet_;
  std::string held_;
};

}  // namespace strates::engine
