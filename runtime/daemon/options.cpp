#include "daemon/options.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "registry/client/places.hpp"

namespace strates::daemon {

Result<Options> read_options(const std::vector<std::string>& words) {
  Options options;
  const auto bad = [](const std::string& word, Text why) {
    return make_error(ErrorKind::Invalid, "daemon.option", tr(Text::DaemonReadOptions), word, tr(why), tr(Text::TryHelp, "strates daemon"));
  };
  for (size_t i = 0; i < words.size(); ++i) {
    const size_t equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    if (name == "-h" || name == "--help") {
      options.help = true;
      continue;
    }
    static constexpr std::string_view kNames[] = {"--root", "--socket", "--world", "--ready-fd", "--lang", "--registry-mirror", "--insecure-registry", "--registry-certs"};
    if (std::find(std::begin(kNames), std::end(kNames), name) == std::end(kNames)) return bad(words[i], Text::DaemonUnknownOption);
    if (equals == std::string::npos && i + 1 == words.size()) return bad(name, Text::DaemonNeedsValue);
    const std::string value = equals != std::string::npos ? words[i].substr(equals + 1) : words[++i];
    if (value.empty()) return bad(name, Text::DaemonNeedsValue);
    if (name == "--root") options.root = value;
    if (name == "--socket") options.socket = value;
    if (name == "--lang") options.lang = value;
    if (name == "--registry-certs") options.certs = value;
    if (name == "--registry-mirror") {
      TRY(registry::check_mirror(value));
      options.mirrors.push_back(value);
    }
    if (name == "--insecure-registry") {
      TRY(registry::check_insecure(value));
      options.insecure.push_back(value);
    }
    if (name == "--world") {
      if (value != "linux" && value != "sim") return bad(value, Text::DaemonWorlds);
      options.simulated = value == "sim";
    }
    if (name == "--ready-fd") {
      const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), options.ready_fd);
      if (failed != std::errc() || end != value.data() + value.size() || options.ready_fd < 0) return bad(value, Text::DaemonNeedsNumber);
    }
  }
  return options;
}

std::string help_text() { return tr(Text::DaemonHelp); }

}  // namespace strates::daemon
