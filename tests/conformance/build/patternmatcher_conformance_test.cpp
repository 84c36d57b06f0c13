// moby/patternmatcher's own tables.
#include "../image/table.hpp"
#include "base/strings.hpp"
#include "build/ignore_patterns.hpp"

using namespace strates;
using namespace strates::build;
using conformance::each_row;
using conformance::text;

namespace {

std::string kind_name(PathPattern::Kind kind) {
  switch (kind) {
    case PathPattern::Kind::Exact: return "exactMatch";
    case PathPattern::Kind::Prefix: return "prefixMatch";
    case PathPattern::Kind::Suffix: return "suffixMatch";
    case PathPattern::Kind::Regexp: return "regexpMatch";
  }
  return "";
}

}  // namespace

TEST_CASE("conformance: MatchesOrParentMatches") {
  each_row("patternmatcher/matches.jsonl", [](const Json& row) {
    const auto patterns = IgnorePatterns::compile(json_strings(row, "patterns"));
    REQUIRE(patterns.ok());
    CHECK(patterns.value().excludes(text(row, "path")) == json_bool(row, "expected"));
  });
}

TEST_CASE("conformance: what filepath.Match accepts, refuses and matches") {
  each_row("patternmatcher/filepath-match.jsonl", [](const Json& row) {
    const auto patterns = IgnorePatterns::compile({text(row, "pattern")});
    REQUIRE(patterns.ok() != json_bool(row, "error"));
    if (!patterns.ok()) {
      CHECK(patterns.error().message() == "syntax error in pattern");
      return;
    }
    CHECK(patterns.value().excludes(clean_path(text(row, "path"))) == json_bool(row, "expected"));
  });
}

TEST_CASE("conformance: a pattern's expression is read back from the states that match") {
  each_row("patternmatcher/compile.jsonl", [](const Json& row) {
    const auto pattern = PathPattern::compile(text(row, "input"));
    REQUIRE(pattern.ok());
    CHECK(kind_name(pattern.value().kind()) == text(row, "match_type"));
    if (pattern.value().kind() == PathPattern::Kind::Regexp) CHECK(pattern.value().regex() == text(row, "expected_regex"));
  });
}

TEST_CASE("conformance: ReadAll of a .dockerignore") {
  each_row("patternmatcher/ignorefile.jsonl", [](const Json& row) { CHECK(read_ignore_file(text(row, "input")) == json_strings(row, "expected")); });
}
