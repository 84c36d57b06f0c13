#include <doctest/doctest.h>

#include "base/clock.hpp"
#include "base/http_date.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"

using namespace strates;

TEST_CASE("a time is written as Go writes it, and read back") {
  CHECK(rfc3339(0) == "1970-01-01T00:00:00Z");
  CHECK(rfc3339(1'795'451'623'630'676'938) == "2026-11-23T16:33:43.630676938Z");
  CHECK(rfc3339(1'500'000'000) == "1970-01-01T00:00:01.5Z");
  for (const Nanos at : {Nanos{0}, Nanos{1'795'451'623'630'676'938}, Nanos{-1'500'000'000}})
    CHECK(parse_rfc3339(rfc3339(at)).value() == at);
  CHECK(parse_rfc3339("2026-11-23T17:33:43+01:00").value() == parse_rfc3339("2026-11-23T16:33:43Z").value());
  CHECK_FALSE(parse_rfc3339("2026-11-23").ok());
  CHECK_FALSE(parse_rfc3339("0001-01-01T00:00:00Z").ok());
  CHECK_FALSE(parse_rfc3339("9999-01-01T00:00:00Z").ok());
  CHECK_FALSE(parse_rfc3339("2026-13-23T00:00:00Z").ok());
}

TEST_CASE("the three forms of a date in HTTP are read, and nothing else") {
  const Nanos at = 784'111'777 * kSecond;
  for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"}) CHECK(parse_http_date(text) == at);
  CHECK(parse_http_date("Sat, 03 Feb 2001 04:05:06 GMT") == 981'173'106 * kSecond);
  for (const char* text : {"", "yesterday", "120", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT+1", "Sun, 06 ovD 1994 08:49:37 GMT", "Sun, 06 No 1994 08:49:37 GMT", "Sun, 66 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 9994 08:49:37 GMT", "Sun, -6 Nov 1994 08:49:37 GMT"})
    CHECK_MESSAGE(!parse_http_date(text).has_value(), text);
}

TEST_CASE("paths are cleaned as Go cleans them") {
  CHECK(clean_path("/a/../b//c/.") == "/b/c");
  CHECK(clean_path("") == ".");
  CHECK(clean_path("../x") == "../x");
  CHECK(clean_path("/../x") == "/x");
  CHECK(join_path("/a", "b/../c") == "/a/c");
  CHECK(base_name("/a/b/") == "b");
  CHECK(dir_name("/a/b") == "/a");
  CHECK(dir_name("a") == ".");
}

TEST_CASE("hostile JSON is refused by size and depth") {
  CHECK(parse_json("{\"a\":[1,2]}").ok());
  CHECK(parse_json(std::string(100, '[')).error().code == "json.too-deep");
  CHECK(parse_json("{\"a\":").error().code == "json.syntax");
  CHECK(parse_json(std::string(64, ' '), {.bytes = 10}).error().code == "json.too-large");
  const Json value = parse_json("{\"b\":\"<&>\",\"a\":1}").value();
  CHECK(dump_json_go(value) == "{\"b\":\"\\u003c\\u0026\\u003e\",\"a\":1}");
}

TEST_CASE("every catalogue line has both languages with the same placeholders") {
  for (int i = 0; i < static_cast<int>(Text::Count); ++i) {
    const auto french = text_in(static_cast<Text>(i), Language::French);
    const auto english = text_in(static_cast<Text>(i), Language::English);
    CHECK_FALSE(french.empty());
    CHECK_FALSE(english.empty());
    const auto holes = [](std::string_view text) {
      int count = 0;
      for (size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '{' && at + 1 < text.size() && text[at + 1] == '{') ++at;
        else if (text[at] == '{') ++count;
      }
      return count;
    };
    CHECK_MESSAGE(holes(french) == holes(english), french);
  }
}
