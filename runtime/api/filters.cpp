#include "api/filters.hpp"

#include <algorithm>

#include "api/answers.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::api {

namespace {

constexpr size_t kFilterLimit = 64 * 1024;

}  // namespace

Result<Filters> read_filters(const HttpRequest& request, std::initializer_list<std::string_view> known, UnknownFilters unknown) {
  Filters out;
  const std::string text = request.query_value("filters");
  if (text.empty()) return out;
  auto parsed = parse_json(text, {kFilterLimit, 8});
  if (!parsed.ok() || !parsed.value().is_object()) return bad_parameter("invalid filter: the parameter filters is not a JSON object");
  for (const auto& [key, values] : parsed.value().items()) {
    const std::string name = key;
    if (unknown == UnknownFilters::Refused && std::find(known.begin(), known.end(), name) == known.end()) return docker_error(ErrorKind::Invalid, "api.bad-filter", "Invalid filter '" + name + "'");
    if (values.is_array()) {
      for (const auto& value : values) {
        if (!value.is_string()) return bad_parameter("invalid filter '" + name + "': not a text");
        out.emplace_back(name, value.get<std::string>());
      }
    } else if (values.is_object()) {
      for (const auto& [value, set] : values.items())
        if (!set.is_boolean() || set.get<bool>()) out.emplace_back(name, value);
    } else {
      return bad_parameter("invalid filter '" + name + "'");
    }
  }
  return out;
}

Result<std::optional<bool>> one_truth(const Filters& filters, std::string_view name) {
  const auto values = filter_values(filters, name);
  if (values.empty()) return std::optional<bool>();
  const auto all = [&](std::string_view text) { return std::all_of(values.begin(), values.end(), [&](const std::string& value) { return value == text; }); };
  if (all("true")) return std::optional(true);
  if (all("false")) return std::optional(false);
  return docker_error(ErrorKind::Invalid, "api.bad-filter", "Invalid filter '" + std::string(name) + "=[" + join(values, " ") + "]'");
}

std::vector<std::string> filter_values(const Filters& filters, std::string_view name) {
  std::vector<std::string> out;
  for (const auto& [key, value] : filters)
    if (key == name) out.push_back(value);
  return out;
}

}  // namespace strates::api
