// The HTTP client's own manners: framing, bounds, kept connections.
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

std::string failure(const std::string& raw) {
  FakeRegistry fake([&](const Heard&) { Reply reply; reply.raw = raw; return reply; });
  http::Transport transport;
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

TEST_CASE("a header's value cannot bring another header") {
  http::Transport transport;
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
  http::Transport transport;
  for (int i = 0; i < 5; ++i) CHECK(get(transport, fake.url() + "/a").value_or("") == "x");
  CHECK(fake.connections() == 1);
  CHECK(get(transport, fake.url() + "/bye").ok());
  CHECK(get(transport, fake.url() + "/a").ok());
  CHECK(fake.connections() == 2);
}

TEST_CASE("waiting is bounded, and ends when it is cancelled") {
  FakeRegistry fake([](const Heard&) { Reply reply; reply.stall = true; reply.cut_after = 0; reply.body = "x"; return reply; });
  http::Transport transport;
  CHECK(get(transport, fake.url(), 300 * kMillisecond).error().code == "fetch.timeout");
  int asked = 0;
  CHECK(get(transport, fake.url(), 60 * kSecond, [&] { return ++asked > 2; }).error().code == "fetch.cancelled");
}

TEST_CASE("a server without TLS is told apart from a broken one") {
  FakeRegistry fake([](const Heard&) { return Reply{}; });
  FakeRegistry plain([](const Heard&) { return Reply{}; });
  http::Transport transport;
  const auto got = get(transport, "https://" + plain.host() + "/v2/", kSecond);
  REQUIRE(!got.ok());
  CHECK((got.error().code == "fetch.not-tls" || got.error().code == "fetch.timeout" || got.error().code == "fetch.truncated"));
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
