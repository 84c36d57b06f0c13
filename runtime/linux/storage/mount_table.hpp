// What is mounted in this mount namespace (/proc/self/mountinfo, proc(5)).
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace strates::linux_world {

struct MountRow {
  std::string mount_point, type;
  bool shared = false, slave = false;  // mount_namespaces(7), "shared:N" and "master:N"
};

// In the order they were made.
Result<std::vector<MountRow>> read_mount_table();
// Pure: from mountinfo's text. Lines that are none are left out.
std::vector<MountRow> parse_mount_table(std::string_view mountinfo);

}  // namespace strates::linux_world
