// The way out of a streaming connection: what handlers send from any thread, kept in a bounded buffer until the client takes it.
//
// Whoever sends also writes to the socket, as far as the kernel takes it; the connection's thread writes the rest. A sender waits while the buffer
// is full; a client that takes nothing for too long is cut off.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "base/http.hpp"
#include "http/server/socket.hpp"

namespace strates::http {

struct OutgoingLimits {
  size_t buffer = 0;
  Milliseconds slow_reader{0};  // for threads of the engine
  Milliseconds own_thread{0};   // for the connection's own thread: nobody else waits for it
};

enum class Encoding { Chunked, Raw };
enum class Lazy { No, Yes };

class Outgoing {
 public:
  enum class End { Complete, Broken, Replaced, Gone };

  static Result<std::shared_ptr<Outgoing>> create(std::shared_ptr<Socket> socket, Encoding encoding, OutgoingLimits limits);
  // The head leaves now, or with the first bytes.
  void begin(std::string head, Lazy lazy);

  // --- for handlers, any thread
  bool send(std::string_view bytes);
  void end();
  void abort();
  bool replace(HttpResponse response);
  void on_gone(std::function<void()> callback);
  bool gone();
  size_t pending();
  void receive(std::function<void(std::string_view)> on_data, std::function<void()> on_eof);

  // --- for the connection's thread
  // Writes what is left and watches the client until the stream has ended or the client is gone. Raw: reads the client's bytes meanwhile.
  End pump();
  std::optional<HttpResponse> take_replacement();

 private:
  Outgoing(std::shared_ptr<Socket> socket, UniqueFd wake, Encoding encoding, OutgoingLimits limits);
  void append(std::string_view bytes);
  void flush();  // locked
  void wake();
  bool closed() const { return gone_ || ended_; }
  size_t waiting() const { return buffer_.size() - sent_; }
  void read_client();
  bool client_left() const;

  const std::shared_ptr<Socket> socket_;
  const UniqueFd wake_;
  const Encoding encoding_;
  const OutgoingLimits limits_;
  const std::thread::id owner_;

  std::mutex mutex_;
  std::string buffer_;
  size_t sent_ = 0;
  std::optional<std::string> held_head_;
  std::optional<HttpResponse> replacement_;
  bool ended_ = false, aborted_ = false, gone_ = false, over_ = false;
  std::function<void()> on_gone_;
  std::function<void(std::string_view)> on_data_;
  std::function<void()> on_eof_;
};

// What the handler holds. Dropped without `end`: the stream is broken off.
std::shared_ptr<HttpChannel> make_channel(std::shared_ptr<Outgoing> outgoing);
std::shared_ptr<HttpDuplex> make_duplex(std::shared_ptr<Outgoing> outgoing);

}  // namespace strates::http
