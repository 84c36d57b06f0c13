#include "linux/storage/oci_blobs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/strings.hpp"

namespace strates::linux_world {

namespace {

constexpr std::string_view kAlgorithm = "sha256:";
constexpr std::string_view kTemporary = "tmp-";
constexpr std::string_view kLayout = R"({"imageLayoutVersion":"1.0.0"})";
constexpr std::string_view kEmptyIndex = R"({"schemaVersion":2,"manifests":[]})";

// The file's name; digests of other algorithms and malformed ones are in no store.
Result<std::string> file_of(const Digest& digest) {
  const std::string_view text = digest.str();
  if (!text.starts_with(kAlgorithm) || text.size() != kAlgorithm.size() + 64 || !is_hex(text.substr(kAlgorithm.size())) || to_lower(text) != text)
    return make_error(ErrorKind::Invalid, "blob.digest", "look up blob", text.substr(0, 100), "not a sha256 digest");
  return std::string(text.substr(kAlgorithm.size()));
}

Error not_found(const Digest& digest) {
  return make_error(ErrorKind::NotFound, "blob.not-found", "look up blob", digest.str(), "no such blob is kept");
}

}  // namespace

class OciBlobs::Writer : public engine::BlobWriter {
 public:
  Writer(OciBlobs& store, std::string name, UniqueFd file)
      : store_(store), name_(std::move(name)), file_(std::move(file)), hash_(store.hasher_.sha256()) {}
  ~Writer() override {
    if (!name_.empty()) ::unlinkat(store_.blobs_.get(), name_.c_str(), 0);
  }

  Result<void> write(std::string_view bytes) override {
    if (name_.empty()) return make_error(ErrorKind::Internal, "blob.finished", "write blob", "", "it is finished");
    TRY(hash_->write(bytes));
    // A tar comes in headers and paddings of 512 bytes: they are gathered, large pieces go straight through.
    if (pending_.size() + bytes.size() > kGathered) TRY(flush());
    if (bytes.size() >= kGathered) return write_all(file_.get(), bytes, "blob " + name_);
    pending_.append(bytes);
    return success();
  }

  Result<Digest> finish() override {
    if (name_.empty()) return make_error(ErrorKind::Internal, "blob.finished", "finish blob", "", "finished twice");
    TRY(flush());
    const std::string hex = hash_->finish_hex();
    if (store_.durability_ == Durability::Power && ::fdatasync(file_.get()) != 0) return system_error("sync blob", hex, errno);
    file_.reset();
    if (::renameat(store_.blobs_.get(), name_.c_str(), store_.sha256_.get(), hex.c_str()) != 0) return system_error("keep blob", hex, errno);
    name_.clear();
    if (store_.durability_ == Durability::Power && ::fsync(store_.sha256_.get()) != 0) return system_error("sync directory of blob", hex, errno);
    return Digest(std::string(kAlgorithm) + hex);
  }

 private:
  static constexpr size_t kGathered = 256 << 10;

  Result<void> flush() {
    TRY(write_all(file_.get(), pending_, "blob " + name_));
    pending_.clear();
    return success();
  }

  OciBlobs& store_;
  std::string name_;  // empty once kept
  UniqueFd file_;
  std::string pending_;
  std::unique_ptr<engine::HashStream> hash_;
};

Result<std::unique_ptr<OciBlobs>> OciBlobs::open(const std::string& root, engine::Hasher& hasher, Durability durability) {
  TRY(make_directories(root + "/blobs/sha256", 0700));
  UniqueFd root_fd = TRY(open_directory(root)), blobs = TRY(open_directory(root + "/blobs")), sha256 = TRY(open_directory(root + "/blobs/sha256"));
  for (const auto& name : TRY(names_in(blobs.get(), root)))
    if (name.starts_with(kTemporary)) TRY(remove_tree(blobs.get(), name));
  if (!TRY(stat_at(root_fd.get(), "oci-layout"))) TRY(replace_file_at(root_fd.get(), "oci-layout", kLayout, durability));
  if (!TRY(stat_at(root_fd.get(), "index.json"))) TRY(replace_file_at(root_fd.get(), "index.json", kEmptyIndex, durability));
  return std::unique_ptr<OciBlobs>(new OciBlobs(std::move(root_fd), std::move(blobs), std::move(sha256), hasher, durability));
}

Result<std::unique_ptr<engine::BlobWriter>> OciBlobs::create() {
  std::string name = std::string(kTemporary) + std::to_string(next_++);
  UniqueFd file(::openat(blobs_.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) return system_error("create blob", name, errno);
  return std::unique_ptr<engine::BlobWriter>(std::make_unique<Writer>(*this, std::move(name), std::move(file)));
}

Result<Digest> OciBlobs::put(std::string_view bytes) {
  const Digest digest(std::string(kAlgorithm) + hasher_.sha256_hex(bytes));
  if (has(digest)) return digest;
  auto writer = TRY(create());
  TRY(writer->write(bytes));
  return writer->finish();
}

Result<std::unique_ptr<ByteSource>> OciBlobs::open(const Digest& digest) {
  const std::string name = TRY(file_of(digest));
  auto file = std::make_shared<UniqueFd>(::openat(sha256_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!*file && errno == ENOENT) return not_found(digest);
  if (!*file) return system_error("open blob", digest.str(), errno);
  return std::unique_ptr<ByteSource>(std::make_unique<FileSource>(std::move(file), digest.str()));
}

Result<std::string> OciBlobs::read(const Digest& digest, std::uint64_t limit) {
  auto source = TRY(open(digest));
  return read_all(*source, limit);
}

bool OciBlobs::has(const Digest& digest) {
  const auto name = file_of(digest);
  return name.ok() && ::faccessat(sha256_.get(), name.value().c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<std::uint64_t> OciBlobs::size(const Digest& digest) {
  const auto st = TRY(stat_at(sha256_.get(), TRY(file_of(digest))));
  if (!st) return not_found(digest);
  return static_cast<std::uint64_t>(st->st_size);
}

Result<void> OciBlobs::remove(const Digest& digest) {
  if (::unlinkat(sha256_.get(), TRY(file_of(digest)).c_str(), 0) == 0) return success();
  if (errno == ENOENT) return not_found(digest);
  return system_error("remove blob", digest.str(), errno);
}

Result<std::vector<Digest>> OciBlobs::list() {
  std::vector<Digest> digests;
  for (const auto& name : TRY(names_in(sha256_.get(), "blobs/sha256"))) {
    const Digest digest(std::string(kAlgorithm) + name);
    if (file_of(digest).ok()) digests.push_back(digest);
  }
  return digests;
}

Result<void> OciBlobs::set_index(std::string_view json) { return replace_file_at(root_.get(), "index.json", json, durability_); }

Result<void> OciBlobs::verify(const Digest& digest) {
  auto source = TRY(open(digest));
  auto hash = hasher_.sha256();
  TRY(copy_stream(*source, *hash));
  const std::string found = std::string(kAlgorithm) + hash->finish_hex();
  if (found != digest.str())
    return make_error(ErrorKind::Internal, "blob.corrupt", "verify blob", digest.str(), "its bytes have digest " + found, "remove the image and pull it again");
  return success();
}

}  // namespace strates::linux_world
