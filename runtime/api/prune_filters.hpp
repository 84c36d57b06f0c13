// What the prune requests filter by: age and labels (Docker Engine 20.10, daemon/prune.go).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "api/filters.hpp"
#include "base/clock.hpp"

namespace strates::api {

class PruneFilters {
 public:
  // "until" is a time, or a duration before `now`. Wires: "more than one until filter specified", "failed to parse value as time or duration: "x"".
  static Result<PruneFilters> make(Filters filters, Nanos now);
  // `labels` may be null: none. Created after `until`, or labels that do not hold (label=) or all hold (label!=): not to be pruned.
  bool takes(Nanos created, const std::map<std::string, std::string>* labels) const;

 private:
  explicit PruneFilters(Filters filters) : filters_(std::move(filters)) {}
  Filters filters_;
  std::optional<Nanos> until_;
};

}  // namespace strates::api
