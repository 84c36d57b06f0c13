// A request's body that is read while it comes: once, by the handler, on its connection's thread.
#pragma once

#include <memory>

#include "http/server.hpp"
#include "http/server/body_source.hpp"

namespace strates::http {

class LiveBody : public Spool {
 public:
  LiveBody(std::shared_ptr<Socket> socket, const RequestHead& head, const ServerOptions& options);

  // The second time, and once the handler has answered: code http.body-read. Errors of reading: those of BodySource.
  Result<std::unique_ptr<ByteSource>> open() override;
  // What the client announced; 0 when it did not say (chunked).
  std::uint64_t size() const override { return announced_; }

  // --- for the connection
  // The handler is gone: whatever it kept of this reads nothing more.
  void leave();
  bool finished() const;
  // Reads what is left when that is at most `most` bytes and the client was told to send it. False: it is still to come.
  bool skip(std::uint64_t most);

 private:
  class Reader;
  struct State;
  std::shared_ptr<State> state_;
  std::uint64_t announced_;
  bool opened_ = false;
};

}  // namespace strates::http
