#include "linux/storage/mount_table.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>

#include "base/strings.hpp"

namespace strates::linux_world {

namespace {

// mountinfo writes space, tab, line break and backslash as three octal digits.
std::string unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '3') {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

}  // namespace

std::vector<MountRow> parse_mount_table(std::string_view mountinfo) {
  std::vector<MountRow> rows;
  for (const auto& line : split_lines(mountinfo)) {
    const auto fields = split(line, ' ');
    size_t dash = 6;
    while (dash < fields.size() && fields[dash] != "-") ++dash;
    if (dash + 1 >= fields.size()) continue;
    MountRow row;
    row.mount_point = unescape(fields[4]);
    row.type = fields[dash + 1];
    for (size_t i = 6; i < dash; ++i) {
      row.shared = row.shared || fields[i].starts_with("shared:");
      row.slave = row.slave || fields[i].starts_with("master:");
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<std::vector<MountRow>> read_mount_table() {
  std::ifstream file("/proc/self/mountinfo");
  if (!file) return system_error("read", "/proc/self/mountinfo", errno);
  std::stringstream text;
  text << file.rdbuf();
  return parse_mount_table(text.str());
}

}  // namespace strates::linux_world
