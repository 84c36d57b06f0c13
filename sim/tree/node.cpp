#include "sim/tree/node.hpp"

namespace strates::sim {

namespace {

Kind kind_of(image::EntryType type) {
  switch (type) {
    case image::EntryType::File:
    case image::EntryType::HardLink: return Kind::File;
    case image::EntryType::Directory: return Kind::Directory;
    case image::EntryType::Symlink: return Kind::Symlink;
    case image::EntryType::CharDevice: return Kind::CharDevice;
    case image::EntryType::BlockDevice: return Kind::BlockDevice;
    case image::EntryType::Fifo: return Kind::Fifo;
  }
  return Kind::File;
}

image::EntryType type_of(Kind kind) {
  switch (kind) {
    case Kind::Directory: return image::EntryType::Directory;
    case Kind::Symlink: return image::EntryType::Symlink;
    case Kind::CharDevice:
    case Kind::Whiteout: return image::EntryType::CharDevice;  // as the kernel shows one: device 0:0
    case Kind::BlockDevice: return image::EntryType::BlockDevice;
    case Kind::Fifo: return image::EntryType::Fifo;
    case Kind::File:
    case Kind::Linked: return image::EntryType::File;
  }
  return image::EntryType::File;
}

}  // namespace

void set_attributes(Node& node, const image::EntryMeta& meta) {
  node.mode = node.kind == Kind::Symlink ? 0777 : static_cast<std::uint16_t>(meta.mode & 07777);
  node.uid = meta.uid;
  node.gid = meta.gid;
  node.mtime = meta.mtime;
  node.xattrs = {};
  if (!meta.xattrs.empty()) node.xattrs.edit().values = meta.xattrs;
}

Ref<Node> make_node(const image::EntryMeta& meta, Ref<Content> content, std::uint64_t inode) {
  auto made = make_ref<Node>();
  Node& node = made.edit();
  node.kind = kind_of(meta.type);
  node.inode = inode;
  set_attributes(node, meta);
  node.device_major = meta.device_major;
  node.device_minor = meta.device_minor;
  if (node.kind == Kind::File) node.content = std::move(content);
  if (node.kind == Kind::Symlink) node.content = make_ref<Content>(meta.link_target);
  return made;
}

Ref<Node> make_whiteout() {
  auto made = make_ref<Node>();
  made.edit().kind = Kind::Whiteout;
  made.edit().mode = 0;
  return made;
}

image::EntryMeta meta_of(const Node& node) {
  image::EntryMeta meta;
  meta.type = type_of(node.kind);
  meta.mode = node.mode;
  meta.uid = node.uid;
  meta.gid = node.gid;
  meta.mtime = node.mtime;
  meta.device_major = node.device_major;
  meta.device_minor = node.device_minor;
  if (node.kind == Kind::File) meta.size = node.bytes().size();
  if (node.kind == Kind::Symlink) meta.link_target = node.bytes();
  if (node.xattrs) meta.xattrs = node.xattrs->values;
  return meta;
}

}  // namespace strates::sim
