#include "sim/shell/line_editor.hpp"

#include <utility>

namespace strates::sim::shell {

LineEditor::Event LineEditor::take(char byte, std::string& shown) {
  if (escape_ == Escape::Started) {
    escape_ = byte == '[' || byte == 'O' ? Escape::Sequence : Escape::No;
    return Event::None;
  }
  if (escape_ == Escape::Sequence) {  // arrows, and the terminal's answer to "where is the cursor"
    if (byte >= 0x40 && byte <= 0x7e) escape_ = Escape::No;
    return Event::None;
  }
  switch (byte) {
    case '\033': escape_ = Escape::Started; return Event::None;
    case '\n': shown += "\n"; return Event::Line;
    case 3:
      shown += "^C\n";
      line_.clear();
      return Event::Interrupted;
    case 4:
      if (!line_.empty()) return Event::None;
      shown += "\n";
      return Event::End;
    case 8:
    case 127:
      if (line_.empty()) return Event::None;
      while (!line_.empty() && (line_.back() & 0xc0) == 0x80) line_.pop_back();
      if (!line_.empty()) line_.pop_back();
      shown += "\b\033[J";
      return Event::None;
    case 21:
      for (size_t i = 0; i < line_.size(); ++i) shown += "\b";
      if (!line_.empty()) shown += "\033[J";
      line_.clear();
      return Event::None;
    default:
      if (static_cast<unsigned char>(byte) < 32) return Event::None;
      line_ += byte;
      shown += byte;
      return Event::None;
  }
}

std::string LineEditor::take_line() { return std::exchange(line_, {}); }

}  // namespace strates::sim::shell
