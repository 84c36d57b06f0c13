#include "linux/snapshot/entry_meta.hpp"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/strings.hpp"

namespace strates::linux_world {

namespace {

constexpr const char* kOpaque = "trusted.overlay.opaque";
constexpr const char* kOrigin = "trusted.overlay.origin";

// Extended attributes have no *at calls (before Linux 6.13): the l-variants on the descriptor's own name do not follow the last component.
std::string path_at(int directory, const std::string& name) { return "/proc/self/fd/" + std::to_string(directory) + "/" + name; }

// Of what the descriptor itself is when the name is empty: then the descriptor's link is the one to follow, and it leads nowhere else.
ssize_t list_names(int directory, const std::string& name, std::string& names) {
  if (name.empty()) return ::listxattr(("/proc/self/fd/" + std::to_string(directory)).c_str(), names.data(), names.size());
  return ::llistxattr(path_at(directory, name).c_str(), names.data(), names.size());
}

ssize_t get_value(int directory, const std::string& name, const std::string& key, std::string& value) {
  if (name.empty()) return ::getxattr(("/proc/self/fd/" + std::to_string(directory)).c_str(), key.c_str(), value.data(), value.size());
  return ::lgetxattr(path_at(directory, name).c_str(), key.c_str(), value.data(), value.size());
}

// The values of the content attributes among `names`, zero-terminated each.
template <typename Get>
Result<std::map<std::string, std::string>> content_attributes(std::string_view names, std::string_view shown, Get get) {
  std::map<std::string, std::string> found;
  for (const auto& key : split(names, '\0')) {
    if (!is_content_attribute(key)) continue;
    std::string value(64 << 10, '\0');  // XATTR_SIZE_MAX
    const ssize_t size = get(key, value);
    if (size < 0 && errno == ENODATA) continue;
    if (size < 0) return system_error("read attribute " + key + " of", shown, errno);
    value.resize(static_cast<size_t>(size));
    found.emplace(key, std::move(value));
  }
  return found;
}

constexpr size_t kFewNames = 1024, kMostNames = 64 << 10;  // the kernel's most is XATTR_LIST_MAX

// Zero-terminated each; "" also where the file system has none.
Result<std::string> all_names(int directory, const std::string& name) {
  std::string names(kFewNames, '\0');
  ssize_t got = list_names(directory, name, names);
  if (got < 0 && errno == ERANGE) {
    names.resize(kMostNames);
    got = list_names(directory, name, names);
  }
  if (got < 0 && errno != EOPNOTSUPP) return system_error("list attributes of", name, errno);
  names.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return names;
}

timespec to_timespec(Nanos at) {
  timespec spec{};
  spec.tv_sec = at / kSecond - (at % kSecond < 0 ? 1 : 0);
  spec.tv_nsec = at - static_cast<Nanos>(spec.tv_sec) * kSecond;
  return spec;
}

mode_t type_bits(image::EntryType type) {
  switch (type) {
    case image::EntryType::CharDevice: return S_IFCHR;
    case image::EntryType::BlockDevice: return S_IFBLK;
    case image::EntryType::Fifo: return S_IFIFO;
    default: return 0;
  }
}

}  // namespace

bool is_whiteout(const struct stat& st) { return S_ISCHR(st.st_mode) && st.st_rdev == 0; }

Result<bool> is_opaque(int directory) {
  char value = 0;
  const ssize_t got = ::fgetxattr(directory, kOpaque, &value, 1);
  if (got == 1) return value == 'y';
  if (got >= 0 || errno == ENODATA || errno == EOPNOTSUPP || errno == ERANGE) return false;
  return system_error("read opaque mark of", "directory", errno);
}

Result<void> set_opaque(int directory) {
  if (::fsetxattr(directory, kOpaque, "y", 1, 0) != 0)
    return system_error("set opaque mark on", "directory", errno)
        .with_advice("the store must be on a file system with trusted extended attributes; run `strates doctor`");
  return success();
}

bool is_copy_of(int directory, const std::string& name, int lower_directory, const std::string& lower_name) {
  // version, magic, length, flags, handle type, 16 bytes of uuid, then the handle's bytes
  constexpr size_t kType = 4, kHandle = 21;
  unsigned char origin[256];
  const ssize_t got = ::lgetxattr(path_at(directory, name).c_str(), kOrigin, origin, sizeof origin);
  if (got < 0) return false;
  if (static_cast<size_t>(got) <= kHandle) return true;
  alignas(file_handle) char space[sizeof(file_handle) + MAX_HANDLE_SZ];
  auto* handle = reinterpret_cast<file_handle*>(space);
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount_id = 0;
  if (::name_to_handle_at(lower_directory, lower_name.c_str(), handle, &mount_id, 0) != 0) return true;
  // The kernel pads the handle to four bytes.
  return origin[kType] == static_cast<unsigned char>(handle->handle_type) && static_cast<size_t>(got) - kHandle >= handle->handle_bytes &&
         std::memcmp(origin + kHandle, handle->f_handle, handle->handle_bytes) == 0;
}

Nanos mtime_of(const struct stat& st) { return st.st_mtim.tv_sec * kSecond + st.st_mtim.tv_nsec; }

Result<image::EntryMeta> meta_from(const struct stat& st, int directory, const std::string& name) {
  using image::EntryType;
  image::EntryMeta meta;
  meta.mode = st.st_mode & 07777;
  meta.uid = st.st_uid;
  meta.gid = st.st_gid;
  meta.mtime = mtime_of(st);
  switch (st.st_mode & S_IFMT) {
    case S_IFREG:
      meta.type = EntryType::File;
      meta.size = static_cast<std::uint64_t>(st.st_size);
      break;
    case S_IFDIR: meta.type = EntryType::Directory; break;
    case S_IFIFO: meta.type = EntryType::Fifo; break;
    case S_IFCHR:
    case S_IFBLK:
      meta.type = S_ISCHR(st.st_mode) ? EntryType::CharDevice : EntryType::BlockDevice;
      meta.device_major = ::major(st.st_rdev);
      meta.device_minor = ::minor(st.st_rdev);
      break;
    case S_IFLNK: {
      meta.type = EntryType::Symlink;
      char target[4097];
      const ssize_t got = ::readlinkat(directory, name.c_str(), target, sizeof target);
      if (got < 0) return system_error("read link", name, errno);
      meta.link_target.assign(target, static_cast<size_t>(got));
      break;
    }
    default:
      return make_error(ErrorKind::Invalid, "layer.socket", "read", name, "it is a socket, which no archive can hold");
  }
  return meta;
}

bool is_content_attribute(std::string_view name) {
  return name == "security.capability" || (name.starts_with("user.") && !name.starts_with("user.overlay."));
}

Result<std::map<std::string, std::string>> read_xattrs(int directory, const std::string& name) {
  return content_attributes(TRY(all_names(directory, name)), name,
                            [&](const std::string& key, std::string& value) { return get_value(directory, name, key, value); });
}

Result<std::map<std::string, std::string>> read_xattrs_of(int entry, std::string_view shown) {
  char few[kFewNames];
  ssize_t got = ::flistxattr(entry, few, sizeof few);
  if (got == 0 || (got < 0 && errno == EOPNOTSUPP)) return std::map<std::string, std::string>();
  std::string many;
  std::string_view names(few, got < 0 ? 0 : static_cast<size_t>(got));
  if (got < 0 && errno == ERANGE) {
    many.resize(kMostNames);
    got = ::flistxattr(entry, many.data(), many.size());
    names = std::string_view(many).substr(0, got < 0 ? 0 : static_cast<size_t>(got));
  }
  if (got < 0) return system_error("list attributes of", shown, errno);
  return content_attributes(names, shown, [&](const std::string& key, std::string& value) { return ::fgetxattr(entry, key.c_str(), value.data(), value.size()); });
}

Result<void> drop_foreign_attributes(int directory, const std::string& name, Opaque opaque) {
  const std::string names = TRY(all_names(directory, name));
  for (const auto& key : split(names, '\0')) {
    if (key.empty() || is_content_attribute(key) || key.starts_with("security.") || (opaque == Opaque::Kept && key == kOpaque)) continue;
    if (::lremovexattr(path_at(directory, name).c_str(), key.c_str()) != 0 && errno != ENODATA)
      return system_error("remove attribute " + key + " of", name, errno);
  }
  return success();
}

Result<void> apply_mtime(int directory, const std::string& name, Nanos mtime) {
  const timespec times[2] = {to_timespec(mtime), to_timespec(mtime)};
  if (::utimensat(directory, name.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0) return system_error("set time of", name, errno);
  return success();
}

Result<void> apply_meta(int directory, const std::string& name, const image::EntryMeta& meta) {
  if (::fchownat(directory, name.c_str(), meta.uid, meta.gid, AT_SYMLINK_NOFOLLOW) != 0) return system_error("set owner of", name, errno);
  if (meta.type != image::EntryType::Symlink) {
    // chmod has no variant that does not follow; through a descriptor of the entry itself it cannot.
    const UniqueFd self(::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!self) return system_error("open", name, errno);
    struct stat st{};
    if (::fstat(self.get(), &st) != 0) return system_error("stat", name, errno);
    if (S_ISLNK(st.st_mode)) return make_error(ErrorKind::Conflict, "tree.changed", "set mode of", name, "it became a symbolic link meanwhile");
    if (::chmod(("/proc/self/fd/" + std::to_string(self.get())).c_str(), meta.mode & 07777) != 0) return system_error("set mode of", name, errno);
    for (const auto& [key, value] : meta.xattrs) {
      if (!is_content_attribute(key)) continue;
      if (::lsetxattr(path_at(directory, name).c_str(), key.c_str(), value.data(), value.size(), 0) != 0)
        return system_error("set attribute " + key + " of", name, errno);
    }
  }
  return apply_mtime(directory, name, meta.mtime);
}

mode_t first_mode(const image::EntryMeta& meta) { return meta.uid == 0 && meta.gid == 0 ? meta.mode & 0777 : 0600; }

Result<void> apply_file_meta(int file, std::string_view shown, const image::EntryMeta& meta) {
  struct stat st{};
  if (::fstat(file, &st) != 0) return system_error("stat", shown, errno);
  // Only what differs: on an overlay each of these calls is made twice, and journaled.
  const bool chowned = st.st_uid != meta.uid || st.st_gid != meta.gid;
  if (chowned && ::fchown(file, meta.uid, meta.gid) != 0) return system_error("set owner of", shown, errno);
  // chown takes set-user-ID away.
  if ((chowned || (st.st_mode & 07777) != (meta.mode & 07777)) && ::fchmod(file, meta.mode & 07777) != 0) return system_error("set mode of", shown, errno);
  for (const auto& [key, value] : meta.xattrs) {
    if (!is_content_attribute(key)) continue;
    if (::fsetxattr(file, key.c_str(), value.data(), value.size(), 0) != 0) return system_error("set attribute " + key + " of", shown, errno);
  }
  const timespec times[2] = {to_timespec(meta.mtime), to_timespec(meta.mtime)};
  if (::futimens(file, times) != 0) return system_error("set time of", shown, errno);
  return success();
}

Result<void> make_node(int directory, const std::string& name, const image::EntryMeta& meta) {
  using image::EntryType;
  int done = -1;
  switch (meta.type) {
    case EntryType::Directory: done = ::mkdirat(directory, name.c_str(), 0700); break;
    case EntryType::Symlink: done = ::symlinkat(meta.link_target.c_str(), directory, name.c_str()); break;
    case EntryType::Fifo:
    case EntryType::CharDevice:
    case EntryType::BlockDevice:
      done = ::mknodat(directory, name.c_str(), type_bits(meta.type) | 0600, ::makedev(meta.device_major, meta.device_minor));
      break;
    default: return make_error(ErrorKind::Internal, "layer.type", "make", name, "files and hard links are made otherwise");
  }
  if (done != 0) return system_error("create", name, errno);
  return apply_meta(directory, name, meta);
}

}  // namespace strates::linux_world
