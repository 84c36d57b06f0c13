// -v, --mount, --volumes-from as the API takes them: opts/mount.go and opts of docker/cli 20.10.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "cli/flags.hpp"

namespace strates::cli {

// pflag's check of --mount: "invalid field 'dst' must be a key=value pair", ...
Result<void> check_mount(const std::string& value);
Result<Json> mount_json(const std::string& value);

struct VolumeFlags {
  std::vector<std::string> binds;    // "SOURCE:DESTINATION[:MODE]"
  std::vector<std::string> volumes;  // destinations alone: anonymous volumes
};
VolumeFlags sort_volumes(const std::vector<std::string>& values);

// One line of comma-separated values, as encoding/csv reads it.
Result<std::vector<std::string>> csv_fields(const std::string& line);

}  // namespace strates::cli
