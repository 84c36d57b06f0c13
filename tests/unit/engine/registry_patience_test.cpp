// How long a registry is waited for, who ends it, what is said meanwhile, and what is never written down.
#include "base/base64.hpp"
#include "engine/engine.hpp"
#include "registry_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

namespace {

// A registry that takes the request and says nothing more. `left`: the client goes away after so many seconds.
struct Silent {
  explicit Silent(Bench& bench) : bench_(bench) {
    bench.registry.instead = [this](const FetchRequest& request, const Url&) -> std::optional<Result<FetchResponse>> {
      for (; seconds < 1000; ++seconds) {
        if (request.cancelled && request.cancelled()) return docker_error(ErrorKind::Conflict, "fetch.cancelled", "context canceled");
        bench_.world.clock().advance(kSecond);
      }
      return docker_error(ErrorKind::Unavailable, "fetch.truncated", "nobody ended this");
    };
  }
  bool gone() const { return seconds >= left; }
  int seconds = 0;
  int left = 10'000;

 private:
  Bench& bench_;
};

template <typename T>
std::string message(const Result<T>& result) { return result.ok() ? "" : result.error().message(); }

std::string trace_of(Bench& bench) {
  std::string out;
  for (const auto& event : bench.engine->tracer().kept(0))
    if (const auto* operation = std::get_if<event::Operation>(&event.what)) {
      if (const auto* begun = std::get_if<event::OpStarted>(operation)) out += begun->name + " " + begun->object + "\n";
      if (const auto* failed = std::get_if<event::OpFailed>(operation)) out += failed->message + "\n";
    }
  return out;
}

}  // namespace

TEST_CASE("a login is waited for a minute in all, and ends with its client") {
  Bench bench;
  Silent silent(bench);
  const auto late = bench.engine->login("127.0.0.1:5000", {"ana", "secret", ""}, nullptr);
  REQUIRE(!late.ok());
  CHECK(late.error().code == "fetch.timeout");
  CHECK(late.error().kind == ErrorKind::Unavailable);
  CHECK(late.error().message() == "Get \"https://127.0.0.1:5000/v2/\": context deadline exceeded");
  CHECK(silent.seconds >= 59);
  CHECK(silent.seconds <= 61);
  silent.seconds = 0;
  silent.left = 3;
  const auto left = bench.engine->login("127.0.0.1:5000", {"ana", "secret", ""}, [&] { return silent.gone(); });
  REQUIRE(!left.ok());
  CHECK(left.error().code == "fetch.cancelled");
  CHECK(silent.seconds == 3);
}

TEST_CASE("a search is waited for a minute in all, and ends with its client") {
  Bench bench;
  Silent silent(bench);
  const auto late = bench.engine->search("busybox", 25, {}, nullptr);
  CHECK(message(late) == "Get \"https://index.docker.io/v1/search?q=busybox&n=25\": context deadline exceeded");
  CHECK(silent.seconds <= 61);
  silent.seconds = 0;
  // An index of its own is looked for first: by two requests, in the same minute.
  CHECK(message(bench.engine->search("127.0.0.1:5000/x", 25, {}, nullptr)).find("context deadline exceeded") != std::string::npos);
  CHECK(silent.seconds <= 61);
  silent.seconds = 0;
  silent.left = 3;
  CHECK(message(bench.engine->search("busybox", 25, {}, [&] { return silent.gone(); })).find("context canceled") != std::string::npos);
  CHECK(silent.seconds == 3);
}

