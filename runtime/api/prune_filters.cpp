#include "api/prune_filters.hpp"

#include <algorithm>

#include "api/process_input.hpp"
#include "base/strings.hpp"
#include "build/go_duration.hpp"

namespace strates::api {

namespace {

// What Docker takes besides RFC 3339: the same without a zone, without seconds, a day (api/types/time, GetTimestamp), all in UTC.
std::optional<Nanos> parse_moment(const std::string& text) {
  for (const std::string_view rest : {"", "Z", ":00Z", "T00:00:00Z"})
    if (const auto at = parse_rfc3339(text + std::string(rest)); at.ok()) return at.value();
  return std::nullopt;
}

Result<Nanos> parse_until(const std::string& text, Nanos now) {
  if (const auto ago = build::parse_go_duration(text); ago.ok() && text != "0") return now - ago.value();
  if (const auto at = parse_moment(text)) return *at;
  if (auto seconds = parse_query_time(text); seconds.ok() && !text.empty()) return seconds;
  return docker_error(ErrorKind::Invalid, "api.bad-filter", "failed to parse value as time or duration: " + go_quote(text));
}

}  // namespace

Result<PruneFilters> PruneFilters::make(Filters filters, Nanos now) {
  PruneFilters out(std::move(filters));
  const auto until = filter_values(out.filters_, "until");
  if (until.size() > 1) return docker_error(ErrorKind::Invalid, "api.bad-filter", "more than one until filter specified");
  if (!until.empty()) out.until_ = TRY(parse_until(until.front(), now));
  return out;
}

bool PruneFilters::takes(Nanos created, const std::map<std::string, std::string>* labels) const {
  if (until_ && created > *until_) return false;
  static const std::map<std::string, std::string> kNone;
  const auto& held = labels != nullptr ? *labels : kNone;
  const auto holds = [&](const std::string& wanted) { return label_holds(held, wanted); };
  const auto with = filter_values(filters_, "label"), without = filter_values(filters_, "label!");
  if (!std::all_of(with.begin(), with.end(), holds)) return false;
  return without.empty() || !std::all_of(without.begin(), without.end(), holds);
}

}  // namespace strates::api
