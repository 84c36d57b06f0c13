#include "linux/process/process_list.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>

#include "base/strings.hpp"
#include "base/unique_fd.hpp"
#include "linux/process/small_file.hpp"

namespace strates::linux_world {

namespace {

using Directory = Handle<DIR*, static_cast<DIR*>(nullptr), ::closedir>;

std::int64_t to_number(std::string_view text) {
  std::int64_t value = -1;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  return result.ptr == text.data() + text.size() && !text.empty() ? value : -1;
}

ino_t pid_namespace(std::int64_t pid) {
  struct stat about {};
  return ::stat(("/proc/" + std::to_string(pid) + "/ns/pid").c_str(), &about) == 0 ? about.st_ino : 0;
}

std::map<std::string, std::string> user_names() {
  std::map<std::string, std::string> names;
  auto passwd = read_small_file("/etc/passwd");
  if (!passwd.ok()) return names;
  for (const auto& line : split_lines(passwd.value())) {
    const auto fields = split(line, ':');
    if (fields.size() >= 3) names.emplace(fields[2], fields[0]);
  }
  return names;
}

std::string status_value(const std::string& status, std::string_view key) {
  for (const auto& line : split_lines(status))
    if (line.size() > key.size() && line.compare(0, key.size(), key) == 0) return std::string(trim(std::string_view(line).substr(key.size())));
  return {};
}

// None: it ended meanwhile.
std::optional<engine::ProcessRow> row_of(std::int64_t pid, const std::map<std::string, std::string>& users) {
  const std::string at = "/proc/" + std::to_string(pid);
  auto status = read_small_file(at + "/status");
  auto command = read_small_file(at + "/cmdline");
  if (!status.ok() || !command.ok()) return std::nullopt;
  engine::ProcessRow row;
  row.pid = pid;
  row.ppid = to_number(status_value(status.value(), "PPid:"));
  const std::string uid = split(status_value(status.value(), "Uid:"), '\t').front();
  const auto user = users.find(uid);
  row.user = user == users.end() ? uid : user->second;
  row.command = command.value();
  while (!row.command.empty() && row.command.back() == '\0') row.command.pop_back();
  std::replace(row.command.begin(), row.command.end(), '\0', ' ');
  if (row.command.empty()) row.command = "[" + status_value(status.value(), "Name:") + "]";
  return row;
}

}  // namespace

Result<std::vector<engine::ProcessRow>> list_processes(std::int64_t first, const std::vector<std::int64_t>& members) {
  const ino_t wanted = pid_namespace(first);
  if (wanted == 0) return system_error("read namespace of process", std::to_string(first), errno);
  const Directory proc(::opendir("/proc"));
  if (!proc) return system_error("list", "/proc", errno);
  const auto users = user_names();
  std::vector<engine::ProcessRow> rows;
  for (const std::int64_t pid : members)
    if (auto row = row_of(pid, users)) rows.push_back(std::move(*row));
  while (const dirent* entry = members.empty() ? ::readdir(proc.get()) : nullptr) {
    const std::int64_t pid = to_number(entry->d_name);
    if (pid <= 0 || pid_namespace(pid) != wanted) continue;
    if (auto row = row_of(pid, users)) rows.push_back(std::move(*row));
  }
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.pid < b.pid; });
  return rows;
}

Result<std::int64_t> inner_pid(std::int64_t host_pid) {
  const std::string path = "/proc/" + std::to_string(host_pid) + "/status";
  const std::string numbers = status_value(TRY(read_small_file(path)), "NSpid:");
  return to_number(split(numbers, '\t').back());
}

}  // namespace strates::linux_world
