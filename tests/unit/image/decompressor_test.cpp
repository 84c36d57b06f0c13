// What unpacks is bounded, whatever it was packed with.
#include "adapters/decompressor.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "adapters/gzip_compressor.hpp"

using namespace strates;

namespace {

// Gives at most `piece` bytes at a time.
class InPieces final : public ByteSource {
 public:
  InPieces(const std::string& bytes, size_t piece) : bytes_(bytes), piece_(piece) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t count = std::min({buffer.size(), piece_, bytes_.size() - at_});
    std::copy_n(bytes_.data() + at_, count, buffer.data());
    at_ += count;
    return count;
  }

 private:
  const std::string& bytes_;
  size_t piece_, at_ = 0;
};

std::string packed(const std::string& bytes, size_t in, size_t out) {
  InPieces source(bytes, in);
  adapters::IgzipCompressor compressor;
  const auto stream = compressor.gzip(source);
  std::string result, buffer(out, '\0');
  for (;;) {
    const size_t got = stream->read(buffer).value();
    if (got == 0) return result;
    result.append(buffer, 0, got);
  }
}

std::string random_bytes(size_t size) {
  std::mt19937 random(7);
  std::string out(size, '\0');
  for (char& c : out) c = static_cast<char>(random() & 0xff);
  return out;
}

std::string text_bytes(size_t size) {
  std::string out;
  for (int i = 0; out.size() < size; ++i) out += "line " + std::to_string(i * 7919 % 1000) + " of a text\n";
  return out;
}

}  // namespace

TEST_CASE("what shrinks is compressed, what does not is stored, and both come back, however they are read") {
  const std::string random = random_bytes(2 << 20), text = text_bytes(2 << 20);
  const std::string mixed = text.substr(0, 700'000) + random.substr(0, 900'001) + text.substr(100, 300'000) + random.substr(0, 65'536) + text.substr(0, 12);
  for (const std::string& bytes : {std::string(), std::string("x"), text, random, mixed}) {
    const std::string one = packed(bytes, 1 << 20, 256 << 10);
    CHECK(packed(bytes, 777, 1000) == one);
    CHECK(packed(bytes, 64 << 10, 1) == one);
    StringSource source(one);
    const auto plain = adapters::open_decompressed(source);
    REQUIRE(plain.ok());
    CHECK(read_all(*plain.value(), 4 << 20).value_or("broken") == bytes);
  }
  CHECK(packed(text, 1 << 20, 1 << 20).size() < text.size() / 5);
  CHECK(packed(random, 1 << 20, 1 << 20).size() < random.size() + random.size() / 1000);
  // Fewer samples are taken of a file that does not shrink; what comes after it and does is compressed all the same.
  const std::string late = random_bytes(5 << 20) + text;
  CHECK(packed(late, 1 << 20, 1 << 20).size() < (5 << 20) + text.size() / 3);
  CHECK(packed(late, 777, 1000) == packed(late, 1 << 20, 1 << 20));
}

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
