#include "base/go_json_error.hpp"

#include <doctest/doctest.h>

#include "base/json.hpp"

using namespace strates;

TEST_CASE("text that is no JSON is told as Go tells it") {
  const std::pair<const char*, const char*> kSaid[] = {
      {"", "unexpected end of JSON input"},
      {" \n", "unexpected end of JSON input"},
      {"{bad", "invalid character 'b' looking for beginning of object key string"},
      {"<html>", "invalid character '<' looking for beginning of value"},
      {"{\"a\":1", "unexpected end of JSON input"},
      {"{\"a\" 1}", "invalid character '1' after object key"},
      {"{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair"},
      {"{\"a\":1,}", "invalid character '}' looking for beginning of object key string"},
      {"[1 2]", "invalid character '2' after array element"},
      {"[1,]", "invalid character ']' looking for beginning of value"},
      {"{} x", "invalid character 'x' after top-level value"},
      {"\"a\nb\"", "invalid character '\\n' in string literal"},
      {"\"\\x\"", "invalid character 'x' in string escape code"},
      {"\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape"},
      {"\"\\", "unexpected end of JSON input"},
      {"tru", "unexpected end of JSON input"},
      {"trux", "invalid character 'x' in literal true (expecting 'e')"},
      {"nil", "invalid character 'i' in literal null (expecting 'u')"},
      {"-", "unexpected end of JSON input"},
      {"-x", "invalid character 'x' in numeric literal"},
      {"01", "invalid character '1' after top-level value"},
      {"1.x", "invalid character 'x' after decimal point in numeric literal"},
      {"1e+x", "invalid character 'x' in exponent of numeric literal"},
      {"'", "invalid character '\\'' looking for beginning of value"},
      {"\xc3\xa9", "invalid character '\xc3\x83' looking for beginning of value"},
      {"\x80", "invalid character '\\u0080' looking for beginning of value"},
  };
  for (const auto& [text, said] : kSaid) CHECK_MESSAGE(go_json_error(text) == said, text);
  for (const char* text : {"{}", "[]", " null ", "-0.5e-3", "{\"a\":[1,{\"b\":\"\\u00e9\\n\"},true,false]}", "\"\x80\""}) CHECK_MESSAGE(go_json_error(text).empty(), text);
  CHECK(go_json_error(std::string(20'000, '[')) == "exceeded max depth");
}
