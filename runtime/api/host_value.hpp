// Values of HostConfig, strictly: null is the value that says nothing; any other type is refused by the key's name (400).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace strates::api {

// Lists and objects of one key; more entries than that are refused.
inline constexpr std::size_t kMostHostEntries = 1000;

Error wrong_type(std::string_view key, std::string_view type);  // "HostConfig.Memory must be a whole number"
Result<bool> read_bool(const Json& value, std::string_view key);
Result<std::int64_t> read_number(const Json& value, std::string_view key);
Result<std::string> read_text(const Json& value, std::string_view key);
Result<std::vector<std::string>> read_texts(const Json& value, std::string_view key);
Result<std::map<std::string, std::string>> read_map(const Json& value, std::string_view key);

}  // namespace strates::api
