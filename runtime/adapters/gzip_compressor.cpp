#include "adapters/gzip_compressor.hpp"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

namespace strates::adapters {

namespace {

constexpr size_t kPiece = 512 << 10;  // what does not shrink grows by some bytes a block: an eighth more is room enough
constexpr size_t kMostStored = 65535;  // RFC 1951, 3.2.4: the length of a stored block has sixteen bits
constexpr std::string_view kHeader("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff", 10);  // RFC 1952: deflate, no flags, no time, no file system
constexpr std::string_view kLastBlock("\x01\x00\x00\xff\xff", 5);                          // stored, empty, the last

std::string little_endian(std::uint32_t value, size_t bytes) {
  std::string out;
  for (size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

// A deflate stream in pieces that know nothing of each other (a full flush after each), so that one which does not shrink is copied in stored blocks.
class Gzipped final : public ByteSource {
 public:
  explicit Gzipped(ByteSource& from) : from_(from), input_(kPiece), level_(ISAL_DEF_LVL1_DEFAULT), trial_level_(ISAL_DEF_LVL1_MIN), packed_(kPiece + kPiece / 8), pending_(kHeader) {
    isal_deflate_init(&stream_);
    stream_.level = 1;
    stream_.level_buf = level_.data();
    stream_.level_buf_size = static_cast<std::uint32_t>(level_.size());
    stream_.gzip_flag = IGZIP_DEFLATE;
    stream_.flush = FULL_FLUSH;
    stream_.end_of_stream = 0;
  }

  Result<size_t> read(std::span<char> buffer) override {
    size_t done = 0;
    while (done < buffer.size()) {
      const std::span<char> room = buffer.subspan(done);
      if (!pending_.empty()) {
        const size_t count = std::min(room.size(), pending_.size());
        std::memcpy(room.data(), pending_.data(), count);
        pending_.erase(0, count);
        done += count;
      } else if (state_ == State::Between) {
        TRY(next_piece());
      } else if (state_ == State::Stored) {
        done += stored(room);
      } else if (state_ == State::Deflated) {
        done += deflated(room);
      } else {
        break;
      }
    }
    return done;
  }

 private:
  enum class State { Between, Stored, Deflated, Ended };

  // A whole piece each time, whatever the source's own pieces are: the same bytes give the same stream.
  Result<void> next_piece() {
    have_ = at_ = 0;
    while (have_ < input_.size()) {
      const size_t got = TRY(from_.read({input_.data() + have_, input_.size() - have_}));
      if (got == 0) break;
      have_ += got;
    }
    if (have_ == 0) {
      pending_ = std::string(kLastBlock) + little_endian(crc_, 4) + little_endian(size_, 4);
      state_ = State::Ended;
      return success();
    }
    crc_ = crc32_gzip_refl(crc_, bytes(0), have_);
    size_ += static_cast<std::uint32_t>(have_);  // RFC 1952: modulo 2^32
    if (shrinks()) {
      TRY(deflate());
      state_ = State::Deflated;
    } else {
      state_ = State::Stored;
    }
    return success();
  }

  // Whether samples of the piece do. What is compressed already, or encrypted, does not, and trying costs as much as hashing it. After some pieces that
  // did not, fewer are taken: a file of that kind is mostly long.
  bool shrinks() {
    constexpr size_t kSlices = 4, kSlice = 4 << 10, kSure = 4;
    if (have_ < kSlices * kSlice) return true;
    std::array<std::uint8_t, kSlices * kSlice> sample;
    const size_t slices = in_vain_ < kSure ? kSlices : 1;
    for (size_t i = 0; i < slices; ++i) std::memcpy(sample.data() + i * kSlice, bytes((slices == 1 ? kSlices / 2 : i) * (have_ - kSlice) / (kSlices - 1)), kSlice);
    std::array<std::uint8_t, sample.size() + 1024> out;
    isal_zstream trial;
    isal_deflate_stateless_init(&trial);
    trial.level = 1;
    trial.level_buf = trial_level_.data();
    trial.level_buf_size = static_cast<std::uint32_t>(trial_level_.size());
    trial.flush = NO_FLUSH;
    trial.end_of_stream = 1;
    trial.next_in = sample.data();
    trial.avail_in = static_cast<std::uint32_t>(slices * kSlice);
    trial.next_out = out.data();
    trial.avail_out = out.size();
    const bool fits = isal_deflate_stateless(&trial) == COMP_OK;
    const bool smaller = fits && trial.total_out < slices * kSlice / 64 * 63;
    in_vain_ = smaller ? 0 : in_vain_ + 1;
    return smaller;
  }

  size_t stored(std::span<char> room) {
    if (at_ == have_) {
      state_ = State::Between;
      return 0;
    }
    if (block_left_ == 0) {
      block_left_ = std::min(kMostStored, have_ - at_);
      const auto length = static_cast<std::uint32_t>(block_left_);
      pending_ = std::string(1, '\0') + little_endian(length, 2) + little_endian(~length & 0xffff, 2);
      return 0;
    }
    const size_t count = std::min(room.size(), block_left_);
    std::memcpy(room.data(), input_.data() + at_, count);
    at_ += count;
    block_left_ -= count;
    return count;
  }

  // All of it at once: where igzip ends its blocks depends on the room it is given, and the same bytes are to give the same stream.
  Result<void> deflate() {
    stream_.next_in = bytes(0);
    stream_.avail_in = static_cast<std::uint32_t>(have_);
    stream_.next_out = packed_.data();
    stream_.avail_out = static_cast<std::uint32_t>(packed_.size());
    if (isal_deflate(&stream_) != COMP_OK || stream_.avail_in != 0 || stream_.internal_state.state != ZSTATE_NEW_HDR)
      return make_error(ErrorKind::Internal, "gzip.failed", "compress", "", "igzip refuses its input");
    packed_end_ = packed_.size() - stream_.avail_out;
    return success();
  }

  size_t deflated(std::span<char> room) {
    const size_t count = std::min(room.size(), packed_end_ - at_);
    std::memcpy(room.data(), packed_.data() + at_, count);
    at_ += count;
    if (at_ == packed_end_) state_ = State::Between;
    return count;
  }

  std::uint8_t* bytes(size_t at) { return reinterpret_cast<std::uint8_t*>(input_.data()) + at; }

  ByteSource& from_;
  std::vector<char> input_;
  std::vector<std::uint8_t> level_, trial_level_, packed_;
  isal_zstream stream_;
  std::string pending_;
  State state_ = State::Between;
  size_t in_vain_ = 0;  // pieces in a row that did not shrink
  size_t have_ = 0, at_ = 0, block_left_ = 0, packed_end_ = 0;
  std::uint32_t crc_ = 0, size_ = 0;
};

}  // namespace

std::unique_ptr<ByteSource> IgzipCompressor::gzip(ByteSource& from) { return std::make_unique<Gzipped>(from); }

}  // namespace strates::adapters
