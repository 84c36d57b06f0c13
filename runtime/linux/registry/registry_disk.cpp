#include "linux/registry/registry_disk.hpp"

#include "linux/registry/registry_files.hpp"
#include "linux/root_lock.hpp"
#include "linux/storage/sqlite_metadata.hpp"

namespace strates::linux_world {

namespace {

struct RegistryDisk : registry::server::Disk {
  RegistryDisk(RootLock held, std::unique_ptr<RegistryFiles> kept, std::unique_ptr<RegistryFiles> shelf, std::unique_ptr<SqliteMetadata> known)
      : lock(std::move(held)), files(std::move(kept)), debian(std::move(shelf)), records(std::move(known)) {}
  registry::server::BlobStore& blobs() override { return *files; }
  registry::server::BlobStore& packages() override { return *debian; }
  engine::MetadataStore& metadata() override { return *records; }

  RootLock lock;
  std::unique_ptr<RegistryFiles> files, debian;
  std::unique_ptr<SqliteMetadata> records;
};

}  // namespace

Result<std::unique_ptr<registry::server::Disk>> open_registry_disk(const std::string& root, engine::Hasher& hasher) {
  TRY(make_directories(root, 0700));
  RootLock lock = TRY(RootLock::take(root));
  auto files = TRY(RegistryFiles::open(root, hasher));
  auto debian = TRY(RegistryFiles::open(root + "/debian", hasher));
  auto records = TRY(SqliteMetadata::open(root + "/registry.db", Durability::Power));
  return std::unique_ptr<registry::server::Disk>(std::make_unique<RegistryDisk>(std::move(lock), std::move(files), std::move(debian), std::move(records)));
}

}  // namespace strates::linux_world
