#include "linux/process/executable.hpp"

#include <sys/stat.h>

#include <cctype>
#include <cerrno>
#include <cstring>

#include "base/strings.hpp"

namespace strates::linux_world {

namespace {

// Go 1.19: a directory is a permission error; later versions say "is a directory".
int check(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return errno;
  return !S_ISDIR(about.st_mode) && (about.st_mode & 0111) != 0 ? 0 : EACCES;
}

Error launch_error(std::string_view code, const std::string& name, std::string cause) {
  return make_error(ErrorKind::Invalid, code, "start process", name, cause);
}

}  // namespace

std::string go_error(int error_number) {
  const char* words = strerrordesc_np(error_number);
  std::string text = words != nullptr ? words : "errno " + std::to_string(error_number);
  text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

const char* env_value(const std::vector<std::string>& env, std::string_view name) {
  const char* found = nullptr;
  for (const auto& entry : env)
    if (entry.size() > name.size() && entry[name.size()] == '=' && entry.compare(0, name.size(), name) == 0) found = entry.c_str() + name.size() + 1;
  return found;
}

Result<std::string> find_executable(const std::string& name, const std::vector<std::string>& env) {
  const std::string prefix = "exec: " + go_quote(name) + ": ";
  if (name.find('/') != std::string::npos) {
    const int number = check(name);
    if (number == 0) return name;
    struct stat about {};
    if (::stat(name.c_str(), &about) == 0) return launch_error("process.permission", name, prefix + "permission denied");
    return launch_error(number == EACCES || number == EPERM ? "process.permission" : "process.not-found", name,
                        prefix + "stat " + name + ": " + go_error(number));
  }
  const char* path = env_value(env, "PATH");
  if (path != nullptr && *path != '\0' && !name.empty()) {
    for (const auto& directory : split(path, ':')) {
      const std::string candidate = join_path(directory.empty() ? "." : directory, name);
      if (check(candidate) != 0) continue;
      if (candidate.front() != '/') return launch_error("process.not-found", name, prefix + "cannot run executable found relative to current directory");
      return candidate;
    }
  }
  return launch_error("process.not-found", name, prefix + "executable file not found in $PATH");
}

Error execute_error(const std::string& path, int error_number) {
  const std::string_view code = error_number == EACCES || error_number == EPERM ? "process.permission"
                                : error_number == ENOENT                        ? "process.not-found"
                                                                                : "process.setup";
  return launch_error(code, path, "exec " + path + ": " + go_error(error_number));
}

}  // namespace strates::linux_world
