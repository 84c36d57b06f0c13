// A small file tree put together in memory and written as a layer.
#pragma once

#include <string>

#include "cli/context_tree.hpp"

namespace strates::cli {

class SmallTree {
 public:
  explicit SmallTree(Nanos mtime) : mtime_(mtime) {}
  void directory(const std::string& path, std::uint32_t mode = 0755);
  void text(const std::string& path, std::string bytes, std::uint32_t mode = 0644);
  void link(const std::string& path, const std::string& target);
  // A file of this machine. code system.* when it cannot be read.
  Result<void> file(const std::string& path, const std::string& source, std::uint32_t mode);
  Result<void> write(const std::string& tar_path) const;

 private:
  void parents(const std::string& path);
  Nanos mtime_;
  ContextTree tree_;
};

// Modification time of a file, 0 when there is none.
Nanos modified(const std::string& path);

}  // namespace strates::cli
