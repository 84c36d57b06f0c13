#include <doctest/doctest.h>

#include "adapters/openssl_hasher.hpp"
#include "adapters/system_clock.hpp"
#include "adapters/system_random.hpp"
#include "image/layer.hpp"

using namespace strates;

TEST_CASE("sha256 at once and in pieces agree with FIPS 180-2's examples") {
  adapters::OpensslHasher hasher;
  CHECK(hasher.sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hasher.sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  auto stream = hasher.sha256();
  for (const char* piece : {"a", "", "bc"}) REQUIRE(stream->write(piece).ok());
  CHECK(stream->finish_hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK_FALSE(stream->write("d").ok());
}

TEST_CASE("a chain starts with the lowest layer and depends on every layer") {
  adapters::OpensslHasher hasher;
  const DiffId a("sha256:a"), b("sha256:b");
  const ChainId first = image::chain_id(std::nullopt, a, hasher);
  CHECK(first.str() == "sha256:a");
  CHECK(image::chain_id(ChainId(), a, hasher) == first);
  CHECK(image::chain_id(first, b, hasher) != image::chain_id(image::chain_id(std::nullopt, b, hasher), a, hasher));
}

TEST_CASE("the machine's clock is in our century, and its random numbers differ") {
  adapters::SystemClock clock;
  const Nanos before = clock.now();
  CHECK(before > 1'600'000'000 * kSecond);
  CHECK(clock.now() - before < 3600 * kSecond);
  adapters::SystemRandom random;
  CHECK(random.bytes(0).empty());
  CHECK(random.bytes(1000).size() == 1000);
  CHECK(random.bytes(32) != random.bytes(32));
}
