#include "http/server/body_source.hpp"

#include <algorithm>
#include <charconv>

#include "base/strings.hpp"

namespace strates::http {

namespace {

constexpr size_t kChunkLine = 256;
constexpr size_t kTrailerBytes = 16 * 1024;

Error body_error(std::string_view code, std::string_view why) { return make_error(ErrorKind::Invalid, code, "read a request's body", "", why); }

}  // namespace

BodySource::BodySource(Socket& socket, const RequestHead& head, std::uint64_t limit, Milliseconds idle)
    : socket_(socket), chunked_(head.chunked), limit_(limit), idle_(idle), left_(head.content_length.value_or(0)) {
  finished_ = !chunked_ && left_ == 0;
}

Result<void> BodySource::next_chunk() {
  if (!first_chunk_ && !TRY(socket_.read_line(2, idle_)).empty()) return body_error("http.framing", "a chunk longer than announced");
  first_chunk_ = false;
  const std::string line = TRY(socket_.read_line(kChunkLine, idle_));
  const std::string_view digits = std::string_view(line).substr(0, line.find(';'));
  std::uint64_t size = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
  if (digits.empty() || digits.size() > 15 || error != std::errc() || end != digits.data() + digits.size()) return body_error("http.framing", "malformed chunk size");
  total_ += size;
  if (total_ > limit_) return body_error("http.too-large", "more than " + std::to_string(limit_) + " bytes");
  left_ = size;
  if (size == 0) {
    TRY(skip_trailers());
    finished_ = true;
  }
  return {};
}

Result<void> BodySource::skip_trailers() {
  size_t bytes = 0;
  for (;;) {
    const std::string line = TRY(socket_.read_line(kTrailerBytes, idle_));
    if (line.empty()) return {};
    bytes += line.size();
    if (bytes > kTrailerBytes) return body_error("http.framing", "trailers without end");
  }
}

Result<size_t> BodySource::read(std::span<char> buffer) {
  if (finished_ || buffer.empty()) return size_t{0};
  if (chunked_ && left_ == 0) {
    TRY(next_chunk());
    if (finished_) return size_t{0};
  }
  const size_t count = TRY(socket_.read(buffer.data(), static_cast<size_t>(std::min<std::uint64_t>(buffer.size(), left_)), idle_));
  if (count == 0) return body_error("http.cut-short", "the client left in the middle");
  left_ -= count;
  if (!chunked_ && left_ == 0) finished_ = true;
  return count;
}

}  // namespace strates::http
