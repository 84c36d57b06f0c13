// A program on a pseudo-terminal, as a person has it.
#pragma once

#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "tests/system/harness/process.hpp"

namespace strates::system_test {

struct WindowSize {
  unsigned short rows = 24, columns = 80;
};

class Terminal {
 public:
  static Terminal start(const std::vector<std::string>& argv, const Options& options, WindowSize size);
  Terminal(Terminal&&) noexcept = default;
  ~Terminal();

  // Everything shown so far.
  const std::string& text() const { return text_; }
  // Waits for `wanted` in what is shown after what an earlier expect() found.
  bool expect(const std::string& wanted, Milliseconds limit = Milliseconds(15'000));
  void send(const std::string& keys);
  void resize(WindowSize size);
  // The exit code; -1: it did not end.
  int wait(Milliseconds limit = Milliseconds(15'000));

 private:
  Terminal() = default;
  void read_some();

  UniqueFd master_;
  pid_t pid_ = -1;
  bool ended_ = false;
  std::string text_;
  size_t from_ = 0;
};

}  // namespace strates::system_test
