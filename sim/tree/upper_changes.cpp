#include "sim/tree/upper_changes.hpp"

#include <algorithm>
#include <map>

namespace strates::sim {

namespace {

using engine::Change;
using engine::ChangeKind;

// Docker's sameFsTime: archives keep whole seconds, so that one side without nanoseconds is compared by the second.
bool same_time(Nanos a, Nanos b) {
  if (a == b) return true;
  return (a % kSecond == 0 || b % kSecond == 0) && a / kSecond == b / kSecond;
}

// Docker compares what stat(2) says, never the content.
bool differ(const Node& before, const Node& now) {
  if (before.kind != now.kind || before.mode != now.mode || before.uid != now.uid || before.gid != now.gid || !same_time(before.mtime, now.mtime)) return true;
  if (before.device_major != now.device_major || before.device_minor != now.device_minor) return true;
  if (now.is_directory()) return false;
  if (before.bytes().size() != now.bytes().size()) return true;
  return now.kind == Kind::File && (before.xattrs ? before.xattrs->values : Xattrs().values) != (now.xattrs ? now.xattrs->values : Xattrs().values);
}

class Differ {
 public:
  explicit Differ(const UpperLayer& layer) : layer_(layer) {}

  std::vector<Change> run() {
    directory(layer_.upper.root(), layer_.below.root(), "", false);
    std::sort(changes_.begin(), changes_.end(), [](const Change& a, const Change& b) { return a.path < b.path; });
    return std::move(changes_);
  }

 private:
  void say(ChangeKind kind, const std::string& path) { changes_.push_back({kind, "/" + path}); }

  // `replaced`: nothing below shows through any more, so that what is missing here is gone.
  void directory(const Node& node, const std::optional<Found>& below, const std::string& path, bool replaced) {
    layer_.upper.for_each_child(node, [&](const std::string& name, const Node& now) {
      const std::string inner = join_relative(path, name);
      if (!layer_.hidden.hides(inner, now)) entry(now, below ? layer_.below.child(*below, name) : std::nullopt, inner, replaced);
    });
    if (!replaced || !below) return;
    for (const auto& name : layer_.below.names(*below)) {
      const std::string inner = join_relative(path, name);
      if (layer_.upper.child(node, name) == nullptr && layer_.hidden.entries.count(inner) + layer_.hidden.directories.count(inner) == 0)
        say(ChangeKind::Deleted, inner);
    }
  }

  void entry(const Node& now, const std::optional<Found>& before, const std::string& path, bool replaced) {
    if (now.kind == Kind::Whiteout) {
      if (before) say(ChangeKind::Deleted, path);
      return;
    }
    const size_t said = changes_.size();
    if (!before) say(ChangeKind::Added, path);
    else if (differ(before->node(), now)) say(ChangeKind::Modified, path);
    if (!now.is_directory()) return;
    const bool told = changes_.size() > said;
    directory(now, before && before->is_directory() ? before : std::nullopt, path, replaced || now.opaque);
    if (!told && changes_.size() > said) say(ChangeKind::Modified, path);
  }

  const UpperLayer& layer_;
  std::vector<Change> changes_;
};

// Names each file once; its other names are links to the first.
class HardLinks {
 public:
  void name(ContentEntry& entry, const Node& node) {
    if (node.links < 2 || node.is_directory()) return;
    const auto [at, first] = names_.emplace(node.inode, entry.entry.path);
    if (first) return;
    entry.entry.meta.type = image::EntryType::HardLink;
    entry.entry.meta.link_target = at->second;
    entry.entry.meta.size = 0;
    entry.entry.meta.xattrs.clear();
    entry.content = {};
  }

 private:
  std::map<std::uint64_t, std::string> names_;
};

ContentEntry plain_entry(std::string path, const Node& node) {
  ContentEntry entry;
  entry.entry.path = std::move(path);
  entry.entry.meta = meta_of(node);
  if (node.kind == Kind::File) entry.content = node.content;
  return entry;
}

ContentEntry marker(std::string path) {
  ContentEntry entry;
  entry.entry.path = std::move(path);
  entry.entry.meta.mode = 0600;
  return entry;
}

class Committer {
 public:
  Committer(const UpperLayer& layer, const image::TarOptions& options) : layer_(layer), options_(options) {}

  std::vector<ContentEntry> run() {
    directory(layer_.upper.root(), "", false);
    return std::move(entries_);
  }

