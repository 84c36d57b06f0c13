// The HTTP client's own manners: framing, bounds, kept connections.
#include <netinet/in.h>
#include <sys/socket.h>

#include <thread>

#include "registry_support.hpp"

using namespace strates;
using namespace strates::tests;

namespace {

Result<std::string> get(http::Transport& transport, const std::string& url, Nanos silence = 2 * kSecond, std::function<bool()> cancelled = nullptr) {
  FetchRequest request;
  request.url = url;
  request.silence = silence;
  request.cancelled = std::move(cancelled);
  const auto response = TRY(transport.fetch(request));
  return read_all(*response.body, 1 << 20);
}

// Answers one connection with the same bytes, whatever it hears.
class TalkingServer {
 public:
  explicit TalkingServer(std::string bytes) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_.get(), 1) == 0);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, bytes = std::move(bytes)] {
      const UniqueFd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      char greeting[4096];
      if (::recv(client.get(), greeting, sizeof greeting, 0) > 0) ::send(client.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    });
  }
  ~TalkingServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/v2/"; }

 private:
  UniqueFd listener_;
  int port_ = 0;
  std::thread thread_;
};

std::string failure(const std::string& raw) {
  FakeRegistry fake([&](const Heard&) { Reply reply; reply.raw = raw; return reply; });
  http::Transport transport{{.tls = http::tls_dialer()}};
  const auto got = get(transport, fake.url());
  return got.ok() ? "fine: " + got.value() : got.error().code;
}

}  // namespace

TEST_CASE("bodies are read by their length, by chunks and to the end") {
  CHECK(failure("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef") == "fine: abc");
  CHECK(failure("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: x\r\n\r\n") == "fine: abcde");
  CHECK(failure("HTTP/1.1 200 OK\r\n\r\nall of it") == "fine: all of it");
  CHECK(failure("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") == "fine: ok");
  CHECK(failure("HTTP/1.1 204 No Content\r\nContent-Length: 10\r\n\r\n") == "fine: ");
}

TEST_CASE("broken and hostile answers are refused") {
  CHECK(failure("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc") == "fetch.truncated");
  CHECK(failure("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n") == "fetch.truncated");
  CHECK(failure("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n") == "fetch.protocol");
  CHECK(failure("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n") == "fetch.protocol");
  CHECK(failure("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd") == "fetch.protocol");
  CHECK(failure("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n") == "fetch.protocol");
  CHECK(failure("SSH-2.0-OpenSSH\r\n\r\n") == "fetch.protocol");
  CHECK(failure("") == "fetch.truncated");
  CHECK(failure("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n") == "fetch.protocol");
  std::string many = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 1000; ++i) many += "A: b\r\n";
  CHECK(failure(many + "\r\n") == "fetch.protocol");
}

TEST_CASE("interim answers are passed over, but not for ever") {
  const auto interim = [](int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    return out + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  };
  CHECK(failure(interim(5)) == "fine: ok");
  CHECK(failure(interim(6)) == "fetch.protocol");
  // Their first lines count: four of 20 KiB are more than a head may be.
  std::string wide;
  for (int i = 0; i < 4; ++i) wide += "HTTP/1.1 103 " + std::string(20 << 10, 'x') + "\r\n\r\n";
  CHECK(failure(wide + "HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 2\r\n\r\nok") == "fetch.protocol");
}

TEST_CASE("a header's value cannot bring another header") {
  http::Transport transport{{.tls = http::tls_dialer()}};
  FetchRequest request;
  request.url = "http://127.0.0.1:1/";
  request.headers = {{"X", "a\r\nAuthorization: stolen"}};
  const auto answered = transport.fetch(request);
  REQUIRE(!answered.ok());
  CHECK(answered.error().code == "fetch.protocol");
}

TEST_CASE("a connection serves many requests, and one that was closed meanwhile is replaced") {
  FakeRegistry fake([](const Heard& heard) {
    Reply reply{200, {}, "x"};
    if (heard.target == "/bye") reply.headers.emplace_back("Connection", "close");
    return reply;
  });
  http::Transport transport{{.tls = http::tls_dialer()}};
  for (int i = 0; i < 5; ++i) CHECK(get(transport, fake.url() + "/a").value_or("") == "x");
  CHECK(fake.connections() == 1);
  CHECK(get(transport, fake.url() + "/bye").ok());
  CHECK(get(transport, fake.url() + "/a").ok());
  CHECK(fake.connections() == 2);
}

