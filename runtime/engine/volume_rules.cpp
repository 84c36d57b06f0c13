#include "engine/volume_rules.hpp"

#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::engine {

namespace {

constexpr size_t kLongestName = 255;  // a directory's

Error refuse(const std::string& name, const std::string& why) { return docker_error(ErrorKind::Invalid, "volume.invalid", "create " + name + ": " + why); }

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string option(const VolumeEntry& entry, const char* key) {
  if (!entry.options) return {};
  const auto found = entry.options->find(key);
  return found == entry.options->end() ? std::string() : found->second;
}

Json map_json(const std::optional<std::map<std::string, std::string>>& values) { return values ? Json(*values) : Json(); }

std::optional<std::map<std::string, std::string>> map_of(const Json& json) {
  if (!json.is_object()) return std::nullopt;
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : json.items())
    if (value.is_string()) out[key] = value.get<std::string>();
  return out;
}

}  // namespace

Result<void> validate_volume_name(const std::string& name) {
  if (name.size() == 1) return refuse(name, "volume name is too short, names should be at least two alphanumeric characters");
  const bool fine = !name.empty() && is_letter_or_digit(name.front()) &&
                    std::all_of(name.begin(), name.end(), [](char c) { return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-'; });
  if (!fine)
    return refuse(name, go_quote(name) + " includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to "
                                         "pass a host directory, use absolute path");
  if (name.size() > kLongestName) return refuse(name.substr(0, 40) + "...", "mkdir: file name too long");
  return {};
}

Result<void> validate_volume_driver(const std::string& name, const std::string& driver) {
  if (driver.empty() || driver == "local") return {};
  return docker_error(ErrorKind::NotFound, "volume.driver", "create " + name + ": error looking up volume plugin " + driver + ": plugin " + go_quote(driver) + " not found");
}

Result<void> validate_volume_options(const std::string& name, const std::map<std::string, std::string>& options) {
  for (const auto& [key, value] : options) {
    if (key != "type" && key != "o" && key != "device" && key != "size") return refuse(name, "invalid option: " + go_quote(key));
    if (key == "size") return refuse(name, "quota size requested but no quota support");
  }
  struct Needs {
    std::string_view key, other;
  };
  static constexpr Needs kNeeds[] = {{"device", "type"}, {"type", "device"}, {"o", "device"}, {"o", "type"}};
  for (const auto& [key, other] : kNeeds)
    if (options.contains(std::string(key)) && !options.contains(std::string(other))) return refuse(name, "missing required option: " + go_quote(other));
  return {};
}

VolumeDevice device_of(const VolumeEntry& entry) { return {option(entry, "type"), option(entry, "o"), option(entry, "device")}; }

std::string encode_volume(const VolumeEntry& entry) {
  return dump_json({{"name", entry.name}, {"created", entry.created}, {"labels", map_json(entry.labels)}, {"options", map_json(entry.options)}, {"filling", entry.filling}});
}

Result<VolumeEntry> decode_volume(std::string_view text) {
  const Json json = TRY(parse_json(text));
  VolumeEntry entry;
  entry.name = json_string(json, "name");
  if (!validate_volume_name(entry.name).ok())
    return make_error(ErrorKind::Internal, "store.corrupt", "read a volume's record", std::string(text.substr(0, 40)), "not a record");
  entry.created = json_int(json, "created");
  entry.labels = map_of(json_member(json, "labels"));
  entry.options = map_of(json_member(json, "options"));
  entry.filling = json_bool(json, "filling");
  return entry;
}

}  // namespace strates::engine
