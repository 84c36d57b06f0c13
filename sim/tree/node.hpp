// One object of a file tree: what an inode is to a file system, plus overlayfs's two marks (whiteout and opaque).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "image/layer.hpp"
#include "sim/tree/chunk_map.hpp"
#include "sim/tree/ref.hpp"

namespace strates::sim {

// The bytes of a file or the target of a link, shared by every tree and layer that holds the same version of it.
struct Content : Counted {
  Content() = default;
  explicit Content(std::string text) : bytes(std::move(text)) {}
  std::string bytes;
};

struct Xattrs : Counted {
  std::map<std::string, std::string> values;
};

enum class Kind : std::uint8_t {
  File, Directory, Symlink, CharDevice, BlockDevice, Fifo,
  Whiteout,  // hides what lower layers have under this name
  Linked,    // a name of a file with several names: the file itself is in Tree's table, under `inode`
};

struct Node : Counted {
  Kind kind = Kind::File;
  bool opaque = false;  // directories: lower layers' entries are hidden
  std::uint16_t mode = 0644;
  std::uint32_t uid = 0, gid = 0;
  std::uint32_t links = 1;
  std::uint32_t device_major = 0, device_minor = 0;
  Nanos mtime = 0;
  std::uint64_t inode = 0;
  Ref<Content> content;  // files and symbolic links; null is empty
  Ref<Xattrs> xattrs;    // null: none
  ChunkMap<Ref<Node>> entries;

  bool is_directory() const { return kind == Kind::Directory; }
  std::string_view bytes() const { return content ? std::string_view(content->bytes) : std::string_view(); }
};

using Directory = ChunkMap<Ref<Node>>;

// A node of its own for a layer's entry; HardLink is not one (Tree::link). `content` for files.
Ref<Node> make_node(const image::EntryMeta& meta, Ref<Content> content, std::uint64_t inode);
Ref<Node> make_whiteout();
// Sets permissions, owner, time and extended attributes; the kind and the content stay.
void set_attributes(Node& node, const image::EntryMeta& meta);
// size is filled in for files only, as in a layer.
image::EntryMeta meta_of(const Node& node);

}  // namespace strates::sim
