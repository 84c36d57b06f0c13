#include "cli/plugin_command.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <filesystem>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/docker_front.hpp"
#include "cli/flags.hpp"
#include "cli/neighbours.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {text_flag("dir", 0, "")};

std::string plugin_path(const std::string& directory) { return directory + "/" + std::string(kPluginProgram); }

enum class Found { Nothing, Link, Other };

// Ours is a symbolic link to a program called strates, whether that is still there or not.
Found look(const std::string& path, std::string& target) {
  char text[PATH_MAX];
  const ssize_t length = readlink(path.c_str(), text, sizeof text);
  if (length < 0) return errno == ENOENT || errno == ENOTDIR ? Found::Nothing : Found::Other;
  target.assign(text, static_cast<size_t>(length));
  return base_name(target) == "strates" ? Found::Link : Found::Other;
}

Error taken(const std::string& path) {
  return make_error(ErrorKind::Conflict, "plugin.taken", "strates plugin", path, tr(Text::CliPluginTaken), tr(Text::CliPluginTakenAdvice));
}

// Where Docker's client looks first (cli-plugins/manager).
std::string default_directory(const Surroundings& around) {
  return docker_config_folder(around) + "/cli-plugins";
}

}  // namespace

std::string plugin_metadata() {
  Json out = Json::object();
  out["SchemaVersion"] = "0.1.0";
  out["Vendor"] = "Strates";
  out["Version"] = STRATES_VERSION;
  out["ShortDescription"] = tr(Text::CliPluginBrief);
  return dump_json(out) + "\n";
}

Result<PluginWords> plugin_words(const std::vector<std::string>& words) {
  DockerGlobals globals = TRY(docker_globals(words));
  PluginWords out{globals.host, std::move(globals.rest)};
  // "docker help strates" is "docker strates --help".
  const bool help = !out.rest.empty() && out.rest[0] == "help";
  if (help) out.rest.erase(out.rest.begin());
  if (!out.rest.empty() && out.rest[0] == "strates") out.rest.erase(out.rest.begin());
  if (help || globals.help) out.rest.emplace_back("--help");
  return out;
}

Result<bool> install_plugin(const std::string& directory, const std::string& program) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) return system_error("create directory", directory, failed.value());
  const std::string path = plugin_path(directory), fresh = path + "." + std::to_string(getpid());
  std::string target;
  switch (look(path, target)) {
    case Found::Other: return taken(path);
    case Found::Link:
      if (target == program) return false;
      break;
    case Found::Nothing: break;
  }
  if (symlink(program.c_str(), fresh.c_str()) != 0) return system_error("link", fresh, errno);
  // Over an older link of ours it is moved; where nothing was, link() does not replace what came meanwhile.
  const int done = target.empty() ? linkat(AT_FDCWD, fresh.c_str(), AT_FDCWD, path.c_str(), 0) : rename(fresh.c_str(), path.c_str());
  const int number = errno;
  if (done != 0 || target.empty()) ::unlink(fresh.c_str());
  if (done == 0) return true;
  return number == EEXIST ? taken(path) : system_error("link", path, number);
}

Result<bool> remove_plugin(const std::string& directory) {
  const std::string path = plugin_path(directory);
  std::string target;
  switch (look(path, target)) {
    case Found::Nothing: return false;
    case Found::Other: return taken(path);
    case Found::Link: break;
  }
  if (::unlink(path.c_str()) != 0) return system_error("remove", path, errno);
  return true;
}

Result<int> plugin_command(const FrontCall& call) {
  const auto parsed = parse_flags(kFlags, call.words, Positionals::Interspersed);
  if (!parsed.ok()) return usage_error("plugin", parsed.error());
  const ParsedFlags& flags = parsed.value();
  if (flags.help) {
    call.console.out(front_help("strates plugin install|remove [--dir DIR]", Text::CliPluginHelp));
    return 0;
  }
  const std::string directory = flags.changed("dir") ? flags.text("dir") : default_directory(process_surroundings());
  const std::string what = flags.arguments.size() == 1 ? flags.arguments[0] : "";
  if (what == "install") {
    const std::string program = TRY(program_directory()) + "/strates";
    const bool made = TRY(install_plugin(directory, program));
    call.console.out(tr(made ? Text::CliPluginInstalled : Text::CliPluginThere, plugin_path(directory), program) + "\n");
    return 0;
  }
  if (what == "remove") {
    const bool removed = TRY(remove_plugin(directory));
    call.console.out(tr(removed ? Text::CliPluginRemoved : Text::CliPluginAbsent, plugin_path(directory)) + "\n");
    return 0;
  }
  return usage_error("plugin", docker_error(ErrorKind::Invalid, "cli.usage", tr(Text::CliPluginWhat)));
}

}  // namespace strates::cli
