#include "adapters/decompressor.hpp"

#include <archive_entry.h>

#include "adapters/libarchive_handle.hpp"

namespace strates::adapters {

namespace {

class Decompressed : public ByteSource {
 public:
  explicit Decompressed(ByteSource& from) : handle_(from, ArchiveHandle::Format::Raw) {}

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
  ArchiveHandle handle_;
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_decompressed(ByteSource& from) {
  auto source = std::make_unique<Decompressed>(from);
  TRY(source->open());
  return std::unique_ptr<ByteSource>(std::move(source));
}

}  // namespace strates::adapters
