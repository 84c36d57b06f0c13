#include "adapters/gzip_compressor.hpp"

#include <isa-l/igzip_lib.h>

#include <vector>

namespace strates::adapters {

namespace {

constexpr size_t kInput = 512 << 10;

class Gzipped final : public ByteSource {
 public:
  explicit Gzipped(ByteSource& from) : from_(from), input_(kInput), level_(ISAL_DEF_LVL1_DEFAULT) {
    isal_deflate_init(&stream_);  // leaves the input and the output as they are
    stream_.next_in = nullptr;
    stream_.avail_in = 0;
    stream_.level = 1;
    stream_.level_buf = level_.data();
    stream_.level_buf_size = static_cast<std::uint32_t>(level_.size());
    stream_.gzip_flag = IGZIP_GZIP;
    stream_.flush = NO_FLUSH;
  }

  Result<size_t> read(std::span<char> buffer) override {
    if (buffer.empty()) return size_t{0};
    stream_.next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
    stream_.avail_out = static_cast<std::uint32_t>(std::min<size_t>(buffer.size(), 1u << 30));
    const std::uint32_t room = stream_.avail_out;
    while (stream_.avail_out == room && stream_.internal_state.state != ZSTATE_END) {
      if (stream_.avail_in == 0 && stream_.end_of_stream == 0) TRY(fill());
      if (isal_deflate(&stream_) != COMP_OK) return make_error(ErrorKind::Internal, "gzip.failed", "compress", "", "igzip refuses its input");
    }
    return size_t{room - stream_.avail_out};
  }

 private:
  // A whole piece each time, whatever the source's own pieces are.
  Result<void> fill() {
    size_t have = 0;
    while (have < input_.size()) {
      const size_t got = TRY(from_.read({input_.data() + have, input_.size() - have}));
      if (got == 0) {
        stream_.end_of_stream = 1;
        break;
      }
      have += got;
    }
    stream_.next_in = reinterpret_cast<std::uint8_t*>(input_.data());
    stream_.avail_in = static_cast<std::uint32_t>(have);
    return success();
  }

  ByteSource& from_;
  std::vector<char> input_;
  std::vector<std::uint8_t> level_;
  isal_zstream stream_;
};

}  // namespace

std::unique_ptr<ByteSource> IgzipCompressor::gzip(ByteSource& from) { return std::make_unique<Gzipped>(from); }

}  // namespace strates::adapters
