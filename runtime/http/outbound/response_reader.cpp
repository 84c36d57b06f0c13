#include "http/outbound/response_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/strings.hpp"

namespace strates::http {

namespace {

constexpr size_t kBuffer = 256 << 10, kMaxHead = 64 << 10, kMaxHeaders = 128, kMaxChunkLine = 1 << 10, kMaxTrailer = 16 << 10;
constexpr int kMostInterim = 5;  // Go's own bound

Error protocol(std::string words) { return docker_error(ErrorKind::Unavailable, "fetch.protocol", std::move(words)); }

bool has_token(const HttpHeaders& headers, std::string_view name, std::string_view token) {
  for (const auto& [key, value] : headers) {
    if (!equal_ignoring_case(key, name)) continue;
    for (const auto& part : split(value, ','))
      if (equal_ignoring_case(trim(part), token)) return true;
  }
  return false;
}

template <typename T>
bool parse_number(std::string_view text, T& out, int base = 10) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return !text.empty() && failed == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<bool> ResponseReader::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const size_t had = buffer_.size();
  buffer_.resize(had + kBuffer / 4);
  auto got = connection_.read({buffer_.data() + had, buffer_.size() - had}, patience_);
  buffer_.resize(had + (got.ok() ? got.value() : 0));
  if (!got.ok()) return std::move(got).error();
  return got.value() > 0;
}

Result<std::string> ResponseReader::line(size_t limit, bool* empty) {
  for (;;) {
    const size_t end = buffer_.find('\n', at_);
    if (end != std::string::npos && end - at_ <= limit) {
      std::string out = buffer_.substr(at_, end - at_);
      at_ = end + 1;
      if (out.ends_with('\r')) out.pop_back();
      return out;
    }
    if (buffer_.size() - at_ > limit) return protocol("net/http: server response headers exceeded " + std::to_string(limit) + " bytes; aborted");
    const bool nothing = buffer_.size() == at_;
    auto more = fill();
    if (!more.ok()) {
      if (empty != nullptr) *empty = nothing && more.error().code == "fetch.truncated";
      return std::move(more).error();
    }
    if (more.value()) continue;
    if (empty != nullptr) *empty = nothing;
    return docker_error(ErrorKind::Unavailable, "fetch.truncated", nothing ? "EOF" : "unexpected EOF");
  }
}

Result<FetchResponse> ResponseReader::head(std::string_view method, bool& empty) {
  size_t bytes = 0;  // of the interim answers too
  for (int interim = 0;;) {
    const std::string first = TRY(line(kMaxHead, &empty));
    bytes += first.size();
    FetchResponse out;
    const bool old = first.starts_with("HTTP/1.0 ");
    if ((!old && !first.starts_with("HTTP/1.1 ")) || first.size() < 12 || !parse_number(std::string_view(first).substr(9, 3), out.status) || out.status < 100)
      return protocol("net/http: HTTP/1.x transport connection broken: malformed HTTP response " + go_quote(first.substr(0, 80)));
    out.reason = first.size() > 13 ? first.substr(13) : "";
    for (;;) {
      const std::string field = TRY(line(kMaxHead));
      if (field.empty()) break;
      bytes += field.size();
      const size_t colon = field.find(':');
      if (colon == std::string::npos || colon == 0 || field.front() == ' ' || field.front() == '\t')
        return protocol("net/http: HTTP/1.x transport connection broken: malformed MIME header line: " + field.substr(0, 80));
      if (bytes > kMaxHead || out.headers.size() >= kMaxHeaders) return protocol("net/http: server response headers exceeded " + std::to_string(kMaxHead) + " bytes; aborted");
      out.headers.emplace_back(field.substr(0, colon), std::string(trim(std::string_view(field).substr(colon + 1))));
    }
    if (out.status < 200 && out.status != 101) {
      if (++interim > kMostInterim) return protocol("net/http: too many 1xx informational responses");
      // They may all be in the buffer: nothing else would ask before the next wait.
      if (patience_.cancelled && patience_.cancelled()) return docker_error(ErrorKind::Conflict, "fetch.cancelled", "context canceled");
      continue;
    }
    keep_alive_ = old ? has_token(out.headers, "Connection", "keep-alive") : !has_token(out.headers, "Connection", "close");
    if (method == "HEAD" || out.status == 204 || out.status == 304) return out;
    std::optional<std::string> length;
    for (const auto& [name, value] : out.headers) {
      if (!equal_ignoring_case(name, "Content-Length")) continue;
      if (length && *length != value) return protocol("http: message cannot contain multiple Content-Length headers");
      length = value;
    }
    if (const auto coding = http_header(out.headers, "Transfer-Encoding")) {
      if (!equal_ignoring_case(*coding, "chunked")) return protocol("net/http: HTTP/1.x transport connection broken: unsupported transfer encoding: " + go_quote(*coding));
      framing_ = Framing::Chunks;
    } else if (length) {
      if (!parse_number(*length, left_)) return protocol("net/http: HTTP/1.x transport connection broken: bad Content-Length " + go_quote(*length));
      framing_ = Framing::Length;
    } else {
      framing_ = Framing::ToEnd;
    }
    return out;
  }
}

// At most what is there: from the buffer first, then straight from the connection.
Result<size_t> ResponseReader::raw(std::span<char> buffer) {
  if (at_ < buffer_.size()) {
    const size_t count = std::min(buffer.size(), buffer_.size() - at_);
    std::memcpy(buffer.data(), buffer_.data() + at_, count);
    at_ += count;
    return count;
  }
  return connection_.read(buffer, patience_);
}

Result<void> ResponseReader::next_chunk() {
  if (!first_chunk_ && !TRY(line(kMaxChunkLine)).empty()) return protocol("malformed chunked encoding");
  first_chunk_ = false;
  std::string size = TRY(line(kMaxChunkLine));
  size = std::string(trim(std::string_view(size).substr(0, size.find(';'))));
  if (!parse_number(size, left_, 16)) return protocol("invalid byte in chunk length");
  if (left_ > 0) return success();
  for (size_t seen = 0;;) {
    const std::string trailer = TRY(line(kMaxTrailer));
    if (trailer.empty()) break;
    if ((seen += trailer.size()) > kMaxTrailer) return protocol("net/http: trailer too large");
  }
  chunks_ended_ = true;
  return success();
}

Result<size_t> ResponseReader::body(std::span<char> buffer) {
  if (buffer.empty() || ended()) return size_t{0};
  if (framing_ == Framing::Chunks && left_ == 0) {
    TRY(next_chunk());
    if (chunks_ended_) return size_t{0};
  }
  if (framing_ != Framing::ToEnd) buffer = buffer.first(static_cast<size_t>(std::min<std::uint64_t>(buffer.size(), left_)));
  const size_t got = TRY(raw(buffer));
  if (framing_ == Framing::ToEnd) return got;
  if (got == 0) return docker_error(ErrorKind::Unavailable, "fetch.truncated", "unexpected EOF");
  left_ -= got;
  return got;
}

}  // namespace strates::http
