#include "cli/compose/progress.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/tab_table.hpp"

namespace strates::cli {

void Progress::leave() {
  const std::lock_guard lock(mutex_);
  lines_.clear();
  drawn_ = 0;
}

void Progress::set(const std::string& what, const std::string& state, State is) {
  const std::lock_guard lock(mutex_);
  const Nanos now = clock_.now();
  auto line = std::find_if(lines_.begin(), lines_.end(), [&](const Line& known) { return known.what == what; });
  if (line == lines_.end()) {
    lines_.push_back({what, state, is, now, now});
    line = lines_.end() - 1;
  }
  line->state = state;
  line->is = is;
  line->ended = now;
  if (kind_ == ProgressKind::Plain) console_.err(" " + what + "  " + state + "\n");
  if (kind_ == ProgressKind::Terminal) draw();
}

void Progress::draw() {
  const auto size = console_.size();
  const size_t columns = size && size->columns > 0 ? size->columns : 80, rows = size && size->rows > 2 ? size->rows - 1u : 23u;
  const size_t done = static_cast<size_t>(std::count_if(lines_.begin(), lines_.end(), [](const Line& line) { return line.is != State::Working; }));
  std::string out = drawn_ > 0 ? "\x1b[" + std::to_string(drawn_) + "A" : "";
  const std::string head = "[+] " + title_ + " " + std::to_string(done) + "/" + std::to_string(lines_.size());
  out += "\x1b[2K\r" + (done == lines_.size() ? "\x1b[34m" + head + "\x1b[0m" : head) + "\n";
  size_t widest = 0;
  for (const Line& line : lines_) widest = std::max(widest, code_points(line.what) + code_points(line.state));
  // What does not fit on the screen cannot be moved up to again: the last lines are shown.
  const size_t first = lines_.size() + 1 > rows ? lines_.size() + 1 - rows : 0;
  for (size_t i = first; i < lines_.size(); ++i) {
    const Line& line = lines_[i];
    const std::string_view mark = line.is == State::Working ? "\x1b[33m⠿\x1b[0m" : line.is == State::Done ? "\x1b[32m✔\x1b[0m" : "\x1b[31m✘\x1b[0m";
    const std::string_view color = line.is == State::Working ? "\x1b[34m" : line.is == State::Done ? "\x1b[32m" : "\x1b[31m";
    const std::string time = fmt::format("{:.1f}s", static_cast<double>((line.is == State::Working ? clock_.now() : line.ended) - line.begun) / kSecond);
    const size_t used = code_points(line.what) + code_points(line.state) + time.size() + 6;
    const size_t gap = used + 1 < columns ? std::max<size_t>(1, std::min(columns - used - 1, widest + 4 - code_points(line.what) - code_points(line.state))) : 1;
    out += "\x1b[2K\r " + std::string(mark) + " " + line.what + "  " + std::string(color) + line.state + "\x1b[0m" + std::string(gap, ' ') + "\x1b[34m" + time + "\x1b[0m\n";
  }
  drawn_ = 1 + lines_.size() - first;
  console_.err(out);
}

}  // namespace strates::cli
