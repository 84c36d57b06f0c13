// A container's record as the metadata store keeps it.
#pragma once

#include <string>

#include "engine/container.hpp"

namespace strates::engine {

std::string encode_container(const Container& container);
Result<Container> decode_container(std::string_view text);  // code store.corrupt

}  // namespace strates::engine
