#include "cli/copy_path.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <tuple>
#include <vector>

#include "base/strings.hpp"

namespace strates::cli {

namespace {

Error sentence(std::string text) { return docker_error(ErrorKind::Invalid, "cli.copy", std::move(text)); }

std::string why(int error_number) { return to_lower(std::strerror(error_number)); }

// filepath.Base of "" is ".", too.
bool is_current_directory(std::string_view path) { return path.empty() || path == "." || path.ends_with("/."); }
bool has_trailing_slash(std::string_view path) { return path.ends_with('/'); }

// Go's filepath.Base: of "a/b/" it is "b", of "/." it is ".".
std::string go_base(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  if (path == "/" || slash == std::string_view::npos) return std::string(path);
  return std::string(path.substr(slash + 1));
}

}  // namespace

bool asserts_directory(std::string_view path) { return has_trailing_slash(path) || is_current_directory(path); }

std::pair<std::string, std::string> split_entry(std::string_view path) {
  const std::string clean = clean_path(path);
  if (is_current_directory(path)) return {clean, "."};
  return {dir_name(clean), base_name(clean)};
}

std::string local_path(const std::string& path) {
  char buffer[PATH_MAX];
  std::string full = path.starts_with('/') ? clean_path(path) : join_path(::getcwd(buffer, sizeof buffer) != nullptr ? buffer : "/", path);
  if (is_current_directory(path) && !is_current_directory(full)) full += full.ends_with('/') ? "." : "/.";
  else if (has_trailing_slash(path) && !has_trailing_slash(full)) full += "/";
  return full;
}

CopyArgument parse_copy_argument(const std::string& argument) {
  if (argument.starts_with('/')) return {"", argument};
  const size_t colon = argument.find(':');
  // "./a:b" is a file of that name.
  if (colon == std::string::npos || argument.starts_with('.')) return {"", argument};
  return {argument.substr(0, colon), argument.substr(colon + 1)};
}

std::pair<std::string, std::string> rebase_name(const std::string& asked, std::string resolved) {
  if (is_current_directory(asked) && !is_current_directory(resolved)) resolved += "/.";
  if (has_trailing_slash(asked) && !has_trailing_slash(resolved)) resolved += "/";
  if (go_base(asked) == go_base(resolved)) return {std::move(resolved), ""};
  return {std::move(resolved), go_base(asked)};
}

namespace {

// What filepath.EvalSymlinks stopped at: the first step of the path, links followed, that is not there.
std::string first_absent(const std::string& path) {
  constexpr int kMostLinks = 255;
  std::string done;
  std::vector<std::string> left = split(path, '/');
  std::reverse(left.begin(), left.end());
  for (int links = 0; !left.empty() && links < kMostLinks;) {
    const std::string name = left.back();
    left.pop_back();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      done.erase(std::min(done.rfind('/'), done.size()));
      continue;
    }
    const std::string here = done + "/" + name;
    struct stat about {};
    if (::lstat(here.c_str(), &about) != 0) return here;
    char target[PATH_MAX];
    const ssize_t length = S_ISLNK(about.st_mode) ? ::readlink(here.c_str(), target, sizeof target) : -1;
    if (length < 0) {
      done = here;
      continue;
    }
    ++links;
    std::vector<std::string> steps = split(std::string_view(target, static_cast<size_t>(length)), '/');
    if (target[0] == '/') done.clear();
    left.insert(left.end(), steps.rbegin(), steps.rend());
  }
  return path;
}

}  // namespace

Result<CopyInfo> local_source(const std::string& path, bool follow) {
  CopyInfo info;
  char buffer[PATH_MAX];
  if (follow) {
    if (::realpath(path.c_str(), buffer) == nullptr) {
      if (errno == ENOTDIR) return sentence("not a directory");
      if (errno == ELOOP) return sentence("EvalSymlinks: too many links");
      const int number = errno;
      return sentence("lstat " + first_absent(path) + ": " + why(number));
    }
    std::tie(info.path, info.rebase) = rebase_name(path, buffer);
  } else {
    const size_t slash = path.rfind('/');
    const std::string directory = path.substr(0, slash + 1), base = path.substr(slash + 1);
    if (::realpath(directory.c_str(), buffer) == nullptr) return sentence(errno == ENOTDIR ? "not a directory" : "lstat " + clean_path(directory) + ": " + why(errno));
    const std::string real = buffer;
    info.path = real == "/" ? "/" + base : real + "/" + base;
    if (has_trailing_slash(path) && go_base(path) != go_base(info.path)) info.rebase = go_base(path);
  }
  struct stat about {};
  if (::lstat(info.path.c_str(), &about) != 0) return sentence("lstat " + info.path + ": " + why(errno));
  info.exists = true;
  info.directory = S_ISDIR(about.st_mode);
  return info;
}

Result<CopyInfo> local_destination(const std::string& asked) {
  constexpr int kMostLinks = 10;
  CopyInfo info;
  info.path = asked;
  struct stat about {};
  int found = ::lstat(info.path.c_str(), &about);
  for (int hops = 0; found == 0 && S_ISLNK(about.st_mode); ++hops) {
    if (hops > kMostLinks) return sentence("too many symlinks in " + asked);
    char target[PATH_MAX];
    const ssize_t length = ::readlink(info.path.c_str(), target, sizeof target);
    if (length < 0) return sentence("readlink " + info.path + ": " + why(errno));
    const std::string to(target, static_cast<size_t>(length));
    info.path = to.starts_with('/') ? to : join_path(split_entry(info.path).first, to);
    found = ::lstat(info.path.c_str(), &about);
  }
  if (found == 0) {
    info.exists = true;
    info.directory = S_ISDIR(about.st_mode);
    return info;
  }
  if (errno != ENOENT) return sentence("lstat " + info.path + ": " + why(errno));
  const std::string parent = split_entry(info.path).first;
  if (::stat(parent.c_str(), &about) != 0) return sentence("stat " + parent + ": " + why(errno));
  if (!S_ISDIR(about.st_mode)) return sentence("not a directory");
  return info;
}

Result<CopyPlan> plan_copy(const CopyInfo& source, const CopyInfo& destination) {
  if (destination.exists && destination.directory) return CopyPlan{destination.path, "", ""};
  if (destination.exists && source.directory) return sentence("cannot copy directory");
  if (!destination.exists && !source.directory && asserts_directory(destination.path)) return sentence("no such directory");
  const auto [directory, base] = split_entry(destination.path);
  const std::string from = source.rebase.empty() ? split_entry(source.path).second : source.rebase;
  return CopyPlan{directory, from, base};
}

std::string rebased(const std::string& name, const std::string& from, const std::string& to) {
  if (from.empty() && to.empty()) return name;
  const std::string old = from == "/" ? "" : from;
  const size_t at = name.find(old);
  if (at == std::string::npos) return name;
  return name.substr(0, at) + to + name.substr(at + old.size());
}

}  // namespace strates::cli
