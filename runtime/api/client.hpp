// The typed client of the Docker Engine API and its trace: what the command line, lessons, exercises and the viewer use.
//
// Two transports: a unix socket, and in-process (tests, the simulator inside one program). Not thread-safe; a stream may be read from another thread
// than the one that uses the client.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.hpp"
#include "base/json.hpp"
#include "base/result.hpp"

namespace strates::api {

struct ClientRequest {
  std::string method = "GET";
  std::string target;  // encoded path and query: "/v1.41/containers/json?all=1"
  HttpHeaders headers;
  std::string body;
  ByteSource* body_source = nullptr;  // sent chunked, instead of body
  bool upgrade = false;               // ask for a hijack
};

// The bytes of an answer as they come, or of a hijacked connection, both ways.
class ClientStream {
 public:
  virtual ~ClientStream() = default;
  // Blocks until something is there; empty at the end.
  virtual Result<std::string> read() = 0;
  virtual Result<void> write(std::string_view bytes) = 0;  // hijacked only
  virtual void close_write() = 0;                          // half-close
  // Makes a blocked read return an end, from another thread.
  virtual void cancel() = 0;
};

struct ClientResponse {
  int status = 0;
  HttpHeaders headers;
  std::unique_ptr<ClientStream> stream;  // never null
};

class Transport {
 public:
  virtual ~Transport() = default;
  virtual Result<ClientResponse> send(const ClientRequest& request) = 0;
  virtual std::string description() const = 0;  // "unix:///run/strates/strates.sock"
};

// Errors: code client.connect when nobody answers at the socket (Docker's sentence in wire: "Cannot connect to the Docker daemon at ...").
std::unique_ptr<Transport> unix_transport(std::string socket_path);
// Calls the handler directly. `wait` runs the world until its argument says done (Monitor::wait for sim; a condition for linux).
std::unique_ptr<Transport> in_process_transport(HttpHandler handler, std::function<bool(const std::function<bool()>&)> wait);

class Client {
 public:
  explicit Client(std::unique_ptr<Transport> transport) : transport_(std::move(transport)) {}
  Transport& transport() { return *transport_; }

  // Paths without version: "/containers/json?all=1". A status of 400 and above becomes an Error whose wire is the server's "message".
  Result<Json> get(const std::string& target);
  Result<Json> post(const std::string& target, const Json& body);
  Result<Json> remove(const std::string& target);  // DELETE
  Result<std::string> get_text(const std::string& target);
  Result<ClientResponse> stream(ClientRequest request);
  // Calls `each` for every JSON value of a stream of JSON lines (build, trace) until the end or until it returns false.
  Result<void> json_lines(ClientRequest request, const std::function<bool(const Json&)>& each);

 private:
  std::unique_ptr<Transport> transport_;
};

// Takes Docker's multiplexed stream apart (8-byte header: stream, 3 zeros, big-endian length).
class StreamDemultiplexer {
 public:
  // stream: 1 standard output, 2 standard error.
  void feed(std::string_view bytes, const std::function<void(int stream, std::string_view bytes)>& each);

 private:
  std::string pending_;
};

}  // namespace strates::api
