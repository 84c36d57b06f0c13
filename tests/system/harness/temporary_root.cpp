#include "tests/system/harness/temporary_root.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/system/harness/process.hpp"

namespace strates::system_test {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> mount_points_below(const std::string& path) {
  std::vector<std::string> out;
  std::istringstream in(read_file("/proc/self/mountinfo"));
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string word, point;
    for (int i = 0; i < 5 && words >> word; ++i) point = word;
    if (point.starts_with(path + "/")) out.push_back(point);
  }
  return {out.rbegin(), out.rend()};
}

// Control groups of containers of this root: by the names of what it stored.
void remove_cgroups(const std::string& root) {
  std::error_code error;
  std::istringstream in(read_file("/proc/self/mountinfo"));
  for (std::string line; std::getline(in, line);) {
    if (line.find(" - cgroup") == std::string::npos) continue;
    std::istringstream words(line);
    std::string point;
    for (int i = 0; i < 5; ++i) words >> point;
    for (const auto& name : paths_below(root + "/containers", 1)) rmdir((point + "/strates/" + name).c_str());
  }
}

}  // namespace

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::vector<std::string> paths_below(const std::string& folder, int depth) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    out.push_back(it->path().lexically_relative(folder).string());
    if (it.depth() + 1 >= depth) it.disable_recursion_pending();
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> stored(const TemporaryRoot& root) {
  std::vector<std::string> out;
  for (const auto& path : paths_below(root.daemon_root(), 4)) {
    if (path.starts_with("metadata.db") || path == "lock" || path.starts_with("run/") || path == "daemon.log" || path == "starting.lock") continue;
    const size_t slash = path.find('/');
    const bool unpacked = path.starts_with("layers/") || path.starts_with("snapshots/") || path.starts_with("init/");
    if (unpacked && path.find('/', slash + 1) != std::string::npos) continue;
    out.push_back(path);
  }
  return out;
}

std::string added(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  std::string out;
  for (const auto& path : after)
    if (!std::binary_search(before.begin(), before.end(), path)) out += "  " + path + "\n";
  return out;
}

std::vector<int> processes_of(const std::string& path) {
  std::vector<int> out;
  std::error_code error;
  const auto own = fs::read_symlink("/proc/self/ns/mnt", error);
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    if (!std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; }) || std::stoi(name) == getpid()) continue;
    const auto space = fs::read_symlink(entry.path() / "ns/mnt", error);
    bool ours = !error && space != own && read_file(entry.path() / "mountinfo").find(path + "/") != std::string::npos;
    for (fs::directory_iterator fd(entry.path() / "fd", error), end; !error && fd != end && !ours; fd.increment(error)) {
      std::error_code gone;
      ours = fs::read_symlink(fd->path(), gone).string().starts_with(path + "/");
    }
    if (ours) out.push_back(std::stoi(name));
  }
  return out;
}

bool is_alive(int pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  const size_t close = stat.rfind(')');
  return close != std::string::npos && close + 2 < stat.size() && stat[close + 2] != 'Z' && stat[close + 2] != 'X';
}

TemporaryRoot::TemporaryRoot() {
  static int count = 0;
  const std::string base = fs::is_directory("/dev/shm") ? "/dev/shm" : "/tmp";
  path_ = base + "/strates-system-" + std::to_string(getpid()) + "-" + std::to_string(++count);
  fs::create_directories(home());
  fs::create_directories(work());
}

TemporaryRoot::~TemporaryRoot() {
  for (int round = 0; round < 5; ++round) {
    const auto left = processes_of(path_);
    if (left.empty()) break;
    for (const int pid : left) kill(pid, SIGKILL);
    pause_for(Milliseconds(50));
  }
  for (const auto& point : mount_points_below(path_)) umount2(point.c_str(), MNT_DETACH);
  remove_cgroups(daemon_root());
  std::error_code error;
  if (mount_points_below(path_).empty()) fs::remove_all(path_, error);
}

void TemporaryRoot::write(const std::string& name, const std::string& content) const {
  const fs::path path = fs::path(work()) / name;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

}  // namespace strates::system_test
