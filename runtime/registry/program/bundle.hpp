// One file to carry into a room without network: a tar that is an OCI image layout (image-layout.md) with a table of contents in front and a folder of
// Debian packages. `strates-bundle.json` comes first:
//   {"version":1, "images":[{"reference","name","tag","parts":[{"mediaType","digest","size","manifest"}]}], "packages":[{"file","digest","size","control"}]}
// Parts come children first; the last one is what the tag stands for.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "cli/console.hpp"
#include "registry/program/image_copy.hpp"
#include "registry/server/debian_shelf.hpp"

namespace strates::registry::server {

struct BundledImage {
  std::string reference;
  ImageParts parts;  // without the manifests' bytes
};

struct BundleContents {
  std::vector<BundledImage> images;
  std::vector<DebianPackage> packages;
};

constexpr std::string_view kBundleTable = "strates-bundle.json";
constexpr std::uint64_t kMostTable = 64 << 20;

std::string bundle_table(const BundleContents& contents);
// Names and digests are checked by their grammars. code bundle.syntax
Result<BundleContents> parse_bundle_table(std::string_view text);
// index.json of the layout
std::string bundle_index(const BundleContents& contents);

// Debian packages as files of this machine.
struct PackageFile {
  DebianPackage package;
  std::string path;
};
// What `apt-get install NAMES` would bring to a machine with nothing on it, downloaded into `directory`. code bundle.apt
Result<std::vector<std::string>> download_packages(const std::vector<std::string>& names, const std::string& directory, cli::Console& console);
// Reads what dpkg-deb says of a file. codes bundle.deb, debian.*
Result<PackageFile> read_package(const std::string& path, engine::Hasher& hasher);

}  // namespace strates::registry::server
