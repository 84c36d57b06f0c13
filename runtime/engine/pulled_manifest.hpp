// What a registry gives as a manifest, held against what the registry calls it, in the sentences of Docker Engine 20.10 (distribution/manifest.go,
// pull_v2.go). Bytes that are read as one form here and as another elsewhere are how one digest is made to name two images (CVE-2021-41190).
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "image/manifest.hpp"

namespace strates::engine {

// The media type as which the bytes are to be read: `header`, the registry's Content-Type, when it is a manifest's; else what they say of themselves.
// codes manifest.syntax, pull.form
Result<std::string> manifest_form(const std::string& header, const std::string& bytes);
bool is_index_type(std::string_view media_type);
bool is_manifest_type(std::string_view media_type);

// Docker refuses a manifest of its own form for something else than an image before it says a word. code pull.kind
Result<void> check_class(const std::string& media_type, const std::string& bytes);
// The configuration and the layers are those of an image: an artifact that is kept in a registry is none. code pull.kind
Result<void> check_parts(const image::Manifest& manifest);

}  // namespace strates::engine
