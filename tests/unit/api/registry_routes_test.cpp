// POST /auth and GET /images/search: what another machine lets us wait for, and who is told when the client has left.
#include <doctest/doctest.h>

#include "api/server.hpp"
#include "base/json_full.hpp"
#include "fake_engine.hpp"

using namespace strates;
using namespace strates::api;
using namespace strates::api::test;

TEST_CASE("a login is answered in one piece, as Docker answers it") {
  FakeEngine engine;
  const Answer done = ask(engine, "POST", "/v1.41/auth", R"({"username":"ana","password":"secret","serveraddress":"127.0.0.1:5000"})");
  CHECK(done.status == 200);
  CHECK(done.header("Content-Type") == "application/json");
  CHECK(done.header("Api-Version") == "1.41");
  CHECK(done.body == "{\"IdentityToken\":\"\",\"Status\":\"Login Succeeded\"}\n");
  CHECK(engine.login_server == "127.0.0.1:5000");
  CHECK(engine.login_credentials.username == "ana");
  engine.fails = docker_error(ErrorKind::Unauthorized, "x", "Get \"https://h/v2/\": unauthorized: incorrect username or password");
  const Answer refused = ask(engine, "POST", "/auth", R"({"username":"ana","password":"wrong"})");
  CHECK(refused.status == 401);
  CHECK(refused.body == "{\"message\":\"Get \\\"https://h/v2/\\\": unauthorized: incorrect username or password\"}\n");
}

TEST_CASE("a search is filtered, and refused before anybody is asked when its limit is wrong") {
  FakeEngine engine;
  engine.hits = {{"busybox", "small", 10, true, false}, {"team/app", "", 3, false, true}};
  const auto names = [&](const char* query) {
    const Answer answer = ask(engine, "GET", std::string("/images/search?term=b") + query);
    CHECK(answer.status == 200);
    std::string out;
    const Json rows = parse_json(answer.body).value();
    for (const Json& row : rows) out += json_string(row, "name") + " ";
    return out;
  };
  CHECK(names("") == "busybox team/app ");
  CHECK(names("&filters=%7B%22stars%22%3A%7B%225%22%3Atrue%7D%7D") == "busybox ");
  CHECK(names("&filters=%7B%22is-automated%22%3A%7B%22true%22%3Atrue%7D%7D") == "team/app ");
  engine.asks_gone = nullptr;
  CHECK(ask(engine, "GET", "/images/search?term=b&limit=101").status == 400);
  CHECK(engine.asks_gone == nullptr);
  engine.fails = docker_error(ErrorKind::Unavailable, "fetch.timeout", "context deadline exceeded");
  CHECK(ask(engine, "GET", "/images/search?term=b").status == 503);
}

TEST_CASE("a login and a search hear whether their client is still there") {
  struct Leaving final : HttpChannel {
    bool send(std::string_view) override { return false; }
    void end() override { ended = true; }
    void on_gone(std::function<void()>) override {}
    bool gone() override { return left; }
    bool replace(HttpResponse) override { return false; }
    bool left = false, ended = false;
  };
  FakeEngine engine;
  for (const char* path : {"/auth", "/images/search"}) {
    HttpRequest request;
    request.method = std::string_view(path) == "/auth" ? "POST" : "GET";
    request.path = path;
    request.body = std::make_shared<StringSpool>("{}");
    const HttpResponse response = make_handler(engine)(request);
    const auto* body = std::get_if<HttpStreamBody>(&response.body);
    REQUIRE(body != nullptr);
    const auto channel = std::make_shared<Leaving>();
    engine.asks_gone = nullptr;
    body->start(channel);
    REQUIRE(engine.asks_gone);
    CHECK(!engine.asks_gone());
    channel->left = true;
    CHECK(engine.asks_gone());
    CHECK(channel->ended);
  }
}
