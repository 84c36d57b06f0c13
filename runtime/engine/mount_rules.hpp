// What a mount may be asked to be, in Docker's words (Docker Engine 20.10, volume/mounts/linux_parser.go): no world, only rules.
#pragma once

#include <string>
#include <string_view>

#include "engine/container.hpp"
#include "base/result.hpp"

namespace strates::engine {

// "SOURCE:DESTINATION:MODE", as `-v` writes it. A volume without a name gets none here. Errors are 400 with Docker's sentence:
// "invalid volume specification: '...'", "invalid mode: zz".
Result<MountPoint> parse_bind(const std::string& text, const std::string& volume_driver);

// One of HostConfig.Mounts. "invalid mount config for type \"bind\": field Source must not be empty"
Result<MountPoint> parse_mount(const MountSpec& spec);
// "bind source path does not exist: /x", inside the sentence above.
Error missing_bind_source(const std::string& source);

struct VolumesFrom {
  std::string container;
  bool writable = true;
};
// "NAME[:ro|rw|z|Z]"
Result<VolumesFrom> parse_volumes_from(const std::string& text);

Error duplicate_mount(const std::string& destination);

// Those of a container that are mounted: memory asked for by --tmpfs takes the place of a volume or a directory (Docker, daemon/volumes_unix.go).
std::vector<MountPoint> uncovered_mounts(const Container& container);

}  // namespace strates::engine
