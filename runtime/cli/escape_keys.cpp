#include <csignal>
#include <cstring>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/attach_session.hpp"
#include "cli/docker_config.hpp"

namespace strates::cli {

Result<EscapeKeys> EscapeKeys::parse(std::string_view text) {
  std::string keys;
  for (const std::string& key : split(text, ',')) {
    constexpr std::string_view kControl = "ctrl-";
    if (key.size() == 1) {
      keys += key;
      continue;
    }
    const std::string named = to_lower(key);
    const char letter = named.size() == kControl.size() + 1 && named.starts_with(kControl) ? named.back() : '\0';
    constexpr std::string_view kMarks = "@[\\]^_";  // 0, then 27 to 31
    if (letter >= 'a' && letter <= 'z') keys += static_cast<char>(letter - 'a' + 1);
    else if (letter == '@') keys += '\0';
    else if (const size_t mark = kMarks.find(letter); letter != '\0' && mark != std::string_view::npos) keys += static_cast<char>(26 + mark);
    else return docker_error(ErrorKind::Invalid, "cli.detach-keys", "Unknown character: '" + key + "'");
  }
  return EscapeKeys(std::move(keys));
}

EscapeKeys::Typed EscapeKeys::feed(std::string_view bytes) {
  Typed out;
  for (const char c : bytes) {
    if (keys_.empty()) {
      out.pass += c;
      continue;
    }
    if (c == keys_[matched_]) {
      if (++matched_ == keys_.size()) {
        out.detached = true;
        return out;
      }
      continue;
    }
    out.pass += keys_.substr(0, matched_);  // it was not the sequence: what was held back goes on
    matched_ = 0;
    if (c == keys_[0] && keys_.size() > 1) matched_ = 1;
    else out.pass += c;
  }
  return out;
}

Result<EscapeKeys> detach_keys(const std::string& flag) {
  if (!flag.empty()) return EscapeKeys::parse(flag);
  // A configuration that others wrote in a way we do not read says nothing about keys.
  const auto config = DockerConfig::load();
  const Json said = config.ok() ? config.value().member("detachKeys") : Json();
  const std::string keys = said.is_string() ? said.get<std::string>() : "";
  return EscapeKeys::parse(keys.empty() ? kDetachKeys : keys);
}

std::string signal_name(int signal) {
  const char* name = sigabbrev_np(signal);
  return name != nullptr ? name : std::to_string(signal);
}

}  // namespace strates::cli
