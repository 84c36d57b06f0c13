#include "lessons/player/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "base/strings.hpp"

namespace strates::lessons {

namespace {

std::string_view code_of(Style style) {
  switch (style) {
    case Style::Plain: return "";
    case Style::Title: return "1;36";
    case Style::Strong: return "1";
    case Style::Code: return "33";
    case Style::Dim: return "2";
    case Style::Good: return "32";
    case Style::Bad: return "31";
    case Style::Accent: return "36";
    case Style::Upper: return "1;33";
  }
  return "";
}

bool continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

Screen Screen::of_terminal(bool allow_colour) {
  const bool terminal = isatty(STDOUT_FILENO) == 1;
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool dumb = term != nullptr && std::string_view(term) == "dumb";
  int width = 80;
  winsize size{};
  if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) width = size.ws_col;
  return {allow_colour && terminal && !dumb && (no_colour == nullptr || *no_colour == '\0'), width > 100 ? 100 : width};
}

std::string Screen::styled(Style style, std::string_view text) const {
  const auto code = code_of(style);
  if (!colour_ || code.empty()) return std::string(text);
  return "\x1b[" + std::string(code) + "m" + std::string(text) + "\x1b[0m";
}

int columns_of(std::string_view text) {
  int columns = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b' && i + 1 < text.size() && text[i + 1] == '[') {
      while (i < text.size() && (text[i] < '@' || text[i] == '[')) ++i;
      continue;
    }
    if (!continuation(text[i])) ++columns;
  }
  return columns;
}

std::string fit(std::string_view text, int columns, bool pad) {
  std::string out;
  int used = 0;
  const int total = columns_of(text);
  for (size_t i = 0; i < text.size() && total > columns;) {
    size_t next = i + 1;
    while (next < text.size() && continuation(text[next])) ++next;
    if (used + 1 >= columns) break;
    out += text.substr(i, next - i);
    ++used;
    i = next;
  }
  if (total > columns) {
    out += "…";
    used = columns;
  } else {
    out = text;
    used = total;
  }
  if (pad && used < columns) out += std::string(static_cast<size_t>(columns - used), ' ');
  return out;
}

std::vector<std::string> fold_lines(std::string_view text, int columns) {
  std::vector<std::string> out;
  std::string current;
  for (const auto& word : split(text, ' ')) {
    if (word.empty()) continue;
    if (!current.empty() && columns_of(current) + 1 + columns_of(word) > columns) out.push_back(std::exchange(current, {}));
    current += (current.empty() ? "" : " ") + word;
  }
  if (!current.empty()) out.push_back(current);
  return out;
}

}  // namespace strates::lessons
