// Downloads that go wrong, and how they go on.
#include "registry_support.hpp"

using namespace strates;
using namespace strates::tests;

namespace {

// "bytes=100-" -> 100; none: the whole was asked for.
std::optional<size_t> range_of(const Heard& heard) {
  const std::string range = heard.header("Range");
  if (!range.starts_with("bytes=")) return std::nullopt;
  return std::stoul(range.substr(6));
}

Reply part(const std::string& whole, size_t from) {
  Reply out{206, {{"Content-Range", "bytes " + std::to_string(from) + "-" + std::to_string(whole.size() - 1) + "/" + std::to_string(whole.size())}}, whole.substr(from)};
  return out;
}

}  // namespace

TEST_CASE("a blob whose connection is cut goes on where it was cut") {
  const std::string whole = words_of_size(600'000);
  FakeRegistry fake([&](const Heard& heard) {
    const auto from = range_of(heard);
    Reply reply = from ? part(whole, *from) : Reply{200, {}, whole};
    if (!from || *from < 400'000) reply.cut_after = 200'000;
    return reply;
  });
  Place place(fake);
  auto blob = place.repository.blob(kSomeDigest, whole.size());
  REQUIRE(blob.ok());
  const auto got = read_all(*blob.value(), 1 << 20);
  REQUIRE_MESSAGE(got.ok(), got.error().message());
  CHECK(got.value() == whole);
  const auto heard = fake.heard();
  REQUIRE(heard.size() == 3);
  CHECK(heard[1].header("Range") == "bytes=200000-");
  CHECK(heard[2].header("Range") == "bytes=400000-");
  CHECK(place.pauses.empty());  // there was progress each time
}

TEST_CASE("a registry without ranges is asked for the whole blob again, and no byte comes twice") {
  const std::string whole = words_of_size(300'000);
  int asked = 0;
  FakeRegistry fake([&](const Heard&) {
    Reply reply{200, {}, whole};
    if (asked++ == 0) reply.cut_after = 100'000;
    return reply;
  });
  Place place(fake);
  auto blob = place.repository.blob(kSomeDigest, whole.size());
  REQUIRE(blob.ok());
  CHECK(read_all(*blob.value(), 1 << 20).value_or("") == whole);
}

TEST_CASE("a registry that gives another part than the one asked for is asked for the whole, and for no part any more") {
  const std::string whole = words_of_size(300'000);
  int asked = 0;
  std::string part = "bytes 5-299999/300000";
  SUBCASE("another beginning") {}
  SUBCASE("no beginning at all") { part = ""; }
  SUBCASE("no such part") { part = "416"; }
  FakeRegistry fake([&](const Heard& heard) {
    if (range_of(heard)) return part == "416" ? Reply{416, {}, ""} : Reply{206, {{"Content-Range", part}}, whole.substr(5)};
    Reply reply{200, {}, whole};
    if (++asked < 3) reply.cut_after = 100'000 * asked;
    return reply;
  });
  Place place(fake);
  auto blob = place.repository.blob(kSomeDigest, whole.size());
  REQUIRE(blob.ok());
  const auto got = read_all(*blob.value(), 1 << 20);
  REQUIRE_MESSAGE(got.ok(), got.error().message());
  CHECK(got.value() == whole);
  const auto heard = fake.heard();
  REQUIRE(heard.size() == 4);
  CHECK(range_of(heard[1]) == 100'000);
  CHECK(!range_of(heard[2]));
  CHECK(!range_of(heard[3]));
}

TEST_CASE("a part that nobody asked for is refused") {
  FakeRegistry fake([](const Heard&) { return Reply{206, {{"Content-Range", "bytes 5-9/10"}}, "56789"}; });
  Place place(fake);
  const auto blob = place.repository.blob(kSomeDigest, 10);
  REQUIRE(!blob.ok());
  CHECK(blob.error().code == "registry.range");
}

TEST_CASE("a registry in trouble is asked for a blob five times in all, with waits between") {
  const std::string whole = words_of_size(1000);
  int status = 503, troubles = 2;
  FakeRegistry fake([&](const Heard&) {
    if (troubles-- > 0) return Reply{status, {}, "<html>"};
    return Reply{200, {}, whole};
  });
  Place place(fake);
  std::vector<int> told;
  const auto get = [&]() -> Result<std::string> {
    told.clear();
    place.pauses.clear();
    auto blob = TRY(place.repository.blob(kSomeDigest, whole.size(), [&](int seconds) { told.push_back(seconds); }));
    return read_all(*blob, 1 << 20);
  };
  SUBCASE("for a moment") {
    for (const int one : {429, 500, 502, 503, 504}) {
      status = one;
      troubles = 2;
      CHECK(get().value_or("") == whole);
      CHECK(told == std::vector<int>{1, 2});
      CHECK(place.pauses == std::vector<Nanos>{kSecond, 2 * kSecond});
    }
  }
  SUBCASE("for good") {
    troubles = 1000;
    const auto got = get();
    REQUIRE(!got.ok());
    CHECK(got.error().message() == "received unexpected HTTP status: 503 X");
    CHECK(told == std::vector<int>{1, 2, 3, 4});
    CHECK(fake.heard().size() == 5);
  }
  SUBCASE("but not for what no wait helps") {
    for (const int one : {400, 403, 404, 501}) {
      status = one;
      troubles = 1000;
      CHECK(!get().ok());
      CHECK(told.empty());
    }
    status = 404;
    CHECK(get().error().message() == "unknown blob");
  }
}

TEST_CASE("a registry in trouble in the middle of a blob is asked for the rest") {
  const std::string whole = words_of_size(300'000);
  int asked = 0;
  FakeRegistry fake([&](const Heard& heard) {
    ++asked;
    Reply reply = range_of(heard) ? part(whole, *range_of(heard)) : Reply{200, {}, whole};
    if (asked == 1) reply.cut_after = 100'000;
    if (asked == 2) reply = Reply{502, {}, ""};
    return reply;
  });
  Place place(fake);
  auto blob = place.repository.blob(kSomeDigest, whole.size());
  REQUIRE(blob.ok());
  CHECK(read_all(*blob.value(), 1 << 20).value_or("") == whole);
  CHECK(asked == 3);
  CHECK(place.pauses == std::vector<Nanos>{kSecond});
}

TEST_CASE("a registry that cuts at the same byte every time is given up, with waits between") {
  FakeRegistry fake([&](const Heard& heard) {
    Reply reply = range_of(heard) ? part(words_of_size(1000), *range_of(heard)) : Reply{200, {}, words_of_size(1000)};
    reply.cut_after = 0;
    return reply;
  });
  Place place(fake);
  std::vector<int> told;
  auto blob = place.repository.blob(kSomeDigest, 1000, [&](int seconds) { told.push_back(seconds); });
  REQUIRE(blob.ok());
  const auto got = read_all(*blob.value(), 1 << 20);
  REQUIRE(!got.ok());
  CHECK(got.error().code == "fetch.truncated");
  CHECK(got.error().message() == "unexpected EOF");
  CHECK(told == std::vector<int>{1, 2, 3, 4});
  CHECK(place.pauses == std::vector<Nanos>{kSecond, 2 * kSecond, 3 * kSecond, 4 * kSecond});
}

TEST_CASE("a blob of another length than its manifest says is refused") {
  FakeRegistry fake([&](const Heard& heard) {
    Reply reply{200, {}, words_of_size(1000)};
    if (heard.target.find("e3b0") != std::string::npos) reply.length = "";  // it does not say, and closes at the end
    return reply;
  });
  Place place(fake);
  SUBCASE("which the head tells") {
    const auto blob = place.repository.blob(Digest("sha256:" + std::string(64, '1')), 999);
    REQUIRE(!blob.ok());
    CHECK(blob.error().code == "registry.size");
  }
  SUBCASE("too long") {
    auto blob = place.repository.blob(kSomeDigest, 999);
    REQUIRE(blob.ok());
    CHECK(read_all(*blob.value(), 1 << 20).error().code == "registry.size");
  }
  SUBCASE("too short") {
    auto blob = place.repository.blob(kSomeDigest, 1001);
    REQUIRE(blob.ok());
    CHECK(read_all(*blob.value(), 1 << 20).error().code == "registry.size");
  }
}

TEST_CASE("a registry that stalls is left after the silence, and asked again") {
  int asked = 0;
  const std::string whole = words_of_size(5000);
  FakeRegistry fake([&](const Heard& heard) {
    Reply reply = range_of(heard) ? part(whole, *range_of(heard)) : Reply{200, {}, whole};
    if (asked++ == 0) {
      reply.cut_after = 100;
      reply.stall = true;
    }
    return reply;
  });
  Place place(fake, {}, 300 * kMillisecond);
  auto blob = place.repository.blob(kSomeDigest, whole.size());
  REQUIRE(blob.ok());
  CHECK(read_all(*blob.value(), 1 << 20).value_or("") == whole);
  CHECK(fake.heard().size() == 2);
}

TEST_CASE("a connection that is cut after the last byte is the end") {
  const std::string whole = words_of_size(5000);
  FakeRegistry fake([&](const Heard&) {
    Reply reply;
    // The chunk that says "this was all" is missing.
    reply.raw = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n" + whole + "\r\n";
    return reply;
  });
  Place place(fake);
  auto blob = place.repository.blob(kSomeDigest, whole.size());
  REQUIRE(blob.ok());
  CHECK(read_all(*blob.value(), 1 << 20).value_or("") == whole);
  CHECK(fake.heard().size() == 1);
  // One byte less is none.
  auto longer = place.repository.blob(kSomeDigest, whole.size() + 1);
  REQUIRE(longer.ok());
  CHECK(!read_all(*longer.value(), 1 << 20).ok());
}
