// The file system one simulated container sees: its image's layers, the engine's mount points and its writable layer, merged with
// overlayfs's semantics (kernel documentation, filesystems/overlayfs.rst). What programs in sim/programs use.
//
// Every change goes to the writable layer and is reported as event::File when someone watches: a file of a lower layer is copied up whole
// before its first write, a removal of something lower lays a whiteout, a directory made where a lower one was hidden is opaque.
// Paths are absolute and clean; symbolic links are followed as the kernel does unless a method says otherwise. Not thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "image/layer.hpp"

namespace strates::sim {

// The errors that programs print, by the kernel's names. A failed Vfs call's Error has code "errno.ENOENT" and cause "No such file or directory".
enum class Errno {
  NotPermitted, NoEntry, InputOutput, AccessDenied, Busy, Exists, CrossDevice, NotDirectory, IsDirectory, Invalid, FileTooBig, NoSpace, ReadOnly, TooManyLinks,
  NotEmpty, LinkLoop, NameTooLong, ExecFormat
};
Error vfs_error(Errno number, std::string_view operation, std::string_view path);
// The number behind such an Error; InputOutput when it is something else.
Errno errno_of(const Error& error);
// "No such file or directory", as glibc and musl print it.
std::string_view errno_text(Errno number);

struct FileStat {
  image::EntryMeta meta;     // size filled in for files and links
  std::uint64_t inode = 0;   // equal for hard links of one file
  std::uint32_t links = 1;
};

// Who acts: permissions are checked for everybody but uid 0.
struct Credentials {
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;
  std::int64_t pid = 0;       // inside the container, for /proc/self; 0: its first process
  std::int64_t host_pid = 0;  // for the trace; 0: the container's
};

// One process as /proc shows it.
struct ProcEntry {
  std::int64_t pid = 1, ppid = 0;
  std::uint32_t uid = 0, gid = 0;
  char state = 'S';               // "R" running, "S" sleeping, "T" stopped, "Z" ended and not waited for
  std::vector<std::string> args;  // as executed
  std::uint64_t capabilities = 0; // bounding set; root has them all
  bool no_new_privileges = false;
};

class Vfs {
 public:
  virtual ~Vfs() = default;
  virtual Result<FileStat> stat(std::string_view path) = 0;
  virtual Result<FileStat> lstat(std::string_view path) = 0;
  virtual Result<std::vector<std::string>> list(std::string_view path) = 0;  // sorted names, without . and ..
  virtual Result<std::string> read(std::string_view path) = 0;               // reports FileRead
  virtual Result<std::string> read_for_exec(std::string_view path) = 0;      // the same, AccessDenied unless executable
  enum class Write { Truncate, Append };
  // Creates with `mode` when absent (umask applied by the caller). Reports FileCopiedUp, FileCreated, FileWritten as they happen.
  virtual Result<void> write(std::string_view path, std::string_view bytes, Write how, std::uint32_t mode) = 0;
  virtual Result<void> make_directory(std::string_view path, std::uint32_t mode) = 0;
  virtual Result<void> remove_directory(std::string_view path) = 0;
  virtual Result<void> unlink(std::string_view path) = 0;
  virtual Result<void> rename(std::string_view from, std::string_view to) = 0;
  virtual Result<void> symlink(std::string_view target, std::string_view path) = 0;
  virtual Result<void> link(std::string_view existing, std::string_view path) = 0;
  virtual Result<std::string> read_link(std::string_view path) = 0;
  virtual Result<void> change_mode(std::string_view path, std::uint32_t mode) = 0;
  virtual Result<void> change_owner(std::string_view path, std::uint32_t uid, std::uint32_t gid) = 0;
  virtual Result<void> set_times(std::string_view path, Nanos mtime) = 0;
  virtual Result<std::string> real_path(std::string_view path) = 0;
  // The acting user from now on.
  virtual void act_as(const Credentials& who) = 0;
};

// What sim/process asks for when a container starts. Implemented by sim/tree. /proc, /dev and /sys show what the simulator can say truthfully.
class VfsProvider {
 public:
  virtual ~VfsProvider() = default;
  // code snapshot.not-found
  virtual Result<std::unique_ptr<Vfs>> open_vfs(const std::string& snapshot_key) = 0;
  // Files bound over the container's own, read-write for the container, never part of its layer (ProvidedFile).
  virtual Result<void> provide_file(const std::string& snapshot_key, std::string_view path, std::string content) = 0;
  virtual void drop_provided(const std::string& snapshot_key) = 0;
  // A volume on a path of the container; forgotten by drop_provided. Codes errno.*, volume.not-found.
  virtual Result<void> attach_volume(const std::string& snapshot_key, const std::string& path, const std::string& volume, bool writable) {
    (void)snapshot_key, (void)volume, (void)writable;
    return vfs_error(Errno::Invalid, "mount", path);
  }
  // Memory of its own, empty, over a directory that exists; forgotten as well. `options`: as /proc/mounts shows them after rw or ro.
  virtual Result<void> attach_memory(const std::string& snapshot_key, const std::string& path, const std::string& options, std::uint32_t mode, bool writable) {
    (void)snapshot_key, (void)options, (void)mode, (void)writable;
    return vfs_error(Errno::Invalid, "mount", path);
  }
  // What /proc shows of this container, asked for at each look; until told, /proc holds no process. Forgotten by drop_provided.
  virtual void set_processes(const std::string& snapshot_key, std::function<std::vector<ProcEntry>()> list) {
    (void)snapshot_key;
    (void)list;
  }
};

}  // namespace strates::sim
