#include "build/go_text.hpp"

#include <doctest/doctest.h>

#include "build/unicode_class.hpp"
#include "image/utf8.hpp"

using namespace strates;
using namespace strates::build;

TEST_CASE("a character becomes its UTF-8 bytes") {
  struct Row {
    char32_t point;
    std::string_view bytes;
  };
  const Row rows[] = {{'a', "a"},
                      {0x7f, "\x7f"},
                      {0x80, "\xc2\x80"},
                      {0x7ff, "\xdf\xbf"},
                      {0x800, "\xe0\xa0\x80"},
                      {0xffff, "\xef\xbf\xbf"},
                      {0x10000, "\xf0\x90\x80\x80"},
                      {0x10ffff, "\xf4\x8f\xbf\xbf"}};
  for (const Row& row : rows) {
    CHECK(to_utf8(row.point) == row.bytes);
    CHECK(to_runes(row.bytes) == std::u32string(1, row.point));
  }
  CHECK(to_utf8(0) == std::string(1, '\0'));
}

TEST_CASE("what is no character is U+FFFD") {
  for (const char32_t point : {0xd800U, 0xdfffU, 0x110000U, 0xffffffffU}) CHECK(to_utf8(point) == "\xef\xbf\xbd");
  CHECK(to_utf8(0xd7ff) == "\xed\x9f\xbf");
  CHECK(to_utf8(0xe000) == "\xee\x80\x80");
}

TEST_CASE("every character comes back from its bytes") {
  for (char32_t point = 0; point <= 0x10ffff; ++point) {
    if (point == 0xd800) point = 0xe000;
    const std::string bytes = to_utf8(point);
    const image::Utf8Char read = image::first_character(bytes);
    if (read.point != point || read.bytes != bytes.size()) FAIL("character " << static_cast<unsigned>(point));
  }
}

TEST_CASE("each wrong byte is one U+FFFD") {
  struct Row {
    std::string_view bytes;
    std::u32string_view runes;
  };
  const Row rows[] = {{"", U""},
                      {"a\xff"
                       "b",
                       U"a\ufffdb"},
                      {"\xc3", U"\ufffd"},                            // cut short
                      {"\xe2\x82", U"\ufffd\ufffd"},                  // the same, of three
                      {"\xc0\xaf", U"\ufffd\ufffd"},                  // overlong '/'
                      {"\xed\xa0\x80", U"\ufffd\ufffd\ufffd"},        // a surrogate
                      {"\xf4\x90\x80\x80", U"\ufffd\ufffd\ufffd\ufffd"},  // past U+10FFFF
                      {"\x80\xe2\x82\xac", U"\ufffd\u20ac"}};
  for (const Row& row : rows) CHECK(to_runes(row.bytes) == row.runes);
  CHECK(from_runes(to_runes("ou\xcc\x80 \xf0\x9f\x90\xb3")) == "ou\xcc\x80 \xf0\x9f\x90\xb3");
  CHECK(from_runes(U"a\ufffdb") == "a\xef\xbf\xbd" "b");
}

TEST_CASE("lists are printed as Go prints them") {
  CHECK(quote_list({}) == "[]");
  CHECK(quote_list({"a"}) == R"(["a"])");
  CHECK(quote_list({"/bin/sh", "-c", "echo \"a b\"\n"}) == R"(["/bin/sh" "-c" "echo \"a b\"\n"])");
  CHECK(quote_list({"", ""}) == R"(["" ""])");
  CHECK(plain_list({}) == "[]");
  CHECK(plain_list({"a"}) == "[a]");
  CHECK(plain_list({"a b", "", "c"}) == "[a b  c]");
}

TEST_CASE("letters and digits are Unicode's") {
  for (const char32_t c : std::u32string_view(U"azAZ\u00aa\u00b5\u00e9\u0153\u03a9\u0436\u05d0\u0639\u0e01\u1e9e\u3042\u4e2d\ud55c\U0001d400\U000323af")) {
    CAPTURE(static_cast<unsigned>(c));
    CHECK(is_letter(c));
    CHECK_FALSE(is_digit(c));
  }
  for (const char32_t c : std::u32string_view(U"09\u0660\u06f9\u0966\uff19\U0001d7d8\U0001fbf9")) {
    CAPTURE(static_cast<unsigned>(c));
    CHECK(is_digit(c));
    CHECK_FALSE(is_letter(c));
  }
  // '_', signs, marks, a superscript, a Roman number, what is no character.
  for (const char32_t c : {0U, 0x20U, 0x2fU, 0x3aU, 0x40U, 0x5bU, 0x5fU, 0x60U, 0x7bU, 0xb2U, 0xd7U, 0xf7U, 0x300U, 0x2160U, 0x20acU, 0xd800U, 0x1f433U,
                           0x10ffffU, 0xffffffffU}) {
    CAPTURE(c);
    CHECK_FALSE(is_letter(c));
    CHECK_FALSE(is_digit(c));
  }
}
