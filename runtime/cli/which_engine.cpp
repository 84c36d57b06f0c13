#include "cli/which_engine.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include "base/strings.hpp"
#include "base/text.hpp"

namespace strates::cli {

namespace {

constexpr std::string_view kUnix = "unix://";

Result<std::string> socket_of(const std::string& host, std::string_view named_by) {
  if (host.starts_with(kUnix) && host.size() > kUnix.size() && host[kUnix.size()] == '/') return host.substr(kUnix.size());
  if (host == kUnix) return std::string("/var/run/docker.sock");  // Docker's own default
  if (host.starts_with('/')) return host;
  return make_error(ErrorKind::Invalid, "client.host", std::string(named_by), host, tr(Text::CliHostNotUnix), tr(Text::CliHostAdvice));
}

}  // namespace

Surroundings process_surroundings() {
  Surroundings out;
  out.variable = [](const char* name) -> std::optional<std::string> {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
  };
  out.is_root = geteuid() == 0;
  if (const auto home = out.variable("HOME")) out.home = *home;
  else if (const passwd* user = getpwuid(geteuid()); user != nullptr) out.home = user->pw_dir;
  else out.home = "/";
  return out;
}

std::string docker_config_folder(const Surroundings& around) { return around.variable("DOCKER_CONFIG").value_or(around.home + "/.docker"); }

Result<EngineChoice> choose_engine(const std::string& option, const Surroundings& around) {
  EngineChoice choice;
  const auto named = [&](const std::string& host, ChosenBy by, std::string_view name) -> Result<EngineChoice> {
    choice.by = by;
    choice.socket = TRY(socket_of(host, name));
    return choice;
  };
  if (!option.empty()) return named(option, ChosenBy::Option, "--host");
  if (const auto host = around.variable("STRATES_HOST")) return named(*host, ChosenBy::StratesHost, "STRATES_HOST");
  if (const auto host = around.variable("DOCKER_HOST")) return named(*host, ChosenBy::DockerHost, "DOCKER_HOST");
  if (around.is_root) {
    choice.by = ChosenBy::Root;
    choice.world = World::Linux;
    choice.socket = "/run/strates/strates.sock";
    choice.root = "/var/lib/strates";
    return choice;
  }
  choice.by = ChosenBy::User;
  choice.world = World::Simulated;
  const auto state = around.variable("XDG_STATE_HOME");
  choice.root = (state ? *state : around.home + "/.local/state") + "/strates";
  const auto runtime = around.variable("XDG_RUNTIME_DIR");
  choice.socket = (runtime ? *runtime + "/strates" : choice.root) + "/strates.sock";
  return choice;
}

std::string describe(const EngineChoice& choice) {
  switch (choice.by) {
    case ChosenBy::Root: return tr(Text::CliEngineReal, choice.host());
    case ChosenBy::User: return tr(Text::CliEngineSimulator, choice.host());
    case ChosenBy::Option: return tr(Text::CliEngineNamed, choice.host(), "--host");
    case ChosenBy::StratesHost: return tr(Text::CliEngineNamed, choice.host(), "STRATES_HOST");
    case ChosenBy::DockerHost: return tr(Text::CliEngineNamed, choice.host(), "DOCKER_HOST");
  }
  return {};
}

}  // namespace strates::cli
