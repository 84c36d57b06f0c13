#include <doctest/doctest.h>
#include <sys/socket.h>

#include <mutex>

#include "http_support.hpp"

using namespace strates;
using namespace strates::http;
using namespace strates::http::test;

namespace {

// What a handler gave away: the channel that a test then uses.
template <typename Channel>
struct Held {
  std::mutex mutex;
  std::shared_ptr<Channel> channel;
  std::shared_ptr<Channel> take() {
    CHECK(eventually([&] {
      const std::lock_guard guard(mutex);
      return channel != nullptr;
    }));
    const std::lock_guard guard(mutex);
    return std::exchange(channel, nullptr);
  }
  void put(std::shared_ptr<Channel> given) {
    const std::lock_guard guard(mutex);
    channel = std::move(given);
  }
};

HttpHandler stream_to(Held<HttpChannel>& held) {
  return [&held](const HttpRequest&) -> HttpResponse { return {200, {{"X-A", "1"}}, HttpStreamBody{[&held](auto channel) { held.put(std::move(channel)); }}}; };
}

HttpHandler upgrade_to(Held<HttpDuplex>& held) {
  return [&held](const HttpRequest&) -> HttpResponse { return {200, {{"Content-Type", "application/vnd.docker.raw-stream"}}, HttpUpgradeBody{[&held](auto duplex) { held.put(std::move(duplex)); }}}; };
}

constexpr std::string_view kUpgrade = "Connection: Upgrade\r\nUpgrade: tcp\r\n";

struct Received {
  std::mutex mutex;
  std::string bytes;
  bool eof = false;
  void listen(HttpDuplex& duplex) {
    duplex.receive(
        [this](std::string_view more) {
          const std::lock_guard guard(mutex);
          bytes += more;
        },
        [this] {
          const std::lock_guard guard(mutex);
          eof = true;
        });
  }
  bool has(std::string_view wanted) {
    return eventually([&] {
      const std::lock_guard guard(mutex);
      return bytes == wanted;
    });
  }
  bool ended() {
    return eventually([&] {
      const std::lock_guard guard(mutex);
      return eof;
    });
  }
};

}  // namespace

TEST_CASE("a stream's headers leave before its first byte, then each send is a chunk, and the connection goes on") {
  Held<HttpChannel> held;
  RunningServer server(stream_to(held));
  RawClient client(server.socket());
  client.say(get("/"));
  CHECK(client.read_until("\r\n\r\n").find("Transfer-Encoding: chunked\r\n") != std::string::npos);
  {
    const auto channel = held.take();
    CHECK(channel->send("hello"));
    CHECK(client.read_until("hello\r\n") == "5\r\nhello\r\n");
    channel->end();
    CHECK_FALSE(channel->send("late"));
  }
  CHECK(client.read_until("0\r\n\r\n") == "0\r\n\r\n");
  client.say(get("/again"));
  CHECK(client.read_until("\r\n\r\n").find("200 OK") != std::string::npos);
  held.take()->end();
}

TEST_CASE("a channel that is dropped or aborted breaks the answer off") {
  Held<HttpChannel> held;
  RunningServer server(stream_to(held));
  for (const bool dropped : {true, false}) {
    RawClient client(server.socket());
    client.say(get("/"));
    auto channel = held.take();
    channel->send("part");
    if (dropped) channel.reset();
    else channel->abort();
    const std::string answer = client.read_all();
    CHECK(answer.find("part") != std::string::npos);
    CHECK(answer.find("0\r\n\r\n") == std::string::npos);
    CHECK(answer.find("<timeout>") == std::string::npos);
  }
}

TEST_CASE("a client that goes away is noticed while the stream is idle") {
  Held<HttpChannel> held;
  RunningServer server(stream_to(held));
  RawClient client(server.socket());
  client.say(get("/"));
  const auto channel = held.take();
  std::atomic<int> gone{0};
  channel->on_gone([&] { ++gone; });
  CHECK_FALSE(channel->gone());
  client.close();
  CHECK(eventually([&] { return gone == 1; }));
  CHECK(channel->gone());
  CHECK_FALSE(channel->send("x"));
  std::atomic<int> late{0};
  channel->on_gone([&] { ++late; });
  CHECK(late == 1);
}

