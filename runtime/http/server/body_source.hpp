// A request's body as a stream: by length or chunked (RFC 9112, 7.1), always bounded.
#pragma once

#include "base/stream.hpp"
#include "http/server/request_head.hpp"
#include "http/server/socket.hpp"

namespace strates::http {

class BodySource : public ByteSource {
 public:
  BodySource(Socket& socket, const RequestHead& head, std::uint64_t limit, Milliseconds idle);
  // codes http.framing, http.timeout, http.too-large, http.cut-short
  Result<size_t> read(std::span<char> buffer) override;
  // The body was read to its end: another request may follow on this connection.
  bool finished() const { return finished_; }

 private:
  Result<void> next_chunk();
  Result<void> skip_trailers();

  Socket& socket_;
  bool chunked_;
  std::uint64_t limit_;
  Milliseconds idle_;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  std::uint64_t total_ = 0;
  bool first_chunk_ = true;
  bool finished_ = false;
};

}  // namespace strates::http
