// "user[:group]", as names or numbers, read in the container's own /etc/passwd and /etc/group (as runc's libcontainer/user does).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace strates::engine {

struct ResolvedUser {
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;
  std::string home = "/";
};

// passwd and group: the files' text, empty when absent. Errors carry Docker's sentence:
// "unable to find user nobody2: no matching entries in passwd file".
Result<ResolvedUser> resolve_user(std::string_view user, std::string_view passwd, std::string_view group);

// A group that was asked for by --group-add: a number, or a name in the image's /etc/group (Docker Engine, daemon/oci_linux.go, getUser).
Result<std::uint32_t> resolve_group(const std::string& asked, std::string_view group);

}  // namespace strates::engine
