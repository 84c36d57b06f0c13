#include "api/detach_keys.hpp"

#include <cctype>

#include "base/strings.hpp"

namespace strates::api {

Result<std::string> parse_detach_keys(std::string_view text) {
  if (text.empty()) return std::string("\x10\x11");
  const auto bad = [&](std::string_view key) {
    return docker_error(ErrorKind::Invalid, "api.detach-keys", "Invalid detach keys (" + std::string(text) + ") provided: Unknown character: '" + std::string(key) + "'");
  };
  std::string out;
  for (const auto& key : split(text, ',')) {
    if (key.size() == 1) {
      out += key;
    } else if (key.size() == 6 && key.compare(0, 5, "ctrl-") == 0) {
      const char c = key[5];
      if (c >= 'a' && c <= 'z') out += static_cast<char>(c - 'a' + 1);
      else if (c == '@') out += '\0';
      else if (c >= '[' && c <= '_') out += static_cast<char>(c - '[' + 27);
      else return bad(key);
    } else {
      return bad(key);
    }
  }
  return out;
}

std::string DetachKeys::feed(std::string_view typed, bool& detached) {
  std::string out;
  for (const char c : typed) {
    if (c == keys_[held_]) {
      if (++held_ == keys_.size()) {
        detached = true;
        return out;
      }
      continue;
    }
    out.append(keys_, 0, held_);
    held_ = 0;
    if (c == keys_.front()) held_ = 1;
    else out += c;
  }
  return out;
}

}  // namespace strates::api
