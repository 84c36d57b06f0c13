#include "engine/user_lookup.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/strings.hpp"

namespace strates::engine {

namespace {

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || value > 0x7fffffff) return std::nullopt;
  return value;
}

// A number that no user or group can have (runc, libcontainer/user: ErrRange).
bool out_of_range(std::string_view text) {
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  return !digits.empty() && digits.size() <= 18 && digits.find_first_not_of("0123456789") == std::string_view::npos && !number(text);
}

std::vector<std::vector<std::string>> records(std::string_view text, size_t fields) {
  std::vector<std::vector<std::string>> out;
  for (const auto& line : split_lines(text)) {
    auto parts = split(line, ':');
    if (parts.size() >= fields && !line.starts_with('#')) out.push_back(std::move(parts));
  }
  return out;
}

}  // namespace

Result<ResolvedUser> resolve_user(std::string_view user, std::string_view passwd, std::string_view group) {
  const size_t colon = user.find(':');
  const std::string name(user.substr(0, colon));
  // What follows a second colon is not looked at (runc, libcontainer/user).
  const std::string_view after = colon == std::string_view::npos ? "" : user.substr(colon + 1);
  const std::string group_name(after.substr(0, after.find(':')));
  if (out_of_range(name) || out_of_range(group_name)) return docker_error(ErrorKind::Invalid, "container.no-user", "uids and gids must be in range 0-2147483647");
  ResolvedUser out;
  std::string login = name;
  const auto wanted = name.empty() ? std::optional<std::uint32_t>(0) : number(name);
  bool found = false;
  for (const auto& row : records(passwd, 7)) {
    const auto uid = number(row[2]);
    const auto gid = number(row[3]);
    if (!uid || !gid || !(row[0] == name || (wanted && *wanted == *uid))) continue;
    login = row[0];
    out.uid = *uid;
    out.gid = *gid;
    out.home = row[5].empty() ? "/" : row[5];
    found = true;
    break;
  }
  if (!found) {
    if (!wanted)
      return docker_error(ErrorKind::Invalid, "container.no-user", "unable to find user " + name + ": no matching entries in passwd file");
    out.uid = *wanted;
  }
  bool group_found = group_name.empty();
  for (const auto& row : records(group, 4)) {
    const auto gid = number(row[2]);
    if (!gid) continue;
    if (!group_name.empty() && (row[0] == group_name || number(group_name) == gid)) {
      out.gid = *gid;
      group_found = true;
    }
    const auto members = split(row[3], ',');
    // Supplementary groups count only when no group was asked for, as runc does.
    if (group_name.empty() && std::find(members.begin(), members.end(), login) != members.end()) out.groups.push_back(*gid);
  }
  if (!group_found) {
    const auto gid = number(group_name);
    if (!gid) return docker_error(ErrorKind::Invalid, "container.no-group", "unable to find group " + group_name + ": no matching entries in group file");
    out.gid = *gid;
  }
  return out;
}

Result<std::uint32_t> resolve_group(const std::string& asked, std::string_view group) {
  if (const auto given = number(asked)) return *given;
  for (const auto& row : records(group, 3))
    if (const auto gid = number(row[2]); gid && row[0] == asked) return *gid;
  return docker_error(ErrorKind::Invalid, "container.no-group", "Unable to find group " + asked + ": no matching entries in group file");
}

}  // namespace strates::engine
