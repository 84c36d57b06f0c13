// --cache-from: the images whose steps a build may take over (Docker Engine 20.10, image/cache/cache.go, told in words).
//
// An image that was built here has its steps as parents. One that was loaded has none: its history and its layers say what its steps were, and the images
// between are made again from them.
#pragma once

#include <string>
#include <vector>

#include "engine/build_host.hpp"

namespace strates::engine {

class CacheSources {
 public:
  // Names that mean nothing here are passed over, as Docker does.
  CacheSources(BuildHost& host, const std::vector<std::string>& names);
  // Of images built here on `parent`: those that a source was made by.
  std::vector<ImageRecord> made(std::vector<ImageRecord> candidates, const ImageId& parent);
  // The next step on `parent` (empty: scratch) that a source's history has, when the command is the probe's.
  Result<std::optional<ImageRecord>> restore(const ImageId& parent, const image::RunConfig& probe);

 private:
  BuildHost& host_;
  std::vector<ImageRecord> sources_;
};

}  // namespace strates::engine
