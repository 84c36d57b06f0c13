#include "adapters/gzip_source.hpp"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <vector>

namespace strates::adapters {

namespace {

constexpr size_t kInput = 256 << 10;

class Gunzipped final : public ByteSource {
 public:
  Gunzipped(ByteSource& from, std::string head) : from_(from), input_(std::move(head)) {
    isal_inflate_init(&state_);
    state_.crc_flag = ISAL_GZIP;
    offer();
  }

  Result<size_t> read(std::span<char> buffer) override {
    if (ended_ || buffer.empty()) return size_t{0};
    state_.next_out = reinterpret_cast<std::uint8_t*>(buffer.data());
    const auto room = static_cast<std::uint32_t>(std::min<size_t>(buffer.size(), 1u << 30));
    state_.avail_out = room;
    while (state_.avail_out == room && !ended_) {
      if (state_.block_state == ISAL_BLOCK_FINISH) {
        TRY(next_member());
        continue;
      }
      // Output that found no room is inside still: it needs no input.
      if (state_.avail_in == 0 && !full_ && !TRY(fill()))
        return make_error(ErrorKind::Invalid, "archive.truncated", "decompress", "", "the gzip stream ends too early", "send the archive again: its end is missing");
      const std::uint32_t in_before = state_.avail_in, out_before = state_.avail_out;
      if (const int status = isal_inflate(&state_); status < 0)
        return make_error(ErrorKind::Invalid, "archive.format", "decompress", "", status == ISAL_INCORRECT_CHECKSUM ? "the gzip checksum is wrong" : "not a gzip stream");
      full_ = state_.avail_out == 0 && state_.block_state != ISAL_BLOCK_FINISH;
      if (state_.avail_in == in_before && state_.avail_out == out_before && state_.avail_in > 0 && state_.block_state != ISAL_BLOCK_FINISH)
        return make_error(ErrorKind::Invalid, "archive.format", "decompress", "", "the gzip stream makes no progress");
    }
    return size_t{room - state_.avail_out};
  }

 private:
  void offer() {
    state_.next_in = reinterpret_cast<std::uint8_t*>(input_.data());
    state_.avail_in = static_cast<std::uint32_t>(input_.size());
  }

  // False: there is no more.
  Result<bool> fill() {
    input_.resize(kInput);
    const size_t got = TRY(from_.read(input_));
    input_.resize(got);
    offer();
    return got > 0;
  }

  Result<void> next_member() {
    if (state_.avail_in == 0 && !TRY(fill())) {
      ended_ = true;
      return success();
    }
    // What is no member any more (zeros that fill a tape's block) ends the stream. It is read all the same: whoever hashes the source wants its end.
    if (*state_.next_in != 0x1f) {
      while (TRY(fill())) continue;
      ended_ = true;
      return success();
    }
    isal_inflate_reset(&state_);
    state_.crc_flag = ISAL_GZIP;
    full_ = false;
    return success();
  }

  ByteSource& from_;
  std::string input_;
  inflate_state state_;
  bool ended_ = false, full_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> gunzip(ByteSource& from, std::string head) { return std::make_unique<Gunzipped>(from, std::move(head)); }

}  // namespace strates::adapters
