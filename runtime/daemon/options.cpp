#include "daemon/options.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"
#include "registry/client/places.hpp"

namespace strates::daemon {

namespace {

// Where an option's text goes; null: it is no such option.
std::string* text_option(Options& options, std::string_view name) {
  const std::pair<std::string_view, std::string*> table[] = {
      {"--root", &options.root},           {"--socket", &options.socket},          {"--lang", &options.lang},     {"--registry-certs", &options.certs},
      {"--tlscacert", &options.tls_authority}, {"--tlscert", &options.tls_certificate}, {"--tlskey", &options.tls_key},
  };
  for (const auto& [known, place] : table)
    if (known == name) return place;
  return nullptr;
}

}  // namespace

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
    if (name == "--tlsverify") {
      if (equals != std::string::npos && words[i].substr(equals + 1) != "true") return bad(words[i], Text::DaemonTlsVerify);
      options.tls_verify = true;
      continue;
    }
    std::string* const text = text_option(options, name);
    static constexpr std::string_view kOthers[] = {"--host", "-H", "--world", "--ready-fd", "--registry-mirror", "--insecure-registry", "--network"};
    if (text == nullptr && std::find(std::begin(kOthers), std::end(kOthers), name) == std::end(kOthers)) return bad(words[i], Text::DaemonUnknownOption);
    if (equals == std::string::npos && i + 1 == words.size()) return bad(name, Text::DaemonNeedsValue);
    const std::string value = equals != std::string::npos ? words[i].substr(equals + 1) : words[++i];
    if (value.empty()) return bad(name, Text::DaemonNeedsValue);
    if (text != nullptr) *text = value;
    if (name == "--registry-mirror") {
      TRY(registry::check_mirror(value));
      options.mirrors.push_back(value);
    }
    if (name == "--insecure-registry") {
      TRY(registry::check_insecure(value));
      options.insecure.push_back(value);
    }
    if (name == "--host" || name == "-H") {
      if (value.starts_with("unix:///")) options.socket = value.substr(7);
      else if (value.starts_with("tcp://")) options.tcp.push_back(value.substr(6));
      else return bad(value, Text::DaemonHosts);
    }
    if (name == "--network") {
      if (value != "host" && value != "own") return bad(value, Text::DaemonNetworks);
      options.own_network = value == "own";
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
  const bool complete = options.tls_verify && !options.tls_authority.empty() && !options.tls_certificate.empty() && !options.tls_key.empty();
  if (!options.tcp.empty() && !complete)
    return make_error(ErrorKind::Forbidden, "daemon.tcp-open", tr(Text::DaemonReadOptions), "tcp://" + options.tcp[0], tr(Text::DaemonTcpOpen), tr(Text::DaemonTcpOpenAdvice));
  return options;
}

std::string help_text() { return tr(Text::DaemonHelp); }

}  // namespace strates::daemon