TEST_CASE("a body that works in its start sees that its client went away") {
  std::atomic<bool> seen{false};
  RunningServer server([&](const HttpRequest&) -> HttpResponse {
    return {200, {}, HttpStreamBody{[&](const std::shared_ptr<HttpChannel>& channel) { seen = eventually([&] { return channel->gone(); }); }}};
  });
  RawClient client(server.socket());
  client.say(get("/"));
  client.read_until("\r\n\r\n");
  client.close();
  CHECK(eventually([&] { return seen.load(); }));
}

TEST_CASE("what a stream's closure owns is released when the client leaves") {
  Held<HttpChannel> held;
  auto owned = std::make_shared<int>(1);
  std::weak_ptr<int> watched = owned;
  RunningServer server([&held, &owned](const HttpRequest&) -> HttpResponse {
    return {200, {}, HttpStreamBody{[&held, kept = std::exchange(owned, nullptr)](auto channel) { held.put(std::move(channel)); }}};
  });
  RawClient client(server.socket());
  client.say(get("/"));
  const auto channel = held.take();
  CHECK_FALSE(watched.expired());
  client.close();
  CHECK(eventually([&] { return watched.expired(); }));
}

TEST_CASE("a slow reader makes the sender wait, then is cut off, and nobody else suffers") {
  Held<HttpChannel> held;
  ServerOptions options;
  options.stream_buffer = 100'000;
  options.slow_reader = std::chrono::milliseconds(300);
  RunningServer server(stream_to(held), options);
  RawClient slow(server.socket());
  slow.say(get("/"));
  const auto channel = held.take();
  const std::string block(50'000, 'x');
  const auto begin = std::chrono::steady_clock::now();
  int sent = 0;
  while (sent < 1000 && channel->send(block)) ++sent;
  CHECK(sent < 1000);
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(290));
  RawClient other(server.socket());
  other.say(get("/"));
  CHECK(other.read_until("\r\n\r\n").find("200 OK") != std::string::npos);
  held.take()->end();
}

