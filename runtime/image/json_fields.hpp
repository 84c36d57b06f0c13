// Strict reads of JSON from outside: absent and null are the same, a wrong type is an error that names the key. For codec .cpp files of this folder.
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::image {

enum class KeyCase { Exact, Any };

class JsonFields {
 public:
  // `where` begins the names in errors ("config."); `code` is their code. `object` must outlive this.
  JsonFields(const Json& object, std::string where, std::string_view code, KeyCase keys = KeyCase::Exact)
      : object_(object), where_(std::move(where)), code_(code), keys_(keys) {}

  // Null when absent or null.
  const Json* find(std::string_view key) const {
    if (!object_.is_object()) return nullptr;
    const auto exact = object_.find(std::string(key));
    if (exact != object_.end()) return exact->is_null() ? nullptr : &*exact;
    if (keys_ == KeyCase::Any)
      for (const auto& item : object_.items())
        if (equal_ignoring_case(item.key(), key)) return item.value().is_null() ? nullptr : &item.value();
    return nullptr;
  }

  Error wrong(std::string_view key, std::string_view expected) const {
    return make_error(ErrorKind::Invalid, code_, "read", where_ + std::string(key), "must be " + std::string(expected));
  }

  Result<void> text(std::string_view key, std::string& out) const {
    const Json* value = find(key);
    if (value == nullptr) return success();
    if (!value->is_string()) return wrong(key, "a string");
    out = value->get_ref<const std::string&>();
    return success();
  }

  Result<void> flag(std::string_view key, bool& out) const {
    const Json* value = find(key);
    if (value == nullptr) return success();
    if (!value->is_boolean()) return wrong(key, "true or false");
    out = value->get<bool>();
    return success();
  }

  template <typename Number>
  Result<void> number(std::string_view key, Number& out) const {
    const Json* value = find(key);
    if (value == nullptr) return success();
    if (!value->is_number_integer()) return wrong(key, "a whole number");
    if (value->is_number_unsigned()) {
      if (value->get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<Number>::max())) return wrong(key, "a smaller number");
    } else if (std::numeric_limits<Number>::is_signed ? value->get<std::int64_t>() < static_cast<std::int64_t>(std::numeric_limits<Number>::min())
                                                      : value->get<std::int64_t>() < 0) {
      return wrong(key, "a number that is not so far below zero");
    }
    out = value->is_number_unsigned() ? static_cast<Number>(value->get<std::uint64_t>()) : static_cast<Number>(value->get<std::int64_t>());
    return success();
  }

  Result<std::optional<std::vector<std::string>>> list(std::string_view key) const {
    const Json* value = find(key);
    if (value == nullptr) return std::optional<std::vector<std::string>>();
    if (!value->is_array()) return wrong(key, "a list of strings");
    std::vector<std::string> out;
    for (const auto& item : *value) {
      if (!item.is_string()) return wrong(key, "a list of strings");
      out.push_back(item.get_ref<const std::string&>());
    }
    return std::optional(std::move(out));
  }

  // {"8080/tcp": {}}
  Result<std::optional<std::set<std::string>>> keys(std::string_view key) const {
    const Json* value = find(key);
    if (value == nullptr) return std::optional<std::set<std::string>>();
    if (!value->is_object()) return wrong(key, "an object of empty objects");
    std::set<std::string> out;
    for (const auto& item : value->items()) {
      if (!item.value().is_object() && !item.value().is_null()) return wrong(key, "an object of empty objects");
      out.insert(item.key());
    }
    return std::optional(std::move(out));
  }

  Result<std::optional<std::map<std::string, std::string>>> texts(std::string_view key) const {
    const Json* value = find(key);
    if (value == nullptr) return std::optional<std::map<std::string, std::string>>();
    if (!value->is_object()) return wrong(key, "an object of strings");
    std::map<std::string, std::string> out;
    for (const auto& item : value->items()) {
      if (!item.value().is_string()) return wrong(key, "an object of strings");
      out[item.key()] = item.value().get_ref<const std::string&>();
    }
    return std::optional(std::move(out));
  }

 private:
  const Json& object_;
  const std::string where_;
  const std::string code_;
  const KeyCase keys_;
};

}  // namespace strates::image
