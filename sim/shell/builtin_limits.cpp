// ulimit: what `docker run --ulimit` gave the container, and what a Linux machine has where nothing was given. It shows limits; nothing here enforces
// one, so setting one is refused.
#include <algorithm>

#include "sim/process/container_kernel.hpp"
#include "sim/shell/builtins.hpp"

namespace strates::sim::shell {

namespace {

// getrlimit(2): Docker's names, ash's letters and units, and the values of a machine that nobody tuned.
struct LimitRow {
  char letter;
  std::string_view name;
  std::int64_t unit, value;
};
constexpr LimitRow kLimits[] = {{'c', "core", 512, 0},           {'d', "data", 1024, -1}, {'f', "fsize", 512, -1},         {'l', "memlock", 1024, 8388608},
                                {'m', "rss", 1024, -1},          {'n', "nofile", 1, 1048576}, {'s', "stack", 1024, 8388608},   {'t', "cpu", 1, -1},
                                {'u', "nproc", 1, -1},           {'v', "as", 1024, -1}};

}  // namespace

Builtins::Outcome Builtins::ulimit(Shell& shell, Shell::Frame& frame, const std::vector<std::string>& words) {
  bool hard = false;
  char letter = 'f';
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i].size() < 2 || words[i][0] != '-') return refused(shell, frame, words);
    for (const char c : words[i].substr(1)) {
      if (c == 'H' || c == 'S') hard = c == 'H';
      else letter = c;
    }
  }
  const auto* row = std::find_if(std::begin(kLimits), std::end(kLimits), [&](const LimitRow& one) { return one.letter == letter; });
  if (row == std::end(kLimits)) return refused(shell, frame, words);
  std::int64_t value = row->value;
  for (const auto& given : shell.self_->kernel.options().ulimits)
    if (given.name == row->name) value = hard ? given.hard : given.soft;
  int code = 0;
  write(shell, (value < 0 ? "unlimited" : std::to_string(value / row->unit)) + "\n", code);
  return {Outcome::Kind::Status, code};
}

}  // namespace strates::sim::shell
