#include "linux/snapshot/tree_reader.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "linux/snapshot/entry_meta.hpp"
#include "linux/snapshot/upper_walk.hpp"

namespace strates::linux_world {

namespace {

// As many bytes as were announced, even when the file grows meanwhile; a file that shrank is TarWriter's tar.size.
class Bounded : public ByteSource {
 public:
  Bounded(std::shared_ptr<UniqueFd> file, std::string shown, std::uint64_t size) : source_(std::move(file), std::move(shown)), left_(size) {}
  Result<size_t> read(std::span<char> buffer) override {
    if (left_ == 0) return size_t{0};
    const size_t got = TRY(source_.read(buffer.first(static_cast<size_t>(std::min<std::uint64_t>(buffer.size(), left_)))));
    left_ -= got;
    return got;
  }

 private:
  FileSource source_;
  std::uint64_t left_;
};

image::LayerEntry marker(std::string path) {
  image::LayerEntry entry;
  entry.path = std::move(path);
  entry.meta.mode = 0600;
  return entry;
}

class Nothing : public ByteSource {
 public:
  Result<size_t> read(std::span<char>) override { return size_t{0}; }
};

}  // namespace

TreeReader::TreeReader(UniqueFd root, TreeForm form, std::function<void()> release)
    : form_(form), release_(std::move(release)), root_(std::move(root)) {}

TreeReader::~TreeReader() {
  content_.reset();
  levels_.clear();
  root_.reset();
  if (release_) release_();
}

Result<void> TreeReader::enter(UniqueFd fd, std::string path) {
  if (levels_.size() > static_cast<size_t>(kMostDepth)) return too_deep(path);
  Level level{std::move(fd), std::move(path), {}, 0};
  for (auto& name : TRY(names_in(level.fd.get(), level.path))) {
    const auto st = TRY(stat_at(level.fd.get(), name));
    if (!st || S_ISSOCK(st->st_mode)) continue;
    if (form_ == TreeForm::Layer && !is_whiteout(*st) && name.starts_with(image::kWhiteoutPrefix))
      return make_error(ErrorKind::Invalid, "layer.reserved-name", "archive", (level.path.empty() ? "" : level.path + "/") + name,
                        "in a layer's archive, names that begin with .wh. mean deletions", "rename or remove it");
    if (form_ == TreeForm::Layer && is_whiteout(*st)) level.items.push_back({std::string(image::kWhiteoutPrefix) + name, name, Item::Kind::Whiteout});
    else level.items.push_back({name, name, Item::Kind::Entry});
  }
  if (form_ == TreeForm::Layer && !levels_.empty() && TRY(is_opaque(level.fd.get())))
    level.items.push_back({std::string(image::kOpaqueMarker), "", Item::Kind::OpaqueMarker});
  std::sort(level.items.begin(), level.items.end(), [](const Item& a, const Item& b) { return a.tar_name < b.tar_name; });
  levels_.push_back(std::move(level));
  return success();
}

Result<std::optional<image::LayerEntry>> TreeReader::next() {
  content_.reset();
  if (root_) {
    UniqueFd root = std::move(root_);
    TRY(enter(std::move(root), ""));
  }
  while (!levels_.empty()) {
    Level& level = levels_.back();
    if (level.at == level.items.size()) {
      levels_.pop_back();
      continue;
    }
    const Item item = level.items[level.at++];
    const std::string path = (level.path.empty() ? "" : level.path + "/") + item.tar_name;
    auto given = entry(level.fd.get(), item, path);
    if (!given.ok() && given.error().code == "system.ENOENT") continue;
    if (!given.ok() || given.value()) return given;
  }
  return std::optional<image::LayerEntry>();
}

Result<std::optional<image::LayerEntry>> TreeReader::entry(int directory, const Item& item, const std::string& path) {
  using image::EntryType;
  if (item.kind != Item::Kind::Entry) {
    content_ = std::make_unique<Nothing>();
    return std::optional(marker(path));
  }
  struct stat st{};
  std::shared_ptr<UniqueFd> file;
  const auto before = TRY(stat_at(directory, item.name));  // again: a device that took its name since must not be opened
  if (!before) return std::optional<image::LayerEntry>();
  st = *before;
  if (S_ISREG(st.st_mode)) {
    file = std::make_shared<UniqueFd>(::openat(directory, item.name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!*file) return system_error("open", path, errno);
    if (::fstat(file->get(), &st) != 0) return system_error("stat", path, errno);
    if (!S_ISREG(st.st_mode)) return std::optional<image::LayerEntry>();  // another entry took its name meanwhile
  }
  image::LayerEntry given{path, TRY(meta_from(st, directory, item.name))};
  if (!S_ISDIR(st.st_mode) && st.st_nlink > 1) {
    const auto [first, is_new] = first_names_.try_emplace({st.st_dev, st.st_ino}, path);
    if (!is_new) {
      given.meta.type = EntryType::HardLink;
      given.meta.link_target = first->second;
      given.meta.size = 0;
      return std::optional(std::move(given));
    }
  }
  if (given.meta.type == EntryType::File) given.meta.xattrs = TRY(read_xattrs_of(file->get(), path));
  if (given.meta.type == EntryType::Directory) given.meta.xattrs = TRY(read_xattrs(directory, item.name));
  if (given.meta.type == EntryType::File) content_ = std::make_unique<Bounded>(std::move(file), path, given.meta.size);
  if (given.meta.type == EntryType::Directory) TRY(enter(TRY(open_directory_at(directory, item.name)), path));
  return std::optional(std::move(given));
}

Result<ByteSource*> TreeReader::content() {
  if (!content_) return make_error(ErrorKind::Internal, "archive.no-content", "read tree", "", "the current entry is not a file");
  return content_.get();
}

}  // namespace strates::linux_world
