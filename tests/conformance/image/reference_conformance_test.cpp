#include <map>

#include "image/reference.hpp"
#include "image/reference_grammar.hpp"
#include "table.hpp"

using namespace strates;
using namespace strates::image;
using conformance::each_row;
using conformance::text;

namespace {

// The suite's names of errors, by our codes.
std::string go_name(const Error& error) {
  static const std::map<std::string, std::string> kNames = {
      {"reference.format", "ErrReferenceInvalidFormat"},   {"reference.empty", "ErrNameEmpty"},
      {"reference.uppercase", "ErrNameContainsUppercase"}, {"reference.too-long", "ErrNameTooLong"},
      {"reference.not-canonical", "ErrNameNotCanonical"},  {"digest.length", "digest.ErrDigestInvalidLength"},
      {"digest.unsupported", "digest.ErrDigestUnsupported"}};
  const auto found = kNames.find(error.code);
  return found == kNames.end() ? error.code : found->second;
}

std::vector<std::string> copies(std::initializer_list<std::string_view> views) { return {views.begin(), views.end()}; }

}  // namespace

TEST_CASE("conformance: Parse") {
  each_row("reference/parse.jsonl", [](const Json& row) {
    const auto parsed = parse_plain_reference(text(row, "input"));
    CHECK((parsed.ok() ? "" : go_name(parsed.error())) == text(row, "error"));
    const Json& expected = json_member(row, "expected");
    if (!parsed.ok()) return;
    CHECK(parsed.value().name() == text(expected, "repository"));
    CHECK(parsed.value().domain == text(expected, "domain"));
    CHECK(parsed.value().tag == text(expected, "tag"));
    CHECK(parsed.value().digest == text(expected, "digest"));
    CHECK(parsed.value().canonical() == text(row, "input"));
  });
}

TEST_CASE("conformance: ParseNamed") {
  each_row("reference/parse-named.jsonl", [](const Json& row) {
    const auto parsed = parse_canonical_reference(text(row, "input"));
    CHECK((parsed.ok() ? "" : go_name(parsed.error())) == text(row, "error"));
    if (!parsed.ok()) return;
    CHECK(parsed.value().domain == text(json_member(row, "expected"), "domain"));
    CHECK(parsed.value().path == text(json_member(row, "expected"), "path"));
  });
}

TEST_CASE("conformance: ParseNormalizedNamed accepts and refuses") {
  each_row("reference/normalized-valid.jsonl", [](const Json& row) { CHECK(parse_reference(text(row, "input")).ok() == json_bool(row, "valid")); });
}

TEST_CASE("conformance: ParseAnyReference") {
  each_row("reference/any-reference.jsonl", [](const Json& row) {
    const auto parsed = parse_any_reference(text(row, "Reference"));
    REQUIRE(parsed.ok());
    CHECK(parsed.value().canonical() == text(row, "Equivalent"));
    // Where the suite expects a digest and not a name, there is no name.
    CHECK(parsed.value().name().empty() == row.contains("Expected"));
  });
}

TEST_CASE("conformance: ParseDockerRef") {
  each_row("reference/docker-ref.jsonl", [](const Json& row) {
    const auto parsed = parse_docker_reference(text(row, "input"));
    REQUIRE(parsed.ok());
    CHECK(parsed.value().canonical() == text(row, "expected"));
  });
}

TEST_CASE("conformance: domain and path of a normalized name") {
  each_row("reference/split-hostname.jsonl", [](const Json& row) {
    const auto parsed = parse_reference(text(row, "input"));
    REQUIRE(parsed.ok());
    CHECK(parsed.value().domain == text(row, "domain"));
    CHECK(parsed.value().path == text(row, "path"));
  });
}

TEST_CASE("conformance: every name of a repository") {
  each_row("reference/repository-info.jsonl", [](const Json& row) {
    for (const char* key : {"RemoteName", "FamiliarName", "FullName", "AmbiguousName"}) {
      // A remote name alone does not say its registry; an ambiguous one is not always given.
      const std::string input = key == std::string_view("RemoteName") ? text(row, "Domain") + "/" + text(row, key) : text(row, key);
      if (input.empty()) continue;
      CAPTURE(input);
      const auto parsed = parse_reference(input);
      REQUIRE(parsed.ok());
      CHECK(parsed.value().domain == text(row, "Domain"));
      CHECK(parsed.value().path == text(row, "RemoteName"));
      CHECK(parsed.value().familiar_name() == text(row, "FamiliarName"));
      CHECK(parsed.value().name() == text(row, "FullName"));
    }
  });
}

TEST_CASE("conformance: WithName refuses") {
  each_row("reference/with-name-fail.jsonl", [](const Json& row) {
    const auto named = with_name(text(row, "input"));
    REQUIRE_FALSE(named.ok());
    CHECK(go_name(named.error()) == text(row, "error"));
  });
}

TEST_CASE("conformance: WithTag and WithDigest") {
  for (const char* table : {"reference/with-tag.jsonl", "reference/with-digest.jsonl"}) {
    each_row(table, [](const Json& row) {
      auto reference = with_name(text(row, "name"));
      REQUIRE(reference.ok());
      if (row.contains("tag")) reference = with_tag(reference.value(), text(row, "tag"));
      REQUIRE(reference.ok());
      if (row.contains("digest")) reference = with_digest(reference.value(), text(row, "digest"));
      REQUIRE(reference.ok());
      CHECK(reference.value().canonical() == text(row, "combined"));
    });
  }
}

TEST_CASE("conformance: the grammar of domains and identifiers") {
  each_row("reference/domain-regexp.jsonl", [](const Json& row) { CHECK(matches_domain(text(row, "input")) == json_bool(row, "match")); });
  each_row("reference/identifier-regexp.jsonl", [](const Json& row) { CHECK(is_identifier(text(row, "input")) == json_bool(row, "match")); });
}

TEST_CASE("conformance: the grammar of names and references") {
  each_row("reference/fullname-regexp.jsonl", [](const Json& row) {
    const std::string input = text(row, "input");
    const auto parts = match_name(input);
    REQUIRE(parts.has_value() == json_bool(row, "match"));
    if (parts && row.contains("subs")) CHECK(copies({parts->domain, parts->path}) == json_strings(row, "subs"));
  });
  each_row("reference/reference-regexp.jsonl", [](const Json& row) {
    const std::string input = text(row, "input");
    const auto parts = match_reference(input);
    REQUIRE(parts.has_value() == json_bool(row, "match"));
    if (parts && row.contains("subs")) CHECK(copies({parts->name, parts->tag, parts->digest}) == json_strings(row, "subs"));
  });
}

TEST_CASE("conformance: FamiliarMatch") {
  each_row("reference/familiar-match.jsonl", [](const Json& row) {
    const auto reference = parse_any_reference(text(row, "reference"));
    REQUIRE(reference.ok());
    const auto matched = familiar_match(text(row, "pattern"), reference.value());
    REQUIRE(matched.ok());
    CHECK(matched.value() == json_bool(row, "expected"));
  });
}
