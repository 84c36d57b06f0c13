#include <doctest/doctest.h>

#include "base/text.hpp"
#include "cli/go_time.hpp"
#include "cli/tab_table.hpp"
#include "cli/units.hpp"

using namespace strates;
using namespace strates::cli;

TEST_CASE("sizes are written as go-units writes them") {
  CHECK(human_size(6656) == "6.656kB");
  CHECK(human_size(2048) == "2.048kB");
  CHECK(human_size(5120) == "5.12kB");
  CHECK(human_size(1984172, 3) == "1.98MB");
  CHECK(human_size(502'000'000, 3) == "502MB");
  CHECK(human_size(0, 3) == "0B");
  CHECK(human_size(999, 3) == "999B");
  CHECK(human_size(1000, 3) == "1kB");
  CHECK(human_size(4'860'000'000'000, 3) == "4.86TB");
  const Language before = language();
  set_language(Language::French);
  CHECK(told_size(58'600'000'000) == "59\u00a0Go");
  CHECK(told_size(512) == "512 octets");
  set_language(Language::English);
  CHECK(told_size(58'600'000'000) == "59 GB");
  set_language(before);
  CHECK(bytes_size(25276510208.0) == "23.54GiB");
  CHECK(bytes_size(1024) == "1KiB");
  CHECK(bytes_size(0) == "0B");
}

TEST_CASE("durations are written as go-units writes them") {
  struct Row {
    std::int64_t seconds;
    const char* text;
  };
  constexpr Row kRows[] = {
      {0, "Less than a second"}, {1, "1 second"},   {59, "59 seconds"},      {60, "About a minute"}, {119, "About a minute"}, {120, "2 minutes"},
      {3599, "59 minutes"},      {3600, "About an hour"}, {5399, "About an hour"}, {5400, "2 hours"}, {47 * 3600, "47 hours"}, {48 * 3600, "2 days"},
      {13 * 86400, "13 days"},   {14 * 86400, "2 weeks"}, {59 * 86400, "8 weeks"}, {60 * 86400, "2 months"}, {729 * 86400, "24 months"}, {730 * 86400, "2 years"},
  };
  for (const Row& row : kRows) CHECK(human_duration(row.seconds * kSecond) == row.text);
}

TEST_CASE("text is cut to a width counted in characters") {
  CHECK(ellipsis("sh -c 'mkdir -p /www; x'", 20) == "sh -c 'mkdir -p /ww…");
  CHECK(ellipsis("12345678901234567890", 20) == "12345678901234567890");
  CHECK(ellipsis("ééééé", 5) == "ééééé");
  CHECK(ellipsis("éééééé", 5) == "éééé…");
  CHECK(ellipsis("", 3) == "");
}

TEST_CASE("columns are aligned as Go's tabwriter aligns them") {
  CHECK(align_tabs("IMAGE\tCOMMAND\nx\ty\n", kListLayout) == "IMAGE     COMMAND\nx         y\n");
  CHECK(align_tabs("A\tB\tC\nlonger than ten\tb\tc\n", kListLayout) == "A                 B         C\nlonger than ten   b         c\n");
  // A line without the column ends its block: the columns after it are measured anew.
  CHECK(align_tabs("aaaaaaaaaaaa\tb\nalone\na\tb\n", kListLayout) == "aaaaaaaaaaaa   b\nalone\na         b\n");
  CHECK(align_tabs("é…\tb\n", kListLayout) == "é…        b\n");
  CHECK(align_tabs("a\t\n", kListLayout) == "a         \n");
  CHECK(align_tabs("UID\tPID\n", kTopLayout) == "UID                 PID\n");
}

TEST_CASE("moments are read as the daemon wants them") {
  const Nanos now = 1'795'450'496LL * kSecond;
  CHECK(docker_timestamp("10m", now).value() == "1795449896");
  CHECK(docker_timestamp("2013-01-02T13:23:37Z", now).value() == "1357133017.000000000");
  CHECK(docker_timestamp("2013-01-02T13:23:37.5+01:00", now).value() == "1357129417.500000000");
  CHECK(docker_timestamp("1357133017.25", now).value() == "1357133017.25");
  CHECK(docker_timestamp("0", now).value() == "0");  // the beginning of all time, not "no time ago"
  CHECK(docker_timestamp("2999-01-01", now).value() == "9223372035.000000000");
  CHECK(docker_timestamp("bogus", now).error().message() == "failed to parse value as time or duration: \"bogus\"");
  CHECK_FALSE(docker_timestamp("", now).ok());
}
