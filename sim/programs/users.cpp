#include "sim/programs/users.hpp"

#include "base/strings.hpp"
#include "sim/programs/options.hpp"

namespace strates::sim {

namespace {

std::vector<std::vector<std::string>> records(Process& self, std::string_view path, size_t fields) {
  std::vector<std::vector<std::string>> list;
  self.vfs().act_as({});  // glibc reads them with the process's rights, but they are world-readable in every image
  auto text = self.vfs().read(path);
  self.vfs().act_as(self.who);
  if (!text.ok()) return list;
  for (const std::string& line : split_lines(text.value())) {
    auto parts = split(line, ':');
    if (parts.size() >= fields) list.push_back(std::move(parts));
  }
  return list;
}

std::optional<std::uint32_t> number(std::string_view text) {
  std::uint64_t value = 0;
  if (!parse_number(text, 0xffffffffu, value)) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

}  // namespace

std::optional<std::string> known_user_name(Process& self, std::uint32_t uid) {
  for (const auto& record : records(self, "/etc/passwd", 3))
    if (number(record[2]) == uid) return record[0];
  return std::nullopt;
}

std::optional<std::string> known_group_name(Process& self, std::uint32_t gid) {
  for (const auto& record : records(self, "/etc/group", 3))
    if (number(record[2]) == gid) return record[0];
  return std::nullopt;
}

std::string user_name(Process& self, std::uint32_t uid) { return known_user_name(self, uid).value_or(std::to_string(uid)); }
std::string group_name(Process& self, std::uint32_t gid) { return known_group_name(self, gid).value_or(std::to_string(gid)); }

std::optional<UserRecord> find_user(Process& self, std::string_view name) {
  for (const auto& record : records(self, "/etc/passwd", 6))
    if (record[0] == name) return UserRecord{record[0], number(record[2]).value_or(0), number(record[3]).value_or(0), record[5]};
  return std::nullopt;
}

std::optional<std::string> user_home(Process& self, std::string_view user) {
  const auto record = find_user(self, user);
  return record ? std::optional(record->home) : std::nullopt;
}

std::optional<std::uint32_t> find_group(Process& self, std::string_view name) {
  for (const auto& record : records(self, "/etc/group", 3))
    if (record[0] == name) return number(record[2]);
  return std::nullopt;
}

std::vector<std::uint32_t> groups_of(Process& self, std::string_view user) {
  std::vector<std::uint32_t> list;
  for (const auto& record : records(self, "/etc/group", 4))
    for (const std::string& member : split(record[3], ','))
      if (member == user)
        if (const auto gid = number(record[2])) list.push_back(*gid);
  return list;
}

}  // namespace strates::sim
