// ROOT/blobs (an OCI layout), ROOT/debian, ROOT/registry.db, and the lock that keeps a second process out.
#pragma once

#include <memory>
#include <string>

#include "engine/ports.hpp"
#include "registry/server/disk.hpp"

namespace strates::linux_world {

// `root` is made when absent (0700). codes daemon.root-in-use, metadata.*, system.*
Result<std::unique_ptr<registry::server::Disk>> open_registry_disk(const std::string& root, engine::Hasher& hasher);

}  // namespace strates::linux_world
