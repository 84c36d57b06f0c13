// Rows of the field's own test suites, read at test time and never copied; what is absent is said.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "tests/support/places.hpp"

namespace conformance {

inline std::string folder() {
  const char* set = std::getenv("STRATES_CONFORMANCE");
  return set != nullptr && *set != '\0' ? set : strates::testing::source_dir() + "/../shared/conformance";
}

// Runs `check` on every row; a table that is there and empty is a failure.
inline void each_row(const std::string& table, const std::function<void(const strates::Json&)>& check) {
  std::ifstream file(folder() + "/" + table);
  if (!file) {
    MESSAGE("skipped: no " << table << " in " << folder());
    return;
  }
  std::stringstream all;
  all << file.rdbuf();
  int rows = 0;
  for (const auto& line : strates::split_lines(all.str())) {
    if (line.empty()) continue;
    const auto row = strates::parse_json(line);
    REQUIRE(row.ok());
    const std::string name = table + " " + strates::json_string(row.value(), "name") + " " + strates::json_string(row.value(), "input");
    CAPTURE(name);
    check(row.value());
    ++rows;
  }
  MESSAGE(table << ": " << rows << " rows");
  CHECK(rows > 0);
}

inline std::string text(const strates::Json& row, std::string_view key) { return strates::json_string(row, key); }

}  // namespace conformance
