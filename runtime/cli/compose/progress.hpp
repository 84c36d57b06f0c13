// What happens to a project's parts, as Compose shows it: on a terminal lines that change in place, otherwise one line for each change. On standard error.
//
// Any thread.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "cli/console.hpp"

namespace strates::cli {

enum class ProgressKind { Plain, Terminal, Quiet };

class Progress {
 public:
  Progress(Console& console, Clock& clock, ProgressKind kind, std::string title = "Running") : console_(console), clock_(clock), kind_(kind), title_(std::move(title)) {}
  // "Container web-1", "Creating"; shown in the order of their first appearance.
  void working(const std::string& what, const std::string& state) { set(what, state, State::Working); }
  void done(const std::string& what, const std::string& state) { set(what, state, State::Done); }
  void failed(const std::string& what, const std::string& state) { set(what, state, State::Failed); }
  // Something else is about to print: what is shown stays above it.
  void leave();

 private:
  enum class State { Working, Done, Failed };
  struct Line {
    std::string what, state;
    State is = State::Working;
    Nanos begun = 0, ended = 0;
  };
  void set(const std::string& what, const std::string& state, State is);
  void draw();

  Console& console_;
  Clock& clock_;
  ProgressKind kind_;
  std::string title_;
  std::mutex mutex_;
  std::vector<Line> lines_;
  size_t drawn_ = 0;
};

}  // namespace strates::cli