TEST_CASE("a search shows credentials to the index of its term only") {
  Bench bench;
  std::string asked;
  bench.registry.instead = [&](const FetchRequest& request, const Url& url) -> std::optional<Result<FetchResponse>> {
    asked += url.host + url.target.substr(0, url.target.find('?')) + (http_header(request.headers, "Authorization") ? " *\n" : "\n");
    return bench.registry.reply(200, R"({"results":[]})");
  };
  const registry::Credentials ana{"ana", "secret", ""};
  const auto hosts = [&](const std::string& term) {
    asked.clear();
    CHECK(message(bench.engine->search(term, 25, ana, nullptr)) == "");
    return asked;
  };
  CHECK(hosts("team/app") == "index.docker.io/v1/search *\n");
  CHECK(hosts("docker.io/a.b/app") == "index.docker.io/v1/search *\n");
  CHECK(hosts("h.example.com/Not A Name") == "h.example.com/v1/_ping\nh.example.com/v1/search *\n");
  CHECK(hosts("docker.io:x@h.example.com/app") == "h.example.com/v1/_ping\nh.example.com/v1/search *\n");
}

TEST_CASE("a quiet build ends the pull of its base image when its client leaves") {
  Bench bench;
  bench.publish("team/app", "1");
  QuietBuild output;
  bool heard = false;
  bench.registry.instead = [&](const FetchRequest& request, const Url& url) -> std::optional<Result<FetchResponse>> {
    if (url.target.find("/blobs/") == std::string::npos) return std::nullopt;
    CHECK(!request.cancelled());
    output.left = true;
    heard = request.cancelled();
    return docker_error(ErrorKind::Conflict, "fetch.cancelled", "context canceled");
  };
  BuildRequest request;
  request.context = std::make_shared<StringSpool>(tar_of({{"Dockerfile", "FROM 127.0.0.1:5000/team/app:1\n"}}));
  request.quiet = true;
  CHECK(!bench.engine->build(request, output).ok());
  CHECK(heard);
  CHECK(bench.stored().empty());
}

TEST_CASE("a registry's limit is told with what helps against it") {
  Bench bench;
  bench.publish("team/app", "1");
  const std::string words = "toomanyrequests: You have reached your pull rate limit.";
  bench.registry.instead = [&](const FetchRequest& request, const Url& url) -> std::optional<Result<FetchResponse>> {
    if (url.target == "/v2/" || request.method == "HEAD") return std::nullopt;
    return bench.registry.refuse(429, "TOOMANYREQUESTS", "You have reached your pull rate limit.");
  };
  const std::string pulled = bench.pull("127.0.0.1:5000/team/app");
  CHECK(pulled.starts_with(words + "\n"));
  CHECK(pulled.find("log in") != std::string::npos);
  CHECK(pulled.find("--registry-mirror") != std::string::npos);
  StringSource tar(tar_of({{"a", "b"}}));
  REQUIRE(bench.engine->import_image(tar, "127.0.0.1:5000/own", "1", "", {}).ok());
  CHECK(bench.push("127.0.0.1:5000/own").starts_with(words + "\n"));
}

TEST_CASE("a wait that a registry asks for is told") {
  Bench bench;
  bench.publish("team/app", "1");
  int asked = 0;
  bench.registry.instead = [&](const FetchRequest&, const Url& url) -> std::optional<Result<FetchResponse>> {
    if (url.target.find("/manifests/") == std::string::npos || ++asked > 1) return std::nullopt;
    return bench.registry.reply(429, "", {{"Retry-After", "7"}});
  };
  const Nanos before = bench.world.clock().peek();
  REQUIRE(bench.pull("127.0.0.1:5000/team/app") == "");
  CHECK(bench.lines.text.starts_with("The registry asks to wait: retrying in 7 seconds\n1: Pulling from team/app\n"));
  CHECK(bench.world.clock().peek() - before >= 7 * kSecond);
}

TEST_CASE("a limit for longer than anybody waits is told with its duration") {
  Bench bench;
  bench.publish("team/app", "1");
  bench.registry.instead = [&](const FetchRequest&, const Url& url) -> std::optional<Result<FetchResponse>> {
    if (url.target.find("/manifests/") == std::string::npos) return std::nullopt;
    return bench.registry.reply(429, "", {{"Retry-After", "100000"}});
  };
  CHECK(bench.pull("127.0.0.1:5000/team/app") ==
        "toomanyrequests: too many requests\nlog in, wait 27h46m40s as the registry asks, or let the class share one cache: the daemon's option --registry-mirror");
}

