// Names, options and records of volumes: what Docker's `local` driver accepts (Docker Engine 20.10, volume/local).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/engine.hpp"

namespace strates::engine {

constexpr std::string_view kVolumesBucket = "volumes";  // of the metadata

// As kept: `filling` is set while an empty volume gets the image's files, so that a half-filled one is emptied after a crash.
struct VolumeEntry {
  std::string name;
  Nanos created = 0;
  std::optional<std::map<std::string, std::string>> labels, options;
  bool filling = false;
};

// "create a/b: \"a/b\" includes invalid characters for a local volume name, ..."
Result<void> validate_volume_name(const std::string& name);
// "create x: error looking up volume plugin foo: plugin \"foo\" not found"
Result<void> validate_volume_driver(const std::string& name, const std::string& driver);
// "create x: invalid option: \"bogus\"", "create x: missing required option: \"device\""
Result<void> validate_volume_options(const std::string& name, const std::map<std::string, std::string>& options);
VolumeDevice device_of(const VolumeEntry& entry);

std::string encode_volume(const VolumeEntry& entry);
Result<VolumeEntry> decode_volume(std::string_view text);

}  // namespace strates::engine
