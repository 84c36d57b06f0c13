#include "cli/local_tar.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "base/strings.hpp"
#include "base/unique_fd.hpp"
#include "image/tar_header.hpp"

namespace strates::cli {

namespace {

using image::EntryType;

constexpr int kDeepest = 1000;

Error sentence(std::string text) { return docker_error(ErrorKind::Invalid, "cli.copy", std::move(text)); }
Error go_error(const char* call, const std::string& path, int number) { return sentence(std::string(call) + " " + path + ": " + to_lower(std::strerror(number))); }

Nanos nanos(const timespec& time) { return time.tv_sec * kSecond + time.tv_nsec; }

class Packer {
 public:
  Packer(std::string directory, const Rename& rename, ByteSink& to) : directory_(std::move(directory)), rename_(rename), to_(to) {}

  Result<void> add(const std::string& name, int depth) {
    if (depth > kDeepest) return sentence("too deeply nested: " + name);
    const std::string path = directory_ + "/" + name;
    struct stat about {};
    if (::lstat(path.c_str(), &about) != 0) return errno == ENOENT && depth > 0 ? success() : Result<void>(go_error("lstat", path, errno));
    image::LayerEntry entry{rename_(name), {}};
    image::EntryMeta& meta = entry.meta;
    meta.mode = about.st_mode & 07777;
    meta.uid = about.st_uid;
    meta.gid = about.st_gid;
    meta.mtime = nanos(about.st_mtim);
    UniqueFd file;
    switch (about.st_mode & S_IFMT) {
      case S_IFREG:
        file = UniqueFd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (!file) return go_error("open", path, errno);
        if (::fstat(file.get(), &about) != 0 || !S_ISREG(about.st_mode)) return sentence("open " + path + ": it changed meanwhile");
        meta.size = static_cast<std::uint64_t>(about.st_size);
        if (about.st_nlink > 1) {
          const auto [first, is_new] = first_names_.try_emplace({about.st_dev, about.st_ino}, entry.path);
          if (!is_new) {
            meta.type = EntryType::HardLink;
            meta.link_target = first->second;
            meta.size = 0;
          }
        }
        break;
      case S_IFDIR: meta.type = EntryType::Directory; break;
      case S_IFLNK: {
        char target[PATH_MAX];
        const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
        if (length < 0) return go_error("readlink", path, errno);
        meta.type = EntryType::Symlink;
        meta.link_target.assign(target, static_cast<size_t>(length));
        break;
      }
      case S_IFIFO: meta.type = EntryType::Fifo; break;
      case S_IFCHR:
      case S_IFBLK:
        meta.type = S_ISCHR(about.st_mode) ? EntryType::CharDevice : EntryType::BlockDevice;
        meta.device_major = ::major(about.st_rdev);
        meta.device_minor = ::minor(about.st_rdev);
        break;
      default: return success();  // a socket means nothing elsewhere
    }
    TRY(to_.write(image::tar_header(entry, about.st_mtim.tv_sec)));
    if (meta.type == EntryType::File) return content(file, path, meta.size);
    if (meta.type == EntryType::Directory) return below(name, path, depth);
    return success();
  }

 private:
  Result<void> content(const UniqueFd& file, const std::string& path, std::uint64_t size) {
    std::array<char, 128 << 10> buffer;
    for (std::uint64_t left = size; left > 0;) {
      const ssize_t got = ::read(file.get(), buffer.data(), static_cast<size_t>(std::min<std::uint64_t>(left, buffer.size())));
      if (got < 0) return go_error("read", path, errno);
      if (got == 0) return sentence(path + ": file shrank while it was copied");
      TRY(to_.write({buffer.data(), static_cast<size_t>(got)}));
      left -= static_cast<std::uint64_t>(got);
    }
    const std::array<char, image::kTarBlock> zeros{};
    return to_.write({zeros.data(), image::tar_padding(size)});
  }
  Result<void> below(const std::string& name, const std::string& path, int depth) {
    const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(path.c_str()), ::closedir);
    if (!open) return go_error("open", path, errno);
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(open.get()))
      if (std::strcmp(entry->d_name, ".") != 0 && std::strcmp(entry->d_name, "..") != 0) names.emplace_back(entry->d_name);
    std::sort(names.begin(), names.end());
    for (const auto& inside : names) TRY(add(name + "/" + inside, depth + 1));
    return success();
  }

  std::string directory_;
  const Rename& rename_;
  ByteSink& to_;
  std::map<std::pair<dev_t, ino_t>, std::string> first_names_;
};

class Unpacker {
 public:
  Unpacker(std::string directory, const Rename& rename) : directory_(std::move(directory)), rename_(rename) {}

  Result<void> run(image::LayerReader& archive) {
    root_ = UniqueFd(::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root_) return go_error("open", directory_, errno);
    while (auto entry = TRY(archive.next())) TRY(add(std::move(*entry), archive));
    for (auto at = directories_.rbegin(); at != directories_.rend(); ++at) {
      auto place = parent_of(at->first);
      if (place.ok()) set_time(place.value().get(), base_name(at->first), at->second);
    }
    return success();
  }

 private:
  // Relative and clean; "." is the directory itself.
  Result<std::string> inside(const std::string& name) {
    const std::string clean = clean_path(name.substr(std::min(name.find_first_not_of('/'), name.size())));
    if (clean == ".." || clean.starts_with("../")) return sentence(go_quote(name) + " is outside of " + go_quote(directory_));
    return clean;
  }

