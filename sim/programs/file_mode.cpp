#include "sim/programs/file_mode.hpp"

#include "base/strings.hpp"

namespace strates::sim {

std::string octal(std::uint64_t value) {
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + (value & 7)));
    value >>= 3;
  } while (value != 0);
  return digits;
}

std::optional<std::uint32_t> parse_mode(std::string_view text, std::uint32_t before, image::EntryType type, std::uint32_t umask, ModeStyle style) {
  if (text.empty()) return std::nullopt;
  const bool directory = type == image::EntryType::Directory, gnu = style == ModeStyle::Gnu;
  if (text.front() >= '0' && text.front() <= '7') {
    std::uint32_t mode = 0;
    for (const char c : text) {
      if (c < '0' || c > '7' || mode > 07777) return std::nullopt;
      mode = mode * 8 + static_cast<std::uint32_t>(c - '0');
    }
    if (mode > 07777) return std::nullopt;
    // GNU: fewer than five digits leave a directory's set-id bits alone.
    return gnu && directory && text.size() < 5 ? mode | (before & 06000) : mode;
  }
  std::uint32_t mode = before;
  for (const std::string& clause : split(text, ',')) {
    size_t at = 0;
    std::uint32_t who = 0;
    for (; at < clause.size() && std::string_view("ugoa").find(clause[at]) != std::string_view::npos; ++at)
      who |= clause[at] == 'u' ? 04700u : clause[at] == 'g' ? 02070u : clause[at] == 'o' ? (gnu ? 01007u : 0007u) : 07777u;
    const bool everybody = who == 0;
    if (everybody) who = 07777;
    if (at == clause.size()) return std::nullopt;
    while (at < clause.size()) {
      const char op = clause[at];
      if (op != '+' && op != '-' && op != '=') return std::nullopt;
      ++at;
      const std::uint32_t old = mode;
      std::uint32_t bits = 0, named = 0;
      std::uint32_t seen = old;  // what X and copies look at
      if (op == '=' && !gnu) seen &= ~who;
      for (; at < clause.size() && clause[at] != '+' && clause[at] != '-' && clause[at] != '='; ++at) {
        switch (clause[at]) {
          case 'r': bits |= 0444; break;
          case 'w': bits |= 0222; break;
          case 'x': bits |= 0111; break;
          case 'X': bits |= directory || (seen & 0111) != 0 ? 0111 : 0; break;
          case 's': bits |= 06000, named |= 06000; break;
          case 't': bits |= 01000, named |= 01000; break;
          case 'u': bits |= (old >> 6 & 7) * 0111; break;
          case 'g': bits |= (old >> 3 & 7) * 0111; break;
          case 'o': bits |= (old & 7) * 0111; break;
          default: return std::nullopt;
        }
      }
      std::uint32_t chosen = bits & who;
      if (everybody) chosen &= ~umask;
      if (op == '+') mode |= chosen;
      else if (op == '-') mode &= ~chosen;
      else mode = (mode & ~(who & ~(gnu && directory ? 07000u & ~named : 0u))) | chosen;
    }
  }
  return mode & 07777;
}

std::string mode_string(image::EntryType type, std::uint32_t mode) {
  std::string text = "----------";
  switch (type) {
    case image::EntryType::Directory: text[0] = 'd'; break;
    case image::EntryType::Symlink: text[0] = 'l'; break;
    case image::EntryType::CharDevice: text[0] = 'c'; break;
    case image::EntryType::BlockDevice: text[0] = 'b'; break;
    case image::EntryType::Fifo: text[0] = 'p'; break;
    case image::EntryType::File:
    case image::EntryType::HardLink: break;
  }
  for (int i = 0; i < 9; ++i)
    if ((mode & (0400u >> i)) != 0) text[static_cast<size_t>(i) + 1] = "rwx"[i % 3];
  const auto special = [&](std::uint32_t bit, size_t at, char small, char big) {
    if ((mode & bit) != 0) text[at] = text[at] == 'x' ? small : big;
  };
  special(04000, 3, 's', 'S');
  special(02000, 6, 's', 'S');
  special(01000, 9, 't', 'T');
  return text;
}

}  // namespace strates::sim
