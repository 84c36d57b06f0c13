#include "api/host_value.hpp"

#include "api/answers.hpp"
#include "base/json_full.hpp"

namespace strates::api {

Error wrong_type(std::string_view key, std::string_view type) { return bad_parameter("HostConfig." + std::string(key) + " must be " + std::string(type)); }

Result<bool> read_bool(const Json& value, std::string_view key) {
  if (value.is_null()) return false;
  if (!value.is_boolean()) return wrong_type(key, "true or false");
  return value.get<bool>();
}

Result<std::int64_t> read_number(const Json& value, std::string_view key) {
  if (value.is_null()) return std::int64_t{0};
  if (!value.is_number_integer()) return wrong_type(key, "a whole number");
  return value.get<std::int64_t>();
}

Result<std::string> read_text(const Json& value, std::string_view key) {
  if (value.is_null()) return std::string();
  if (!value.is_string()) return wrong_type(key, "a text");
  return value.get<std::string>();
}

Result<std::vector<std::string>> read_texts(const Json& value, std::string_view key) {
  std::vector<std::string> out;
  if (value.is_null()) return out;
  if (!value.is_array() || value.size() > kMostHostEntries) return wrong_type(key, "a list of texts");
  for (const Json& item : value) {
    if (!item.is_string()) return wrong_type(key, "a list of texts");
    out.push_back(item.get<std::string>());
  }
  return out;
}

Result<std::map<std::string, std::string>> read_map(const Json& value, std::string_view key) {
  std::map<std::string, std::string> out;
  if (value.is_null()) return out;
  if (!value.is_object() || value.size() > kMostHostEntries) return wrong_type(key, "an object of texts");
  for (const auto& [name, text] : value.items()) out[name] = TRY(read_text(text, key));
  return out;
}

}  // namespace strates::api
