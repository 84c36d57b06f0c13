// Vfs over a snapshot: overlayfs's merge, the mounts of a running container, permissions, and the facts of what happened.
#pragma once

#include <memory>
#include <string>

#include "sim/snapshot_store.hpp"
#include "sim/tree/path_walk.hpp"
#include "sim/vfs.hpp"

namespace strates::sim {

// A single file larger than this is refused (EFBIG): everything is in memory.
constexpr std::uint64_t kMostFileBytes = std::uint64_t{256} << 20;

class OverlayView : public Vfs {
 public:
  // The store outlives this; a snapshot that goes meanwhile is an I/O error from then on.
  OverlayView(SnapshotStore& store, std::string key) : store_(store), key_(std::move(key)) {}

  Result<FileStat> stat(std::string_view path) override;
  Result<FileStat> lstat(std::string_view path) override;
  Result<std::vector<std::string>> list(std::string_view path) override;
  Result<std::string> read(std::string_view path) override;
  Result<std::string> read_for_exec(std::string_view path) override;
  Result<void> write(std::string_view path, std::string_view bytes, Write how, std::uint32_t mode) override;
  Result<void> make_directory(std::string_view path, std::uint32_t mode) override;
  Result<void> remove_directory(std::string_view path) override;
  Result<void> unlink(std::string_view path) override;
  Result<void> rename(std::string_view from, std::string_view to) override;
  Result<void> symlink(std::string_view target, std::string_view path) override;
  Result<void> link(std::string_view existing, std::string_view path) override;
  Result<std::string> read_link(std::string_view path) override;
  Result<void> change_mode(std::string_view path, std::uint32_t mode) override;
  Result<void> change_owner(std::string_view path, std::uint32_t uid, std::uint32_t gid) override;
  Result<void> set_times(std::string_view path, Nanos mtime) override;
  Result<std::string> real_path(std::string_view path) override;
  void act_as(const Credentials& who) override { who_ = who; }

 private:
  Result<Mounts> mounts(std::string_view operation, std::string_view path);
  Result<FileStat> stat_of(std::string_view path, LastLink last, std::string_view operation);
  // It can be changed, or (its parent) can get a new name.
  Result<void> check_change(const Mounts& mounts, const Place& place, std::string_view operation) const;
  Result<void> check_create(const Mounts& mounts, const Place& place, std::string_view operation) const;
  Result<void> check_remove(const Mounts& mounts, const Place& place, std::string_view operation) const;
  Result<Place> existing(Mounts& mounts, std::string_view path, LastLink last, std::string_view operation) const;
  Result<void> create(Mounts& mounts, const Place& place, image::EntryMeta meta, Ref<Content> content);
  Result<void> write_existing(Mounts& mounts, const Place& place, std::string_view bytes, Write how);
  bool owner_of(const image::EntryMeta& meta) const { return who_.uid == 0 || who_.uid == meta.uid; }
  void report_read(Mounts& mounts, const Place& place);
  void report_written(Mounts& mounts, const Place& place);
  std::int64_t trace_pid() const;

  SnapshotStore& store_;
  std::string key_;
  Credentials who_;
};

}  // namespace strates::sim