 private:
  Nanos kept_time(Nanos mtime) const {
    mtime -= ((mtime % kSecond) + kSecond) % kSecond;
    return options_.clamp_mtime ? std::min(mtime, *options_.clamp_mtime) : mtime;
  }

  void directory(const Node& node, const std::string& path, bool mark_opaque) {
    std::map<std::string, const Node*> names;  // as the tar says them: a whiteout sorts under its marker's name
    layer_.upper.for_each_child(node, [&](const std::string& name, const Node& entry) {
      if (layer_.hidden.hides(join_relative(path, name), entry)) return;
      if (entry.kind == Kind::Whiteout) names.emplace(std::string(image::kWhiteoutPrefix) + name, nullptr);
      else names.emplace(name, &entry);
    });
    if (mark_opaque) names.emplace(image::kOpaqueMarker, nullptr);
    for (const auto& [name, entry] : names) {
      const std::string inner = join_relative(path, name);
      if (entry == nullptr) {
        entries_.push_back(marker(inner));
        continue;
      }
      entries_.push_back(plain_entry(inner, *entry));
      entries_.back().entry.meta.mtime = kept_time(entry->mtime);
      links_.name(entries_.back(), *entry);
      if (!entry->is_directory()) continue;
      const auto hides = entry->opaque ? layer_.below.find(inner) : std::nullopt;
      directory(*entry, inner, hides && hides->is_directory());
    }
  }

  const UpperLayer& layer_;
  const image::TarOptions& options_;
  HardLinks links_;
  std::vector<ContentEntry> entries_;
};

void export_directory(const UnionTree& tree, const Found& directory, const std::string& path, HardLinks& links, std::vector<ContentEntry>& out) {
  for (const auto& name : tree.names(directory)) {
    const auto found = tree.child(directory, name);
    const std::string inner = join_relative(path, name);
    out.push_back(plain_entry(inner, found->node()));
    links.name(out.back(), found->node());
    if (found->is_directory()) export_directory(tree, *found, inner, links, out);
  }
}

}  // namespace

std::vector<Change> diff_of(const UpperLayer& layer) { return Differ(layer).run(); }

std::vector<ContentEntry> entries_of(const UpperLayer& layer, const image::TarOptions& options) { return Committer(layer, options).run(); }

std::vector<ContentEntry> entries_of(const UnionTree& merged) {
  std::vector<ContentEntry> entries;
  HardLinks links;
  export_directory(merged, merged.root(), "", links, entries);
  return entries;
}

std::vector<ContentEntry> entries_of(const UnionTree& merged, const Found& place) {
  std::vector<ContentEntry> entries;
  HardLinks links;
  entries.push_back(plain_entry("", place.node()));
  if (place.is_directory()) export_directory(merged, place, "", links, entries);
  return entries;
}

std::vector<ContentEntry> entries_of(const Tree& layer) {
  std::vector<ContentEntry> entries;
  HardLinks links;
  layer.walk([&](const std::string& path, const Node& node) {
    entries.push_back(plain_entry(path, node));
    links.name(entries.back(), node);
  });
  return entries;
}

std::uint64_t bytes_of(const UpperLayer& layer) {
  std::uint64_t bytes = 0;
  for (const auto& entry : entries_of(layer, {})) bytes += image::counted_bytes(entry.entry.meta);
  return bytes;
}

class EntriesReader::View : public ByteSource {
 public:
  explicit View(Ref<Content> content) : content_(std::move(content)) {}
  Result<size_t> read(std::span<char> buffer) override {
    if (!content_) return size_t{0};
    const size_t count = std::min(buffer.size(), content_->bytes.size() - at_);
    std::copy_n(content_->bytes.data() + at_, count, buffer.data());
    at_ += count;
    return count;
  }

 private:
  Ref<Content> content_;
  size_t at_ = 0;
};

Result<std::optional<image::LayerEntry>> EntriesReader::next() {
  source_.reset();
  if (at_ == entries_.size()) return std::optional<image::LayerEntry>();
  const auto& entry = entries_[at_++];
  if (entry.entry.meta.type == image::EntryType::File) source_ = std::make_unique<View>(entry.content);
  return std::optional(entry.entry);
}

Result<ByteSource*> EntriesReader::content() {
  if (!source_) return make_error(ErrorKind::Internal, "archive.no-content", "read tree", "", "the current entry is not a file");
  return source_.get();
}

}  // namespace strates::sim
