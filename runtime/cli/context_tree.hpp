// Walks a directory into the entries of a build context.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "image/layer.hpp"

namespace strates::cli {

struct ContextEntry {
  image::EntryMeta meta;
  std::string source;  // the file to read, for files that exist
  std::string bytes;   // the content, for those made up here
};

struct PathLess {
  bool operator()(const std::string& a, const std::string& b) const { return image::layer_path_less(a, b); }
};
using ContextTree = std::map<std::string, ContextEntry, PathLess>;

// `excludes`: .dockerignore patterns. Sockets are left out, as everywhere in Docker.
Result<ContextTree> walk_context(const std::string& directory, const std::vector<std::string>& excludes);
Result<void> write_context(const ContextTree& tree, ByteSink& to);

}  // namespace strates::cli
