#include <doctest/doctest.h>

#include "image/path_match.hpp"
#include "image/reference.hpp"

using namespace strates;
using namespace strates::image;

namespace {

std::string refusal(std::string_view text) {
  const auto parsed = parse_reference(text);
  return parsed.ok() ? "accepted: " + parsed.value().canonical() : parsed.error().message();
}

const std::string kHex = "da304e823d8ca2b9d863a3c897baeb852ba21ea9a9f1414736394ae7fcaf9821";

}  // namespace

TEST_CASE("a name is completed as Docker does, and shown as people write it") {
  const auto check = [](std::string_view text, std::string_view canonical, std::string_view familiar) {
    CAPTURE(text);
    const auto parsed = parse_reference(text);
    REQUIRE(parsed.ok());
    CHECK(parsed.value().with_default_tag().canonical() == canonical);
    CHECK(parsed.value().with_default_tag().familiar() == familiar);
  };
  check("busybox", "docker.io/library/busybox:latest", "busybox:latest");
  check("index.docker.io/library/busybox:1", "docker.io/library/busybox:1", "busybox:1");
  check("someone/app", "docker.io/someone/app:latest", "someone/app:latest");
  check("localhost/app", "localhost/app:latest", "localhost/app:latest");
  check("localhost:5000/app:2", "localhost:5000/app:2", "localhost:5000/app:2");
  check("localhost:5000", "docker.io/library/localhost:5000", "localhost:5000");
  check("example.com/library/app", "example.com/library/app:latest", "example.com/library/app:latest");
  check("app@sha256:" + kHex, "docker.io/library/app@sha256:" + kHex, "app@sha256:" + kHex);
}

TEST_CASE("refusals are Docker's sentences") {
  CHECK(refusal("Busybox") == "invalid reference format: repository name must be lowercase");
  CHECK(refusal("example.com/Busybox:1") == "invalid reference format: repository name must be lowercase");
  CHECK(refusal("") == "invalid reference format");
  CHECK(refusal("a b") == "invalid reference format");
  CHECK(refusal("busybox:") == "invalid reference format");
  CHECK(refusal("busybox:" + std::string(129, 't')) == "invalid reference format");
  CHECK(refusal("busybox:" + std::string(128, 't')).starts_with("accepted"));
  CHECK(refusal(std::string("busybox\0", 8)) == "invalid reference format");
  CHECK(refusal("busyb\xc3\xb6x") == "invalid reference format");
  CHECK(refusal(kHex) == "invalid repository name (" + kHex + "), cannot specify 64-byte hexadecimal strings");
  CHECK(refusal("docker.io/" + kHex).starts_with("accepted"));
  CHECK(refusal("example.com/" + std::string(256, 'a')) == "repository name must not be more than 255 characters");
  CHECK(refusal("app@sha256:" + kHex.substr(0, 40)) == "invalid checksum digest length");
  CHECK(refusal("app@md5:" + kHex) == "unsupported digest algorithm");
  CHECK(parse_reference("Busybox").error().kind == ErrorKind::Invalid);
  CHECK(parse_reference("Busybox").error().code == "reference.uppercase");
}

TEST_CASE("a very long hostile name costs one pass") {
  CHECK(refusal(std::string(2'000'000, '-')) == "invalid reference format");
  std::string text;
  for (int i = 0; i < 500'000; ++i) text += "a-/";
  CHECK(refusal(text) == "invalid reference format");
  CHECK(refusal(std::string(1'000'000, 'a') + "@sha256:x") == "invalid reference format");
}

TEST_CASE("shell patterns match names, and wrong patterns are told") {
  CHECK(path_match("*", "abc").value());
  CHECK_FALSE(path_match("*", "a/c").value());
  CHECK(path_match("a?c", "a\xc3\xa9" "c").value());
  CHECK(path_match("[^a-c]x", "dx").value());
  CHECK_FALSE(path_match("[^a-c]x", "bx").value());
  CHECK(path_match("\\*", "*").value());
  CHECK_FALSE(path_match("", "a").value());
  CHECK(path_match("", "").value());
  for (const char* pattern : {"[", "[]a]", "[-]", "[a", "a\\", "[a-", "*[", "x[a"}) {
    CAPTURE(pattern);
    CHECK(path_match(pattern, "zzz").error().code == "pattern.syntax");
  }
}
