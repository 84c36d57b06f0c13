#include "linux/snapshot/overlay_mount.hpp"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <thread>

#include "base/strings.hpp"
#include "linux/snapshot/temporary_directory.hpp"
#include "linux/storage/files.hpp"
#include "linux/storage/mount_table.hpp"

// <sys/mount.h> and <linux/mount.h> cannot both be included with this glibc.
extern "C" int mount(const char*, const char*, const char*, unsigned long, const void*);
extern "C" int umount2(const char*, int);

namespace strates::linux_world {

namespace {

constexpr unsigned long kMsPrivate = 1UL << 18, kMntDetach = 2, kUmountNoFollow = 8;
constexpr long kOverlayMagic = 0x794c7630;

// Separators of the option text inside a directory's name.
std::string escaped(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == ':' || c == ',' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string advice_for(const engine::MountedSnapshot& where, int number) {
  struct statfs fs{};
  if (::statfs(where.upper.c_str(), &fs) == 0 && fs.f_type == kOverlayMagic)
    return "the store lies on an overlay, which cannot hold writable layers: keep it on a volume or a disk (--root DIR); run `strates doctor`";
  switch (number) {
    case EPERM: return "the daemon needs CAP_SYS_ADMIN; run `strates doctor`";
    case ENODEV: return "this kernel has no overlayfs: try `modprobe overlay`; run `strates doctor`";
    case EINVAL: return "the store's file system may not be able to hold writable layers (extended attributes, d_type); run `strates doctor`";
    case ENOENT: return "a layer's directory is missing: remove the image and take it again";
    default: return "run `strates doctor`";
  }
}

Error refused(const engine::MountedSnapshot& where, std::string_view call, int number, std::string_view words) {
  Error error = system_error("mount overlay", where.merged, number);
  error.code = "overlay.refused";
  error.kind = ErrorKind::Internal;
  error.cause += " (" + std::string(call) + ")";
  if (!words.empty()) error.cause += ", the kernel says: " + std::string(words);
  error.advice = advice_for(where, number);
  return error;
}

// What the kernel has to say about a mount being configured: messages "e overlay: ...", one a read.
std::string kernel_words(int context) {
  std::string words;
  char buffer[1024];
  for (int i = 0; i < 8; ++i) {
    const ssize_t got = ::read(context, buffer, sizeof buffer);
    if (got <= 2) break;
    words += (words.empty() ? "" : "; ") + std::string(trim(std::string_view(buffer, static_cast<size_t>(got)).substr(2)));
  }
  return words;
}

int configure(int context, unsigned command, const char* key, const char* value) {
  return static_cast<int>(::syscall(SYS_fsconfig, context, command, key, value, 0));
}

int open_context() { return static_cast<int>(::syscall(SYS_fsopen, "overlay", FSOPEN_CLOEXEC)); }

// Before 6.5 the kernel only keeps what overlayfs is told, "lowerdir+" as anything else, and does not understand it when it mounts.
bool understands_options() {
  static const bool understands = [] {
    const UniqueFd context(open_context());
    return context && configure(context.get(), FSCONFIG_SET_STRING, "strates-no-such-option", "x") != 0;
  }();
  return understands;
}

enum class Outcome { Mounted, Unsupported };

Result<Outcome> mount_newest(const engine::MountedSnapshot& where, engine::Writes writes) {
  const UniqueFd context(open_context());
  if (!context && errno == ENOSYS) return Outcome::Unsupported;
  if (!context) return refused(where, "fsopen", errno, "");
  if (!understands_options()) return Outcome::Unsupported;
  const auto failed = [&](const std::string& call) {
    const int number = errno;  // reading the kernel's words changes it
    return refused(where, call, number, kernel_words(context.get()));
  };
  for (const auto& lower : where.lower)
    if (configure(context.get(), FSCONFIG_SET_STRING, "lowerdir+", lower.c_str()) != 0) {
      if (errno == EINVAL && &lower == &where.lower.front()) return Outcome::Unsupported;
      return failed("fsconfig lowerdir");
    }
  const std::pair<const char*, const char*> options[] = {{"upperdir", where.upper.c_str()}, {"workdir", where.work.c_str()}, {"source", "overlay"},
                                                         {"index", "off"}, {"metacopy", "off"}, {"redirect_dir", "off"}};
  for (const auto& [key, value] : options)
    if (configure(context.get(), FSCONFIG_SET_STRING, key, value) != 0) return failed(std::string("fsconfig ") + key);
  // A kernel before 5.10 does not know it: then these files are kept as all others.
  if (writes == engine::Writes::Passing) (void)configure(context.get(), FSCONFIG_SET_FLAG, "volatile", nullptr);
  if (configure(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr) != 0) return failed("fsconfig create");
  const UniqueFd made(static_cast<int>(::syscall(SYS_fsmount, context.get(), FSMOUNT_CLOEXEC, 0)));
  if (!made) return failed("fsmount");
  if (::syscall(SYS_move_mount, made.get(), "", AT_FDCWD, where.merged.c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) return refused(where, "move_mount", errno, "");
  return Outcome::Mounted;
}

// The option text may not be longer than a page: when it is, the directories are named by their descriptors.
Result<void> mount_classic(const engine::MountedSnapshot& where, engine::Writes writes) {
  const auto text_of = [&](const std::vector<std::string>& lower) {
    return "lowerdir=" + join(lower, ":") + ",upperdir=" + escaped(where.upper) + ",workdir=" + escaped(where.work) + "," + std::string(kOverlayOptions) +
           (writes == engine::Writes::Passing ? ",volatile" : "");
  };
  std::vector<std::string> names;
  for (const auto& lower : where.lower) names.push_back(escaped(lower));
  std::vector<UniqueFd> held;
  if (text_of(names).size() >= static_cast<size_t>(::sysconf(_SC_PAGESIZE))) {
    names.clear();
    for (const auto& lower : where.lower) {
      held.push_back(TRY(open_directory(lower)));
      names.push_back("/proc/self/fd/" + std::to_string(held.back().get()));
    }
  }
  if (::mount("overlay", where.merged.c_str(), "overlay", 0, text_of(names).c_str()) == 0) return success();
  if (errno == EINVAL && writes == engine::Writes::Passing) return mount_classic(where, engine::Writes::Kept);  // a kernel before 5.10
  return refused(where, "mount", errno, "");
}

// A volatile mount leaves a mark in its work directory, and the kernel mounts nothing there again (Documentation/filesystems/overlayfs.rst, "Volatile mount"):
// after a crash of the machine these files may be anything. Only passing ones have it, and after such a crash nothing runs on them any more.
void forget_volatile(const engine::MountedSnapshot& where) {
  const std::string mark = where.work + "/work/incompat/volatile";
  ::unlink((mark + "/dirty").c_str());
  ::rmdir(mark.c_str());
}

}  // namespace

Result<void> mount_overlay(const engine::MountedSnapshot& where, MountWay way, engine::Writes writes) {
  if (writes == engine::Writes::Passing) forget_volatile(where);
  if (way == MountWay::Classic || TRY(mount_newest(where, writes)) == Outcome::Unsupported) TRY(mount_classic(where, writes));
  // Mounts made later inside must not spread to other namespaces, nor theirs to here.
  if (::mount(nullptr, where.merged.c_str(), nullptr, kMsPrivate, nullptr) != 0) {
    const int number = errno;
    ::umount2(where.merged.c_str(), static_cast<int>(kMntDetach | kUmountNoFollow));
    return refused(where, "mount MS_PRIVATE", number, "");
  }
  return success();
}

Result<void> unmount_overlay(const std::string& merged) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    if (::umount2(merged.c_str(), static_cast<int>(kUmountNoFollow)) == 0) return success();
    if (errno == EINVAL) return success();  // not mounted any more
    if (errno != EBUSY) return system_error("unmount", merged, errno);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  if (::umount2(merged.c_str(), static_cast<int>(kMntDetach | kUmountNoFollow)) != 0) return system_error("detach", merged, errno);
  return success();
}

Result<void> probe_overlay(const std::string& directory) {
  const UniqueFd parent = TRY(open_directory(directory));
  const std::string name = ".probe-" + std::to_string(::getpid());
  TemporaryDirectory temporary = TRY(TemporaryDirectory::make(parent.get(), name));
  engine::MountedSnapshot where;
  const std::string base = directory + "/" + name + "/";
  for (const char* part : {"lower", "upper", "work", "merged"}) TRY(temporary.make_inside(part));
  where.lower = {base + "lower"};
  where.upper = base + "upper";
  where.work = base + "work";
  where.merged = base + "merged";
  TRY(mount_overlay(where));
  return unmount_overlay(where.merged);
}

Result<bool> is_mount_point(const std::string& directory) {
  struct statx stx{};
  if (::statx(AT_FDCWD, directory.c_str(), AT_NO_AUTOMOUNT | AT_SYMLINK_NOFOLLOW, STATX_TYPE, &stx) != 0) return system_error("stat", directory, errno);
  if ((stx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0) return (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
  for (const auto& overlay : TRY(overlays_below(directory)))  // a kernel before 5.8
    if (overlay.target == directory) return true;
  return false;
}

Result<std::vector<MountedOverlay>> overlays_below(const std::string& directory) {
  std::vector<MountedOverlay> found;
  for (auto& row : TRY(read_mount_table()))
    if (row.type == "overlay" && (row.mount_point == directory || row.mount_point.starts_with(directory + "/"))) found.push_back({std::move(row.mount_point)});
  return found;
}

}  // namespace strates::linux_world
