// One directory as overlayfs merges it from layers, computed without mounting: for comparing a writable layer with what is below, and for
// telling which layer holds a path.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "linux/storage/files.hpp"

namespace strates::linux_world {

class MergedDir {
 public:
  struct Found {
    size_t layer = 0;  // index in the list given to `open`, the top one that has it
    struct stat st{};
    std::shared_ptr<UniqueFd> holder;  // the directory it lies in, in its layer
    int directory() const { return holder->get(); }
  };

  // Directories of whole layers, top first. A path that is no directory: error.
  static Result<MergedDir> open(const std::vector<std::string>& layers);

  // The entry overlayfs would show, or none: whiteouts hide. `name` is one component.
  Result<std::optional<Found>> find(const std::string& name) const;
  // The merged directory below; what `find` found must be a directory.
  Result<MergedDir> enter(const std::string& name) const;
  // What a listing shows, sorted.
  Result<std::vector<std::string>> names() const;
  // Walks down from this directory, without following symbolic links; the path of the root finds nothing.
  Result<std::optional<Found>> find_path(std::string_view path) const;
  bool empty() const { return parts_.empty(); }

 private:
  struct Part {
    size_t layer;
    std::shared_ptr<UniqueFd> fd;
  };
  std::vector<Part> parts_;  // top first; ends at the first opaque one
};

}  // namespace strates::linux_world
