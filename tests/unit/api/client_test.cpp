#include <doctest/doctest.h>

#include "api/client.hpp"
#include "base/json_full.hpp"

using namespace strates;
using namespace strates::api;

namespace {

Client client_of(HttpHandler handler, std::function<bool(const std::function<bool()>&)> wait = nullptr) { return Client(in_process_transport(std::move(handler), std::move(wait))); }

}  // namespace

TEST_CASE("a client reads JSON, sends JSON, and an empty answer is null") {
  HttpRequest seen;
  Client client = client_of([&](const HttpRequest& request) -> HttpResponse {
    seen = request;
    return {200, {}, request.method == "DELETE" ? std::string() : std::string("{\"a\":[1]}\n")};
  });
  CHECK(client.get("/x?y=1%202").value()["a"][0] == 1);
  CHECK(seen.path == "/x");
  CHECK(seen.query_value("y") == "1 2");
  CHECK(client.post("/x", {{"k", "v"}}).ok());
  CHECK(read_all(*seen.body->open().value(), 100).value_or("") == "{\"k\":\"v\"}");
  CHECK(http_header(seen.headers, "content-type") == "application/json");
  CHECK(client.remove("/x").value().is_null());
}

TEST_CASE("a refusal becomes an error with the server's words and kind") {
  Client client = client_of([](const HttpRequest& request) -> HttpResponse {
    if (request.path == "/plain") return {400, {}, std::string("client version 1.1 is too old\n")};
    if (request.path == "/empty") return {500, {}, std::string()};
    return {404, {}, std::string("{\"message\":\"No such container: x\"}\n")};
  });
  const auto missing = client.get("/x");
  REQUIRE(!missing.ok());
  CHECK(missing.error().kind == ErrorKind::NotFound);
  CHECK(missing.error().message() == "No such container: x");
  CHECK(client.get("/plain").error().message() == "client version 1.1 is too old");
  CHECK(client.get("/empty").error().message() == "the engine answered with status 500");
}

TEST_CASE("lines of JSON are visited as they come, however they are cut, until told to stop") {
  Client client = client_of([](const HttpRequest&) -> HttpResponse {
    return {200, {}, HttpStreamBody{[](const std::shared_ptr<HttpChannel>& channel) {
              for (const char* part : {"{\"n\":1}\r\n{\"n\"", ":2}\r\n\n{\"n\":", "3}"}) channel->send(part);
              channel->end();
            }}};
  });
  int sum = 0;
  CHECK(client.json_lines({}, [&](const Json& line) {
          sum += line["n"].get<int>();
          return true;
        }).ok());
  CHECK(sum == 6);
  int seen = 0;
  CHECK(client.json_lines({}, [&](const Json&) { return ++seen < 2; }).ok());
  CHECK(seen == 2);
}

TEST_CASE("a line that is no JSON is an error") {
  Client client = client_of([](const HttpRequest&) -> HttpResponse { return {200, {}, std::string("{\"n\":1}\noops\n")}; });
  CHECK_FALSE(client.json_lines({}, [](const Json&) { return true; }).ok());
}

TEST_CASE("in process, a read runs the world until something comes") {
  std::shared_ptr<HttpChannel> channel;
  int steps = 0;
  const auto transport = in_process_transport([&](const HttpRequest&) -> HttpResponse { return {200, {}, HttpStreamBody{[&](auto given) { channel = std::move(given); }}}; },
                                              [&](const std::function<bool()>& done) {
                                                while (!done()) {
                                                  if (++steps > 5) return false;
                                                  if (steps == 3) channel->send("news");
                                                }
                                                return true;
                                              });
  const auto response = transport->send({});
  REQUIRE(response.ok());
  CHECK(response.value().stream->read().value_or("") == "news");
  CHECK(steps == 3);
  const auto stalled = response.value().stream->read();
  REQUIRE(!stalled.ok());
  CHECK(stalled.error().code == "client.stalled");
}

TEST_CASE("in process, an aborted stream is an error and a dropped client is noticed") {
  std::shared_ptr<HttpChannel> channel;
  const auto transport = in_process_transport([&](const HttpRequest&) -> HttpResponse { return {200, {}, HttpStreamBody{[&](auto given) { channel = std::move(given); }}}; }, nullptr);
  {
    const auto response = transport->send({});
    channel->send("x");
    channel->abort();
    CHECK(response.value().stream->read().value_or("") == "x");
    CHECK(response.value().stream->read().error().code == "client.cut-short");
  }
  int gone = 0;
  {
    const auto response = transport->send({});
    channel->on_gone([&] { ++gone; });
    CHECK_FALSE(channel->gone());
  }
  CHECK(gone == 1);
  CHECK(channel->gone());
  CHECK_FALSE(channel->send("x"));
}

TEST_CASE("frames are taken apart however they are cut") {
  std::string bytes;
  const auto add = [&](int stream, const std::string& text) {
    bytes += static_cast<char>(stream);
    bytes += std::string(3, '\0');
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(text.size() >> shift & 0xff);
    bytes += text;
  };
  add(1, "out");
  add(2, "");
  add(2, std::string(70'000, 'e'));
  add(1, "end");
  for (const size_t step : {size_t{1}, size_t{7}, size_t{8}, size_t{1000}, bytes.size()}) {
    StreamDemultiplexer demultiplexer;
    std::string out, err;
    for (size_t at = 0; at < bytes.size(); at += step)
      demultiplexer.feed(std::string_view(bytes).substr(at, step), [&](int stream, std::string_view part) { (stream == 1 ? out : err) += part; });
    CHECK(out == "outend");
    CHECK(err == std::string(70'000, 'e'));
  }
}
