// A client that is not ours: cpp-httplib's, over the same unix socket, must read what our server writes and be read by it.
#include <doctest/doctest.h>
#include <httplib.h>
#include <sys/socket.h>

#include "http_support.hpp"

using namespace strates;
using namespace strates::http;
using namespace strates::http::test;

namespace {

httplib::Client peer(const RunningServer& server) {
  httplib::Client client(server.socket());
  client.set_address_family(AF_UNIX);
  client.set_default_headers({{"Host", "docker"}});
  return client;
}

}  // namespace

TEST_CASE("cpp-httplib's client reads plain answers, one after another on one connection") {
  RunningServer server([](const HttpRequest& request) -> HttpResponse { return {200, {{"X-Path", request.path}}, std::string("hello ") + request.method}; });
  auto client = peer(server);
  client.set_keep_alive(true);
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.Get("/v1.41/a?x=y");
    REQUIRE(answer);
    CHECK(answer->status == 200);
    CHECK(answer->body == "hello GET");
    CHECK(answer->get_header_value("X-Path") == "/v1.41/a");
  }
}

TEST_CASE("cpp-httplib's client sends bodies, of known length and in chunks") {
  RunningServer server([](const HttpRequest& request) -> HttpResponse {
    const auto source = request.body->open();
    std::string body;
    if (source.ok())
      if (auto bytes = read_all(*source.value(), 1 << 20); bytes.ok()) body = std::move(bytes).value();
    return {201, {}, body};
  });
  const std::string sent(100'000, 'x');
  auto client = peer(server);
  const auto whole = client.Post("/echo", sent, "text/plain");
  REQUIRE(whole);
  CHECK(whole->status == 201);
  CHECK(whole->body == sent);
  const auto chunked = peer(server).Post(
      "/echo",
      [&](size_t offset, httplib::DataSink& sink) {
        if (offset < sent.size()) sink.write(sent.data() + offset, std::min<size_t>(1000, sent.size() - offset));
        else sink.done();
        return true;
      },
      "text/plain");
  REQUIRE(chunked);
  CHECK(chunked->body == sent);
}

TEST_CASE("cpp-httplib's client reads a stream to its end") {
  RunningServer server([](const HttpRequest&) -> HttpResponse {
    return {200, {}, HttpStreamBody{[](std::shared_ptr<HttpChannel> to) {
              for (int i = 0; i < 300; ++i) to->send("line " + std::to_string(i) + "\n");
              to->end();
            }}};
  });
  std::string all;
  const auto answer = peer(server).Get("/stream", [&](const char* bytes, size_t length) {
    all.append(bytes, length);
    return true;
  });
  REQUIRE(answer);
  CHECK(all.starts_with("line 0\nline 1\n"));
  CHECK(all.ends_with("line 299\n"));
}
