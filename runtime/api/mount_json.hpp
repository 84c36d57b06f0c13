// Mounts in JSON: HostConfig.Mounts as asked, Mounts as they are, volumes as objects.
#pragma once

#include "base/json.hpp"
#include "engine/engine.hpp"

namespace strates::api {

Result<std::vector<engine::MountSpec>> mount_specs_from_json(const Json& list);
Json mount_specs_to_json(const std::vector<engine::MountSpec>& specs);
// "Mounts" of an inspected container and of a row of the list.
Json mount_points_json(const std::vector<engine::MountPoint>& points);
Json volume_json(const engine::VolumeRecord& volume);
// {"a":"b"}; null and absent: none. Anything else is 400.
Result<std::optional<std::map<std::string, std::string>>> text_map(const Json& json, std::string_view name);

}  // namespace strates::api
