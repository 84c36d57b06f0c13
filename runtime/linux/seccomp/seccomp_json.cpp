// Docker's JSON form of a profile (moby, profiles/seccomp), read strictly where it decides something.
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "linux/seccomp/seccomp_profile.hpp"

namespace strates::linux_world {

namespace {

constexpr size_t kMostRules = 4096, kMostNames = 2048;

Error bad(std::string cause) { return make_error(ErrorKind::Invalid, "process.profile", "read seccomp profile", "", cause); }

std::string without_prefix(const std::string& name) { return name.rfind("SCMP_", 0) == 0 ? name.substr(5) : name; }

std::vector<std::string> bare_names(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const auto& name : names) out.push_back(without_prefix(name));
  return out;
}

SeccompCondition condition(const Json& json) {
  return {json_strings(json, "caps"), json_strings(json, "arches"), json_string(json, "minKernel")};
}

std::optional<std::uint32_t> error_number(const Json& object, std::string_view key) {
  const Json& value = json_member(object, key);
  return value.is_number_unsigned() ? std::optional<std::uint32_t>(value.get<std::uint32_t>()) : std::nullopt;
}

std::uint64_t number(const Json& object, std::string_view key) {
  const Json& value = json_member(object, key);
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  return value.is_number_integer() ? static_cast<std::uint64_t>(value.get<std::int64_t>()) : 0;
}

Result<SeccompRule> rule_of(const Json& json) {
  if (!json.is_object()) return bad("Decoding seccomp profile failed: a rule must be an object");
  SeccompRule rule;
  rule.names = json_strings(json, "names");
  if (const std::string name = json_string(json, "name"); !name.empty()) {
    if (!rule.names.empty()) return bad("'name' and 'names' were specified in the seccomp profile, use either 'name' or 'names'");
    rule.names = {name};
  }
  if (rule.names.size() > kMostNames) return bad("Decoding seccomp profile failed: more than " + std::to_string(kMostNames) + " names in a rule");
  rule.action = without_prefix(json_string(json, "action"));
  rule.error_number = error_number(json, "errnoRet");
  const Json& arguments = json_member(json, "args");
  if (arguments.is_array())
    for (const auto& one : arguments)
      rule.arguments.push_back({static_cast<unsigned>(number(one, "index")), number(one, "value"), number(one, "valueTwo"), without_prefix(json_string(one, "op"))});
  rule.includes = condition(json_member(json, "includes"));
  rule.excludes = condition(json_member(json, "excludes"));
  return rule;
}

}  // namespace

Result<SeccompProfile> parse_seccomp_profile(std::string_view text) {
  auto parsed = parse_json(text);
  if (!parsed.ok()) return bad("Decoding seccomp profile failed: " + parsed.error().cause);
  const Json& json = parsed.value();
  if (!json.is_object()) return bad("Decoding seccomp profile failed: it must be an object");
  SeccompProfile profile;
  profile.default_action = without_prefix(json_string(json, "defaultAction"));
  profile.default_error_number = error_number(json, "defaultErrnoRet");
  profile.architectures = bare_names(json_strings(json, "architectures"));
  const Json& map = json_member(json, "archMap");
  if (map.is_array() && !map.empty()) {
    if (!profile.architectures.empty())
      return bad("'architectures' and 'archMap' were specified in the seccomp profile, use either 'architectures' or 'archMap'");
    for (const auto& row : map) {
      if (json_string(row, "architecture") != "SCMP_ARCH_X86_64") continue;
      profile.architectures = {"ARCH_X86_64"};
      for (const auto& name : bare_names(json_strings(row, "subArchitectures"))) profile.architectures.push_back(name);
    }
  }
  const Json& rules = json_member(json, "syscalls");
  if (!rules.is_null() && !rules.is_array()) return bad("Decoding seccomp profile failed: syscalls must be a list");
  if (rules.size() > kMostRules) return bad("Decoding seccomp profile failed: more than " + std::to_string(kMostRules) + " rules");
  for (const auto& one : rules) profile.rules.push_back(TRY(rule_of(one)));
  return profile;
}

}  // namespace strates::linux_world
