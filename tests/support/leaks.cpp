#include "tests/support/leaks.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "base/strings.hpp"
#include "linux/network/docker_rules.hpp"
#include "linux/network/linux_networks.hpp"

namespace strates::testing {

namespace {

namespace fs = std::filesystem;

std::string slurp(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

std::vector<std::string> names(const std::string& directory) {
  std::vector<std::string> out;
  std::error_code error;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) out.push_back(it->path().filename().string());
  return out;
}

std::vector<std::string> words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

std::set<std::string> mounts() {
  std::set<std::string> out;
  std::istringstream in(slurp("/proc/self/mountinfo"));
  for (std::string line; std::getline(in, line);) {
    const auto parts = words(line);
    const size_t dash = line.find(" - ");
    if (parts.size() > 5 && dash != std::string::npos) out.insert(parts[4] + " " + parts[0] + line.substr(dash));
  }
  return out;
}

struct ProcessFacts {
  int parent = 0;
  std::string name;
};

ProcessFacts facts_of(const std::string& pid) {
  ProcessFacts facts;
  const std::string stat = slurp("/proc/" + pid + "/stat");
  const size_t open = stat.find('('), close = stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos) return facts;
  facts.name = stat.substr(open + 1, close - open - 1);
  const auto rest = words(stat.substr(close + 1));
  if (rest.size() > 1) facts.parent = std::stoi(rest[1]);
  return facts;
}

bool has_open_below(const std::string& pid, const std::string& root) {
  if (root.empty()) return false;
  const std::string directory = "/proc/" + pid + "/fd";
  for (const auto& fd : names(directory)) {
    std::error_code error;
    const auto target = fs::read_symlink(directory + "/" + fd, error).string();
    if (!error && target.compare(0, root.size(), root) == 0) return true;
  }
  return false;
}

std::set<std::string> processes(const std::string& root) {
  std::map<int, ProcessFacts> all;
  for (const auto& name : names("/proc"))
    if (std::all_of(name.begin(), name.end(), [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; })) all[std::stoi(name)] = facts_of(name);
  std::set<std::string> out;
  const int self = ::getpid();
  for (const auto& [pid, facts] : all) {
    if (pid == self || facts.name.empty() || facts.name == "strates-spawner") continue;
    bool ours = false;
    for (int up = facts.parent, hops = 0; up > 0 && hops < 64 && !ours; ++hops) {
      ours = up == self;
      const auto parent = all.find(up);
      up = parent == all.end() ? 0 : parent->second.parent;
    }
    if (ours || has_open_below(std::to_string(pid), root)) out.insert(std::to_string(pid) + " " + facts.name);
  }
  return out;
}

std::set<std::string> cgroups() {
  std::set<std::string> out;
  std::istringstream in(slurp("/proc/self/mountinfo"));
  for (std::string line; std::getline(in, line);) {
    if (line.find(" - cgroup") == std::string::npos) continue;
    const std::string base = words(line)[4] + "/strates";
    std::error_code error;
    for (const auto& name : names(base))
      if (fs::is_directory(base + "/" + name, error)) out.insert(base + "/" + name);
  }
  return out;
}

std::set<std::string> descriptors() {
  std::set<std::string> out;
  for (const auto& fd : names("/proc/self/fd")) {
    std::error_code error;
    const auto target = fs::read_symlink("/proc/self/fd/" + fd, error).string();
    // The listing itself is one.
    if (!error && target.find("/proc/") != 0) out.insert(fd + " -> " + target);
  }
  return out;
}

std::string network_namespace(const std::string& process) {
  std::error_code error;
  return fs::read_symlink("/proc/" + process + "/ns/net", error).string();
}

std::set<std::string> interfaces() {
  std::set<std::string> out;
  auto netlink = linux_world::Netlink::open();
  if (!netlink.ok()) return out;
  for (const auto& one : netlink.value().interfaces().value_or({})) out.insert(one.name + " " + one.alias);
  return out;
}

std::set<std::string> rules() {
  std::set<std::string> out;
  auto rules = linux_world::PacketRules::open();
  if (!rules.ok()) return out;
  for (const auto& line : split_lines(rules.value().list("tables").value_or(""))) out.insert(line);
  for (const auto& line : split_lines(rules.value().list(std::string(linux_world::kDockerChain)).value_or("")))
    if (line.find("comment \"strates_") != std::string::npos) out.insert(line.substr(line.find("comment")));
  return out;
}

void compare(const std::set<std::string>& before, const std::set<std::string>& after, const std::string& what, const auto& counts,
             std::vector<std::string>& out) {
  for (const auto& item : after)
    if (before.count(item) == 0 && counts(item)) out.push_back(what + " " + item);
}

std::vector<std::string> differences(const LeakSnapshot& before, const LeakScope& scope) {
  const LeakSnapshot after = take_leak_snapshot(scope.root);
  const auto any = [](const std::string&) { return true; };
  std::vector<std::string> out;
  compare(
      before.mounts, after.mounts, "mount",
      [&](const std::string& item) {
        if (!scope.root.empty() && item.compare(0, scope.root.size(), scope.root) == 0) return true;
        return item.compare(0, 9, "/dev/shm/") != 0 && item.compare(0, 5, "/tmp/") != 0;
      },
      out);
  compare(before.processes, after.processes, "process", any, out);
  compare(
      before.cgroups, after.cgroups, "cgroup",
      [&](const std::string& item) {
        const std::string name = item.substr(item.rfind('/') + 1);
        return scope.ids.empty() || std::find(scope.ids.begin(), scope.ids.end(), name) != scope.ids.end();
      },
      out);
  compare(before.descriptors, after.descriptors, "descriptor", any, out);
  if (before.network == after.network) {
    const bool shared = after.network == network_namespace("1");
    const std::string ours = linux_world::LinuxNetworks::table_of(scope.root);
    const auto counts = [&](const std::string& item) { return !shared || item.find(ours) != std::string::npos; };
    compare(before.interfaces, after.interfaces, "interface", counts, out);
    compare(before.rules, after.rules, "packet rules", counts, out);
  }
  if (!scope.root.empty())
    for (const auto& name : names(scope.root + "/run")) out.push_back("file " + scope.root + "/run/" + name);
  return out;
}

}  // namespace

LeakSnapshot take_leak_snapshot(const std::string& root) {
  return {mounts(), processes(root), cgroups(), descriptors(), interfaces(), rules(), network_namespace("thread-self")};
}

std::vector<std::string> validate_no_leaks(const LeakSnapshot& before, const LeakScope& scope) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
  for (;;) {
    auto left = differences(before, scope);
    if (left.empty() || std::chrono::steady_clock::now() > until) return left;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace strates::testing
