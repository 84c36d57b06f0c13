// Names of users and groups: the container's own /etc/passwd and /etc/group (passwd(5), group(5)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/process/process.hpp"

namespace strates::sim {

// The name, or the number when nobody has it.
std::string user_name(Process& self, std::uint32_t uid);
std::string group_name(Process& self, std::uint32_t gid);
std::optional<std::string> known_user_name(Process& self, std::uint32_t uid);
std::optional<std::string> known_group_name(Process& self, std::uint32_t gid);
std::optional<std::string> user_home(Process& self, std::string_view user);

struct UserRecord {
  std::string name;
  std::uint32_t uid = 0, gid = 0;
  std::string home;
};
std::optional<UserRecord> find_user(Process& self, std::string_view name);
std::optional<std::uint32_t> find_group(Process& self, std::string_view name);
// The groups of /etc/group that list `user` as a member.
std::vector<std::uint32_t> groups_of(Process& self, std::string_view user);

}  // namespace strates::sim
