#include "linux/process/process_title.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "base/strings.hpp"
#include "linux/process/small_file.hpp"

namespace strates::linux_world {

namespace {

struct Room {
  char* begin = nullptr;
  char* end = nullptr;
};

// Fields 48 and 49 of proc(5)'s stat are where the arguments begin and end; the first after "(name) " is the third. The room follows them
// only when we were executed with it.
Room find_room() {
  auto stat = read_small_file("/proc/self/stat", 4096);
  if (!stat.ok()) return {};
  const size_t close = stat.value().rfind(") ");
  if (close == std::string::npos) return {};
  const auto fields = split(std::string_view(stat.value()).substr(close + 2), ' ');
  if (fields.size() < 48) return {};
  auto* const begin = reinterpret_cast<char*>(std::strtoull(fields[45].c_str(), nullptr, 10));
  auto* const end = reinterpret_cast<char*>(std::strtoull(fields[46].c_str(), nullptr, 10));
  if (begin == nullptr || end <= begin || std::strncmp(end, kTitleRoom.data(), kTitleRoom.find('=') + 1) != 0) return {};
  return {begin, end + std::strlen(end)};
}

}  // namespace

void set_process_title(const std::string& name, const std::string& detail) {
  ::prctl(PR_SET_NAME, name.c_str(), 0, 0, 0);
  static const Room room = find_room();  // the first title overwrites what it is found by; a forked process has the same
  if (room.begin == nullptr) return;
  const std::string title = detail.empty() ? name : name + " " + detail;
  const auto size = static_cast<size_t>(room.end - room.begin);
  std::memset(room.begin, 0, size);
  std::memcpy(room.begin, title.data(), std::min(title.size(), size - 1));
}

}  // namespace strates::linux_world
