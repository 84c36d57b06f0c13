#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "app_support.hpp"
#include "viewer/app/png_file.hpp"

using namespace strates;
using namespace strates::viewer;
using namespace strates::viewer::test;

namespace {

Pixels motley(int width, int height) {
  Pixels out;
  out.width = width;
  out.height = height;
  for (unsigned i = 0; i < static_cast<unsigned>(width * height); ++i)
    for (const unsigned channel : {i * 7, i / 3, i * i}) {
      out.rgba.push_back(static_cast<std::uint8_t>(channel));
      if (out.rgba.size() % 4 == 3) out.rgba.push_back(255);
    }
  return out;
}

std::uint32_t checksum(std::string_view bytes) {  // PNG annex D
  std::uint32_t out = 0xffffffff;
  for (const char byte : bytes) {
    out ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) out = (out & 1) != 0 ? 0xedb88320 ^ (out >> 1) : out >> 1;
  }
  return ~out;
}

std::string word(std::uint32_t value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
  return out;
}

std::string with_sides(std::string png, std::uint32_t width, std::uint32_t height) {
  png.replace(16, 8, word(width) + word(height));
  return png.replace(29, 4, word(checksum(png.substr(12, 17))));
}

size_t files_in(const std::string& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator()));
}

}  // namespace

TEST_CASE("a picture written is the picture read") {
  const Folder folder;
  for (const auto& [width, height] : {std::pair{1, 1}, {37, 5}, {640, 360}}) {
    const Pixels pixels = motley(width, height);
    REQUIRE(write_png(folder / "a.png", pixels).ok());
    const auto back = read_png(folder / "a.png");
    REQUIRE_MESSAGE(back.ok(), back.error().explanation());
    CHECK(back.value().width == width);
    CHECK(back.value().height == height);
    CHECK(back.value().rgba == pixels.rgba);
  }
  CHECK(files_in(folder.path()) == 1);  // no part is left
}

TEST_CASE("the same picture gives the same bytes, sRGB and without a time") {
  const auto a = encode_png(motley(64, 48)), b = encode_png(motley(64, 48));
  REQUIRE(a.ok());
  CHECK(a.value() == b.value());
  CHECK(a.value().find("sRGB") != std::string::npos);
  CHECK(a.value().find("tIME") == std::string::npos);
  CHECK(a.value().find("tEXt") == std::string::npos);
}

TEST_CASE("a picture that cannot be written leaves the old one and nothing else") {
  const Folder folder;
  CHECK(write_png(folder / "no/such/a.png", motley(4, 4)).error().kind == ErrorKind::NotFound);
  std::filesystem::create_directory(folder / "taken");
  CHECK_FALSE(write_png(folder / "taken", motley(4, 4)).ok());
  CHECK(files_in(folder.path()) == 1);
  REQUIRE(write_png(folder / "a.png", motley(4, 4)).ok());
  Pixels wrong = motley(4, 4);
  wrong.width = 5;
  CHECK(write_png(folder / "a.png", wrong).error().code == "png.size");
  CHECK(read_png(folder / "a.png").value().rgba == motley(4, 4).rgba);
}

TEST_CASE("a hostile PNG is refused") {
  const std::string good = encode_png(motley(40, 30)).value();
  REQUIRE(decode_png(good).ok());
  CHECK(decode_png("").error().code == "png.broken");
  CHECK(decode_png("GIF89a and so on").error().code == "png.broken");
  for (size_t length = 0; length + 13 < good.size(); length += 7) CHECK_FALSE(decode_png(good.substr(0, length)).ok());
  // Claims of a size that memory would have to be taken for; the header's checksum is right.
  CHECK(decode_png(with_sides(good, 100000, 100000)).error().code == "png.size");
  CHECK(decode_png(with_sides(good, 8193, 1)).error().code == "png.size");
  CHECK(decode_png(with_sides(good, 8192, 8192)).error().code == "png.size");
  CHECK_FALSE(decode_png(with_sides(good, 0, 4)).ok());
  CHECK_FALSE(decode_png(with_sides(good, 0xffffffff, 0xffffffff)).ok());
  CHECK_FALSE(decode_png(with_sides(good, 400, 300)).ok());  // more rows than there are
  // Any byte wrong: refused or read, never more.
  for (size_t i = 0; i < good.size(); i += 3)
    for (const int flip : {0x01, 0x80, 0xff}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ flip);
      const auto out = decode_png(bad);
      if (out.ok()) CHECK(out.value().rgba.size() == static_cast<size_t>(out.value().width) * static_cast<size_t>(out.value().height) * 4);
    }
}

TEST_CASE("what is not a file is not read, and not waited for") {
  const Folder folder;
  CHECK(read_png(folder / "none.png").error().kind == ErrorKind::NotFound);
  CHECK_FALSE(read_png(folder.path()).ok());
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  const auto pipe = read_png(folder / "pipe");
  CHECK(pipe.error().code == "png.broken");
  CHECK(pipe.error().object == folder / "pipe");
  std::ofstream(folder / "huge");
  std::filesystem::resize_file(folder / "huge", 100u << 20);  // sparse
  CHECK(read_png(folder / "huge").error().code == "png.size");
}

TEST_CASE("pictures are compared point by point") {
  const Pixels a = motley(20, 10);
  Pixels b = a;
  CHECK(compare_pixels(a, b, 0).largest == 0);
  CHECK(compare_pixels(a, b, 0).beyond == 0);
  b.rgba[4] = static_cast<std::uint8_t>(b.rgba[4] ^ 0x40);
  b.rgba[9] = static_cast<std::uint8_t>(b.rgba[9] ^ 0x02);
  CHECK(compare_pixels(a, b, 3).beyond == 1);
  CHECK(compare_pixels(a, b, 0).beyond == 2);
  CHECK(compare_pixels(a, b, 3).largest == 0x40);
  CHECK(compare_pixels(a, b, 0).mean == doctest::Approx(66.0 / 800));
  CHECK_FALSE(compare_pixels(a, motley(10, 20), 255).same_size);
}
