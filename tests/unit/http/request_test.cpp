#include <doctest/doctest.h>
#include <poll.h>

#include "http_support.hpp"

using namespace strates;
using namespace strates::http;
using namespace strates::http::test;

namespace {

// Says back what it was asked.
HttpResponse echo(const HttpRequest& request) {
  const auto source = request.body->open();
  REQUIRE(source.ok());
  const auto body = read_all(*source.value(), 1 << 24);
  REQUIRE(body.ok());
  std::string text = request.method + " " + request.path;
  for (const auto& [key, value] : request.query) text += " " + key + "=" + value;
  return {200, {{"Content-Type", "text/plain"}}, text + " [" + body.value() + "]"};
}

std::string ask(const RunningServer& server, std::string_view bytes) {
  RawClient client(server.socket());
  client.say(bytes);
  return client.read_all();
}

bool refused(const std::string& answer, std::string_view status) {
  return answer.find("HTTP/1.1 " + std::string(status)) == 0 && answer.find("Connection: close\r\n") != std::string::npos && answer.find("{\"message\":\"") != std::string::npos;
}

ServerOptions hasty() {
  ServerOptions options;
  options.head_deadline = std::chrono::milliseconds(200);
  options.body_idle = std::chrono::milliseconds(200);
  options.body_limit = 100'000;
  return options;
}

}  // namespace

TEST_CASE("a request comes decoded and its answer has a length and a date") {
  RunningServer server(echo);
  const std::string answer = ask(server, get("/a%20b/c?x=1&y=%2F+z", "Connection: close\r\n"));
  CHECK(answer.find("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: ") == 0);
  CHECK(answer.find(" GMT\r\nContent-Length: 23\r\nConnection: close\r\n\r\nGET /a b/c x=1 y=/ z []") != std::string::npos);
}

TEST_CASE("requests sent at once are answered one after another on one connection") {
  RunningServer server(echo);
  RawClient client(server.socket());
  client.say(get("/one") + "POST /two HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + "POST /three HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;ext=1\r\nde\r\n1\r\nf\r\n0\r\nTrailer: t\r\n\r\n" +
             get("/four", "Connection: close\r\n"));
  const std::string answer = client.read_all();
  const auto one = answer.find("GET /one []"), two = answer.find("POST /two [abc]"), three = answer.find("POST /three [def]"), four = answer.find("GET /four []");
  CHECK(one < two);
  CHECK(two < three);
  CHECK(three < four);
  CHECK(four != std::string::npos);
}

