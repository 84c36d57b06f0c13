#include "adapters/decompressor.hpp"

#include <archive_entry.h>

#include <algorithm>
#include <cstring>

#include "adapters/gzip_source.hpp"
#include "adapters/libarchive_handle.hpp"

namespace strates::adapters {

namespace {

// What was read to see what it is, and then the rest.
class Prefixed : public ByteSource {
 public:
  Prefixed(std::string head, ByteSource& rest) : head_(std::move(head)), rest_(rest) {}
  Result<size_t> read(std::span<char> buffer) override {
    if (at_ == head_.size()) return rest_.read(buffer);
    const size_t count = std::min(buffer.size(), head_.size() - at_);
    std::memcpy(buffer.data(), head_.data() + at_, count);
    at_ += count;
    return count;
  }

 private:
  std::string head_;
  size_t at_ = 0;
  ByteSource& rest_;
};

class Decompressed : public ByteSource {
 public:
  Decompressed(std::string head, ByteSource& rest) : from_(std::move(head), rest), handle_(from_, ArchiveHandle::Format::Raw) {}

  Result<void> open() {
    TRY(handle_.open());
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(handle_.get(), &entry);
    if (status == ARCHIVE_EOF) ended_ = true;
    else if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return handle_.error("decompress");
    return success();
  }

  Result<size_t> read(std::span<char> buffer) override {
    if (ended_ || buffer.empty()) return size_t{0};
    const la_ssize_t got = archive_read_data(handle_.get(), buffer.data(), buffer.size());
    if (got < 0) return handle_.error("decompress");
    if (got == 0) ended_ = true;
    return static_cast<size_t>(got);
  }

 private:
  Prefixed from_;
  ArchiveHandle handle_;
  bool ended_ = false;
};

// A kilobyte can unpack to a disk full: no layer is as large as this.
class Capped final : public ByteSource {
 public:
  Capped(std::unique_ptr<ByteSource> from, std::uint64_t most) : from_(std::move(from)), left_(most) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(from_->read(buffer));
    if (got > left_) return make_error(ErrorKind::Invalid, "archive.size", "decompress", "", "the archive unpacks to more than a layer may hold", "split it into several layers");
    left_ -= got;
    return got;
  }

 private:
  std::unique_ptr<ByteSource> from_;
  std::uint64_t left_;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_decompressed(ByteSource& from) { return open_decompressed_up_to(from, kMostUnpacked); }

Result<std::unique_ptr<ByteSource>> open_decompressed_up_to(ByteSource& from, std::uint64_t most) {
  std::string head(3, '\0');
  size_t have = 0;
  while (have < head.size()) {
    const size_t got = TRY(from.read({head.data() + have, head.size() - have}));
    if (got == 0) break;
    have += got;
  }
  head.resize(have);
  if (head == "\x1f\x8b\x08") return std::unique_ptr<ByteSource>(std::make_unique<Capped>(gunzip(from, std::move(head)), most));
  auto source = std::make_unique<Decompressed>(std::move(head), from);
  TRY(source->open());
  return std::unique_ptr<ByteSource>(std::make_unique<Capped>(std::move(source), most));
}

}  // namespace strates::adapters