  // Component by component, never through a link.
  Result<UniqueFd> parent_of(const std::string& path) {
    UniqueFd at(::dup(root_.get()));
    const std::string directory = dir_name(path);
    if (directory == ".") return at;
    for (const auto& part : split(directory, '/')) {
      UniqueFd next(::openat(at.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!next && errno == ENOENT) {
        if (::mkdirat(at.get(), part.c_str(), 0777) != 0) return go_error("mkdir", directory_ + "/" + directory, errno);
        next = UniqueFd(::openat(at.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      }
      if (!next) return go_error("open", directory_ + "/" + directory, errno);
      at = std::move(next);
    }
    return at;
  }

  static void set_time(int parent, const std::string& name, Nanos at) {
    const timespec time{static_cast<time_t>(at / kSecond), static_cast<long>(((at % kSecond) + kSecond) % kSecond)};
    const timespec times[2] = {time, time};
    ::utimensat(parent, name.c_str(), times, AT_SYMLINK_NOFOLLOW);
  }

  Result<void> add(image::LayerEntry entry, image::LayerReader& archive) {
    const std::string path = TRY(inside(rename_(entry.path)));
    const std::string shown = path == "." ? directory_ : directory_ + "/" + path;
    const image::EntryMeta& meta = entry.meta;
    const bool directory = meta.type == EntryType::Directory;
    if (path == ".") return directory ? success() : Result<void>(sentence("cannot overwrite directory " + go_quote(directory_) + " with non-directory " + go_quote(directory_)));
    const UniqueFd parent = TRY(parent_of(path));
    const std::string name = base_name(path);
    struct stat about {};
    const bool there = ::fstatat(parent.get(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && S_ISDIR(about.st_mode) && !directory) return sentence("cannot overwrite directory " + go_quote(shown) + " with non-directory " + go_quote(directory_));
    if (there && !S_ISDIR(about.st_mode) && directory) return sentence("cannot overwrite non-directory " + go_quote(shown) + " with directory " + go_quote(directory_));
    if (there && !directory && ::unlinkat(parent.get(), name.c_str(), 0) != 0) return go_error("remove", shown, errno);
    switch (meta.type) {
      case EntryType::Directory:
        if (!there && ::mkdirat(parent.get(), name.c_str(), 0700) != 0) return go_error("mkdir", shown, errno);
        directories_[path] = meta.mtime;
        break;
      case EntryType::File: TRY(file(parent.get(), name, shown, TRY(archive.content()))); break;
      case EntryType::Symlink: {
        const std::string target = meta.link_target.starts_with('/') ? meta.link_target : clean_path(dir_name(path) + "/" + meta.link_target);
        if (target == ".." || target.starts_with("../")) return sentence("invalid symlink " + go_quote(shown) + " -> " + go_quote(meta.link_target));
        if (::symlinkat(meta.link_target.c_str(), parent.get(), name.c_str()) != 0) return go_error("symlink", shown, errno);
        break;
      }
      case EntryType::HardLink: {
        const std::string target = rename_(meta.link_target);
        const std::string first = clean_path(target.substr(std::min(target.find_first_not_of('/'), target.size())));
        if (first == ".." || first.starts_with("../")) return sentence("invalid hardlink " + go_quote(shown) + " -> " + go_quote(meta.link_target));
        const UniqueFd holder = TRY(parent_of(first));
        if (::linkat(holder.get(), base_name(first).c_str(), parent.get(), name.c_str(), 0) != 0) return go_error("link", shown, errno);
        return success();
      }
      case EntryType::Fifo:
        if (::mkfifoat(parent.get(), name.c_str(), 0600) != 0) return go_error("mkfifo", shown, errno);
        break;
      default: {
        const unsigned kind = meta.type == EntryType::CharDevice ? S_IFCHR : S_IFBLK;
        if (::mknodat(parent.get(), name.c_str(), kind | 0600, ::makedev(meta.device_major, meta.device_minor)) != 0) return go_error("mknod", shown, errno);
      }
    }
    if (meta.type != EntryType::Symlink) {
      const UniqueFd self(::openat(parent.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
      if (!self || ::chmod(("/proc/self/fd/" + std::to_string(self.get())).c_str(), meta.mode & 07777) != 0) return go_error("chmod", shown, errno);
    }
    if (!directory) set_time(parent.get(), name, meta.mtime);
    return success();
  }

  static Result<void> file(int parent, const std::string& name, const std::string& shown, ByteSource* content) {
    const UniqueFd out(::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!out) return go_error("open", shown, errno);
    std::array<char, 128 << 10> buffer;
    for (;;) {
      const size_t got = TRY(content->read(buffer));
      if (got == 0) return success();
      for (size_t done = 0; done < got;) {
        const ssize_t wrote = ::write(out.get(), buffer.data() + done, got - done);
        if (wrote < 0) return go_error("write", shown, errno);
        done += static_cast<size_t>(wrote);
      }
    }
  }

  std::string directory_;
  const Rename& rename_;
  UniqueFd root_;
  std::map<std::string, Nanos> directories_;  // times last: filling a directory changes its own
};

}  // namespace

Result<void> pack_local(const std::string& directory, const std::string& base, const Rename& rename, ByteSink& to) {
  TRY(Packer(directory, rename, to).add(base, 0));
  const std::array<char, 2 * image::kTarBlock> zeros{};
  return to.write({zeros.data(), zeros.size()});
}

Result<void> unpack_local(image::LayerReader& archive, const std::string& directory, const Rename& rename) { return Unpacker(directory, rename).run(archive); }

}  // namespace strates::cli