TEST_CASE("a client that brings a byte now and then is let go, one that is only slow is not") {
  ServerOptions options;
  options.least_rate = 1000;
  options.rate_patience = std::chrono::milliseconds(300);
  RunningServer server(echo, options);
  const auto drip = [&](std::string_view piece) {  // every 20 ms, for two seconds at most; how often until the server let go
    RawClient client(server.socket());
    client.say("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
    for (int i = 0; i < 100; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      pollfd answered{client.fd(), POLLIN, 0};
      if (::poll(&answered, 1, 0) > 0) return i;
      client.say(piece);
    }
    return 100;
  };
  const int cut = drip("a");  // 50 bytes a second
  CHECK(cut >= 10);
  CHECK(cut < 100);
  CHECK(drip(std::string(200, 'a')) == 100);  // ten thousand
  // Between two requests nobody is in a hurry.
  RawClient idle(server.socket());
  idle.say(get("/one"));
  CHECK(idle.read_until("]").find("GET /one") != std::string::npos);
  std::this_thread::sleep_for(std::chrono::milliseconds(700));
  idle.say(get("/two", "Connection: close\r\n"));
  CHECK(idle.read_all().find("GET /two") != std::string::npos);
}

TEST_CASE("a client that expects 100-continue is told to go on before it sends") {
  RunningServer server(echo);
  RawClient client(server.socket());
  client.say("POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n");
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.say("ok");
  CHECK(client.read_all().find("POST /x [ok]") != std::string::npos);
}

TEST_CASE("a HEAD is answered without a body but with its length, a 304 without either") {
  RunningServer server([](const HttpRequest& request) -> HttpResponse { return {request.path == "/304" ? 304 : 200, {}, std::string("body")}; });
  const std::string head = ask(server, "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(head.find("Content-Length: 4\r\n") != std::string::npos);
  CHECK(head.substr(head.size() - 4) == "\r\n\r\n");
  const std::string unmodified = ask(server, get("/304", "Connection: close\r\n"));
  CHECK(unmodified.find("HTTP/1.1 304 Not Modified\r\n") == 0);
  CHECK(unmodified.find("Content-Length") == std::string::npos);
}

TEST_CASE("a handler that throws gives 500, and the server goes on") {
  RunningServer server([](const HttpRequest& request) -> HttpResponse {
    if (request.path == "/throw") throw std::runtime_error("broken");
    return {200, {}, std::string("fine")};
  });
  CHECK(ask(server, get("/throw", "Connection: close\r\n")).find("HTTP/1.1 500") == 0);
  CHECK(ask(server, get("/", "Connection: close\r\n")).find("fine") != std::string::npos);
}

TEST_CASE("a header that would break the framing does not leave") {
  RunningServer server([](const HttpRequest&) -> HttpResponse { return {200, {{"X-A", "1\r\nX-B: 2"}, {"Content-Length", "999"}, {"X-C", "3"}}, std::string("ok")}; });
  const std::string answer = ask(server, get("/", "Connection: close\r\n"));
  CHECK(answer.find("X-B") == std::string::npos);
  CHECK(answer.find("999") == std::string::npos);
  CHECK(answer.find("X-C: 3\r\n") != std::string::npos);
}

TEST_CASE("doubtful heads are refused") {
  RunningServer server(echo);
  const auto post = [](std::string_view headers, std::string_view body) { return "POST / HTTP/1.1\r\nHost: x\r\n" + std::string(headers) + "\r\n" + std::string(body); };
  CHECK(refused(ask(server, "GET / HTTP/1.1\nHost: x\n\n"), "400"));
  CHECK(refused(ask(server, "GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n"), "400"));
  CHECK(refused(ask(server, get("/", "A: b\rc\r\n")), "400"));
  CHECK(refused(ask(server, get("/", " folded: x\r\n")), "400"));
  CHECK(refused(ask(server, get("/", "A : b\r\n")), "400"));
  CHECK(refused(ask(server, get("/", "no colon\r\n")), "400"));
  CHECK(refused(ask(server, get("/", "Host: y\r\n")), "400"));
  CHECK(refused(ask(server, "GET / HTTP/1.1\r\n\r\n"), "400"));
  CHECK(refused(ask(server, "GET  / HTTP/1.1\r\nHost: x\r\n\r\n"), "400"));
  CHECK(refused(ask(server, "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n"), "400"));
  CHECK(refused(ask(server, "GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n"), "400"));
  CHECK(refused(ask(server, "GET nowhere HTTP/1.1\r\nHost: x\r\n\r\n"), "400"));
  CHECK(refused(ask(server, "BREW / HTTP/1.1\r\nHost: x\r\n\r\n"), "501"));
  CHECK(refused(ask(server, "GET / HTTP/2.0\r\nHost: x\r\n\r\n"), "505"));
  CHECK(refused(ask(server, get("/", "Expect: tea\r\n")), "417"));
  CHECK(refused(ask(server, post("Content-Length: 1\r\nContent-Length: 1\r\n", "a")), "400"));
  CHECK(refused(ask(server, post("Content-Length: 1\r\nContent-Length: 2\r\n", "ab")), "400"));
  CHECK(refused(ask(server, post("Content-Length: 1, 2\r\n", "ab")), "400"));
  CHECK(refused(ask(server, post("Content-Length: -1\r\n", "")), "400"));
  CHECK(refused(ask(server, post("Content-Length: 99999999999999999999\r\n", "")), "400"));
  CHECK(refused(ask(server, post("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")), "400"));
  CHECK(refused(ask(server, post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")), "400"));
  CHECK(refused(ask(server, post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")), "501"));
  CHECK(refused(ask(server, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), "400"));
}

TEST_CASE("a head without end, too large or with too many headers is refused and not kept") {
  RunningServer server(echo, hasty());
  CHECK(refused(ask(server, "GET /" + std::string(200'000, 'a')), "431"));
  std::string many;
  for (int i = 0; i < 65; ++i) many += "H" + std::to_string(i) + ": v\r\n";
  CHECK(refused(ask(server, get("/", many)), "431"));
  CHECK(refused(ask(server, get("/", "A: " + std::string(17'000, 'b') + "\r\n")), "431"));
  CHECK(refused(ask(server, "GET / HTTP/1.1\r\nHost: "), "408"));  // nothing more comes: the deadline
}

TEST_CASE("exactly 64 headers are let through") {
  RunningServer server(echo);
  std::string many = "Connection: close\r\n";
  for (int i = 0; i < 62; ++i) many += "H" + std::to_string(i) + ": v\r\n";
  CHECK(ask(server, get("/", many)).find("HTTP/1.1 200") == 0);
}

TEST_CASE("a body is bounded, by length and in chunks, and never waited for without end") {
  RunningServer server(echo, hasty());
  CHECK(refused(ask(server, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n"), "413"));
  CHECK(refused(ask(server, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"), "408"));
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(refused(ask(server, head + "fffffffffffffff\r\n"), "413"));
  std::string bomb = head;
  for (int i = 0; i < 200; ++i) bomb += "400\r\n" + std::string(1024, 'x') + "\r\n";
  CHECK(refused(ask(server, bomb), "413"));
  CHECK(refused(ask(server, head + "1ffffffffffffffff\r\n"), "400"));
  CHECK(refused(ask(server, head + "-1\r\n"), "400"));
  CHECK(refused(ask(server, head + "\r\n"), "400"));
  CHECK(refused(ask(server, head + "2\r\nabc\r\n0\r\n\r\n"), "400"));  // longer than announced
  CHECK(refused(ask(server, head + "2\nab\r\n0\r\n\r\n"), "400"));    // bare LF
  CHECK(refused(ask(server, head + "2;" + std::string(1000, 'e')), "400"));
  CHECK(refused(ask(server, head + "0\r\n" + std::string(40'000, 't')), "400"));
}

TEST_CASE("a client beyond the limit of connections is turned away at once") {
  ServerOptions options;
  options.connections = 1;
  RunningServer server(echo, options);
  RawClient first(server.socket());
  first.say(get("/"));
  CHECK(first.read_until("[]").find("200 OK") != std::string::npos);  // kept alive: the place is taken
  CHECK(refused(RawClient(server.socket()).read_all(), "503"));
  first.close();
  CHECK(eventually([&] { return ask(server, get("/", "Connection: close\r\n")).find("200 OK") != std::string::npos; }));
}
