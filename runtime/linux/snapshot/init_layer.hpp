// The thin layer between an image and a container's writable one: mount points and files that every container needs, so that making them is no
// change of the container's. It is shared: the same entries over the same directories are made once, in ROOT/init/DIGEST.
#pragma once

#include <string>
#include <vector>

#include "engine/ports.hpp"
#include "linux/snapshot/merged_dir.hpp"
#include "linux/snapshot/upper_walk.hpp"

namespace strates::linux_world {

struct InitLayer {
  std::string name;  // in the init directory; empty when there are no entries
  HiddenEntries hidden;
};

// Directories that the image has keep its attributes; what it has under another type is replaced, as Docker does. Files are empty.
// `temporary` is a name in `init_directory` that nobody else uses. code snapshot.init
Result<InitLayer> make_init_layer(int init_directory, const std::string& temporary, const MergedDir& image, const std::vector<engine::InitEntry>& entries,
                                  image::ChainHasher& hasher);

}  // namespace strates::linux_world
