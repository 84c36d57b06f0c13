#include "sim/catalogue_tree.hpp"

#include "sim/catalogue.hpp"
#include "sim/programs/program_table.hpp"
#include "sim/tree/upper_changes.hpp"

namespace strates::sim {

namespace {

image::EntryMeta meta_for(image::EntryType type, std::uint32_t mode) {
  image::EntryMeta meta;
  meta.type = type;
  meta.mode = mode;
  meta.mtime = kCatalogueTime;
  return meta;
}

}  // namespace

void CatalogueTree::put(std::string_view path, const image::EntryMeta& meta, Ref<Content> content) {
  const auto parent = split_last(path).first;
  if (!parent.empty() && tree_.find(parent) == nullptr) directory(parent);
  tree_.put(path, make_node(meta, std::move(content), ++inodes_));
}

void CatalogueTree::directory(std::string_view path, std::uint32_t mode) { put(path, meta_for(image::EntryType::Directory, mode), {}); }

void CatalogueTree::file(std::string_view path, std::string_view content, std::uint32_t mode) {
  put(path, meta_for(image::EntryType::File, mode), make_ref<Content>(std::string(content)));
}

void CatalogueTree::link(std::string_view path, std::string_view target) {
  image::EntryMeta meta = meta_for(image::EntryType::Symlink, 0777);
  meta.link_target = target;
  put(path, meta, {});
}

void CatalogueTree::program(std::string_view path, std::string_view family) {
  file(path, std::string(kProgramMarker) + std::string(family) + "\n", 0755);
}

void CatalogueTree::own(std::string_view path, std::uint32_t uid, std::uint32_t gid) {
  Node* node = tree_.edit(path);
  node->uid = uid;
  node->gid = gid;
}

Result<std::string> CatalogueTree::tar() const {
  StringSink sink;
  image::TarWriter writer(sink, {});
  EntriesReader reader(entries_of(tree_));
  for (;;) {
    const auto entry = TRY(reader.next());
    if (!entry) break;
    TRY(writer.add(*entry, entry->meta.type == image::EntryType::File ? TRY(reader.content()) : nullptr));
  }
  TRY(writer.finish());
  return std::move(sink.bytes);
}

}  // namespace strates::sim
