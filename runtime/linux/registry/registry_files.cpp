#include "linux/registry/registry_files.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/strings.hpp"
#include "image/digest.hpp"
#include "image/manifest.hpp"

namespace strates::linux_world {

namespace {

constexpr std::string_view kAlgorithm = "sha256:";
constexpr std::string_view kTemporary = "tmp-";

// The file's name; empty for what can be in no store.
std::string file_of(const Digest& digest) {
  return image::is_sha256_digest(digest.str()) && to_lower(digest.str()) == digest.str() ? digest.str().substr(kAlgorithm.size()) : "";
}

// Bytes of an open file from a position on.
class RegionSource : public ByteSource {
 public:
  RegionSource(std::shared_ptr<const UniqueFd> file, std::uint64_t at) : file_(std::move(file)), at_(at) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(read_region(file_->get(), at_, buffer));
    at_ += got;
    return got;
  }
  static Result<size_t> read_region(int file, std::uint64_t at, std::span<char> buffer) {
    for (;;) {
      const ssize_t got = ::pread(file, buffer.data(), buffer.size(), static_cast<off_t>(at));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return system_error("read", "blob", errno);
      return static_cast<size_t>(got);
    }
  }

 private:
  std::shared_ptr<const UniqueFd> file_;
  std::uint64_t at_;
};

}  // namespace

class RegistryFiles::Incoming : public registry::server::IncomingBlob {
 public:
  Incoming(RegistryFiles& store, std::string name, UniqueFd file) : store_(store), name_(std::move(name)), file_(std::move(file)), hash_(store.hasher_.sha256()) {}
  ~Incoming() override {
    if (!name_.empty()) ::unlinkat(store_.blobs_.get(), name_.c_str(), 0);
  }

  Result<void> write(std::string_view bytes) override {
    if (!hex_.empty()) return make_error(ErrorKind::Internal, "blob.finished", "write blob", "", "it is sealed");
    TRY(write_all(file_.get(), bytes, "blob"));
    TRY(hash_->write(bytes));
    size_ += bytes.size();
    return success();
  }
  std::uint64_t size() const override { return size_; }

  Result<Digest> seal() override {
    if (hex_.empty()) {
      if (store_.durability_ == Durability::Power && ::fdatasync(file_.get()) != 0) return system_error("sync", "blob", errno);
      hex_ = hash_->finish_hex();
    }
    return Digest(std::string(kAlgorithm) + hex_);
  }

  Result<void> keep() override {
    if (hex_.empty() || name_.empty()) return make_error(ErrorKind::Internal, "blob.finished", "keep blob", "", "it is not sealed, or kept already");
    if (::renameat(store_.blobs_.get(), name_.c_str(), store_.sha256_.get(), hex_.c_str()) != 0) return system_error("keep blob", hex_, errno);
    name_.clear();
    if (store_.durability_ == Durability::Power && ::fsync(store_.sha256_.get()) != 0) return system_error("sync directory of blob", hex_, errno);
    return success();
  }

  Result<size_t> read_at(std::uint64_t offset, std::span<char> buffer) override { return RegionSource::read_region(file_.get(), offset, buffer); }

 private:
  RegistryFiles& store_;
  std::string name_;  // empty once kept
  UniqueFd file_;
  std::unique_ptr<engine::HashStream> hash_;
  std::uint64_t size_ = 0;
  std::string hex_;  // empty until sealed
};

Result<std::unique_ptr<RegistryFiles>> RegistryFiles::open(const std::string& root, engine::Hasher& hasher, Durability durability) {
  TRY(make_directories(root + "/blobs/sha256", 0700));
  UniqueFd root_fd = TRY(open_directory(root)), blobs = TRY(open_directory(root + "/blobs")), sha256 = TRY(open_directory(root + "/blobs/sha256"));
  const auto names = TRY(names_in(blobs.get(), root));
  for (const auto& name : names)
    if (name.starts_with(kTemporary)) TRY(remove_tree(blobs.get(), name));
  if (!TRY(stat_at(root_fd.get(), "oci-layout"))) TRY(replace_file_at(root_fd.get(), "oci-layout", image::image_layout_bytes(), durability));
  return std::unique_ptr<RegistryFiles>(new RegistryFiles(std::move(root_fd), std::move(blobs), std::move(sha256), hasher, durability));
}

Result<std::unique_ptr<registry::server::IncomingBlob>> RegistryFiles::create() {
  std::string name = std::string(kTemporary) + std::to_string(next_++);
  UniqueFd file(::openat(blobs_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return system_error("create blob", name, errno);
  return std::unique_ptr<registry::server::IncomingBlob>(std::make_unique<Incoming>(*this, std::move(name), std::move(file)));
}

Result<registry::server::StoredBlob> RegistryFiles::open(const Digest& digest, std::uint64_t offset) {
  const std::string name = file_of(digest);
  const auto absent = [&] { return make_error(ErrorKind::NotFound, "blob.not-found", "open blob", digest.str().substr(0, 100), "no such blob is kept"); };
  if (name.empty()) return absent();
  auto file = std::make_shared<UniqueFd>(::openat(sha256_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!*file && errno == ENOENT) return absent();
  struct stat st {};
  if (!*file || ::fstat(file->get(), &st) != 0) return system_error("open blob", digest.str(), errno);
  return registry::server::StoredBlob{std::make_unique<RegionSource>(file, offset), file, static_cast<std::uint64_t>(st.st_size)};
}

std::optional<std::uint64_t> RegistryFiles::size(const Digest& digest) {
  const std::string name = file_of(digest);
  struct stat st {};
  if (name.empty() || ::fstatat(sha256_.get(), name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  return static_cast<std::uint64_t>(st.st_size);
}

Result<void> RegistryFiles::remove(const Digest& digest) {
  const std::string name = file_of(digest);
  if (name.empty() || ::unlinkat(sha256_.get(), name.c_str(), 0) == 0 || errno == ENOENT) return success();
  return system_error("remove blob", digest.str(), errno);
}

Result<std::vector<Digest>> RegistryFiles::list() {
  std::vector<Digest> digests;
  const auto names = TRY(names_in(sha256_.get(), "blobs/sha256"));
  for (const auto& name : names)
    if (Digest digest(std::string(kAlgorithm) + name); !file_of(digest).empty()) digests.push_back(std::move(digest));
  return digests;
}

Result<void> RegistryFiles::set_index(std::string_view json) { return replace_file_at(root_.get(), "index.json", json, durability_); }

}  // namespace strates::linux_world