TEST_CASE("a reader that is only late gets everything") {
  Held<HttpChannel> held;
  ServerOptions options;
  options.stream_buffer = 50'000;
  RunningServer server(stream_to(held), options);
  RawClient client(server.socket());
  client.say(get("/"));
  client.read_until("\r\n\r\n");
  const auto channel = held.take();
  std::thread sender([&] {
    for (int i = 0; i < 2000; ++i) CHECK(channel->send(std::string(1000, static_cast<char>('a' + i % 26))));
    channel->end();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const std::string answer = client.read_until("\r\n0\r\n\r\n");
  sender.join();
  CHECK(answer.size() == 2000 * (1000 + 7) + 5);
}

TEST_CASE("bytes that wait are counted, so that a sender can do without") {
  Held<HttpChannel> held;
  RunningServer server(stream_to(held));
  RawClient client(server.socket());
  client.say(get("/"));
  const auto channel = held.take();
  CHECK(channel->pending() == 0);
  for (int i = 0; i < 20; ++i) channel->send(std::string(100'000, 'x'));
  CHECK(channel->pending() > 500'000);
  channel->end();
  CHECK(client.read_until("\r\n0\r\n\r\n").size() > 2'000'000);
}

TEST_CASE("a lazy stream's status can be replaced until something was sent") {
  Held<HttpChannel> held;
  RunningServer server([&](const HttpRequest&) -> HttpResponse { return {200, {}, HttpStreamBody{[&](auto channel) { held.put(std::move(channel)); }, true}}; });
  RawClient client(server.socket());
  client.say(get("/"));
  CHECK(held.take()->replace({400, {{"X-B", "2"}}, std::string("no")}));
  const std::string refused = client.read_until("no");
  CHECK(refused.find("HTTP/1.1 400 Bad Request\r\nX-B: 2\r\n") == 0);
  client.say(get("/"));
  const auto channel = held.take();
  channel->send("yes");
  CHECK_FALSE(channel->replace({400, {}, std::string("no")}));
  channel->end();
  CHECK(client.read_until("0\r\n\r\n").find("HTTP/1.1 200 OK\r\n") == 0);
}

TEST_CASE("a hijacked connection is raw both ways and half-closed both ways") {
  Held<HttpDuplex> held;
  RunningServer server(upgrade_to(held));
  RawClient client(server.socket());
  client.say(get("/attach", kUpgrade) + "early");
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  const auto duplex = held.take();
  Received received;
  received.listen(*duplex);
  CHECK(received.has("early"));
  client.say(" bytes");
  CHECK(received.has("early bytes"));
  client.close_write();
  CHECK(received.ended());
  CHECK_FALSE(duplex->gone());
  CHECK(duplex->send("still "));
  CHECK(duplex->send("talking"));
  duplex->end();
  CHECK(client.read_all() == "still talking");
}

TEST_CASE("one read takes the head alone: what a library reads too far is lost to who takes its socket over") {
  RunningServer server([](const HttpRequest&) -> HttpResponse {
    return {200, {}, HttpUpgradeBody{[](auto duplex) {
              duplex->send("output");
              duplex->end();
            }}};
  });
  for (int i = 0; i < 20; ++i) {
    RawClient client(server.socket());
    client.say(get("/attach", kUpgrade));
    std::this_thread::sleep_for(std::chrono::milliseconds(3));  // a slow client, and a fast handler
    char bytes[4096];
    const ssize_t count = ::recv(client.fd(), bytes, sizeof bytes, 0);
    REQUIRE(count > 0);
    CHECK(std::string_view(bytes, static_cast<size_t>(count)).ends_with("\r\n\r\n"));
    CHECK(client.read_all() == "output");
  }
}

TEST_CASE("a client that closes its side at once still gets all output") {
  Held<HttpDuplex> held;
  RunningServer server(upgrade_to(held));
  RawClient client(server.socket());
  client.say(get("/attach", kUpgrade));
  client.close_write();
  const auto duplex = held.take();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    all += line;
    CHECK(duplex->send(line));
  }
  duplex->end();
  const std::string answer = client.read_all();
  CHECK(answer.substr(answer.find("\r\n\r\n") + 4) == all);
}

TEST_CASE("without an Upgrade header the hijack answers 200") {
  Held<HttpDuplex> held;
  RunningServer server(upgrade_to(held));
  RawClient client(server.socket());
  client.say(get("/attach"));
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n");
  held.take()->end();
  CHECK(client.read_all() == "");
}

TEST_CASE("output flows while the handler of input is held up") {
  Held<HttpDuplex> held;
  RunningServer server(upgrade_to(held));
  RawClient client(server.socket());
  client.say(get("/attach", kUpgrade));
  client.read_until("\r\n\r\n");
  const auto duplex = held.take();
  std::atomic<bool> blocked{false}, release{false};
  duplex->receive(
      [&](std::string_view) {
        blocked = true;
        eventually([&] { return release.load(); });
      },
      nullptr);
  client.say("stuck");
  CHECK(eventually([&] { return blocked.load(); }));
  const std::string big(3'000'000, 'o');
  CHECK(duplex->send(big));
  CHECK(client.read_until(big) == big);
  release = true;
  duplex->end();
}

TEST_CASE("a client that leaves a hijacked connection is noticed") {
  Held<HttpDuplex> held;
  RunningServer server(upgrade_to(held));
  RawClient client(server.socket());
  client.say(get("/attach", kUpgrade));
  const auto duplex = held.take();
  std::atomic<bool> gone{false};
  duplex->on_gone([&] { gone = true; });
  client.close();
  CHECK(eventually([&] { return gone.load(); }));
}

TEST_CASE("stop ends streams and hijacked connections, and run returns") {
  Held<HttpChannel> held;
  RunningServer server(stream_to(held));
  RawClient client(server.socket());
  client.say(get("/"));
  const auto channel = held.take();
  server.stop();
  CHECK(client.read_all().find("<timeout>") == std::string::npos);
  CHECK_FALSE(channel->send("x"));
}
