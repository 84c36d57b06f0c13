// Walks a directory into the entries of a build context.
#pragma once

#include <map>
#include <memory>
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
// The tar, made while it is read: files are opened one after another. Errors: those of reading them; code tar.size for one that shrank.
std::unique_ptr<ByteSource> context_tar(ContextTree tree);

}  // namespace strates::cli
