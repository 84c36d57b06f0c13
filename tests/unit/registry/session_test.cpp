// Who is told what: credentials, tokens, redirections, patience.
#include "base/base64.hpp"
#include "registry_support.hpp"

using namespace strates;
using namespace strates::tests;

namespace {

constexpr const char* kManifest = R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"x"}}]})";

}  // namespace

TEST_CASE("challenges are read as RFC 9110 writes them") {
  const auto one = registry::parse_challenges(R"(Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push",error="invalid_token")");
  REQUIRE(one.size() == 1);
  CHECK(one[0].scheme == "bearer");
  CHECK(one[0].parameter("realm") == "https://auth.docker.io/token");
  CHECK(one[0].parameter("scope") == "repository:a/b:pull,push");
  const auto two = registry::parse_challenges(R"(Negotiate, Basic realm="a \"quoted\" one", Bearer realm=https://x/t,service=y)");
  REQUIRE(two.size() == 3);
  CHECK(two[0].scheme == "negotiate");
  CHECK(two[1].parameter("realm") == "a \"quoted\" one");
  CHECK(two[2].parameter("realm") == "https://x/t");
  CHECK(two[2].parameter("service") == "y");
  CHECK(registry::parse_challenges("").empty());
  CHECK(registry::parse_challenges(R"(Basic realm="never ends)").empty());
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "Basic a=b, ";
  CHECK(registry::parse_challenges(many).size() <= 16);
}

TEST_CASE("a redirection to another host goes there without credentials") {
  FakeRegistry store([](const Heard&) { return Reply{200, {}, "blob"}; });
  FakeRegistry fake([&](const Heard& heard) {
    if (heard.target == "/v2/") return Reply{401, {{"WWW-Authenticate", "Basic realm=\"x\""}}, "{}"};
    return Reply{307, {{"Location", store.url() + "/elsewhere?signature=1"}}, ""};
  });
  Place place(fake, {"ana", "secret", ""});
  REQUIRE(place.session.open().ok());
  auto blob = place.repository.blob(kSomeDigest, 4);
  REQUIRE(blob.ok());
  CHECK(read_all(*blob.value(), 100).value_or("") == "blob");
  CHECK(fake.heard()[1].header("Authorization") == "Basic " + base64_encode("ana:secret"));
  REQUIRE(store.heard().size() == 1);
  CHECK(store.heard()[0].target == "/elsewhere?signature=1");
  CHECK(store.heard()[0].header("Authorization").empty());
}

TEST_CASE("redirections that never end are left after ten") {
  FakeRegistry fake([](const Heard&) { return Reply{302, {{"Location", "/again"}}, ""}; });
  Place place(fake);
  const auto head = place.repository.manifest("latest");
  REQUIRE(!head.ok());
  CHECK(head.error().message() == "Get \"" + fake.url() + "/again\": stopped after 10 redirects");
}

TEST_CASE("a token is fetched once for the same scopes, and again when the registry refuses it") {
  std::atomic<int> tokens{0};
  FakeRegistry server([&](const Heard& heard) {
    CHECK(heard.target == "/token?service=reg&scope=repository%3Ateam%2Fapp%3Apull&account=ana");
    CHECK(heard.header("Authorization") == "Basic " + base64_encode("ana:secret"));
    return Reply{200, {}, "{\"token\":\"t" + std::to_string(++tokens) + "\",\"expires_in\":300}"};
  });
  FakeRegistry fake([&](const Heard& heard) {
    const std::string challenge = "Bearer realm=\"" + server.url() + "/token\",service=\"reg\"";
    // The first token is revoked after two requests.
    if (heard.header("Authorization") == "Bearer t2" || heard.header("Authorization") == "Bearer t3" || (heard.header("Authorization") == "Bearer t1" && heard.target.ends_with("/one"))) return Reply{200, {}, "{}"};
    return Reply{401, {{"WWW-Authenticate", challenge}}, "{}"};
  });
  Place place(fake, {"ana", "secret", ""});
  REQUIRE(place.session.open().ok());
  CHECK(place.repository.manifest("one").ok());
  CHECK(place.repository.manifest("one").ok());
  CHECK(tokens == 1);
  CHECK(place.repository.manifest("two").ok());
  CHECK(tokens == 2);
  // And when its time is over, without being refused first.
  place.clock.at += 280 * kSecond;
  const size_t before = fake.heard().size();
  ignore(place.repository.manifest("one"));
  CHECK(tokens == 3);
  CHECK(fake.heard().size() >= before + 1);
}

TEST_CASE("a wrong password is told in the token server's words") {
  FakeRegistry server([&](const Heard&) { return Reply{401, {}, R"({"details":"incorrect username or password"})"}; });
  FakeRegistry fake([&](const Heard&) { return Reply{401, {{"WWW-Authenticate", "Bearer realm=\"" + server.url() + "/token\",service=\"reg\""}}, ""}; });
  Place place(fake, {"ana", "wrong", ""});
  REQUIRE(place.session.open().ok());
  const auto head = place.repository.head("latest");
  REQUIRE(!head.ok());
  CHECK(head.error().message() == "Head \"" + fake.url() + "/v2/team/app/manifests/latest\": unauthorized: incorrect username or password");
  CHECK(head.error().explanation().find("wrong") == std::string::npos);
}

TEST_CASE("an identity token is exchanged, and no password is sent") {
  FakeRegistry server([&](const Heard& heard) {
    CHECK(heard.method == "POST");
    CHECK(heard.body == "grant_type=refresh_token&refresh_token=abc&service=reg&client_id=docker&scope=repository%3Ateam%2Fapp%3Apull");
    CHECK(heard.header("Authorization").empty());
    return Reply{200, {}, R"({"access_token":"t"})"};
  });
  FakeRegistry fake([&](const Heard& heard) {
    if (heard.header("Authorization") == "Bearer t") return Reply{200, {}, "{}"};
    return Reply{401, {{"WWW-Authenticate", "Bearer realm=\"" + server.url() + "/token\",service=\"reg\""}}, ""};
  });
  Place place(fake, {"", "", "abc"});
  REQUIRE(place.session.open().ok());
  CHECK(place.repository.manifest("x").ok());
}

TEST_CASE("without credentials, Basic is not tried") {
  FakeRegistry fake([](const Heard&) { return Reply{401, {{"WWW-Authenticate", "Basic realm=\"x\""}}, ""}; });
  Place place(fake);
  REQUIRE(place.session.open().ok());
  const auto head = place.repository.head("latest");
  REQUIRE(!head.ok());
  CHECK(head.error().message() == "Head \"" + fake.url() + "/v2/team/app/manifests/latest\": no basic auth credentials");
}

TEST_CASE("come back later is honoured, a bounded number of times") {
  std::atomic<int> asked{0};
  FakeRegistry fake([&](const Heard& heard) {
    ++asked;
    if (heard.target.ends_with("/soon") && asked < 3) return Reply{503, {{"Retry-After", "2"}}, ""};
    if (heard.target.ends_with("/never")) return Reply{429, {{"Retry-After", "3"}}, R"({"errors":[{"code":"TOOMANYREQUESTS","message":"You have reached your pull rate limit."}]})"};
    if (heard.target.ends_with("/tomorrow")) return Reply{429, {{"Retry-After", "86400"}}, "{}"};
    return Reply{200, {}, "{}"};
  });
  Place place(fake);
  CHECK(place.repository.manifest("soon").ok());
  CHECK(place.pauses == std::vector<Nanos>{2 * kSecond, 2 * kSecond});
  place.pauses.clear();
  const auto never = place.repository.manifest("never");
  REQUIRE(!never.ok());
  CHECK(never.error().code == "registry.later");
  CHECK(never.error().message() == "toomanyrequests: You have reached your pull rate limit.");
  CHECK(never.error().explanation().find("--registry-mirror") != std::string::npos);
  CHECK(place.pauses.size() == 4);
  place.pauses.clear();
  const auto tomorrow = place.repository.manifest("tomorrow");
  REQUIRE(!tomorrow.ok());
  CHECK(place.pauses.empty());  // nobody waits a day at a terminal
  CHECK(tomorrow.error().code == "registry.later");
  CHECK(tomorrow.error().advice == "log in, wait 24h0m0s as the registry asks, or let the class share one cache: the daemon's option --registry-mirror");
}

TEST_CASE("a time to wait is read as seconds or as a date, by the clock of the registry when it says it") {
  const auto wait = [](int status, const std::string& after, const std::string& date = "") {
    FetchResponse answer{status, "", {{"Retry-After", after}}, nullptr};
    if (!date.empty()) answer.headers.emplace_back("Date", date);
    return registry::retry_after(answer, 784'111'777 * kSecond);
  };
  CHECK(wait(429, "120") == 120 * kSecond);
  CHECK(wait(503, "Sun, 06 Nov 1994 08:50:07 GMT") == 30 * kSecond);
  CHECK(wait(503, "Sun, 06 Nov 1994 08:50:07 GMT", "Sun, 06 Nov 1994 08:50:00 GMT") == 7 * kSecond);
  CHECK(wait(503, "Sun, 06 Nov 1994 08:00:00 GMT") == 0);
  CHECK(wait(429, "99999999999999999999") > 100'000 * kSecond);
  CHECK(wait(429, "9223372036854775807") > 100'000 * kSecond);
  CHECK(!wait(429, "soon"));
  CHECK(!wait(429, "-1"));
  CHECK(!wait(429, ""));
  CHECK(!wait(502, "3"));
  CHECK(registry::wait_text(100'000 * kSecond) == "27h46m40s");
  CHECK(registry::wait_text(61 * kSecond) == "1m1s");
  CHECK(registry::wait_text(kSecond / 2) == "1s");
}

TEST_CASE("a registry in trouble that names no time is not waited for when a manifest is asked") {
  FakeRegistry fake([](const Heard&) { return Reply{503, {}, R"({"errors":[{"code":"UNKNOWN","message":"the registry behind this mirror is down"}]})"}; });
  Place place(fake);
  const auto manifest = place.repository.manifest("x");
  REQUIRE(!manifest.ok());
  CHECK(manifest.error().message() == "received unexpected HTTP status: 503 X: the registry behind this mirror is down");
  CHECK(place.pauses.empty());
  CHECK(fake.heard().size() == 1);
}

TEST_CASE("a limit is one by its status, whatever its body says") {
  std::string body;
  FakeRegistry fake([&](const Heard&) { return Reply{429, {{"Retry-After", "100000"}}, body}; });
  Place place(fake);
  for (const char* one : {"", "<html>", R"({"errors":[{"code":"UNKNOWN","message":"slow down"}]})"}) {
    body = one;
    const auto manifest = place.repository.manifest("x");
    REQUIRE(!manifest.ok());
    CHECK(manifest.error().code == "registry.later");
    CHECK(manifest.error().advice.find("wait 27h46m40s as the registry asks") != std::string::npos);
  }
}

TEST_CASE("a manifest that is refused for a moment is sent again, whole") {
  std::vector<Reply> answers;
  FakeRegistry fake([&](const Heard& heard) {
    CHECK(heard.body == "{\"a\":1}");
    if (answers.empty()) return Reply{201, {{"Docker-Content-Digest", kSomeDigest.str()}}, ""};
    const Reply out = answers.front();
    answers.erase(answers.begin());
    return out;
  });
  Place place(fake);
  const auto put = [&] { return place.repository.put_manifest("1", "application/json", "{\"a\":1}"); };
  answers = {{429, {{"Retry-After", "7"}}, ""}, {503, {{"Retry-After", "2"}}, ""}, {502, {}, ""}};
  REQUIRE(put().ok());
  CHECK(place.pauses == std::vector<Nanos>{7 * kSecond, 2 * kSecond, kSecond});
  place.pauses.clear();
  answers = std::vector<Reply>(100, Reply{503, {}, ""});
  CHECK(!put().ok());
  CHECK(place.pauses.size() == 3);
  place.pauses.clear();
  answers = std::vector<Reply>(100, Reply{503, {{"Retry-After", "9"}}, ""});
  CHECK(!put().ok());
  CHECK(place.pauses.size() == 4);
  answers = {{400, {}, "{}"}};
  CHECK(!put().ok());
}

TEST_CASE("bytes that are gone are not sent again by themselves, but the wait that was asked for is over when their sender hears of it") {
  FakeRegistry fake([](const Heard&) { return Reply{503, {{"Retry-After", "7"}}, R"({"errors":[{"code":"UNAVAILABLE","message":"upgrading"}]})"}; });
  Place place(fake);
  StringSource bytes("blob");
  const auto sent = place.repository.send(fake.url() + "/v2/team/app/blobs/uploads/1", bytes);
  REQUIRE(!sent.ok());
  CHECK(sent.error().code == "registry.unavailable");
  CHECK(sent.error().message() == "received unexpected HTTP status: 503 X: upgrading");
  CHECK(place.pauses == std::vector<Nanos>{7 * kSecond});
  CHECK(fake.heard().size() == 1);
}

TEST_CASE("what a registry refuses is said in Docker's words") {
  std::string body, challenge;
  int status = 404;
  FakeRegistry fake([&](const Heard&) {
    Reply reply{status, {}, body};
    if (!challenge.empty()) reply.headers.emplace_back("WWW-Authenticate", challenge);
    return reply;
  });
  Place place(fake);
  const auto said = [&](int with_status, const std::string& with_body) {
    status = with_status;
    body = with_body;
    const auto got = place.repository.manifest("x");
    return got.ok() ? std::string("it is there") : got.error().message();
  };
  CHECK(said(404, kManifest) == "manifest unknown: manifest unknown");
  CHECK(said(403, R"({"errors":[{"code":"DENIED"}]})") == "denied: requested access to the resource is denied");
  CHECK(said(404, "<html>") == "error parsing HTTP 404 response body: invalid character '<' looking for beginning of value: \"<html>\"");
  CHECK(said(404, "") == "error parsing HTTP 404 response body: unexpected end of JSON input: \"\"");
  CHECK(said(500, "x") == "received unexpected HTTP status: 500 X");
  CHECK(said(400, R"({"errors":[{"code":"UNKNOWN","message":"a"},{"code":"DENIED","message":"b"}]})") == "errors:\nunknown: a\ndenied: b\n");
  CHECK(said(404, R"({"errors":7})").starts_with("error parsing HTTP 404"));
  CHECK(said(404, std::string(100'000, '[')).starts_with("error parsing HTTP 404"));
}

TEST_CASE("nobody there is said in Go's words") {
  std::string nowhere;
  {
    FakeRegistry fake([](const Heard&) { return Reply{}; });
    nowhere = fake.host();
  }
  StillClock clock;
  http::Transport transport{{.tls = http::tls_dialer()}};
  const registry::RegistryOptions options;
  registry::Session session({transport, clock, [](Nanos) { return true; }, nullptr}, options, {parse_url("http://" + nowhere).value(), TlsCheck::Unverified, false}, {}, {});
  const auto opened = session.open();
  REQUIRE(!opened.ok());
  CHECK(opened.error().message() == "Get \"http://" + nowhere + "/v2/\": dial tcp " + nowhere + ": connect: connection refused");
}

TEST_CASE("tags come page by page, and not from another registry") {
  FakeRegistry other([](const Heard&) { return Reply{200, {}, R"({"tags":["stolen"]})"}; });
  std::string next;
  FakeRegistry fake([&](const Heard& heard) {
    if (heard.target == "/v2/team/app/tags/list") return Reply{200, {{"Link", "<" + next + ">; rel=\"next\""}}, R"({"name":"team/app","tags":["a","b"]})"};
    return Reply{200, {}, R"({"tags":["c"]})"};
  });
  Place place(fake);
  next = "/v2/team/app/tags/list?last=b&n=2";
  CHECK(place.repository.tags().value_or({}) == std::vector<std::string>{"a", "b", "c"});
  next = other.url() + "/v2/team/app/tags/list";
  CHECK(!place.repository.tags().ok());
  CHECK(other.heard().empty());
}

TEST_CASE("an upload goes where the registry says, and a mount is asked with the scope of both") {
  std::string sent, ended;
  FakeRegistry fake([&](const Heard& heard) {
    if (heard.method == "POST" && heard.target.find("mount=") != std::string::npos) return Reply{201, {}, ""};
    if (heard.method == "POST") return Reply{202, {{"Location", "/v2/team/app/blobs/uploads/1?state=x"}}, ""};
    if (heard.method == "PATCH") {
      sent = heard.body;
      return Reply{202, {{"Location", "/v2/team/app/blobs/uploads/1?state=y"}}, ""};
    }
    ended = heard.target;
    return Reply{201, {}, ""};
  });
  Place place(fake);
  const auto mounted = place.repository.start_upload(kSomeDigest, "other/app");
  REQUIRE(mounted.ok());
  CHECK(mounted.value().done);
  const auto begun = place.repository.start_upload(kSomeDigest, "");
  REQUIRE(begun.ok());
  StringSource bytes(words_of_size(700'000));
  const auto next = place.repository.send(begun.value().upload_url, bytes);
  REQUIRE(next.ok());
  CHECK(sent == words_of_size(700'000));
  CHECK(place.repository.finish_upload(next.value(), kSomeDigest, nullptr, 0).ok());
  CHECK(ended == "/v2/team/app/blobs/uploads/1?state=y&digest=" + percent_encode(kSomeDigest.str()));
}

TEST_CASE("whoever the registry redirects to names no realm: no credentials go anywhere") {
  std::string challenge;
  FakeRegistry thief([&](const Heard& heard) {
    if (heard.target.starts_with("/token")) return Reply{200, {}, R"({"token":"t"})"};
    return Reply{401, {{"WWW-Authenticate", challenge}}, "{}"};
  });
  FakeRegistry fake([&](const Heard&) { return Reply{307, {{"Location", thief.url() + "/v2/"}}, ""}; });
  for (const std::string& one : {"Bearer realm=\"" + thief.url() + "/token\",service=\"reg\"", std::string("Basic realm=\"x\"")}) {
    challenge = one;
    Place place(fake, {"ana", "secret", ""});
    REQUIRE(place.session.open().ok());
    CHECK(!place.repository.manifest("latest").ok());
    CHECK(!place.session.log_in().ok());
  }
  for (const auto& heard : thief.heard()) {
    CHECK(heard.header("Authorization").empty());
    CHECK(!heard.target.starts_with("/token"));
  }
  CHECK(thief.heard().size() >= 6);
  for (const auto& heard : fake.heard()) CHECK(heard.header("Authorization").empty());
}

TEST_CASE("a manifest whose token is refused is sent once more with a new one, whole") {
  std::atomic<int> tokens{0};
  FakeRegistry server([&](const Heard&) { return Reply{200, {}, "{\"token\":\"t" + std::to_string(++tokens) + "\",\"expires_in\":300}"}; });
  FakeRegistry fake([&](const Heard& heard) {
    if (heard.target.ends_with("/fine") && heard.header("Authorization") == "Bearer t2") return Reply{201, {{"Docker-Content-Digest", kSomeDigest.str()}}, ""};
    return Reply{401, {{"WWW-Authenticate", "Bearer realm=\"" + server.url() + "/token\",service=\"reg\""}}, "{}"};
  });
  Place place(fake, {"ana", "secret", ""});
  REQUIRE(place.session.open().ok());
  const auto put = place.repository.put_manifest("fine", "application/json", "{\"a\":1}");
  REQUIRE(put.ok());
  CHECK(put.value() == kSomeDigest.str());
  const auto heard = fake.heard();
  REQUIRE(heard.size() == 3);
  CHECK(heard[1].header("Authorization") == "Bearer t1");
  CHECK(heard[1].body == "{\"a\":1}");
  CHECK(heard[2].body == "{\"a\":1}");
  // Bytes that are gone when they are sent are sent once, but the token is not used again.
  StringSource bytes("blob");
  const size_t before = fake.heard().size();
  CHECK(!place.repository.send(fake.url() + "/v2/team/app/blobs/uploads/1", bytes).ok());
  CHECK(fake.heard().size() == before + 1);
  CHECK(tokens == 2);
  ignore(place.repository.has_blob(kSomeDigest));
  CHECK(fake.heard()[before + 1].header("Authorization") == "Bearer t3");
}

TEST_CASE("the end of an upload may take longer than any other answer") {
  FakeRegistry fake([](const Heard&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(900));
    return Reply{201, {}, ""};
  });
  Place place(fake, {}, 300 * kMillisecond);
  CHECK(place.repository.finish_upload(fake.url() + "/v2/team/app/blobs/uploads/1", kSomeDigest, nullptr, 0).ok());
  const auto other = place.repository.has_blob(kSomeDigest);
  REQUIRE(!other.ok());
  CHECK(other.error().code == "fetch.timeout");
}

TEST_CASE("what a registry lists and names is bounded") {
  const std::string tag(1 << 20, 't');
  FakeRegistry fake([&](const Heard& heard) {
    if (heard.target.find("/tags/list") != std::string::npos)
      return Reply{200, {{"Link", "</v2/team/app/tags/list?last=t>; rel=\"next\""}}, "{\"tags\":[\"" + tag + "\"]}"};
    return Reply{200, {{"Content-Type", std::string(heard.target.ends_with("/long") ? 257 : 256, 'm')}}, "{}"};
  });
  Place place(fake);
  const auto tags = place.repository.tags();
  REQUIRE(!tags.ok());
  CHECK(tags.error().code == "registry.tags");
  CHECK(fake.heard().size() == 17);
  CHECK(place.repository.manifest("short").ok());
  const auto manifest = place.repository.manifest("long");
  REQUIRE(!manifest.ok());
  CHECK(manifest.error().code == "registry.media-type");
}
