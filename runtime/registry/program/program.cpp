#include "registry/program/program.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "base/text.hpp"
#include "base/url.hpp"
#include "cli/docker_config.hpp"
#include "registry/client/places.hpp"

namespace strates::registry::server {

namespace {

struct Row {
  std::string_view group, name;
  Text brief;
  Result<int> (*handler)(const Call&);
};
constexpr Row kRows[] = {
    {"registry", "serve", Text::RegistryBriefServe, serve_command},       {"registry", "preload", Text::RegistryBriefPreload, preload_command},
    {"registry", "gc", Text::RegistryBriefGc, gc_command},                {"registry", "password", Text::RegistryBriefPassword, password_command},
    {"bundle", "create", Text::BundleBriefCreate, bundle_create_command}, {"bundle", "ls", Text::BundleBriefList, bundle_list_command},
    {"bundle", "load", Text::BundleBriefLoad, bundle_load_command},
};

std::string help(const std::string& group) {
  std::string rows;
  for (const Row& row : kRows)
    if (row.group == group) rows += "  " + std::string(row.name) + std::string(12 - row.name.size(), ' ') + tr(row.brief) + "\n";
  return tr(Text::CliUsage, "strates " + group + " COMMAND [...]") + "\n\n" + rows + "\n" + tr(group == "bundle" ? Text::BundleHelp : Text::RegistryHelp) + "\n";
}

}  // namespace

Error usage_error(const std::string& why) { return make_error(ErrorKind::Invalid, "registry.usage", "read command line", "", why); }

int run_program(const Machine& machine, const std::vector<std::string>& words, cli::Console& console) {
  const std::string group = words.empty() ? "registry" : words[0];
  if (words.size() < 2 || words[1] == "--help" || words[1] == "-h" || words[1] == "help") {
    console.out(help(group));
    return words.size() < 2 ? 2 : 0;
  }
  const std::vector<std::string> rest(words.begin() + 2, words.end());
  for (const Row& row : kRows) {
    if (row.group != group || row.name != words[1]) continue;
    const auto result = row.handler({machine, rest, console});
    if (result.ok()) return result.value();
    if (result.error().code == "registry.usage") {
      console.err(tr(Text::ErrorPrefix, result.error().cause) + "\n" + tr(Text::TryHelp, "strates " + group + " " + words[1]) + "\n");
      return 2;
    }
    console.err(tr(Text::ErrorPrefix, result.error().message()) + "\n");
    return 1;
  }
  console.err(tr(Text::ErrorPrefix, tr(Text::CliUnknownCommand, group + " " + words[1])) + "\n" + tr(Text::TryHelp, "strates " + group) + "\n");
  return 2;
}

Result<std::optional<cli::ParsedFlags>> read_flags(const Call& call, std::span<const cli::FlagSpec> specs, const char* usage, Text text) {
  auto parsed = cli::parse_flags(specs, call.words, cli::Positionals::Interspersed);
  if (!parsed.ok()) return usage_error(parsed.error().message());
  if (!parsed.value().help) return std::optional(std::move(parsed).value());
  call.console.out(tr(Text::CliUsage, std::string(usage)) + "\n\n" + tr(text) + "\n");
  return std::optional<cli::ParsedFlags>();
}

std::string root_of(const cli::ParsedFlags& flags) {
  if (const std::string given = flags.text("root"); !given.empty()) return given;
  if (const char* variable = std::getenv("STRATES_REGISTRY_ROOT"); variable != nullptr && *variable != '\0') return variable;
  if (geteuid() == 0) return "/var/lib/strates-registry";
  const char* data = std::getenv("XDG_DATA_HOME");
  const char* home = std::getenv("HOME");
  return data != nullptr && *data != '\0' ? std::string(data) + "/strates-registry" : std::string(home == nullptr ? "." : home) + "/.local/share/strates-registry";
}

Result<void> read_mirror(const cli::ParsedFlags& flags, const std::string& otherwise, ShopOptions& options) {
  std::string url = flags.text("mirror").empty() ? otherwise : flags.text("mirror");
  if (url.empty()) return flags.boolean("mirror-login") ? Result<void>(usage_error(tr(Text::RegistryLoginWithoutMirror))) : success();
  if (url == kHubName) url = kHubRegistry;
  const bool schemed = url.find("://") != std::string::npos;
  if (schemed && !url.starts_with("http://") && !url.starts_with("https://")) return usage_error(tr(Text::RegistryMirrorScheme, url));
  if (!schemed) url.insert(0, "https://");
  if (url.find('@') != std::string::npos) return usage_error(tr(Text::RegistryMirrorNoUser));
  TRY(check_mirror(url));
  options.mirror_url = url;
  if (!flags.boolean("mirror-login")) return success();
  const std::string server = url == kHubRegistry ? std::string(kHubIndex) : TRY(parse_url(url)).authority();
  const auto kept = TRY(TRY(cli::DockerConfig::load()).get(server));
  if (kept.empty()) return make_error(ErrorKind::Unauthorized, "registry.no-login", "log in to", server, tr(Text::RegistryNobodyLoggedIn), "docker login " + server);
  options.mirror_login = {kept.username, kept.password, kept.identity_token};
  return success();
}

void say(const Call& call, const cli::ParsedFlags& flags, const std::string& line) {
  if (!flags.boolean("json")) call.console.out(line + "\n");
}

std::string read_small_file(const std::string& path, bool& found) {
  std::ifstream file(path, std::ios::binary);
  found = file.good();
  std::string text(std::istreambuf_iterator<char>(file), {});
  return text;
}

}  // namespace strates::registry::server
