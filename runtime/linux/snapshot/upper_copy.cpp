#include "linux/snapshot/upper_copy.hpp"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>

#include "linux/snapshot/entry_meta.hpp"
#include "linux/snapshot/open_beneath.hpp"

namespace strates::linux_world {

namespace {

Result<void> copy_bytes(int from, int to, const std::string& path) {
  if (::ioctl(to, FICLONE, from) == 0) return success();
  for (;;) {
    const ssize_t got = ::copy_file_range(from, nullptr, to, nullptr, 1 << 30, 0);
    if (got == 0) return success();
    if (got > 0) continue;
    if (errno == EXDEV || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) break;
    return system_error("copy", path, errno);
  }
  std::array<char, 128 << 10> buffer;
  for (;;) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got < 0) return system_error("read", path, errno);
    if (got == 0) return success();
    TRY(write_all(to, {buffer.data(), static_cast<size_t>(got)}, path));
  }
}

class Copier {
 public:
  Copier(int root, const HiddenEntries& hidden, const image::TarOptions& options) : root_(root), hidden_(hidden), options_(options) {}

  Result<void> directory(int from, int to, const MergedDir& below, const std::string& path, int depth) {
    if (depth > kMostDepth) return too_deep(path);
    for (const auto& name : TRY(names_in(from, path))) {
      const auto st = TRY(stat_at(from, name));
      const std::string inner = path.empty() ? name : path + "/" + name;
      if (!st || hidden_.hides(inner, *st) || S_ISSOCK(st->st_mode)) continue;
      auto copied = entry(from, to, below, *st, name, inner, depth);
      if (!copied.ok() && copied.error().code == "system.ENOENT" && !TRY(stat_at(from, name))) continue;
      TRY(std::move(copied));
    }
    return success();
  }

 private:
  Result<void> entry(int from, int to, const MergedDir& below, const struct stat& st, const std::string& name, const std::string& path, int depth) {
    if (is_whiteout(st)) {
      if (::mknodat(to, name.c_str(), S_IFCHR, 0) != 0) return system_error("make whiteout", path, errno);
      return success();
    }
    image::EntryMeta meta = TRY(meta_from(st, from, name));
    meta.mtime = layer_time(meta.mtime, options_);
    if (meta.type != image::EntryType::Symlink) meta.xattrs = TRY(read_xattrs(from, name));
    if (meta.type == image::EntryType::Directory) {
      TRY(make_node(to, name, meta));
      {
        const UniqueFd inside = TRY(open_directory_at(from, name)), made = TRY(open_directory_at(to, name));
        const auto lower = TRY(below.find(name));
        const bool both = lower && S_ISDIR(lower->st.st_mode);
        if (both && TRY(is_opaque(inside.get()))) TRY(set_opaque(made.get()));
        TRY(directory(inside.get(), made.get(), both ? TRY(below.enter(name)) : MergedDir(), path, depth + 1));
      }
      return apply_mtime(to, name, meta.mtime);
    }
    if (st.st_nlink > 1) {
      const auto [first, is_new] = first_names_.try_emplace({st.st_dev, st.st_ino}, path);
      if (!is_new) return link(to, name, first->second);
    }
    if (meta.type != image::EntryType::File) return make_node(to, name, meta);
    return file(from, to, name, path, meta);
  }

  static Result<void> file(int from, int to, const std::string& name, const std::string& path, const image::EntryMeta& meta) {
    const UniqueFd source(::openat(from, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!source) return system_error("open", path, errno);
    const UniqueFd made(::openat(to, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!made) return system_error("create", path, errno);
    TRY(copy_bytes(source.get(), made.get(), path));
    return apply_file_meta(made.get(), path, meta);
  }

  Result<void> link(int to, const std::string& name, const std::string& first) {
    const size_t slash = first.rfind('/');
    const UniqueFd holder = TRY(open_beneath(root_, slash == std::string::npos ? "" : first.substr(0, slash), O_PATH | O_DIRECTORY, Resolve::Strict));
    const std::string first_name = slash == std::string::npos ? first : first.substr(slash + 1);
    if (::linkat(holder.get(), first_name.c_str(), to, name.c_str(), 0) != 0) return system_error("link", name, errno);
    return success();
  }

  int root_;
  const HiddenEntries& hidden_;
  const image::TarOptions& options_;
  std::map<std::pair<dev_t, ino_t>, std::string> first_names_;
};

}  // namespace

Nanos layer_time(Nanos time, const image::TarOptions& options) {
  time -= ((time % kSecond) + kSecond) % kSecond;
  return options.clamp_mtime ? std::min(time, *options.clamp_mtime) : time;
}

Result<void> copy_upper(int upper, int to, const MergedDir& below, const HiddenEntries& hidden, const image::TarOptions& options) {
  Copier copier(to, hidden, options);
  return copier.directory(upper, to, below, "", 0);
}

}  // namespace strates::linux_world
