// The whole of nlohmann/json, instantiated once (base/json.cpp). For codec .cpp files; never in a header.
#pragma once

#include <nlohmann/json.hpp>

#include "base/json.hpp"

extern template class nlohmann::basic_json<nlohmann::ordered_map>;
