// A manifest that was pushed, read for what the registry must know of it: what it needs, what it refers to (OCI image-spec, manifest.md, image-index.md;
// Docker's schema 2). The bytes themselves are kept as they came.
#pragma once

#include <string>
#include <string_view>

#include "registry/server/records.hpp"

namespace strates::registry::server {

// `content_type`: the header, with or without parameters; empty: the manifest's own word counts. codes manifest.syntax, manifest.schema,
// manifest.media-type, with the sentence for the client as cause.
Result<ManifestRecord> read_manifest(std::string_view bytes, std::string_view content_type);

}  // namespace strates::registry::server
