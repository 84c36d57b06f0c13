// One line of `docker stats`, counted from what the API sends.
#pragma once

#include <string>

#include "base/json.hpp"

namespace strates::cli {

struct StatsRow {
  std::string container, name, id;
  double cpu_percent = 0, memory = 0, memory_limit = 0, memory_percent = 0, net_in = 0, net_out = 0, block_in = 0, block_out = 0;
  std::int64_t pids = 0;
  bool valid = false;    // a reading has come
  bool stopped = false;  // it said that the container does not run

  static StatsRow waiting(std::string shown_as);
  void take(const Json& reading);
  // The fields of the listing, as Docker formats them.
  Json to_json(bool trunc) const;
};

}  // namespace strates::cli
