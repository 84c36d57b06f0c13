// JSON, order kept: Docker's answers come in the order of its structures, and people see them (`docker inspect`).
//
// This header costs nothing; files that build or take apart a Json include base/json_full.hpp (codec .cpp files only: it costs seconds a file).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace strates {

using Json = nlohmann::ordered_json;

// Bounds for text that comes from outside.
struct JsonLimits {
  size_t bytes = 16 << 20;
  size_t depth = 64;
};

// code json.syntax, json.too-large or json.too-deep.
Result<Json> parse_json(std::string_view text, JsonLimits limits = {});
// One line, no spaces. Invalid UTF-8 is replaced by U+FFFD, as Go does.
std::string dump_json(const Json& value);
// Indented, as Go's json.MarshalIndent(v, "", indent) writes it.
std::string dump_json_pretty(const Json& value, int indent = 4);
// As Go's json.Marshal: <, >, & and U+2028/9 escaped. Image configurations are hashed in this form.
std::string dump_json_go(const Json& value);

// Lenient reads: absent, null or of another type gives the fallback.
std::string json_string(const Json& object, std::string_view key, std::string_view fallback = {});
std::int64_t json_int(const Json& object, std::string_view key, std::int64_t fallback = 0);
bool json_bool(const Json& object, std::string_view key, bool fallback = false);
std::vector<std::string> json_strings(const Json& object, std::string_view key);
// The member, or null when absent (a shared, static null).
const Json& json_member(const Json& object, std::string_view key);

}  // namespace strates
