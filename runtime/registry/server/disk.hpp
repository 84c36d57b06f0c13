// A registry's folder, held by one process at a time.
#pragma once

#include "engine/ports.hpp"
#include "registry/server/storage.hpp"

namespace strates::registry::server {

class Disk {
 public:
  virtual ~Disk() = default;
  virtual BlobStore& blobs() = 0;
  virtual BlobStore& packages() = 0;  // Debian packages, ROOT/debian
  virtual engine::MetadataStore& metadata() = 0;
};

}  // namespace strates::registry::server
