// What an archive says it holds, read from its descriptions and checked against itself before any layer is touched.
//
// Two forms are read: docker save's (manifest.json: Docker 1.10 and later, podman, skopeo's docker-archive), which wins when both are there, and an
// OCI image layout (oci-layout, index.json, blobs/; image-layout.md). The form before Docker 1.10 (repositories alone) is refused by name.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/archive_index.hpp"
#include "image/config.hpp"

namespace strates::engine {

struct IncomingLayer {
  std::string member;            // the plain file in the archive
  DiffId diff_id;                // what the configuration says it unpacks to
  std::optional<Digest> digest;  // of the file itself, where the archive tells (OCI): to be verified
};

struct IncomingImage {
  ImageId id;           // sha256 of `bytes`
  std::string bytes;    // the configuration, to the letter
  image::ImageConfig config;
  std::vector<IncomingLayer> layers;    // lowest first, one per DiffID
  std::vector<std::string> references;  // canonical
  ImageId parent;                       // another image of the archive, whose history this one continues by one line
};

// `architecture`: which image of several is taken, in Go's words ("amd64"). codes load.*, manifest.*, config.*, reference.*
Result<std::vector<IncomingImage>> read_incoming(const ArchiveIndex& archive, Hasher& hasher, const std::string& architecture);

}  // namespace strates::engine
