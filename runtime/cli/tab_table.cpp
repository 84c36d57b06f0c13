#include "cli/tab_table.hpp"

#include <algorithm>
#include <vector>

#include "base/strings.hpp"

namespace strates::cli {

size_t code_points(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

namespace {

using Line = std::vector<std::string>;

class Aligner {
 public:
  Aligner(std::vector<Line> lines, TabLayout layout) : lines_(std::move(lines)), layout_(layout) {}

  std::string run() {
    block(0, lines_.size());
    return std::move(out_);
  }

 private:
  // Prints lines [from, to), whose columns left of widths_.size() have known widths.
  void block(size_t from, size_t to) {
    const size_t column = widths_.size();
    size_t at = from;
    while (at < to) {
      if (column + 1 >= lines_[at].size()) {
        print(lines_[at++]);
        continue;
      }
      size_t end = at;
      size_t width = layout_.min_width;
      for (; end < to && column + 1 < lines_[end].size(); ++end) width = std::max(width, code_points(lines_[end][column]) + layout_.padding);
      widths_.push_back(width);
      block(at, end);
      widths_.pop_back();
      at = end;
    }
  }

  void print(const Line& line) {
    for (size_t i = 0; i < line.size(); ++i) {
      out_ += line[i];
      if (i < widths_.size() && i + 1 < line.size()) out_.append(widths_[i] - code_points(line[i]), ' ');
    }
    out_ += '\n';
  }

  std::vector<Line> lines_;
  TabLayout layout_;
  std::vector<size_t> widths_;
  std::string out_;
};

}  // namespace

std::string align_tabs(std::string_view text, TabLayout layout) {
  std::vector<Line> lines;
  for (const std::string& line : split_lines(text)) lines.push_back(split(line, '\t'));
  return Aligner(std::move(lines), layout).run();
}

}  // namespace strates::cli
