// What unpacks is bounded, whatever it was packed with.
#include "adapters/decompressor.hpp"

#include <doctest/doctest.h>

#include "adapters/gzip_compressor.hpp"

using namespace strates;

TEST_CASE("no more bytes come out than the bound allows") {
  const std::string zeros(1 << 20, '\0');
  StringSource plain_source(zeros);
  adapters::IgzipCompressor compressor;
  const std::string packed = read_all(*compressor.gzip(plain_source), 1 << 20).value();
  REQUIRE(packed.size() < zeros.size() / 50);
  for (const std::string& archive : {packed, zeros}) {
    StringSource fits(archive), bursts(archive);
    const auto whole = adapters::open_decompressed_up_to(fits, zeros.size());
    REQUIRE(whole.ok());
    CHECK(read_all(*whole.value(), 2 << 20).value_or("").size() == zeros.size());
    const auto bounded = adapters::open_decompressed_up_to(bursts, zeros.size() - 1);
    REQUIRE(bounded.ok());
    const auto got = read_all(*bounded.value(), 2 << 20);
    REQUIRE(!got.ok());
    CHECK(got.error().code == "archive.size");
  }
}
