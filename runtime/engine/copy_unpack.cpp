#include "engine/copy_unpack.hpp"

#include <map>

#include "base/strings.hpp"
#include "engine/copy_placer.hpp"
#include "engine/tree_path.hpp"

namespace strates::engine {

namespace {

using image::EntryType;

// Calls `use` with the bytes of a source that is one file.
Result<void> with_content(const CopySource& source, const CopyTree::Cancelled& cancelled, const std::function<Result<void>(ByteSource&)>& use) {
  const ContextEntry* entry = source.tree->find(source.resolved);
  std::uint64_t wanted = entry->ordinal;
  if (entry->meta.type == EntryType::HardLink)
    if (const ContextEntry* first = source.tree->find(entry->meta.link_target)) wanted = first->ordinal;
  return source.tree->stream([&](std::uint64_t ordinal) { return ordinal == wanted; },
                             [&](const std::string&, std::uint64_t, ByteSource& content) { return use(content); }, cancelled);
}

// Says the first bytes again.
class Peeked : public ByteSource {
 public:
  Peeked(std::string head, ByteSource& rest) : head_(std::move(head)), rest_(rest) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(head_.read(buffer));
    return got != 0 ? Result<size_t>(got) : rest_.read(buffer);
  }

 private:
  StringSource head_;
  ByteSource& rest_;
};

class Unpacker {
 public:
  Unpacker(TreeEditor& editor, std::string root) : editor_(editor), root_(std::move(root)) {}

  Result<void> add(const image::LayerEntry& entry, image::LayerReader& reader) {
    const std::string path = TRY(resolve_in_tree(editor_, dir_name("/" + entry.path), root_)) + "/" + base_name(entry.path);
    const std::string clean = clean_path(path);
    image::EntryMeta parent;
    parent.type = EntryType::Directory;
    parent.mode = 0755;
    parent.mtime = entry.meta.mtime;
    TRY(ensure_directory(editor_, dir_name(clean), parent));
    const auto there = TRY(editor_.stat(clean, TreeEditor::Follow::No));
    const bool both = there && there->type == EntryType::Directory && entry.meta.type == EntryType::Directory;
    if (there && !both) TRY(editor_.remove(clean));
    if (entry.meta.type == EntryType::Directory) {
      directories_[clean] = entry.meta;
      return editor_.put(clean, entry.meta, nullptr);
    }
    if (entry.meta.type == EntryType::File) return editor_.put(clean, entry.meta, TRY(reader.content()));
    image::EntryMeta meta = entry.meta;
    if (meta.type == EntryType::HardLink)
      meta.link_target = TRY(resolve_in_tree(editor_, dir_name("/" + meta.link_target), root_)) + "/" + base_name(meta.link_target);
    return editor_.put(clean, meta, nullptr);
  }

  // Directories get back the times that writing into them changed, the deepest first.
  Result<void> finish() {
    for (auto at = directories_.rbegin(); at != directories_.rend(); ++at) {
      const auto there = TRY(editor_.stat(at->first, TreeEditor::Follow::No));
      if (there && there->type == EntryType::Directory) TRY(editor_.put(at->first, at->second, nullptr));
    }
    return {};
  }

 private:
  TreeEditor& editor_;
  const std::string root_;
  std::map<std::string, image::EntryMeta> directories_;
};

}  // namespace

Result<bool> is_archive(const CopySource& source, ArchiveReader& archives, const CopyTree::Cancelled& cancelled) {
  constexpr std::string_view kZstd = "\x28\xb5\x2f\xfd";
  bool archive = false;
  TRY(with_content(source, cancelled, [&](ByteSource& content) -> Result<void> {
    std::string head(kZstd.size(), '\0');
    size_t have = 0;
    while (have < head.size()) {
      const size_t got = TRY(content.read(std::span(head.data() + have, head.size() - have)));
      if (got == 0) break;
      have += got;
    }
    head.resize(have);
    if (head == kZstd) return {};
    Peeked again(head, content);
    const auto reader = archives.open(again);
    if (!reader.ok()) return {};
    const auto first = reader.value()->next();
    // A tar that would leave its root, or holds what no image does, is one all the same: unpacking it says so.
    archive = first.ok() ? first.value().has_value() : first.error().code != "archive.format" && first.error().code != "archive.truncated";
    return {};
  }));
  return archive;
}

Result<void> unpack_archive(const CopySource& source, ArchiveReader& archives, TreeEditor& editor, const std::string& destination,
                            const CopyTree::Cancelled& cancelled) {
  const std::string root = TRY(resolve_in_tree(editor, destination));
  const auto there = TRY(editor.stat(root, TreeEditor::Follow::No));
  if (there && there->type != EntryType::Directory)
    return copy_error("failed to copy files: Error processing tar file: mkdir " + root + ": not a directory");
  image::EntryMeta made;
  made.type = EntryType::Directory;
  made.mode = 0755;
  made.mtime = source.tree->find(source.resolved)->meta.mtime;
  TRY(ensure_directory(editor, root, made));
  return with_content(source, cancelled, [&](ByteSource& content) -> Result<void> {
    const auto reader = TRY(archives.open(content));
    Unpacker unpacker(editor, root);
    for (;;) {
      if (cancelled()) return build_cancelled();
      const auto entry = TRY(reader->next());
      if (!entry) return unpacker.finish();
      TRY(unpacker.add(*entry, *reader));
    }
  });
}

}  // namespace strates::engine
