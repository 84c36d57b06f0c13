// One client, one request after another, until it leaves or is refused. Runs on a thread of its own.
#pragma once

#include <memory>

#include "base/http.hpp"
#include "http/server.hpp"
#include "http/server/outgoing.hpp"
#include "http/server/request_head.hpp"
#include "http/server/socket.hpp"

namespace strates::http {

class ServerConnection {
 public:
  ServerConnection(std::shared_ptr<Socket> socket, const ServerOptions& options, engine::Spooler& spooler, const HttpHandler& handler)
      : socket_(std::move(socket)), options_(options), spooler_(spooler), handler_(handler) {}
  void serve();

 private:
  enum class Next { Request, Close };

  Next serve_one();
  Next refuse(const Refusal& refusal);
  Result<std::shared_ptr<Spool>> receive_body(const RequestHead& head);
  Next answer(const RequestHead& head, HttpResponse response);
  Next answer_fixed(const RequestHead& head, const HttpResponse& response);
  Next answer_stream(const RequestHead& head, HttpResponse& response);
  Next answer_source(const RequestHead& head, const HttpSourceBody& body, const HttpResponse& response);
  Next serve_streamed(RequestHead& head);
  HttpResponse call(RequestHead& head, std::shared_ptr<Spool> body);
  bool send_chunked(ByteSource& source);
  bool send_counted(ByteSource& source, std::uint64_t length);
  Next answer_upgrade(const RequestHead& head, HttpResponse& response);
  OutgoingLimits limits() const { return {options_.stream_buffer, options_.slow_reader, options_.body_idle}; }

  std::shared_ptr<Socket> socket_;
  const ServerOptions& options_;
  engine::Spooler& spooler_;
  const HttpHandler& handler_;
  bool unread_ = false;  // the client may still be sending a body that nobody wants
};

}  // namespace strates::http
