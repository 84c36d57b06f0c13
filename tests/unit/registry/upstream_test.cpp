// What a mirror asks another registry, and how it tells what goes wrong.
#include "base/base64.hpp"
#include "registry/upstream/registry_upstream.hpp"
#include "registry_support.hpp"

using namespace strates;
using namespace strates::tests;
using registry::server::Upstream;

namespace {

struct Behind {
  explicit Behind(const FakeRegistry& fake, registry::Credentials credentials = {})
      : upstream(registry::server::registry_upstream({transport, clock}, fake.url(), std::move(credentials)).value()) {}
  // What came of a blob from `offset` on.
  Result<std::string> blob(std::uint64_t offset) {
    StringSink sink;
    TRY(upstream->blob("team/app", kSomeDigest, offset, sink, [this](std::optional<std::uint64_t> size) { announced = size; }, [] { return false; }));
    return sink.bytes;
  }
  StillClock clock;
  http::Transport transport{{.tls = http::tls_dialer()}};
  std::unique_ptr<Upstream> upstream;
  std::optional<std::uint64_t> announced;
};

Reply open_door(const Heard& heard, Reply otherwise) { return heard.target == "/v2/" ? Reply{200, {}, "{}"} : otherwise; }

}  // namespace

TEST_CASE("a mirror logs in to the registry behind it, with a token that is fetched once") {
  FakeRegistry tokens([](const Heard&) { return Reply{200, {}, R"({"token":"T1","expires_in":300})"}; });
  FakeRegistry fake([&](const Heard& heard) {
    if (heard.header("Authorization") != "Bearer T1") return Reply{401, {{"WWW-Authenticate", "Bearer realm=\"" + tokens.url() + "/token\",service=\"hub\""}}, "{}"};
    if (heard.method == "HEAD") return Reply{200, {{"Docker-Content-Digest", kSomeDigest.str()}}, ""};
    return Reply{200, {{"Content-Type", "application/vnd.oci.image.manifest.v1+json"}}, "{}"};
  });
  Behind behind(fake, {"ana", "secret", ""});
  CHECK(behind.upstream->resolve("team/app", "v1").value_or(std::nullopt) == kSomeDigest);
  const auto manifest = behind.upstream->manifest("team/app", "v1");
  REQUIRE(manifest.ok());
  CHECK(manifest.value().bytes == "{}");
  REQUIRE(tokens.heard().size() == 1);
  CHECK(tokens.heard()[0].header("Authorization") == "Basic " + base64_encode("ana:secret"));
  CHECK(tokens.heard()[0].target.find("scope=repository%3Ateam%2Fapp%3Apull") != std::string::npos);
}

TEST_CASE("a blob that a mirror is sent elsewhere for comes without what the registry was shown") {
  FakeRegistry store([](const Heard&) { return Reply{200, {}, "0123456789"}; });
  FakeRegistry fake([&](const Heard& heard) {
    if (heard.target == "/v2/") return Reply{401, {{"WWW-Authenticate", "Basic realm=\"x\""}}, "{}"};
    return Reply{307, {{"Location", store.url() + "/bytes"}}, ""};
  });
  Behind behind(fake, {"ana", "secret", ""});
  CHECK(behind.blob(0).value_or("") == "0123456789");
  CHECK(behind.announced == 10);
  CHECK(fake.heard().back().header("Authorization") == "Basic " + base64_encode("ana:secret"));
  REQUIRE(store.heard().size() == 1);
  CHECK(store.heard()[0].header("Authorization").empty());
}

TEST_CASE("a mirror takes a blob up where it stopped, from registries with ranges and without") {
  bool ranges = true;
  FakeRegistry fake([&](const Heard& heard) {
    if (!ranges || heard.header("Range").empty()) return open_door(heard, Reply{200, {}, "0123456789"});
    CHECK(heard.header("Range") == "bytes=4-");
    return Reply{206, {{"Content-Range", "bytes 4-9/10"}}, "456789"};
  });
  Behind behind(fake);
  CHECK(behind.blob(4).value_or("") == "456789");
  CHECK(behind.announced == 10);
  ranges = false;
  CHECK(behind.blob(4).value_or("") == "456789");
  CHECK(behind.announced == 10);
}

TEST_CASE("a part that was not asked for is refused") {
  FakeRegistry fake([](const Heard& heard) { return open_door(heard, Reply{206, {{"Content-Range", "bytes 0-5/10"}}, "012345"}); });
  Behind behind(fake);
  const auto got = behind.blob(4);
  REQUIRE(!got.ok());
  CHECK(got.error().code == "upstream.answer");
}

TEST_CASE("what goes wrong behind a mirror has one code each") {
  struct Row {
    Reply reply;
    std::string code;
  };
  const Row rows[] = {
      {{404, {}, R"({"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown"}]})"}, "upstream.not-found"},
      {{403, {}, R"({"errors":[{"code":"DENIED","message":"no"}]})"}, "upstream.refused"},
      {{429, {}, "{}"}, "upstream.rate-limited"},
      {{500, {}, "oh"}, "upstream.unreachable"},
      {{418, {}, "tea"}, "upstream.answer"},
      {{200, {}, "0123456789", 4}, "upstream.cut-short"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.reply.status);
    FakeRegistry fake([&](const Heard& heard) { return open_door(heard, row.reply); });
    Behind behind(fake);
    const auto got = behind.blob(0);
    REQUIRE(!got.ok());
    CHECK(got.error().code == row.code);
  }
  auto gone = std::make_unique<FakeRegistry>([](const Heard&) { return Reply{}; });
  Behind behind(*gone);
  gone.reset();
  const auto got = behind.blob(0);
  REQUIRE(!got.ok());
  CHECK(got.error().code == "upstream.unreachable");
}

TEST_CASE("a server that stops does not sit through its registry's patience") {
  FakeRegistry fake([](const Heard& heard) { return open_door(heard, Reply{503, {{"Retry-After", "50"}}, "{}"}); });
  Behind behind(fake);
  std::thread stopper([&] {
    while (fake.heard().size() < 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    behind.upstream->stop();
  });
  const auto began = std::chrono::steady_clock::now();
  const auto got = behind.blob(0);
  stopper.join();
  CHECK(!got.ok());
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(20));
}
