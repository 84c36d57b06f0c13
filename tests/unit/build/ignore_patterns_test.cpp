#include <doctest/doctest.h>

#include <chrono>

#include "build/ignore_patterns.hpp"

using namespace strates;
using namespace strates::build;

namespace {

using Lines = std::vector<std::string>;

IgnorePatterns compiled(const Lines& lines) {
  auto patterns = IgnorePatterns::compile(lines);
  REQUIRE(patterns.ok());
  return std::move(patterns).value();
}

bool excludes(const Lines& lines, std::string_view path) { return compiled(lines).excludes(path); }

std::string refusal(const Lines& lines) {
  const auto patterns = IgnorePatterns::compile(lines);
  return patterns.ok() ? "accepted" : patterns.error().code + ": " + patterns.error().message();
}

}  // namespace

TEST_CASE("an ignore file gives its patterns, clean and relative") {
  CHECK(read_ignore_file("") == Lines{});
  CHECK(read_ignore_file("a\nb") == Lines{"a", "b"});
  CHECK(read_ignore_file("\xef\xbb\xbf# comment\n\n  \na\r\n\t b/ \n") == Lines{"a", "b"});
  CHECK(read_ignore_file(" # no comment\n") == Lines{"# no comment"});
  CHECK(read_ignore_file("/a//b/../c/\n./d\n/\n.\n..\n/../e\n") == Lines{"a/c", "d", "/", ".", "..", "e"});
  CHECK(read_ignore_file("!/a\n! /b \n!\n!!c\n") == Lines{"!a", "!b", "!", "!!c"});
  CHECK(read_ignore_file("\xc2\xa0x\xe3\x80\x80\n") == Lines{"x"});
  CHECK(read_ignore_file("a\n\xef\xbb\xbf" "b\n") == Lines{"a", "\xef\xbb\xbf" "b"});
}

TEST_CASE("a pattern leaves out what it names and all below") {
  CHECK(excludes({"node_modules"}, "node_modules"));
  CHECK(excludes({"node_modules"}, "node_modules/a/b.js"));
  CHECK_FALSE(excludes({"node_modules"}, "node_modules2"));
  CHECK_FALSE(excludes({"node_modules"}, "app/node_modules"));
  CHECK(excludes({"**/node_modules"}, "app/x/node_modules/a"));
  CHECK(excludes({"*.log"}, "a.log"));
  CHECK_FALSE(excludes({"*.log"}, "d/a.log"));
  CHECK(excludes({"**/*.log"}, "d/e/a.log"));
  CHECK(excludes({"**/*.log"}, "a.log"));
  CHECK(excludes({"d/**"}, "d/e/a.log"));
  CHECK_FALSE(excludes({"d/**"}, "d"));
  CHECK_FALSE(excludes({"d/**"}, "dd/a"));
  CHECK(excludes({"*/temp*"}, "some/temporary/file"));
  CHECK_FALSE(excludes({"*/temp*"}, "a/b/temp"));
  CHECK(excludes({"temp?"}, "temp\xc3\xa9"));
  CHECK_FALSE(excludes({"temp?"}, "temp/"));
  CHECK(excludes({"a/**/z"}, "a/z"));
  CHECK(excludes({"a/**/z"}, "a/b/c/z"));
  CHECK_FALSE(excludes({"a/**/z"}, "a/b/cz"));
  CHECK_FALSE(excludes({"a/**/z"}, "az"));
  CHECK(excludes({"a/**/b/**/c"}, "a/x/b/y/b/c"));
  CHECK_FALSE(excludes({}, "a"));
  CHECK(compiled({"", "  "}).empty());
  CHECK_FALSE(compiled({"a"}).empty());
}

