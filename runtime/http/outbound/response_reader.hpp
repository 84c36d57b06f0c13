// Reads one answer from a connection: the head, then a body by length, by chunks or to the end (RFC 9112).
#pragma once

#include <string>

#include "http/outbound/connection.hpp"

namespace strates::http {

class ResponseReader {
 public:
  ResponseReader(Connection& connection, Patience patience) : connection_(connection), patience_(std::move(patience)) {}

  // Interim answers (1xx) are passed over, five at most, which count for the head's bytes. `method` decides whether there can be a body. `empty`: not one byte came before the other side closed.
  Result<FetchResponse> head(std::string_view method, bool& empty);
  Result<size_t> body(std::span<char> buffer);
  bool ended() const { return framing_ == Framing::None || (framing_ == Framing::Length && left_ == 0) || chunks_ended_; }
  // The connection can serve another request: it ended where it should, and nothing is left over.
  bool reusable() const { return keep_alive_ && ended() && framing_ != Framing::ToEnd && at_ == buffer_.size(); }

 private:
  enum class Framing { None, Length, Chunks, ToEnd };
  Result<std::string> line(size_t limit, bool* empty = nullptr);
  Result<bool> fill();
  Result<size_t> raw(std::span<char> buffer);
  Result<void> next_chunk();

  Connection& connection_;
  Patience patience_;
  std::string buffer_;
  size_t at_ = 0;
  Framing framing_ = Framing::None;
  std::uint64_t left_ = 0;  // of the body, or of the chunk
  bool first_chunk_ = true, chunks_ended_ = false, keep_alive_ = false;
};

}  // namespace strates::http
