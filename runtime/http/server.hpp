// Serves an HttpHandler on a unix socket, on TCP ports, or on both; a port may speak TLS.
//
// Whatever a client sends is bounded before anything acts on it: head of at most 16 KiB and 64 headers within a deadline, no bare LF, no doubtful
// lengths, bodies spooled up to a limit. Framing is ours: Docker's hijacked connections, half-closes and back-pressure are what httplib lacks.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/http.hpp"
#include "engine/ports.hpp"
#include "http/tls/tls_server.hpp"

namespace strates::http {

struct TcpPort {
  std::string address;  // "127.0.0.1:5000", port 0: a free one
  std::shared_ptr<TlsServer> tls;  // null: in the clear
};

enum class RequestBody {
  Spooled,   // received whole before the handler is called: it can be read again and again
  Streamed,  // the handler reads it as it comes, once (Spool::open), and may answer without; a client that asked is told to go on at the first read
};

struct ServerOptions {
  std::string socket_path;  // empty: none
  std::vector<TcpPort> tcp;
  RequestBody request_body = RequestBody::Spooled;
  // What this server answers itself (a malformed head, too many connections); null: {"message": why}.
  HttpResponse (*refusal)(int status, std::string_view why) = nullptr;
  std::uint32_t mode = 0660;
  std::uint64_t body_limit = std::uint64_t{16} << 30;  // build contexts are large; they are spooled to disk
  int connections = 1024;  // one thread each; a client beyond that gets 503
  std::chrono::milliseconds head_deadline{10'000};  // from the first byte of a request to the end of its head
  std::chrono::milliseconds body_idle{300'000};     // without a byte of a body
  std::chrono::milliseconds idle{300'000};          // between two requests
  std::chrono::milliseconds slow_reader{20'000};    // how long a sender waits for a client that reads nothing, before it is cut off
  // Bytes a second that a client takes or brings of a body, on average, once it was waited for so long. Who sends one now and then would otherwise keep a
  // connection from others for ever. 0: any.
  std::uint64_t least_rate = 0;
  std::chrono::milliseconds rate_patience{30'000};
  size_t stream_buffer = 16 << 20;                  // bytes kept for a slow reader before a sender waits
};

class Server {
 public:
  virtual ~Server() = default;
  // Binds. codes http.socket-in-use (somebody answers there), http.socket-exists (a file that is no socket), http.path-too-long, http.address, http.port-in-use,
  // system.*
  static Result<std::unique_ptr<Server>> listen(ServerOptions options, engine::Spooler& spooler, HttpHandler handler);
  // Where it listens, the socket first, ports as they really are.
  virtual std::vector<std::string> addresses() const = 0;
  virtual void run() = 0;   // until stop; when it returns no handler is running any more
  virtual void stop() = 0;  // from any thread, and from a signal-handling thread; removes the socket
};

}  // namespace strates::http
