// A container as a row of `docker ps`, for other lists that show containers.
#pragma once

#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "cli/listing.hpp"

namespace strates::cli {

enum class Truncate { No, Yes };
Json container_row(const Json& container, Truncate truncate, Nanos now);
const std::vector<Column>& container_columns();

}  // namespace strates::cli
