#include "sim/sim_blobs.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace strates::sim {

class SimBlobs::Writer : public engine::BlobWriter {
 public:
  explicit Writer(SimBlobs& store) : store_(store) {}
  Result<void> write(std::string_view bytes) override {
    if (finished_) return make_error(ErrorKind::Internal, "blob.finished", "write blob", "", "it is finished");
    bytes_ += bytes;
    return success();
  }
  Result<Digest> finish() override {
    if (finished_) return make_error(ErrorKind::Internal, "blob.finished", "finish blob", "", "finished twice");
    finished_ = true;
    const Digest digest("sha256:" + store_.hasher_.sha256_hex(bytes_));
    store_.state_.blobs.put(digest.str(), make_ref<Content>(std::move(bytes_)));
    return digest;
  }

 private:
  SimBlobs& store_;
  std::string bytes_;
  bool finished_ = false;
};

class SimBlobs::Reader : public ByteSource {
 public:
  explicit Reader(Ref<Content> blob) : blob_(std::move(blob)) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t count = std::min(buffer.size(), blob_->bytes.size() - at_);
    std::copy_n(blob_->bytes.data() + at_, count, buffer.data());
    at_ += count;
    return count;
  }

 private:
  Ref<Content> blob_;
  size_t at_ = 0;
};

Result<Ref<Content>> SimBlobs::find(const Digest& digest) const {
  const std::string& text = digest.str();
  if (!text.starts_with("sha256:") || text.size() != 71 || !is_hex(std::string_view(text).substr(7)))
    return make_error(ErrorKind::Invalid, "blob.digest", "look up blob", text.substr(0, 100), "not a sha256 digest");
  const Ref<Content>* blob = state_.blobs.find(text);
  if (blob == nullptr) return make_error(ErrorKind::NotFound, "blob.not-found", "look up blob", text, "no such blob is kept");
  return *blob;
}

Result<std::unique_ptr<engine::BlobWriter>> SimBlobs::create() { return std::unique_ptr<engine::BlobWriter>(std::make_unique<Writer>(*this)); }

Result<Digest> SimBlobs::put(std::string_view bytes) {
  Writer writer(*this);
  TRY(writer.write(bytes));
  return writer.finish();
}

Result<std::unique_ptr<ByteSource>> SimBlobs::open(const Digest& digest) {
  return std::unique_ptr<ByteSource>(std::make_unique<Reader>(TRY(find(digest))));
}

Result<std::string> SimBlobs::read(const Digest& digest, std::uint64_t limit) {
  const Ref<Content> blob = TRY(find(digest));
  if (blob->bytes.size() > limit)
    return make_error(ErrorKind::Invalid, "stream.too-large", "read blob", digest.str(), "more than " + std::to_string(limit) + " bytes");
  return blob->bytes;
}

bool SimBlobs::has(const Digest& digest) { return find(digest).ok(); }

Result<std::uint64_t> SimBlobs::size(const Digest& digest) { return std::uint64_t{TRY(find(digest))->bytes.size()}; }

Result<void> SimBlobs::remove(const Digest& digest) {
  TRY(find(digest));
  state_.blobs.erase(digest.str());
  return success();
}

Result<std::vector<Digest>> SimBlobs::list() {
  std::vector<Digest> list;
  state_.blobs.for_each([&list](const std::string& digest, const Ref<Content>&) { list.emplace_back(digest); });
  return list;
}

Result<void> SimBlobs::set_index(std::string_view json) {
  state_.index = make_ref<Content>(std::string(json));
  return success();
}

}  // namespace strates::sim
