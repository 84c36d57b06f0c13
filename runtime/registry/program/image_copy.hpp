// Walking an image of a registry: its manifests and blobs, each once, children before what names them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "image/reference.hpp"
#include "registry/program/link.hpp"

namespace strates::registry::server {

struct ImagePart {
  std::string media_type, digest;
  std::uint64_t size = 0;
  std::string bytes;  // of a manifest
  bool is_manifest = false;
};

struct ImageParts {
  std::string name, tag;  // as the registry knows it: "library/busybox", "latest"
  std::vector<ImagePart> parts;  // the last one is what the tag stands for
};

// "busybox:1.36", "docker.io/library/debian", "quay.io/a/b": by the path alone, for a registry mirrors one other.
Result<ImageParts> find_image(Link& link, const std::string& reference, const std::string& architecture);
// One image a line; empty lines and # comments are passed over.
std::vector<std::string> read_image_list(const std::string& text);
// "amd64", as images name it.
std::string this_architecture();

}  // namespace strates::registry::server
