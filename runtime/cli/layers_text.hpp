// The report of an image's layers as people read it.
#pragma once

#include <string>

#include "base/json.hpp"

namespace strates::cli {

enum class LayerFiles { Hidden, Shown };
// `report`: the answer of GET /strates/v1/images/X/layers. The lowest layer first.
std::string layers_text(const Json& report, LayerFiles files);

}  // namespace strates::cli
