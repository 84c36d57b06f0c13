// What every container finds besides its image: mount points and the files the engine provides. They lie between the image and the writable
// layer, so that neither a diff nor a commit shows them (Docker's "-init" layer).
#pragma once

#include <string>
#include <vector>

#include "engine/ports.hpp"

namespace strates::engine {

std::vector<InitEntry> init_entries();

// Docker's defaults for an unprivileged container.
std::vector<std::string> default_capabilities();
std::vector<std::string> default_masked_paths();
std::vector<std::string> default_readonly_paths();
constexpr std::string_view kDefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace strates::engine