TEST_CASE("waiting is bounded, and ends when it is cancelled") {
  FakeRegistry fake([](const Heard&) { Reply reply; reply.stall = true; reply.cut_after = 0; reply.body = "x"; return reply; });
  http::Transport transport{{.tls = http::tls_dialer()}};
  CHECK(get(transport, fake.url(), 300 * kMillisecond).error().code == "fetch.timeout");
  int asked = 0;
  CHECK(get(transport, fake.url(), 60 * kSecond, [&] { return ++asked > 2; }).error().code == "fetch.cancelled");
}

TEST_CASE("a server without TLS is told apart from a broken one") {
  // Speaks HTTP to whoever connects, as a server does that cannot read a TLS greeting; the other one closes without a word.
  const TalkingServer plain("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), broken("");
  http::Transport transport{{.tls = http::tls_dialer()}};
  const auto got = get(transport, plain.url(), 10 * kSecond);
  REQUIRE(!got.ok());
  CHECK(got.error().code == "fetch.not-tls");
  CHECK(got.error().message() == "http: server gave HTTP response to HTTPS client");
  const auto other = get(transport, broken.url(), 10 * kSecond);
  REQUIRE(!other.ok());
  CHECK(other.error().code != "fetch.not-tls");
}

TEST_CASE("addresses are taken apart and put together") {
  const auto url = parse_url("https://user:word@[::1]:5000/a?b#c");
  REQUIRE(url.ok());
  CHECK(url.value().host == "::1");
  CHECK(url.value().str() == "https://[::1]:5000/a?b");
  CHECK(parse_url("http://x").value().str() == "http://x/");
  CHECK(parse_url("https://x:443/y").value().authority() == "x");
  CHECK(!parse_url("http://x:99999/").ok());
  CHECK(!parse_url("http://x:0/").ok());
  CHECK(!parse_url("ftp://x/").ok());
  CHECK(!parse_url("http:///x").ok());
  CHECK(!parse_url("http://x\r\n/").ok());
  const auto base = parse_url("http://x/a/b?c").value();
  CHECK(resolve_url(base, "d").value().str() == "http://x/a/d");
  CHECK(resolve_url(base, "/d").value().str() == "http://x/d");
  CHECK(resolve_url(base, "?d").value().str() == "http://x/a/b?d");
  CHECK(resolve_url(base, "//y/d").value().str() == "http://y/d");
  CHECK(resolve_url(base, "https://y/d").value().str() == "https://y/d");
  CHECK(resolve_url(base, "/d?to=http://z/").value().str() == "http://x/d?to=http://z/");
  CHECK(is_loopback_host("127.1.2.3"));
  CHECK(is_loopback_host("localhost"));
  CHECK(!is_loopback_host("127.0.0.1.example.com"));
  CHECK(!is_loopback_host("128.0.0.1"));
}

TEST_CASE("only loopback and configured registries may do without certificates") {
  const registry::RegistryOptions options{{"http://mirror:5000"}, {"class.local:5000", "10.0.0.0/8"}};
  CHECK(registry::is_insecure(options, "127.0.0.1:5000"));
  CHECK(registry::is_insecure(options, "localhost:5000"));
  CHECK(registry::is_insecure(options, "class.local:5000"));
  CHECK(!registry::is_insecure(options, "class.local:5001"));
  CHECK(registry::is_insecure(options, "10.1.2.3:5000"));
  CHECK(!registry::is_insecure(options, "11.1.2.3:5000"));
  CHECK(!registry::is_insecure(options, "registry.example.com"));
  const auto hub = registry::places_of(options, "docker.io", registry::Mirrors::Yes).value_or({});
  REQUIRE(hub.size() == 2);
  CHECK(hub[0].url.str() == "http://mirror:5000/");
  CHECK(hub[0].mirror);
  CHECK(hub[1].url.str() == "https://registry-1.docker.io/");
  CHECK(registry::places_of(options, "docker.io", registry::Mirrors::No).value_or({}).size() == 1);
  const auto own = registry::places_of(options, "127.0.0.1:5000", registry::Mirrors::Yes).value_or({});
  REQUIRE(own.size() == 2);
  CHECK(own[0].url.secure());
  CHECK(own[1].url.str() == "http://127.0.0.1:5000/");
  CHECK(registry::places_of(options, "quay.io", registry::Mirrors::Yes).value_or({}).size() == 1);
  CHECK(!registry::check_mirror("mirror:5000").ok());
  CHECK(!registry::check_mirror("http://mirror:5000/v2/").ok());
  CHECK(registry::check_mirror("http://mirror:5000").ok());
  CHECK(!registry::check_insecure("http://x").ok());
  CHECK(!registry::check_insecure("10.0.0.0/99").ok());
  CHECK(registry::check_insecure("10.0.0.0/8").ok());
}
