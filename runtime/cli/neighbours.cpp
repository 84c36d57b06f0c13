#include "cli/neighbours.hpp"

#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>

#include "base/strings.hpp"
#include "base/text.hpp"

namespace strates::cli {

Result<std::string> program_directory() {
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
  if (length <= 0) return system_error("readlink", "/proc/self/exe", errno);
  return dir_name(std::string_view(path, static_cast<size_t>(length)));
}

Result<std::string> neighbour(const std::string& name) {
  const std::string path = TRY(program_directory()) + "/" + name;
  if (access(path.c_str(), X_OK) == 0) return path;
  return make_error(ErrorKind::NotFound, "cli.no-neighbour", tr(Text::CliFindProgram), path, tr(Text::CliProgramAbsent), tr(Text::CliProgramAdvice));
}

Error exec_neighbour(const std::string& name, const std::vector<std::string>& arguments, const std::vector<std::string>& environment) {
  const auto path = neighbour(name);
  if (!path.ok()) return path.error();
  for (const std::string& variable : environment) {
    const size_t equals = variable.find('=');
    setenv(variable.substr(0, equals).c_str(), variable.substr(equals + 1).c_str(), 1);
  }
  std::vector<char*> argv{const_cast<char*>(path.value().c_str())};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  std::signal(SIGPIPE, SIG_DFL);
  execv(path.value().c_str(), argv.data());
  return system_error("exec", path.value(), errno);
}

}  // namespace strates::cli
