#include <doctest/doctest.h>
#include <sys/socket.h>

#include "api/client.hpp"
#include "http/server/listener.hpp"
#include "http_support.hpp"

using namespace strates;
using namespace strates::http;
using namespace strates::http::test;

namespace {

std::string all_of(api::ClientStream& stream) {
  std::string text;
  for (;;) {
    const auto bytes = stream.read();
    REQUIRE(bytes.ok());
    if (bytes.value().empty()) return text;
    text += bytes.value();
  }
}

api::ClientRequest request(std::string method, std::string target) {
  api::ClientRequest out;
  out.method = std::move(method);
  out.target = std::move(target);
  return out;
}

HttpResponse echo_body(const HttpRequest& asked) {
  const auto source = asked.body->open();
  return {200, {}, read_all(*source.value(), 1 << 26).value_or("unreadable")};
}

}  // namespace

TEST_CASE("nobody at the socket gives Docker's sentence") {
  const auto transport = api::unix_transport("/tmp/strates-nobody.sock");
  CHECK(transport->description() == "unix:///tmp/strates-nobody.sock");
  const auto answer = transport->send(request("GET", "/_ping"));
  REQUIRE(!answer.ok());
  CHECK(answer.error().code == "client.connect");
  CHECK(answer.error().message() == "Cannot connect to the Docker daemon at unix:///tmp/strates-nobody.sock. Is the docker daemon running?");
}

TEST_CASE("a body is sent whole, as text or from a source in chunks") {
  RunningServer server(echo_body);
  const auto transport = api::unix_transport(server.socket());
  auto post = request("POST", "/");
  post.body = "text";
  auto answer = transport->send(post);
  REQUIRE(answer.ok());
  CHECK(all_of(*answer.value().stream) == "text");
  const std::string large(5'000'000, 'l');
  StringSource source(large);
  post.body.clear();
  post.body_source = &source;
  answer = transport->send(post);
  REQUIRE(answer.ok());
  CHECK(all_of(*answer.value().stream) == large);
}

TEST_CASE("an engine that refuses a body in the middle is heard") {
  ServerOptions options;
  options.body_limit = 1000;
  RunningServer server(echo_body, options);
  StringSource source(std::string(20'000'000, 'l'));
  auto post = request("POST", "/");
  post.body_source = &source;
  const auto answer = api::unix_transport(server.socket())->send(post);
  REQUIRE(answer.ok());
  CHECK(answer.value().status == 413);
}

TEST_CASE("a streamed answer comes piece by piece, and a broken one is an error") {
  for (const bool broken : {false, true}) {
    RunningServer server([&](const HttpRequest&) -> HttpResponse {
      return {200, {}, HttpStreamBody{[&](const std::shared_ptr<HttpChannel>& channel) {
                channel->send("one");
                channel->send("two");
                if (broken) channel->abort();
                else channel->end();
              }}};
    });
    const auto answer = api::unix_transport(server.socket())->send(request("GET", "/"));
    REQUIRE(answer.ok());
    auto& stream = *answer.value().stream;
    std::string text;
    Result<std::string> bytes = std::string("start");
    while ((bytes = stream.read()).ok() && !bytes.value().empty()) text += bytes.value();
    CHECK(text == "onetwo");
    CHECK(bytes.ok() != broken);
    if (broken) CHECK(bytes.error().code == "client.cut-short");
  }
}

TEST_CASE("a hijacked answer is written to, half-closed and read to its end") {
  RunningServer server([](const HttpRequest&) -> HttpResponse {
    return {200, {}, HttpUpgradeBody{[](const std::shared_ptr<HttpDuplex>& duplex) {
              duplex->receive([duplex](std::string_view bytes) { duplex->send("<" + std::string(bytes) + ">"); }, [duplex] { duplex->end(); });
            }}};
  });
  auto attach = request("POST", "/attach");
  attach.upgrade = true;
  const auto answer = api::unix_transport(server.socket())->send(attach);
  REQUIRE(answer.ok());
  CHECK(answer.value().status == 101);
  CHECK(answer.value().stream->write("hi").ok());
  CHECK(answer.value().stream->read().value_or("") == "<hi>");
  answer.value().stream->close_write();
  CHECK(all_of(*answer.value().stream) == "");
}

TEST_CASE("a blocked read ends when it is cancelled from another thread") {
  std::shared_ptr<HttpChannel> kept;
  RunningServer server([&](const HttpRequest&) -> HttpResponse { return {200, {}, HttpStreamBody{[&](auto channel) { kept = std::move(channel); }}}; });
  const auto answer = api::unix_transport(server.socket())->send(request("GET", "/"));
  REQUIRE(answer.ok());
  std::thread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    answer.value().stream->cancel();
  });
  CHECK(all_of(*answer.value().stream) == "");
  canceller.join();
}

TEST_CASE("a target or a header that would split the request is refused") {
  RunningServer server(echo_body);
  const auto transport = api::unix_transport(server.socket());
  const auto split = transport->send(request("GET", "/a b"));
  REQUIRE(!split.ok());
  CHECK(split.error().code == "client.target");
  auto header = request("GET", "/");
  header.headers.emplace_back("X-A", "1\r\nX-B: 2");
  const auto sent = transport->send(header);
  REQUIRE(!sent.ok());
  CHECK(sent.error().code == "client.header");
}

TEST_CASE("a server that does not speak HTTP is an error, not a hang") {
  for (const std::string_view bytes : {"hello\r\n\r\n", "HTTP/1.1 2xx\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", ""}) {
    TemporaryDirectory directory;
    const std::string path = directory.path() + "/s";
    auto listener = Listener::bind(path, 0600);
    REQUIRE(listener.ok());
    std::thread server([&] {
      const UniqueFd client(accept(listener.value().fd(), nullptr, nullptr));
      char request_bytes[4096];
      CHECK(recv(client.get(), request_bytes, sizeof request_bytes, 0) > 0);
      CHECK(send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
    });
    CHECK_FALSE(api::unix_transport(path)->send(request("GET", "/")).ok());
    server.join();
  }
}
