// One run of a program as its code sees it: arguments, streams, messages in its family's words.
//
// Standard output is kept until the run ends, a message is written, or it grows large: the order on a shared stream is that of the real programs,
// which flush one before they write to the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/process/process.hpp"

namespace strates::sim {

// Whose messages and option tables: the same name says different things in each.
enum class Family { Busybox, Coreutils, Dash };

class Call {
 public:
  Call(Process& self, std::vector<std::string> arguments, std::string as, Family of)
      : process(self), args(std::move(arguments)), name(std::move(as)), family(of) {}

  Process& process;
  std::vector<std::string> args;  // args[0]: as it was called
  std::string name;               // the prefix of its messages
  Family family;
  // Standard input, whole: filled before the run when the program asked for it.
  std::string input;
  bool input_complete = false, input_wanted = false;

  bool busybox() const { return family == Family::Busybox; }
  void out(std::string_view text) {
    buffer_ += text;
    if (buffer_.size() > (1u << 16)) flush();
  }
  void flush() {
    if (buffer_.empty()) return;
    if (std::string error = process.write(1, buffer_); !error.empty() && write_error.empty()) write_error = std::move(error);
    buffer_.clear();
  }
  void drop_output() { buffer_.clear(); }
  void err(std::string_view text) {
    flush();
    process.write(2, text);
  }
  // "name: message"
  int fail(std::string_view message, int code = 1) {
    err(name + ": " + std::string(message) + "\n");
    return code;
  }
  // What the real program can do and this one cannot: said, never guessed.
  int refuse(std::string_view what, int code = 2) {
    err("strates-sim: " + name + ": not supported: " + std::string(what) + "\n");
    return code;
  }
  // An option that is not in this program's table, be it unknown to the real one or only to the simulator.
  int unknown_option(std::string_view option);

  // Standard input as a program reads it whole. Null: it is not there yet; return at once (the run starts again when it is).
  const std::string* standard_input() {
    input_wanted = true;
    return input_complete ? &input : nullptr;
  }

  Vfs& vfs() { return process.vfs(); }
  std::string path(std::string_view written) { return process.absolute(written); }
  std::string write_error;

 private:
  std::string buffer_;
};

constexpr int kNeedsInput = -1;  // what a function returns when standard_input() was null

// The words for an error of the file system: "No such file or directory".
std::string reason(const Error& error);

}  // namespace strates::sim
