#include "sim/tree/layer_builder.hpp"

namespace strates::sim {

namespace {

using image::EntryType;

// The simulator keeps everything in memory; a student's layer is a few megabytes.
constexpr std::uint64_t kMostBytes = std::uint64_t{2} << 30;

Error refuse(std::string_view code, std::string_view path, std::string_view cause) {
  return make_error(ErrorKind::Invalid, code, "unpack layer", path, cause, "the archive is damaged or hostile: do not use it");
}

Error invalid(std::string_view path, std::string_view cause) { return refuse("layer.invalid", path, cause); }

}  // namespace

Result<void> LayerBuilder::read(image::LayerReader& archive) {
  for (;;) {
    const auto entry = TRY(archive.next());
    if (!entry) return success();
    Ref<Content> content;
    if (entry->meta.type == EntryType::File) {
      if (entry->meta.size > kMostBytes - counts_.bytes)
        return make_error(ErrorKind::Invalid, "layer.too-large", "unpack layer", entry->path, "the simulator keeps layers in memory, 2 GiB at most",
                          "use a smaller image, or the Linux engine");
      ByteSource* source = TRY(archive.content());
      content = make_ref<Content>(TRY(read_all(*source, entry->meta.size)));
      if (content->bytes.size() != entry->meta.size) return invalid(entry->path, "its content is not as long as its header says");
    }
    TRY(add(*entry, std::move(content)));
  }
}

Result<void> LayerBuilder::add(const image::LayerEntry& entry, Ref<Content> content) {
  ++counts_.entries;
  const auto [parent, name] = split_last(entry.path);
  if (name.empty() || name == "." || name == "..") return invalid(entry.path, "not a path");
  TRY(make_parents(parent));
  if (name == image::kOpaqueMarker) {
    ++counts_.whiteouts;
    if (parent.empty()) return invalid(entry.path, "the root of a layer cannot be opaque");
    tree_.edit(parent)->opaque = true;
    return success();
  }
  if (name.starts_with(".wh..wh.")) return success();  // bookkeeping of aufs, which wrote layers before overlayfs did
  if (name.starts_with(image::kWhiteoutPrefix)) {
    ++counts_.whiteouts;
    const std::string_view hidden = name.substr(image::kWhiteoutPrefix.size());
    if (hidden.empty() || hidden == "." || hidden == "..") return invalid(entry.path, "it hides no name");
    return whiteout(join_relative(parent, hidden));
  }
  switch (entry.meta.type) {
    case EntryType::Directory: directory(entry); return success();
    case EntryType::HardLink: return hard_link(entry);
    case EntryType::CharDevice:
      if (entry.meta.device_major == 0 && entry.meta.device_minor == 0) return invalid(entry.path, "a device 0:0 would be taken for a deletion");
      break;
    case EntryType::File:
    case EntryType::Symlink: counts_.bytes += image::counted_bytes(entry.meta); break;
    case EntryType::BlockDevice:
    case EntryType::Fifo: break;
  }
  tree_.put(entry.path, make_node(entry.meta, std::move(content), ++inodes_));
  return success();
}

void LayerBuilder::directory(const image::LayerEntry& entry) {
  const Node* there = tree_.find(entry.path);
  if (there != nullptr && there->is_directory()) {
    set_attributes(*tree_.edit(entry.path), entry.meta);
    return;
  }
  auto made = make_node(entry.meta, {}, ++inodes_);
  if (there != nullptr && there->kind == Kind::Whiteout) made.edit().opaque = true;
  tree_.put(entry.path, std::move(made));
}

Result<void> LayerBuilder::whiteout(const std::string& path) {
  const Node* there = tree_.find(path);
  if (there == nullptr) tree_.put(path, make_whiteout());
  else if (there->is_directory()) tree_.edit(path)->opaque = true;
  return success();
}

Result<void> LayerBuilder::hard_link(const image::LayerEntry& entry) {
  if (entry.path == entry.meta.link_target) return success();
  const Node* target = tree_.find(entry.meta.link_target);
  if (target == nullptr || target->is_directory() || target->kind == Kind::Whiteout)
    return invalid(entry.path, "it links to " + entry.meta.link_target + ", which this layer does not hold");
  tree_.erase(entry.path);
  // Erasing a directory may have taken the target with it.
  if (!tree_.link(entry.meta.link_target, entry.path)) return invalid(entry.path, "it replaces the directory that holds its target");
  return success();
}

// Directories the archive does not list keep the attributes that they have below, as if they had been copied up.
Result<void> LayerBuilder::make_parents(std::string_view directory) {
  for (size_t end = directory.find('/'); !directory.empty(); end = directory.find('/', end + 1)) {
    const std::string_view path = directory.substr(0, end);
    const Node* there = tree_.find(path);
    if (there == nullptr || there->kind == Kind::Whiteout) {
      image::EntryMeta meta;
      meta.type = EntryType::Directory;
      meta.mode = 0755;
      if (const auto lower = below_.find(path); lower && lower->is_directory()) meta = meta_of(lower->node());
      auto made = make_node(meta, {}, ++inodes_);
      if (there != nullptr) made.edit().opaque = true;
      tree_.put(path, std::move(made));
    } else if (!there->is_directory()) {
      return invalid(directory, "it passes through " + std::string(path) + ", which is no directory");
    }
    if (end == std::string_view::npos) break;
  }
  return success();
}

}  // namespace strates::sim
