#include "cli/compose/log_lines.hpp"

#include <algorithm>

#include "cli/tab_table.hpp"

namespace strates::cli {

namespace {

// Cyan, yellow, green, magenta, blue, and then the same, bright: Compose's rainbow.
constexpr std::string_view kPalette[] = {"36", "33", "32", "35", "34", "36;1", "33;1", "32;1", "35;1", "34;1"};

}  // namespace

void LogLines::add(const std::string& name) {
  const std::lock_guard lock(mutex_);
  width_ = std::max(width_, code_points(name));
  colors_of_.emplace(name, colors_of_.size() % std::size(kPalette));
}

void LogLines::print(const std::string& name, std::string_view line) {
  if (prefix_ == Prefix::None) return console_.out(std::string(line) + "\n");
  std::string head = name + std::string(width_ + 1 - std::min(width_ + 1, code_points(name)) + 1, ' ') + "| ";
  if (colors_ == Colors::Yes) head = "\x1b[" + std::string(kPalette[colors_of_[name]]) + "m" + head + "\x1b[0m";
  console_.out(head + std::string(line) + "\n");
}

void LogLines::feed(const std::string& name, int stream, std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  std::string& pending = pending_[{name, stream}];
  pending += bytes;
  size_t start = 0;
  for (size_t end; (end = pending.find('\n', start)) != std::string::npos; start = end + 1) {
    std::string_view line = std::string_view(pending).substr(start, end - start);
    if (line.ends_with('\r')) line.remove_suffix(1);
    print(name, line);
  }
  pending.erase(0, start);
  if (pending.size() > (64 << 10)) print(name, std::exchange(pending, {}));
}

void LogLines::end(const std::string& name, const std::string& line) {
  const std::lock_guard lock(mutex_);
  for (auto& [key, pending] : pending_)
    if (key.first == name && !pending.empty()) print(name, std::exchange(pending, {}));
  if (!line.empty()) console_.out(line + "\n");
}

}  // namespace strates::cli
