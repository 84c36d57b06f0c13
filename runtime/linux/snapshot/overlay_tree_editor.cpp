#include "linux/snapshot/overlay_tree_editor.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "linux/snapshot/entry_meta.hpp"
#include "linux/snapshot/open_beneath.hpp"
#include "linux/snapshot/tree_reader.hpp"

namespace strates::linux_world {

namespace {

using image::EntryMeta;
using image::EntryType;

Error refuse(std::string_view code, std::string_view operation, std::string_view path, std::string_view cause) {
  return make_error(ErrorKind::Invalid, code, operation, path, cause);
}

bool is_absent(const Error& error) { return error.code == "system.ENOENT" || error.code == "system.ENOTDIR"; }

std::string without_trailing_slashes(std::string_view path) {
  while (!path.empty() && path.back() == '/') path.remove_suffix(1);
  return std::string(path);
}

// An entry by itself, then what is below it.
class PathReader : public image::LayerReader {
 public:
  PathReader(image::LayerEntry first, std::unique_ptr<ByteSource> content, std::unique_ptr<image::LayerReader> below)
      : first_(std::move(first)), content_(std::move(content)), below_(std::move(below)) {}
  Result<std::optional<image::LayerEntry>> next() override {
    if (first_) return std::optional(*std::exchange(first_, std::nullopt));
    content_.reset();
    if (!below_) return std::optional<image::LayerEntry>();
    return below_->next();
  }
  Result<ByteSource*> content() override {
    if (content_) return content_.get();
    if (below_) return below_->content();
    return make_error(ErrorKind::Internal, "archive.no-content", "read tree", "", "the current entry is not a file");
  }

 private:
  std::optional<image::LayerEntry> first_;
  std::unique_ptr<ByteSource> content_;
  std::unique_ptr<image::LayerReader> below_;
};

// Exactly `size` bytes.
Result<void> write_content(int file, ByteSource& content, std::uint64_t size, std::string_view shown) {
  std::array<char, 128 << 10> buffer;
  std::uint64_t written = 0;
  for (;;) {
    const size_t got = TRY(content.read(buffer));
    if (got == 0) break;
    if (got > size - written) return refuse("tree.size", "write", shown, "more bytes than the " + std::to_string(size) + " announced");
    TRY(write_all(file, {buffer.data(), got}, shown));
    written += got;
  }
  if (written != size) return refuse("tree.size", "write", shown, std::to_string(size - written) + " bytes are missing");
  return success();
}

enum class Outcome { Written, Taken };

// Taken: something has the name, and nothing was read or done.
Result<Outcome> write_new_file(int parent, const std::string& name, const EntryMeta& meta, ByteSource* content, std::string_view shown) {
  const UniqueFd file(::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, first_mode(meta)));
  if (!file && errno == EEXIST) return Outcome::Taken;
  if (!file) return system_error("create", shown, errno);
  StringSource nothing("");
  auto written = write_content(file.get(), content != nullptr ? *content : nothing, meta.size, shown);
  if (written.ok()) written = apply_file_meta(file.get(), shown, meta);
  if (written.ok()) return Outcome::Written;
  ::unlinkat(parent, name.c_str(), 0);
  return std::move(written).error();
}

}  // namespace

OverlayTreeEditor::~OverlayTreeEditor() {
  last_parent_.reset();
  root_.reset();
  if (release_) release_();
}

Result<OverlayTreeEditor::Place> OverlayTreeEditor::place_of(std::string_view path, bool make) {
  if (path.empty() || path.front() != '/') return refuse("tree.path", "find", path, "the path is not absolute");
  if (path.find('\0') != std::string_view::npos) return refuse("tree.path", "find", path.substr(0, path.find('\0')), "the path holds a zero byte");
  const std::string text = without_trailing_slashes(path);
  const size_t slash = text.rfind('/');
  Place place;
  place.name = slash == std::string::npos ? "" : text.substr(slash + 1);
  if (place.name.empty() || place.name == "." || place.name == "..") return refuse("tree.path", "change", path, "it is not a name inside the tree");
  const std::string directory = text.substr(0, slash);
  if (last_parent_ && directory == last_directory_) {
    place.parent = last_parent_;
    return place;
  }
  auto parent = open_beneath(root_.get(), directory, O_PATH | O_DIRECTORY, Resolve::InRoot);
  if (!parent.ok() && make && parent.error().code == "system.ENOENT") parent = make_parents(directory);
  if (!parent.ok()) return std::move(parent).error().with_object(std::string(path));
  place.parent = last_parent_ = std::make_shared<UniqueFd>(std::move(parent).value());
  last_directory_ = directory;
  return place;
}