TEST_CASE("a push that a registry refuses for a moment begins anew, and waits as it is asked to") {
  Bench bench;
  std::string content = "small";
  std::string method = "PUT";
  SUBCASE("of a small layer") {}
  SUBCASE("of a large layer, while it is sent") {
    content.assign(6'000'000, '\0');
    method = "PATCH";
  }
  StringSource tar(tar_of({{"a", content}}));
  REQUIRE(bench.engine->import_image(tar, "127.0.0.1:5000/own", "1", "", {}).ok());
  int refused = 0, status = 0;
  HttpHeaders headers;
  bench.registry.instead = [&](const FetchRequest& request, const Url& url) -> std::optional<Result<FetchResponse>> {
    if (request.method != method || url.target.find("/blobs/") == std::string::npos || ++refused > 1) return std::nullopt;
    if (request.body != nullptr) ignore(read_all(*request.body, 1 << 20));
    return bench.registry.reply(status, "", headers);
  };
  for (const int one : {500, 502, 504, 503, 429}) {
    bench.registry.blobs.clear();
    bench.registry.owners.clear();
    refused = 0;
    status = one;
    headers = one == 503 || one == 429 ? HttpHeaders{{"Retry-After", "7"}} : HttpHeaders{};
    const Nanos before = bench.world.clock().peek();
    REQUIRE_MESSAGE(bench.push("127.0.0.1:5000/own") == "", one);
    CHECK(refused >= 2);
    CHECK(bench.registry.blobs.size() == 2);
    CHECK(bench.lines.text.find(": Retrying in 1 second\n") != std::string::npos);
    CHECK((bench.lines.text.find("The registry asks to wait: retrying in 7 seconds\n") != std::string::npos) == !headers.empty());
    CHECK(bench.world.clock().peek() - before >= (headers.empty() ? 1 : 8) * kSecond);
  }
  // And ends, after five attempts.
  bench.registry.blobs.clear();
  bench.registry.owners.clear();
  refused = -1000;
  status = 503;
  int attempts = 0;
  bench.registry.instead = [&](const FetchRequest& request, const Url& url) -> std::optional<Result<FetchResponse>> {
    if (request.method != method || url.target.find("/blobs/") == std::string::npos) return std::nullopt;
    ++attempts;
    return bench.registry.reply(503, "", {});
  };
  CHECK(bench.push("127.0.0.1:5000/own") == "received unexpected HTTP status: 503 X");
  CHECK(attempts == 5);
}

TEST_CASE("a password in front of a server's name is not written down, and goes nowhere") {
  Bench bench;
  std::string asked;
  bench.registry.instead = [&](const FetchRequest& request, const Url&) -> std::optional<Result<FetchResponse>> {
    asked += request.url + " " + http_header(request.headers, "Authorization").value_or("") + "\n";
    return docker_error(ErrorKind::Unavailable, "fetch.dial", "dial tcp: no");
  };
  const auto login = bench.engine->login("https://ana:verysecret@127.0.0.1:5000/v2/", {}, nullptr);
  CHECK(message(login) == "Get \"http://127.0.0.1:5000/v2/\": dial tcp: no");
  const auto search = bench.engine->search("ana:verysecret@127.0.0.1:5000/x", 25, {}, nullptr);
  CHECK(message(search).find("127.0.0.1:5000") != std::string::npos);
  const std::string trace = trace_of(bench);
  CHECK(trace.find("registry.login https://127.0.0.1:5000/v2/\n") != std::string::npos);
  CHECK(trace.find("registry.search 127.0.0.1:5000/x\n") != std::string::npos);
  for (const auto& text : {trace, asked, message(login), message(search)}) CHECK(text.find("secret") == std::string::npos);
  CHECK(asked.find(base64_encode("ana:verysecret")) == std::string::npos);
}
