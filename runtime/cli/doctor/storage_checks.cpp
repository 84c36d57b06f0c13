// Checks on the store's file system: a real overlay mount, and room.
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "base/unique_fd.hpp"
#include "cli/doctor/checks.hpp"
#include "cli/doctor/child_probe.hpp"
#include "cli/file_source.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

constexpr long kOverlayMagic = 0x794c7630;
constexpr std::uint64_t kEnoughBytes = 2ULL << 30;

class TemporaryDirectory {
 public:
  static Result<TemporaryDirectory> create(const std::string& in) {
    TemporaryDirectory out;
    std::string name = join_path(in, ".strates-doctor-XXXXXX");
    if (mkdtemp(name.data()) == nullptr) return system_error("mkdir", name, errno);
    out.path_ = name;
    return out;
  }
  TemporaryDirectory(TemporaryDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
  ~TemporaryDirectory() {
    if (!path_.empty())
      nftw(path_.c_str(), [](const char* path, const struct stat*, int, FTW*) { return ::remove(path); }, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
  }
  const std::string& path() const { return path_; }

 private:
  TemporaryDirectory() = default;
  std::string path_;
};

std::string failed(const std::string& what) { return what + ": " + errno_name(errno); }

// In the child, alone with its mounts.
std::string try_overlay(const std::string& base) {
  if (unshare(CLONE_NEWNS) != 0) return failed("unshare(CLONE_NEWNS)");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return failed("mount(MS_PRIVATE, /)");
  for (const char* name : {"/lower", "/upper", "/work", "/merged"})
    if (mkdir((base + name).c_str(), 0755) != 0) return failed("mkdir " + base + name);
  for (const char* name : {"/lower/kept", "/lower/gone"}) {
    const UniqueFd file(::open((base + name).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    if (!file || !write_all(file, "below\n", name).ok()) return failed("write " + base + name);
  }
  const std::string options = "lowerdir=" + base + "/lower,upperdir=" + base + "/upper,workdir=" + base + "/work";
  if (mount("overlay", (base + "/merged").c_str(), "overlay", 0, options.c_str()) != 0) return failed("mount overlay");
  std::string reason;
  {
    const UniqueFd file(::open((base + "/merged/kept").c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    if (!file || !write_all(file, "above\n", "kept").ok()) reason = failed(tr(Text::DoctorCopyUp));
  }
  if (reason.empty() && unlink((base + "/merged/gone").c_str()) != 0) reason = failed(tr(Text::DoctorWhiteout));
  struct stat status {};
  if (reason.empty() && stat((base + "/upper/kept").c_str(), &status) != 0) reason = failed(tr(Text::DoctorCopyUp));
  if (reason.empty() && (lstat((base + "/upper/gone").c_str(), &status) != 0 || !S_ISCHR(status.st_mode))) reason = tr(Text::DoctorWhiteout);
  if (umount((base + "/merged").c_str()) != 0 && reason.empty()) reason = failed("umount");
  return reason;
}

}  // namespace

std::string existing_parent(std::string path) {
  while (path.size() > 1 && access(path.c_str(), F_OK) != 0) path = dir_name(path.ends_with('/') ? path.substr(0, path.size() - 1) : path);
  return path.empty() ? "/" : path;
}

Finding check_overlay(const std::string& store) {
  Finding out{"overlayfs", Need::Required, Verdict::No, tr(Text::DoctorOverlay), "", ""};
  if (geteuid() != 0) {
    out.detail = tr(Text::DoctorNotTried);
    out.advice = tr(Text::DoctorRootAdvice);
    return out;
  }
  const std::string where = existing_parent(store);
  const auto directory = TemporaryDirectory::create(where);
  if (!directory.ok()) {
    out.detail = directory.error().explanation();
    out.advice = tr(Text::DoctorStoreAdvice);
    return out;
  }
  const std::string reason = probe([&] { return try_overlay(directory.value().path()); });
  out.verdict = reason.empty() ? Verdict::Yes : Verdict::No;
  out.detail = reason.empty() ? tr(Text::DoctorOverlayYes, where) : where + ": " + reason;
  if (!reason.empty()) {
    struct statfs file_system {};
    const bool on_overlay = statfs(where.c_str(), &file_system) == 0 && file_system.f_type == kOverlayMagic;
    out.advice = tr(on_overlay ? Text::DoctorOnOverlayAdvice : Text::DoctorOverlayAdvice);
  }
  return out;
}

Finding check_disk(const std::string& store) {
  Finding out{"disk", Need::Useful, Verdict::No, tr(Text::DoctorDisk), "", ""};
  const std::string where = existing_parent(store);
  struct statvfs room {};
  if (statvfs(where.c_str(), &room) != 0) {
    out.detail = failed(where);
    return out;
  }
  const std::uint64_t free_bytes = static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
  out.verdict = free_bytes >= kEnoughBytes ? Verdict::Yes : Verdict::No;
  out.detail = tr(Text::DoctorFree, told_size(free_bytes), where);
  if (out.verdict == Verdict::No) out.advice = tr(Text::DoctorDiskAdvice, told_size(kEnoughBytes));
  return out;
}

}  // namespace strates::cli