TEST_CASE("characters mean what Go's filepath.Match says") {
  CHECK(excludes({"[a-c]x"}, "bx"));
  CHECK_FALSE(excludes({"[^a-c]x"}, "bx"));
  CHECK(excludes({"[*]x"}, "*x"));
  CHECK_FALSE(excludes({"[*]x"}, "ax"));
  CHECK(excludes({"\\d*"}, "dot"));
  CHECK_FALSE(excludes({"\\d*"}, "1ot"));
  CHECK(excludes({"a.b+(c)|{d}$^?"}, "a.b+(c)|{d}$^e"));
  CHECK_FALSE(excludes({"a.b*"}, "axb"));
  CHECK(excludes({"[\\]]"}, "]"));
  CHECK(excludes({"[\xce\xb1-\xcf\x89]?"}, "\xce\xb2!"));
  // A byte that is no character is one character, the same as any other such byte.
  CHECK(excludes({"a?b"}, "a\xff" "b"));
  CHECK_FALSE(excludes({"a?b"}, "a\xff\xff" "b"));
  // Go's `.` stops at the end of a line, `[^/]` does not.
  CHECK(excludes({"a*b"}, "a\nb"));
  CHECK_FALSE(excludes({"x**/b"}, "x\n/b"));
}

TEST_CASE("the last pattern that matches decides") {
  const Lines lines = {"*.md", "!README*.md", "README-secret.md"};
  CHECK(excludes(lines, "a.md"));
  CHECK_FALSE(excludes(lines, "README.md"));
  CHECK(excludes(lines, "README-secret.md"));
  CHECK_FALSE(excludes({"*.md", "README-secret.md", "!README*.md"}, "README-secret.md"));
  CHECK_FALSE(excludes({"!a"}, "a"));
  CHECK_FALSE(excludes({"d", "!d/keep"}, "d/keep/x"));
  CHECK(excludes({"d", "!d/keep"}, "d/other"));
  CHECK(excludes({"!d/keep", "d"}, "d/keep"));
}

TEST_CASE("an excluded directory is entered only where an exception starts with it") {
  const IgnorePatterns patterns = compiled({"a", "b", "ab", "!a/b/c", "!**/x"});
  CHECK_FALSE(patterns.skips_directory("a"));
  CHECK_FALSE(patterns.skips_directory("a/b"));
  CHECK_FALSE(patterns.skips_directory("a/b/c"));
  CHECK(patterns.skips_directory("a/b/c/d"));
  CHECK(patterns.skips_directory("b"));
  CHECK(patterns.skips_directory("ab"));
  CHECK(compiled({"a"}).skips_directory("a"));
}

TEST_CASE("wrong patterns are told") {
  CHECK(refusal({"!"}) == "pattern.exclusion: illegal exclusion pattern: \"!\"");
  CHECK(refusal({"a", " ! "}) == "pattern.exclusion: illegal exclusion pattern: \"!\"");
  CHECK(refusal({"!/"}) == "pattern.exclusion: illegal exclusion pattern: \"!\"");
  for (const char* pattern : {"[", "a[", "[]a]", "[a-", "[^", "\\", "a\\", "[b-a]", "!x/[", "*[", "[\xff]"}) {
    CAPTURE(pattern);
    CHECK(refusal({pattern}) == "pattern.syntax: syntax error in pattern");
  }
}

TEST_CASE("a hostile pattern costs pattern times path") {
  // By backtracking, these would outlive the machine.
  std::string stars, deep, path;
  for (int i = 0; i < 500; ++i) stars += "a*", deep += "**/a/";
  for (int i = 0; i < 1000; ++i) path += "a/";
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(excludes({stars + "b"}, std::string(4000, 'a')));
  CHECK_FALSE(excludes({deep + "b?"}, path + "c"));
  CHECK(excludes({deep + "?"}, path + "c"));
  CHECK_FALSE(excludes({"**" + std::string(2000, '/') + "x[y]"}, path));
  CHECK_FALSE(excludes({"**/" + path + "z"}, path + path + "y"));
  CHECK(refusal({std::string(1'000'000, '[')}) == "pattern.syntax: syntax error in pattern");
  CHECK(refusal({std::string(300'000, '*') + "x"}) == "accepted");
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(60));
}
