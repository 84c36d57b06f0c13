// Which image of several a machine takes (OCI image-spec, image-index.md; containerd's platforms, which Docker uses).
#pragma once

#include <string>
#include <vector>

#include "image/manifest.hpp"

namespace strates::engine {

struct Platform {
  std::string os = "linux", architecture = "amd64", variant;
  std::string text() const { return os + "/" + architecture + (variant.empty() ? "" : "/" + variant); }
};

// "linux/arm64/v8", "arm64", "linux"; empty: of this machine, whose kernel calls itself `machine` ("x86_64"). Docker's sentences, kind Invalid.
Result<Platform> parse_platform(const std::string& text, const std::string& machine);
// The best of those that run there; null: none does.
const image::Descriptor* choose_platform(const std::vector<image::Descriptor>& manifests, const Platform& platform);

}  // namespace strates::engine
