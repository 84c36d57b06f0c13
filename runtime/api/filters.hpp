// Docker's `filters` parameter: {"label":{"a=b":true}} or, from old clients, {"label":["a=b"]}.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "base/http.hpp"

namespace strates::api {

using Filters = std::vector<std::pair<std::string, std::string>>;

enum class UnknownFilters {
  Refused,     // a name outside `known` is 400 "Invalid filter 'x'"
  PassedOver,  // as the events do, which ask for the names they know
};
Result<Filters> read_filters(const HttpRequest& request, std::initializer_list<std::string_view> known, UnknownFilters unknown = UnknownFilters::Refused);
std::vector<std::string> filter_values(const Filters& filters, std::string_view name);
// The one truth of a filter, as Docker reads it: "true" or "false" alone; none when it is not given. Otherwise "Invalid filter 'x=[y]'".
Result<std::optional<bool>> one_truth(const Filters& filters, std::string_view name);
// "a" or "a=b" against a set of labels.
template <typename Map>
bool label_holds(const Map& labels, std::string_view wanted) {
  const auto equals = wanted.find('=');
  const auto found = labels.find(std::string(wanted.substr(0, equals)));
  return found != labels.end() && (equals == std::string_view::npos || found->second == wanted.substr(equals + 1));
}

}  // namespace strates::api
