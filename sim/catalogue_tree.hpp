// Builds the layer of a catalogue image: a tree of root's files, all dated kCatalogueTime, written by the one tar writer.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "sim/tree/tree.hpp"

namespace strates::sim {

class CatalogueTree {
 public:
  // Parents are made as 0755.
  void directory(std::string_view path, std::uint32_t mode = 0755);
  void file(std::string_view path, std::string_view content, std::uint32_t mode = 0644);
  void link(std::string_view path, std::string_view target);
  // An executable of this family: "busybox", "dash", "coreutils", "hello".
  void program(std::string_view path, std::string_view family);
  void own(std::string_view path, std::uint32_t uid, std::uint32_t gid);
  Result<std::string> tar() const;

 private:
  void put(std::string_view path, const image::EntryMeta& meta, Ref<Content> content);
  Tree tree_;
  std::uint64_t inodes_ = 0;
};

}  // namespace strates::sim
