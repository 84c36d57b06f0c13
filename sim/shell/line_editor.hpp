// busybox's line editing, as far as plain typing goes: it shows what is typed, erases, ^C starts over, ^D on an empty line ends.
#pragma once

#include <string>
#include <string_view>

namespace strates::sim::shell {

class LineEditor {
 public:
  enum class Event { None, Line, Interrupted, End };
  // One byte from the keyboard; appends to `shown` what the terminal must print.
  Event take(char byte, std::string& shown);
  // The line that Event::Line completed, without its newline.
  std::string take_line();

 private:
  enum class Escape { No, Started, Sequence };
  std::string line_;
  Escape escape_ = Escape::No;
};

}  // namespace strates::sim::shell