Result<UniqueFd> OverlayTreeEditor::make_parents(const std::string& directory) {
  UniqueFd at = TRY(open_beneath(root_.get(), "", O_PATH | O_DIRECTORY, Resolve::InRoot));
  size_t from = 0;
  while (from <= directory.size()) {
    const size_t slash = std::min(directory.find('/', from), directory.size());
    const std::string prefix = directory.substr(0, slash), name = directory.substr(from, slash - from);
    from = slash + 1;
    if (name.empty() || name == ".") continue;
    auto next = open_beneath(root_.get(), prefix, O_PATH | O_DIRECTORY, Resolve::InRoot);
    if (!next.ok() && next.error().code == "system.ENOENT") {
      if (::mkdirat(at.get(), name.c_str(), 0755) != 0) {
        if (errno == EEXIST) return refuse("tree.dangling", "make directory", prefix, "it is a link to what does not exist");
        return system_error("make directory", prefix, errno);
      }
      const UniqueFd made(::openat(at.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!made) return system_error("open", prefix, errno);
      if (::fchmod(made.get(), 0755) != 0) return system_error("set mode of", prefix, errno);  // whatever the umask
      next = open_beneath(root_.get(), prefix, O_PATH | O_DIRECTORY, Resolve::InRoot);
    }
    at = TRY(std::move(next));
  }
  return at;
}

Result<std::optional<EntryMeta>> OverlayTreeEditor::stat(std::string_view path, Follow follow) {
  const int flags = O_PATH | (follow == Follow::No ? O_NOFOLLOW : 0);
  const std::string inside = follow == Follow::No ? without_trailing_slashes(path) : std::string(path);
  auto self = open_beneath(root_.get(), inside, flags, Resolve::InRoot);
  if (!self.ok() && is_absent(self.error())) return std::optional<EntryMeta>();
  const UniqueFd fd = TRY(std::move(self));
  struct stat st{};
  if (::fstat(fd.get(), &st) != 0) return system_error("stat", path, errno);
  // readlinkat and the attribute calls take the descriptor itself: "" names what an O_PATH descriptor is.
  EntryMeta meta = TRY(meta_from(st, fd.get(), ""));
  if (meta.type == EntryType::File || meta.type == EntryType::Directory) meta.xattrs = TRY(read_xattrs(fd.get(), ""));
  return std::optional(std::move(meta));
}

Result<std::vector<std::string>> OverlayTreeEditor::list(std::string_view path) {
  const UniqueFd fd = TRY(open_beneath(root_.get(), std::string(path), O_RDONLY | O_DIRECTORY, Resolve::InRoot));
  return names_in(fd.get(), path);
}

Result<std::string> OverlayTreeEditor::read(std::string_view path, std::uint64_t limit) {
  const auto source = TRY(open_file(path));
  return read_all(*source, limit);
}

Result<std::unique_ptr<ByteSource>> OverlayTreeEditor::open_file(std::string_view path) {
  // Not blocking on a pipe, and no device is opened: only what is a file is read.
  const UniqueFd self = TRY(open_beneath(root_.get(), std::string(path), O_PATH, Resolve::InRoot));
  struct stat st{};
  if (::fstat(self.get(), &st) != 0) return system_error("stat", path, errno);
  if (!S_ISREG(st.st_mode)) return refuse("tree.not-file", "read", path, S_ISDIR(st.st_mode) ? "it is a directory" : "it is not a regular file");
  auto file = std::make_shared<UniqueFd>(::open(("/proc/self/fd/" + std::to_string(self.get())).c_str(), O_RDONLY | O_CLOEXEC));
  if (!*file) return system_error("open", path, errno);
  return std::unique_ptr<ByteSource>(std::make_unique<FileSource>(std::move(file), std::string(path)));
}

Result<void> OverlayTreeEditor::make_directory(std::string_view path, const EntryMeta& meta) {
  const auto there = TRY(stat(path, Follow::Yes));
  if (there && there->type == EntryType::Directory) return success();
  if (there) return refuse("tree.not-directory", "make directory", path, "it exists and is no directory");
  const Place place = TRY(place_of(path, true));
  EntryMeta directory = meta;
  directory.type = EntryType::Directory;
  return make_node(place.parent->get(), place.name, directory);
}

Result<void> OverlayTreeEditor::put_directory(const Place& place, const EntryMeta& meta) {
  const auto there = TRY(stat_at(place.parent->get(), place.name));
  if (there && S_ISDIR(there->st_mode)) return apply_meta(place.parent->get(), place.name, meta);
  if (there && ::unlinkat(place.parent->get(), place.name.c_str(), 0) != 0) return system_error("replace", place.name, errno);
  return make_node(place.parent->get(), place.name, meta);
}

// The new entry is made beside the old one and takes its name at once: nobody sees half a file.
Result<void> OverlayTreeEditor::make_temporary(const Place& place, const std::string& temporary, const EntryMeta& meta, ByteSource* content) {
  const int parent = place.parent->get();
  if (meta.type == EntryType::HardLink) {
    const Place target = TRY(place_of(meta.link_target.starts_with('/') ? meta.link_target : "/" + meta.link_target, false));
    if (::linkat(target.parent->get(), target.name.c_str(), parent, temporary.c_str(), 0) != 0) return system_error("link to", meta.link_target, errno);
    return success();
  }
  if (meta.type == EntryType::CharDevice && meta.device_major == 0 && meta.device_minor == 0)
    return refuse("tree.device", "create", place.name, "a device 0:0 would be taken for a deletion");
  if (meta.type != EntryType::File) return make_node(parent, temporary, meta);
  if (TRY(write_new_file(parent, temporary, meta, content, place.name)) == Outcome::Taken) return system_error("create", place.name, EEXIST);
  return success();
}

Result<void> OverlayTreeEditor::put(std::string_view path, const EntryMeta& meta, ByteSource* content) {
  if (meta.type == EntryType::Directory && without_trailing_slashes(path).empty() && path.starts_with('/')) return apply_meta(root_.get(), ".", meta);
  const Place place = TRY(place_of(path, true));
  // A name that nothing has is written in place: one entry made instead of two.
  if (meta.type != EntryType::File) last_parent_.reset();  // what this replaces may be a link on the way there
  else if (TRY(write_new_file(place.parent->get(), place.name, meta, content, place.name)) == Outcome::Written) return success();
  if (meta.type == EntryType::Directory) return put_directory(place, meta);
  const auto there = TRY(stat_at(place.parent->get(), place.name));
  if (there && S_ISDIR(there->st_mode)) return refuse("tree.is-directory", "put", path, "a directory is there: remove it first");
  const std::string temporary = ".strates-new-" + std::to_string(::getpid()) + "-" + std::to_string(next_++);
  auto made = make_temporary(place, temporary, meta, content);
  if (made.ok() && ::renameat(place.parent->get(), temporary.c_str(), place.parent->get(), place.name.c_str()) != 0) made = system_error("put", path, errno);
  // Gone already, unless something failed; or the old name was a link to the same file, and rename did nothing.
  ::unlinkat(place.parent->get(), temporary.c_str(), 0);
  return made;
}

Result<std::unique_ptr<image::LayerReader>> OverlayTreeEditor::archive(std::string_view path) {
  const UniqueFd self = TRY(open_beneath(root_.get(), without_trailing_slashes(path), O_PATH | O_NOFOLLOW, Resolve::InRoot));
  struct stat st{};
  if (::fstat(self.get(), &st) != 0) return system_error("stat", path, errno);
  image::LayerEntry first{"", TRY(meta_from(st, self.get(), ""))};
  if (first.meta.type == EntryType::File || first.meta.type == EntryType::Directory) first.meta.xattrs = TRY(read_xattrs(self.get(), ""));
  std::unique_ptr<ByteSource> content;
  std::unique_ptr<image::LayerReader> below;
  if (first.meta.type == EntryType::Directory) {
    UniqueFd inside(::openat(self.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!inside) return system_error("open", path, errno);
    below = std::make_unique<TreeReader>(std::move(inside), TreeForm::Plain, std::function<void()>());
  } else if (first.meta.type == EntryType::File) {
    // The descriptor names the very entry that was looked at: no pipe or device can have taken its place.
    auto file = std::make_shared<UniqueFd>(::open(("/proc/self/fd/" + std::to_string(self.get())).c_str(), O_RDONLY | O_CLOEXEC));
    if (!*file) return system_error("open", path, errno);
    content = std::make_unique<FileSource>(std::move(file), std::string(path));
  }
  return std::unique_ptr<image::LayerReader>(std::make_unique<PathReader>(std::move(first), std::move(content), std::move(below)));
}

Result<void> OverlayTreeEditor::remove(std::string_view path) {
  const Place place = TRY(place_of(path, false));
  const auto there = TRY(stat_at(place.parent->get(), place.name));
  if (!there) return system_error("remove", path, ENOENT);
  last_parent_.reset();  // it may lie in what goes, or be reached through a link that goes
  return remove_tree(place.parent->get(), place.name);
}

}  // namespace strates::linux_world
