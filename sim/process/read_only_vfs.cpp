#include "sim/process/read_only_vfs.hpp"

#include "base/strings.hpp"

namespace strates::sim {

namespace {

class ReadOnlyVfs : public Vfs {
 public:
  ReadOnlyVfs(std::unique_ptr<Vfs> below, const std::vector<engine::ProvidedFile>& files, const std::vector<engine::ContainerMount>& mounts) : below_(std::move(below)) {
    for (const auto& file : files) writable_.push_back(file.path);
    for (const auto& mount : mounts) mounts_.push_back(below_->real_path(mount.destination).value_or(std::string(mount.destination)));
  }
  Result<FileStat> stat(std::string_view path) override { return below_->stat(path); }
  Result<FileStat> lstat(std::string_view path) override { return below_->lstat(path); }
  Result<std::vector<std::string>> list(std::string_view path) override { return below_->list(path); }
  Result<std::string> read(std::string_view path) override { return below_->read(path); }
  Result<std::string> read_for_exec(std::string_view path) override { return below_->read_for_exec(path); }
  Result<std::string> read_link(std::string_view path) override { return below_->read_link(path); }
  Result<std::string> real_path(std::string_view path) override { return below_->real_path(path); }
  void act_as(const Credentials& who) override { below_->act_as(who); }

  Result<void> write(std::string_view path, std::string_view bytes, Write how, std::uint32_t mode) override {
    TRY(check(path));
    return below_->write(path, bytes, how, mode);
  }
  Result<void> make_directory(std::string_view path, std::uint32_t mode) override {
    if (below_->lstat(path).ok()) return vfs_error(Errno::Exists, "mkdir", path);
    TRY(check(path));
    return below_->make_directory(path, mode);
  }
  Result<void> remove_directory(std::string_view path) override {
    TRY(check(path));
    return below_->remove_directory(path);
  }
  Result<void> unlink(std::string_view path) override {
    TRY(check(path));
    return below_->unlink(path);
  }
  Result<void> rename(std::string_view from, std::string_view to) override {
    TRY(check(from));
    TRY(check(to));
    return below_->rename(from, to);
  }
  Result<void> symlink(std::string_view target, std::string_view path) override {
    TRY(check(path));
    return below_->symlink(target, path);
  }
  Result<void> link(std::string_view existing, std::string_view path) override {
    TRY(check(path));
    return below_->link(existing, path);
  }
  Result<void> change_mode(std::string_view path, std::uint32_t mode) override {
    TRY(check(path));
    return below_->change_mode(path, mode);
  }
  Result<void> change_owner(std::string_view path, std::uint32_t uid, std::uint32_t gid) override {
    TRY(check(path));
    return below_->change_owner(path, uid, gid);
  }
  Result<void> set_times(std::string_view path, Nanos mtime) override {
    TRY(check(path));
    return below_->set_times(path, mtime);
  }

 private:
  Result<void> check(std::string_view path) {
    auto real = below_->real_path(path);
    std::string where = real.ok() ? std::move(real).value() : std::string(path);
    if (!real.ok())  // not there yet: its directory decides
      if (auto directory = below_->real_path(dir_name(path)); directory.ok()) where = join_path(directory.value(), base_name(path));
    if (where.rfind("/dev/", 0) == 0) return {};
    for (const auto& file : writable_)
      if (where == file) return {};
    // Another file system: it knows itself whether it takes changes.
    for (const auto& mount : mounts_)
      if (where == mount || where.starts_with(mount + "/")) return {};
    return vfs_error(Errno::ReadOnly, "write", path);
  }

  std::unique_ptr<Vfs> below_;
  std::vector<std::string> writable_, mounts_;
};

}  // namespace

std::unique_ptr<Vfs> make_read_only(std::unique_ptr<Vfs> below, const std::vector<engine::ProvidedFile>& files, const std::vector<engine::ContainerMount>& mounts) {
  return std::make_unique<ReadOnlyVfs>(std::move(below), files, mounts);
}

}  // namespace strates::sim
