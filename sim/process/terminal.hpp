// A pseudo-terminal's line discipline, as far as a lesson shows it: echo, erase, end of input, interrupt, "\n" shown as "\r\n" (termios(3)).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "sim/process/open_file.hpp"

namespace strates::sim {

enum class LineMode {
  Cooked,  // a line is handed over once complete; echo, ^C, ^\, ^D, erase and kill are the terminal's work
  Raw,     // bytes are handed over as they come, unseen: a line editor shows them
};

class Terminal : public OpenFile {
 public:
  // output: towards the person. interrupt: a signal for the foreground group.
  Terminal(std::function<void(std::string_view)> output, std::function<void(int signal)> interrupt)
      : output_(std::move(output)), interrupt_(std::move(interrupt)) {}

  Reading read(size_t most) override;
  Writing write(std::string_view bytes) override;
  Terminal* terminal() override { return this; }

  // From the keyboard.
  void type(std::string_view bytes);
  // The other side hung up its input.
  void hang_up_input() { closed_ = true; }
  void on_interrupt(std::function<void(int signal)> interrupt) { interrupt_ = std::move(interrupt); }
  void set_mode(LineMode mode) { mode_ = mode; }
  bool input_waits() const { return !ready_.empty(); }

  std::uint16_t rows = 24, columns = 80;
  int foreground = 0;  // process group

 private:
  void echo(std::string_view text) { ignore_writing(write(text)); }
  static void ignore_writing(const Writing&) {}

  std::function<void(std::string_view)> output_;
  std::function<void(int)> interrupt_;
  LineMode mode_ = LineMode::Cooked;
  std::string line_;    // being typed
  std::string ready_;   // complete
  bool end_ = false;    // ^D on an empty line: one end of input
  bool closed_ = false;
};

}  // namespace strates::sim
