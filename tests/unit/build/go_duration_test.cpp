#include <doctest/doctest.h>

#include <limits>

#include "build/go_duration.hpp"

using namespace strates;
using namespace strates::build;

namespace {

constexpr Nanos kMinute = 60 * kSecond, kHour = 60 * kMinute;
constexpr Nanos kLowest = std::numeric_limits<Nanos>::min(), kHighest = std::numeric_limits<Nanos>::max();

std::string refusal(std::string_view text) {
  const auto parsed = parse_go_duration(text);
  if (parsed.ok()) return "accepted: " + std::to_string(parsed.value());
  CHECK(parsed.error().code == "duration.syntax");
  CHECK(parsed.error().kind == ErrorKind::Invalid);
  return parsed.error().message();
}

}  // namespace

TEST_CASE("a duration is written as Go writes it, and read back") {
  struct Row {
    Nanos value;
    const char* text;
  };
  const Row rows[] = {{0, "0s"},
                      {1, "1ns"},
                      {999, "999ns"},
                      {1'100, "1.1\xc2\xb5s"},
                      {2'000, "2\xc2\xb5s"},
                      {2'200'000, "2.2ms"},
                      {1'000'001, "1.000001ms"},
                      {kSecond, "1s"},
                      {3'300 * kMillisecond, "3.3s"},
                      {kSecond + 5, "1.000000005s"},
                      {kMinute, "1m0s"},
                      {30 * kSecond, "30s"},
                      {4 * kMinute + 5 * kSecond + kMillisecond, "4m5.001s"},
                      {kHour, "1h0m0s"},
                      {5 * kHour + 6 * kMinute + 7001 * kMillisecond, "5h6m7.001s"},
                      {8 * kMinute + 1, "8m0.000000001s"},
                      {-1, "-1ns"},
                      {-kHour, "-1h0m0s"},
                      {kHighest, "2562047h47m16.854775807s"},
                      {kLowest, "-2562047h47m16.854775808s"}};
  for (const Row& row : rows) {
    const std::string wanted = row.text;
    CAPTURE(wanted);
    CHECK(go_duration(row.value) == wanted);
    const auto parsed = parse_go_duration(wanted);
    REQUIRE(parsed.ok());
    CHECK(parsed.value() == row.value);
  }
}

TEST_CASE("every form of a duration is read") {
  struct Row {
    const char* text;
    Nanos value;
  };
  const Row rows[] = {{"0", 0},
                      {"-0", 0},
                      {"+0", 0},
                      {"+5s", 5 * kSecond},
                      {"5.0s", 5 * kSecond},
                      {"5.s", 5 * kSecond},
                      {".5s", kSecond / 2},
                      {"-.5s", -kSecond / 2},
                      {"1.004s", 1004 * kMillisecond},
                      {"1.0040s", 1004 * kMillisecond},
                      {"100.00100s", 100'001 * kMillisecond},
                      {"12us", 12'000},
                      {"12\xc2\xb5s", 12'000},
                      {"12\xce\xbcs", 12'000},
                      {"3h30m", 3 * kHour + 30 * kMinute},
                      {"30m3h", 3 * kHour + 30 * kMinute},
                      {"-1.5h", -90 * kMinute},
                      {"0.3333333333333333333h", 20 * kMinute},
                      {"0.100000000000000000000h", 6 * kMinute},
                      {"0.830103483285477580700h", 49 * kMinute + 48'372'539'827},
                      {"9007199254740993ns", 9007199254740993},
                      {"9223372036854775807ns", kHighest},
                      {"9223372036854775.807us", kHighest},
                      {"-9223372036854775808ns", kLowest},
                      {"-2562047h47m16.854775808s", kLowest},
                      {"39h9m14.425s", 39 * kHour + 9 * kMinute + 14'425 * kMillisecond}};
  for (const Row& row : rows) {
    const std::string given = row.text;
    CAPTURE(given);
    const auto parsed = parse_go_duration(given);
    REQUIRE(parsed.ok());
    CHECK(parsed.value() == row.value);
  }
}

TEST_CASE("what is no duration is refused in Go's words") {
  CHECK(refusal("") == "time: invalid duration \"\"");
  CHECK(refusal("3") == "time: missing unit in duration \"3\"");
  CHECK(refusal("-3") == "time: missing unit in duration \"-3\"");
  CHECK(refusal("1.2.3s") == "time: missing unit in duration \"1.2.3s\"");
  for (const char* text : {"-", "+", "s", ".", "-.", ".s", "+.s", "++1s", "x", "--1s"}) CHECK(refusal(text) == "time: invalid duration \"" + std::string(text) + "\"");
  CHECK(refusal("1d") == "time: unknown unit \"d\" in duration \"1d\"");
  CHECK(refusal("1S") == "time: unknown unit \"S\" in duration \"1S\"");
  CHECK(refusal("5 s") == "time: unknown unit \" s\" in duration \"5 s\"");
  CHECK(refusal("1s-2s") == "time: unknown unit \"s-\" in duration \"1s-2s\"");
  CHECK(refusal("a\"\\\n\x7f\xc3\xa9") == "time: invalid duration \"a\\\"\\\\\\x0a\x7f\\xc3\\xa9\"");
  CHECK(refusal("00") == "time: missing unit in duration \"00\"");
}

TEST_CASE("what a duration cannot hold is refused, never wrapped") {
  for (const char* text : {"9223372036854775808ns", "9223372036854775.808us", "9223372036854ms775us808ns", "2562047h47m16.854775808s", "9223372036854775810ns",
                           "-9223372036854775809ns", "3000000h", "99999999999999999999999999999h", "9223372036854775808ns9223372036854775808ns",
                           "-9223372036854775808ns9223372036854775808ns", "18446744073709551617ns"}) {
    CAPTURE(text);
    CHECK(refusal(text) == "time: invalid duration \"" + std::string(text) + "\"");
  }
}

TEST_CASE("a very long duration costs one pass") {
  CHECK(refusal("0." + std::string(1'000'000, '9') + "s").starts_with("accepted: "));
  CHECK(refusal(std::string(1'000'000, '0') + "1s") == "accepted: 1000000000");
  std::string many;
  for (int i = 0; i < 300'000; ++i) many += "1s";
  CHECK(refusal(many) == "accepted: 300000000000000");
  CHECK(refusal(std::string(1'000'000, '7')).starts_with("time: invalid duration \"777"));
}
