// The names and descriptions that layers had before images were content-addressed (Docker image spec v1), which `docker save` of 20.10 still writes:
// a directory per layer, named by the sha256 of its description (moby: image/v1, CreateID).
#pragma once

#include <optional>
#include <string>

#include "engine/ports.hpp"
#include "image/config.hpp"

namespace strates::engine {

enum class LegacyPlace { Below, Top };
struct LegacyLayer {
  std::string id;    // 64 hexadecimal digits
  std::string json;  // the file `json` beside the layer
};

// `parent`: the id of the layer below, empty for the lowest. The uppermost layer carries the image's own configuration; the others
// are described by nothing but where they lie.
LegacyLayer legacy_layer(const ChainId& chain, const std::string& parent, const image::ImageConfig& image, LegacyPlace place, Hasher& hasher);

}  // namespace strates::engine
