#include "linux/snapshot/layer_unpack.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "linux/snapshot/entry_meta.hpp"
#include "linux/snapshot/open_beneath.hpp"

namespace strates::linux_world {

namespace {

using image::EntryType;

constexpr std::uint64_t kMostDevices = 10'000;  // Debian's /dev has about twenty

Error invalid(std::string_view path, std::string_view cause) {
  return make_error(ErrorKind::Invalid, "layer.invalid", "unpack layer", path, cause, "the archive is damaged or hostile: do not use it");
}

std::pair<std::string, std::string> split_path(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

Result<UnpackCounts> LayerUnpack::run(image::LayerReader& archive) {
  for (;;) {
    const auto next = TRY(archive.next());
    if (!next) break;
    TRY(entry(*next, archive));
  }
  TRY(writers_.settle());
  parent_.reset();
  for (auto at = directory_times_.rbegin(); at != directory_times_.rend(); ++at) {
    const auto [directory, name] = split_path(at->first);
    const UniqueFd parent = TRY(open_beneath(root_, directory, O_PATH | O_DIRECTORY, Resolve::Strict));
    TRY(apply_mtime(parent.get(), name, at->second));
  }
  return counts_;
}

Result<void> LayerUnpack::entry(const image::LayerEntry& entry, image::LayerReader& archive) {
  ++counts_.entries;
  const auto [directory_path, name] = split_path(entry.path);
  if (name.empty() || name == "." || name == "..") return invalid(entry.path, "not a path");
  const int parent = TRY(parent_of(directory_path));
  const bool hides = name.starts_with(image::kWhiteoutPrefix);
  if (entry.meta.type == EntryType::File && !hides) return file(name, entry, archive);
  // Anything else may be about a file that is still to be written; a directory only when it has the name of one.
  if (entry.meta.type != EntryType::Directory || hides || writers_.owes(directory_path)) TRY(writers_.settle());
  if (name == image::kOpaqueMarker) {
    ++counts_.whiteouts;
    if (directory_path.empty()) return invalid(entry.path, "the root of a layer cannot be opaque");
    const UniqueFd marked = TRY(open_directory_at(parent, "."));
    return set_opaque(marked.get());
  }
  if (name.starts_with(".wh..wh.")) return success();  // bookkeeping of aufs, which wrote layers before overlayfs did
  if (hides) {
    ++counts_.whiteouts;
    return whiteout(parent, name.substr(image::kWhiteoutPrefix.size()), entry.path);
  }
  switch (entry.meta.type) {
    case EntryType::Directory: return directory(parent, name, entry);
    case EntryType::File: break;  // above
    case EntryType::HardLink: return hard_link(parent, name, entry);
    case EntryType::CharDevice:
    case EntryType::BlockDevice:
      if (++devices_ > kMostDevices) return make_error(ErrorKind::Invalid, "layer.too-large", "unpack layer", entry.path, "more than 10000 devices");
      if (entry.meta.type == EntryType::CharDevice && entry.meta.device_major == 0 && entry.meta.device_minor == 0)
        return invalid(entry.path, "a device 0:0 would be taken for a deletion");
      [[fallthrough]];
    case EntryType::Symlink:
    case EntryType::Fifo: counts_.bytes += image::counted_bytes(entry.meta); break;
  }
  TRY(clear(parent, name, entry.path));
  return make_node(parent, name, entry.meta);
}

// Deletes what lower layers have, not what this one brings, whichever comes first in the archive.
Result<void> LayerUnpack::whiteout(int parent, const std::string& hidden, const std::string& path) {
  if (hidden.empty() || hidden == "." || hidden == "..") return invalid(path, "it hides no name");
  const auto there = TRY(stat_at(parent, hidden));
  if (there && S_ISDIR(there->st_mode)) {
    const UniqueFd own = TRY(open_directory_at(parent, hidden));
    return set_opaque(own.get());
  }
  if (there) return success();
  if (::mknodat(parent, hidden.c_str(), S_IFCHR, 0) != 0)
    return system_error("make whiteout", path, errno).with_advice("the daemon must be root outside any user namespace; run `strates doctor`");
  return success();
}

Result<void> LayerUnpack::directory(int parent, const std::string& name, const image::LayerEntry& entry) {
  const auto there = TRY(stat_at(parent, name));
  if (there && S_ISDIR(there->st_mode)) {
    TRY(apply_meta(parent, name, entry.meta));
  } else {
    TRY(clear(parent, name, entry.path));
    TRY(make_node(parent, name, entry.meta));
    if (there && is_whiteout(*there)) {
      const UniqueFd made = TRY(open_directory_at(parent, name));
      TRY(set_opaque(made.get()));
    }
  }
  directory_times_[entry.path] = entry.meta.mtime;
  return success();
}

Result<void> LayerUnpack::file(const std::string& name, const image::LayerEntry& entry, image::LayerReader& archive) {
  // All directories of this layer are in directory_times_.
  if (directory_times_.count(entry.path) > 0) {
    TRY(writers_.settle());
    TRY(clear(parent_->get(), name, entry.path));
  }
  ByteSource* content = TRY(archive.content());
  const auto wrong_size = [&] { return invalid(entry.path, "its content is not as long as its header says"); };
  std::string buffer(static_cast<size_t>(std::clamp<std::uint64_t>(entry.meta.size, 1, 256 << 10)), '\0');
  if (entry.meta.size <= FileWriters::kSmall) {
    size_t got = 0;
    while (got < entry.meta.size) {
      const size_t some = TRY(content->read({buffer.data() + got, static_cast<size_t>(entry.meta.size) - got}));
      if (some == 0) return wrong_size();
      got += some;
    }
    char more = 0;
    if (TRY(content->read({&more, 1})) != 0) return wrong_size();
    counts_.bytes += got;
    buffer.resize(got);
    return writers_.add(parent_path_, parent_, {name, entry.path, std::move(buffer), entry.meta});
  }
  if (writers_.owes(parent_path_)) TRY(writers_.settle());
  const UniqueFd out = TRY(create_file(parent_->get(), name, entry.meta, entry.path));
  std::uint64_t written = 0;
  for (;;) {
    const size_t got = TRY(content->read(buffer));
    if (got == 0) break;
    TRY(write_all(out.get(), {buffer.data(), got}, entry.path));
    written += got;
  }
  if (written != entry.meta.size) return wrong_size();
  counts_.bytes += written;
  return apply_file_meta(out.get(), entry.path, entry.meta);
}

Result<void> LayerUnpack::hard_link(int parent, const std::string& name, const image::LayerEntry& entry) {
  const auto [target_directory, target_name] = split_path(entry.meta.link_target);
  const auto holder = open_beneath(root_, target_directory, O_PATH | O_DIRECTORY, Resolve::Strict);
  if (!holder.ok()) return invalid(entry.path, "it links to " + entry.meta.link_target + ", which this layer does not hold");
  const auto target = TRY(stat_at(holder.value().get(), target_name));
  if (!target || S_ISDIR(target->st_mode) || is_whiteout(*target))
    return invalid(entry.path, "it links to " + entry.meta.link_target + ", which this layer does not hold");
  if (entry.path == entry.meta.link_target) return success();
  TRY(clear(parent, name, entry.path));
  // Flags 0: a symbolic link is linked itself.
  if (::linkat(holder.value().get(), target_name.c_str(), parent, name.c_str(), 0) != 0) return system_error("link", entry.path, errno);
  return success();
}

Result<int> LayerUnpack::parent_of(const std::string& directory) {
  if (parent_ && directory == parent_path_) return parent_->get();
  auto opened = open_beneath(root_, directory, O_PATH | O_DIRECTORY, Resolve::Strict);
  if (!opened.ok()) {
    TRY(writers_.settle());  // it may lead through a file
    TRY(make_passed_through(directory));
    opened = open_beneath(root_, directory, O_PATH | O_DIRECTORY, Resolve::Strict);
    if (!opened.ok()) return std::move(opened).error();
  }
  parent_ = std::make_shared<const UniqueFd>(std::move(opened).value());
  parent_path_ = directory;
  return parent_->get();
}

Result<void> LayerUnpack::make_passed_through(const std::string& directory) {
  UniqueFd at = TRY(open_beneath(root_, "", O_PATH | O_DIRECTORY, Resolve::Strict));
  MergedDir below = below_;
  size_t from = 0;
  while (from <= directory.size()) {
    const size_t slash = std::min(directory.find('/', from), directory.size());
    const std::string name = directory.substr(from, slash - from), path = directory.substr(0, slash);
    from = slash + 1;
    const auto there = TRY(stat_at(at.get(), name));
    if (there && !S_ISDIR(there->st_mode) && !is_whiteout(*there)) return invalid(directory, "it passes through " + path + ", which is no directory");
    const auto lower = TRY(below.find(name));
    if (!there || is_whiteout(*there)) {
      image::EntryMeta meta;
      meta.type = EntryType::Directory;
      meta.mode = 0755;
      if (lower && S_ISDIR(lower->st.st_mode)) {
        meta = TRY(meta_from(lower->st, lower->directory(), name));
        meta.xattrs = TRY(read_xattrs(lower->directory(), name));
      }
      if (there) TRY(clear(at.get(), name, path));
      TRY(make_node(at.get(), name, meta));
      if (there) TRY(set_opaque(TRY(open_directory_at(at.get(), name)).get()));
      directory_times_.emplace(path, meta.mtime);
    }
    below = lower && S_ISDIR(lower->st.st_mode) ? TRY(below.enter(name)) : MergedDir();
    UniqueFd next(::openat(at.get(), name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!next) return system_error("open", path, errno);
    at = std::move(next);
  }
  return success();
}

// The last entry of a name wins. A directory goes with all it holds, and with what is remembered about it.
Result<void> LayerUnpack::clear(int parent, const std::string& name, const std::string& path) {
  const auto there = TRY(stat_at(parent, name));
  if (!there) return success();
  if (!S_ISDIR(there->st_mode)) return remove_tree(parent, name);
  TRY(remove_tree(parent, name));
  directory_times_.erase(path);
  const std::string inside = path + "/";
  const auto first = directory_times_.lower_bound(inside);
  auto last = first;
  while (last != directory_times_.end() && last->first.starts_with(inside)) ++last;
  directory_times_.erase(first, last);
  return success();
}

}  // namespace strates::linux_world
