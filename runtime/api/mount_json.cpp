#include "api/mount_json.hpp"

#include <algorithm>

#include "api/answers.hpp"
#include "base/json_full.hpp"

namespace strates::api {

namespace {

constexpr size_t kMostMounts = 1000;

// No key that is not known goes by unseen.
Result<void> only_keys(const Json& object, std::string_view name, std::initializer_list<std::string_view> known) {
  if (!object.is_object()) return bad_parameter(std::string(name) + " must be an object");
  for (const auto& [key, value] : object.items()) {
    const std::string& text = key;
    if (std::find(known.begin(), known.end(), text) == known.end() && !value.is_null())
      return unsupported("create container with", std::string(name) + "." + text, "this version does not do it", "leave it out");
  }
  return {};
}

Result<engine::MountSpec> spec_from_json(const Json& json) {
  TRY(only_keys(json, "Mounts", {"Type", "Source", "Target", "ReadOnly", "Consistency", "BindOptions", "VolumeOptions", "TmpfsOptions"}));
  engine::MountSpec spec;
  spec.type = json_string(json, "Type");
  spec.source = json_string(json, "Source");
  spec.target = json_string(json, "Target");
  spec.consistency = json_string(json, "Consistency");
  spec.read_only = json_bool(json, "ReadOnly");
  if (const Json& bind = json_member(json, "BindOptions"); !bind.is_null()) {
    TRY(only_keys(bind, "Mounts.BindOptions", {"Propagation", "NonRecursive"}));
    spec.bind = engine::MountSpec::Bind{json_string(bind, "Propagation"), json_bool(bind, "NonRecursive")};
  }
  if (const Json& volume = json_member(json, "VolumeOptions"); !volume.is_null()) {
    TRY(only_keys(volume, "Mounts.VolumeOptions", {"NoCopy", "Labels", "DriverConfig"}));
    spec.volume.emplace();
    spec.volume->no_copy = json_bool(volume, "NoCopy");
    if (auto labels = TRY(text_map(json_member(volume, "Labels"), "Mounts.VolumeOptions.Labels"))) spec.volume->labels = *std::move(labels);
    if (const Json& driver = json_member(volume, "DriverConfig"); !driver.is_null()) {
      TRY(only_keys(driver, "Mounts.VolumeOptions.DriverConfig", {"Name", "Options"}));
      spec.volume->has_driver = true;
      spec.volume->driver = json_string(driver, "Name");
      if (auto options = TRY(text_map(json_member(driver, "Options"), "Mounts.VolumeOptions.DriverConfig.Options"))) spec.volume->options = *std::move(options);
    }
  }
  if (const Json& tmpfs = json_member(json, "TmpfsOptions"); !tmpfs.is_null()) {
    TRY(only_keys(tmpfs, "Mounts.TmpfsOptions", {"SizeBytes", "Mode"}));
    const std::int64_t mode = json_int(tmpfs, "Mode");
    if (mode < 0 || mode > 0xffffffff) return bad_parameter("Mounts.TmpfsOptions.Mode must be a mode");
    spec.tmpfs = engine::MountSpec::Tmpfs{json_int(tmpfs, "SizeBytes"), static_cast<std::uint32_t>(mode)};
  }
  return spec;
}

// Go leaves out what is empty.
Json spec_to_json(const engine::MountSpec& spec) {
  Json json = {{"Type", spec.type}};
  if (!spec.source.empty()) json["Source"] = spec.source;
  json["Target"] = spec.target;
  if (spec.read_only) json["ReadOnly"] = true;
  if (!spec.consistency.empty()) json["Consistency"] = spec.consistency;
  if (spec.bind) {
    json["BindOptions"] = Json::object();
    if (!spec.bind->propagation.empty()) json["BindOptions"]["Propagation"] = spec.bind->propagation;
    if (spec.bind->non_recursive) json["BindOptions"]["NonRecursive"] = true;
  }
  if (spec.volume) {
    Json& volume = json["VolumeOptions"] = Json::object();
    if (spec.volume->no_copy) volume["NoCopy"] = true;
    if (!spec.volume->labels.empty()) volume["Labels"] = spec.volume->labels;
    if (spec.volume->has_driver) {
      volume["DriverConfig"] = Json::object();
      if (!spec.volume->driver.empty()) volume["DriverConfig"]["Name"] = spec.volume->driver;
      if (!spec.volume->options.empty()) volume["DriverConfig"]["Options"] = spec.volume->options;
    }
  }
  if (spec.tmpfs) {
    json["TmpfsOptions"] = Json::object();
    if (spec.tmpfs->size_bytes != 0) json["TmpfsOptions"]["SizeBytes"] = spec.tmpfs->size_bytes;
    if (spec.tmpfs->mode != 0) json["TmpfsOptions"]["Mode"] = spec.tmpfs->mode;
  }
  return json;
}

Json map_json(const std::optional<std::map<std::string, std::string>>& values) { return values ? Json(*values) : Json(); }

}  // namespace

Result<std::optional<std::map<std::string, std::string>>> text_map(const Json& json, std::string_view name) {
  if (json.is_null()) return std::optional<std::map<std::string, std::string>>();
  if (!json.is_object()) return bad_parameter(std::string(name) + " must be an object of texts");
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) return bad_parameter(std::string(name) + " must be an object of texts");
    out[key] = value.get<std::string>();
  }
  return std::optional(std::move(out));
}

Result<std::vector<engine::MountSpec>> mount_specs_from_json(const Json& list) {
  std::vector<engine::MountSpec> out;
  if (list.is_null()) return out;
  if (!list.is_array() || list.size() > kMostMounts) return bad_parameter("HostConfig.Mounts must be a list of mounts");
  for (const auto& item : list) out.push_back(TRY(spec_from_json(item)));
  return out;
}

Json mount_specs_to_json(const std::vector<engine::MountSpec>& specs) {
  Json out = Json::array();
  for (const auto& spec : specs) out.push_back(spec_to_json(spec));
  return out;
}

Json mount_points_json(const std::vector<engine::MountPoint>& points) {
  Json out = Json::array();
  for (const auto& point : points) {
    Json one = {{"Type", engine::to_string(point.type)}};
    if (!point.name.empty()) one["Name"] = point.name;
    one["Source"] = point.source;
    one["Destination"] = point.destination;
    if (!point.driver.empty()) one["Driver"] = point.driver;
    one["Mode"] = point.mode;
    one["RW"] = point.writable;
    one["Propagation"] = point.propagation;
    out.push_back(std::move(one));
  }
  return out;
}

Json volume_json(const engine::VolumeRecord& volume) {
  return {{"CreatedAt", rfc3339(volume.created / kSecond * kSecond)}, {"Driver", "local"}, {"Labels", map_json(volume.labels)}, {"Mountpoint", volume.mountpoint},
          {"Name", volume.name}, {"Options", map_json(volume.options)}, {"Scope", "local"}};
}

}  // namespace strates::api
