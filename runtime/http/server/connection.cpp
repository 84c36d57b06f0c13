#include "http/server/connection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "http/server/body_source.hpp"
#include "http/server/live_body.hpp"
#include "http/server/response_head.hpp"

namespace strates::http {

namespace {

// Smaller bodies stay in memory; the spooler is for contexts and archives.
constexpr std::uint64_t kMemoryBody = 1 << 20;
constexpr Milliseconds kHeadAlone{50};
constexpr size_t kPiece = 256 * 1024;
constexpr Milliseconds kLinger{2'000};
// So much of a body that nobody read is read here rather than give the connection up.
constexpr std::uint64_t kSkipped = 64 * 1024;

Refusal refusal_of(const Error& error) {
  if (error.code == "http.too-large" || error.code == "stream.too-large") return {413, "the body has " + error.cause};
  if (error.code == "http.timeout") return {408, error.cause};
  if (error.code == "http.framing" || error.code == "http.cut-short") return {400, error.explanation()};
  return {500, error.explanation()};
}

}  // namespace

void ServerConnection::serve() {
  while (serve_one() == Next::Request) {
  }
  if (unread_) socket_->close_after_answer(kLinger);
  else socket_->close_politely();
}

ServerConnection::Next ServerConnection::refuse(const Refusal& refusal) {
  const HttpResponse response = refusal_response(options_, refusal.status, refusal.why);
  const auto& body = std::get<std::string>(response.body);
  socket_->send_all(response_head(response, Framing::Length, body.size(), KeepAlive::No, false) + body, options_.slow_reader);
  return Next::Close;
}

ServerConnection::Next ServerConnection::serve_one() {
  std::string text;
  switch (socket_->read_head(text, kHeadLimit, options_.idle, options_.head_deadline)) {
    case HeadRead::Closed: return Next::Close;
    case HeadRead::TooLarge: return refuse({431, "the head of the request has more than " + std::to_string(kHeadLimit) + " bytes"});
    case HeadRead::TimedOut: return refuse({408, "the head of the request did not come in time"});
    case HeadRead::Complete: break;
  }
  auto parsed = parse_request_head(text);
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return refuse(*refusal);
  RequestHead& head = std::get<RequestHead>(parsed);
  if (head.content_length.value_or(0) > options_.body_limit) return refuse({413, "the body has more than " + std::to_string(options_.body_limit) + " bytes"});
  if (options_.request_body == RequestBody::Streamed) return serve_streamed(head);
  if (head.expects_continue && !socket_->send_all("HTTP/1.1 100 Continue\r\n\r\n", options_.slow_reader)) return Next::Close;
  auto body = receive_body(head);
  if (!body.ok()) return refuse(refusal_of(body.error()));

  return answer(head, call(head, std::move(body).value()));
}

HttpResponse ServerConnection::call(RequestHead& head, std::shared_ptr<Spool> body) {
  try {
    return handler_({head.method, std::move(head.path), std::move(head.query), std::move(head.headers), std::move(body)});
  } catch (const std::exception& failure) {
    return refusal_response(options_, 500, failure.what());
  }
}

ServerConnection::Next ServerConnection::serve_streamed(RequestHead& head) {
  const auto body = std::make_shared<LiveBody>(socket_, head, options_);
  HttpResponse response = call(head, body);
  body->leave();
  // The answer leaves before the rest of the body came: this connection carries no other request.
  if (!body->finished() && !body->skip(kSkipped)) {
    head.keep_alive = false;
    unread_ = true;
  }
  return answer(head, std::move(response));
}

Result<std::shared_ptr<Spool>> ServerConnection::receive_body(const RequestHead& head) {
  BodySource source(*socket_, head, options_.body_limit, options_.body_idle);
  if (!head.chunked && head.content_length.value_or(0) <= kMemoryBody)
    return std::shared_ptr<Spool>(std::make_shared<StringSpool>(TRY(read_all(source, kMemoryBody))));
  std::shared_ptr<Spool> spool = TRY(spooler_.keep(source, options_.body_limit));
  char rest = 0;
  if (!source.finished() && TRY(source.read({&rest, 1})) != 0) return make_error(ErrorKind::Invalid, "http.too-large", "read a request's body", "", "more bytes than were kept");
  return spool;
}

ServerConnection::Next ServerConnection::answer(const RequestHead& head, HttpResponse response) {
  // `response` outlives the pump: what a stream's closure owns is released when the stream is over, on this thread.
  if (std::holds_alternative<HttpStreamBody>(response.body)) return answer_stream(head, response);
  if (std::holds_alternative<HttpUpgradeBody>(response.body)) return answer_upgrade(head, response);
  if (const auto* body = std::get_if<HttpSourceBody>(&response.body)) return answer_source(head, *body, response);
  return answer_fixed(head, response);
}

ServerConnection::Next ServerConnection::answer_fixed(const RequestHead& head, const HttpResponse& response) {
  const auto& body = std::get<std::string>(response.body);
  const bool bodyless = response.status == 204 || response.status == 304;
  std::string bytes = response_head(response, bodyless ? Framing::None : Framing::Length, body.size(), head.keep_alive ? KeepAlive::Yes : KeepAlive::No, head.http_1_0);
  if (!bodyless && head.method != "HEAD") bytes += body;
  return socket_->send_all(bytes, options_.slow_reader) && head.keep_alive ? Next::Request : Next::Close;
}

bool ServerConnection::send_counted(ByteSource& source, std::uint64_t length) {
  std::string piece(static_cast<size_t>(std::min<std::uint64_t>(length, kPiece)), '\0');
  while (length > 0) {
    const auto count = source.read({piece.data(), static_cast<size_t>(std::min<std::uint64_t>(length, piece.size()))});
    if (!count.ok() || count.value() == 0 || !socket_->send_all(std::string_view(piece).substr(0, count.value()), options_.slow_reader)) return false;
    length -= count.value();
  }
  return true;
}

bool ServerConnection::send_chunked(ByteSource& source) {
  std::string piece(kPiece, '\0');
  for (;;) {
    const auto count = source.read(piece);
    if (!count.ok()) return false;
    if (count.value() == 0) return socket_->send_all("0\r\n\r\n", options_.slow_reader);
    if (!socket_->send_all(fmt::format("{:x}\r\n", count.value()) + piece.substr(0, count.value()) + "\r\n", options_.slow_reader)) return false;
  }
}

ServerConnection::Next ServerConnection::answer_source(const RequestHead& head, const HttpSourceBody& body, const HttpResponse& response) {
  const bool chunked = !body.length && !head.http_1_0;
  const bool keep = head.keep_alive && (body.length || chunked);
  const Framing framing = body.length ? Framing::Length : chunked ? Framing::Chunked : Framing::UntilClose;
  if (!socket_->send_all(response_head(response, framing, body.length.value_or(0), keep ? KeepAlive::Yes : KeepAlive::No, head.http_1_0), options_.slow_reader)) return Next::Close;
  if (head.method == "HEAD") return keep ? Next::Request : Next::Close;
  bool sent = false;
  if (body.file && body.length) sent = socket_->send_file(body.file->get(), body.offset, *body.length, options_.slow_reader);
  else if (body.length) sent = send_counted(*body.source, *body.length);
  else if (chunked) sent = send_chunked(*body.source);
  else sent = send_counted(*body.source, UINT64_MAX);
  return sent && keep ? Next::Request : Next::Close;
}

ServerConnection::Next ServerConnection::answer_stream(const RequestHead& head, HttpResponse& response) {
  if (head.method == "HEAD") return answer_fixed(head, {response.status, response.headers, std::string()});
  const bool chunked = !head.http_1_0;
  const auto& body = std::get<HttpStreamBody>(response.body);
  auto made = Outgoing::create(socket_, chunked ? Encoding::Chunked : Encoding::Raw, limits());
  if (!made.ok()) return refuse({500, made.error().explanation()});
  const std::shared_ptr<Outgoing> outgoing = std::move(made).value();
  outgoing->begin(response_head(response, chunked ? Framing::Chunked : Framing::UntilClose, 0, chunked && head.keep_alive ? KeepAlive::Yes : KeepAlive::No, false),
                  body.lazy ? Lazy::Yes : Lazy::No);
  try {
    body.start(make_channel(outgoing));
  } catch (const std::exception&) {
    outgoing->abort();
  }
  const Outgoing::End end = outgoing->pump();
  if (end == Outgoing::End::Replaced) return answer_fixed(head, *outgoing->take_replacement());
  return end == Outgoing::End::Complete && chunked && head.keep_alive ? Next::Request : Next::Close;
}

ServerConnection::Next ServerConnection::answer_upgrade(const RequestHead& head, HttpResponse& response) {
  auto made = Outgoing::create(socket_, Encoding::Raw, limits());
  if (!made.ok()) return refuse({500, made.error().explanation()});
  const std::shared_ptr<Outgoing> outgoing = std::move(made).value();
  outgoing->begin(upgrade_head(response, head.wants_upgrade), Lazy::No);
  // Programs that take the raw socket from an HTTP library lose what the library read together with the head (python3-docker does): the head goes alone.
  socket_->wait_taken(kHeadAlone);
  try {
    std::get<HttpUpgradeBody>(response.body).start(make_duplex(outgoing));
  } catch (const std::exception&) {
    outgoing->abort();
  }
  outgoing->pump();
  return Next::Close;
}

}  // namespace strates::http
