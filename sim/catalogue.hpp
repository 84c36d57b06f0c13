// Base images of the simulator, generated from tables: what `images prepare` imports into a simulated world.
//
// Text files are what a student would find in the real images; programs are files whose first line names the family that runs them
// (programs/program_table.hpp). The bytes are always the same, and so are the digests.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "image/config.hpp"

namespace strates::sim {

// What the files of all catalogue images are dated, and the images with them: 2023-06-10T00:00:00Z, when Debian 12 came out.
constexpr Nanos kCatalogueTime = Nanos{1'686'355'200} * kSecond;

struct CatalogueImage {
  std::string name;         // "busybox"
  std::string reference;    // "busybox:latest"
  std::string tar;          // its one layer, plain
  image::RunConfig config;  // Cmd, Env
  std::string created_by;   // for its history line: "/bin/sh -c #(nop) ADD file:... in / "
};

// "busybox", "debian", "hello-world".
std::vector<std::string> catalogue_names();
// code catalogue.not-found
Result<CatalogueImage> catalogue_image(std::string_view name);
// Its layer only; empty for an unknown name.
std::string catalogue_tar(std::string_view name);

}  // namespace strates::sim
