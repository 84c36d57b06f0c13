#include "cli/commands/stats_row.hpp"

#include <cctype>
#include <cstdio>

#include "base/json_full.hpp"
#include "base/names.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

std::string percent(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%.2f%%", value);
  return text;
}

// Both readings must have been taken, and time must have passed.
double cpu_percent(const Json& reading) {
  const Json &now = json_member(reading, "cpu_stats"), &before = json_member(reading, "precpu_stats");
  const Json& usage = json_member(now, "cpu_usage");
  const auto used = static_cast<double>(json_int(usage, "total_usage") - json_int(json_member(before, "cpu_usage"), "total_usage"));
  const auto passed = static_cast<double>(json_int(now, "system_cpu_usage") - json_int(before, "system_cpu_usage"));
  double online = static_cast<double>(json_int(now, "online_cpus"));
  if (online == 0) online = static_cast<double>(json_member(usage, "percpu_usage").size());
  return used > 0 && passed > 0 ? used / passed * online * 100 : 0;
}

// What could be given back at once is not counted: the page cache that nobody has used lately.
double memory_without_cache(const Json& memory) {
  const std::int64_t usage = json_int(memory, "usage");
  const Json& counters = json_member(memory, "stats");
  for (const char* key : {"total_inactive_file", "inactive_file"})  // version 1, version 2
    if (counters.is_object() && counters.contains(key)) {
      const std::int64_t cache = json_int(counters, key);
      return static_cast<double>(cache < usage ? usage - cache : usage);
    }
  return static_cast<double>(usage);
}

}  // namespace

StatsRow StatsRow::waiting(std::string shown_as) {
  StatsRow row;
  row.container = std::move(shown_as);
  return row;
}

void StatsRow::take(const Json& reading) {
  valid = true;
  stopped = json_string(reading, "read").starts_with("0001-");
  id = json_string(reading, "id");
  name = json_string(reading, "name");
  cpu_percent = cli::cpu_percent(reading);
  const Json& usage = json_member(reading, "memory_stats");
  memory = memory_without_cache(usage);
  memory_limit = static_cast<double>(json_int(usage, "limit"));
  memory_percent = memory_limit > 0 ? memory / memory_limit * 100 : 0;
  net_in = net_out = block_in = block_out = 0;
  const Json& networks = json_member(reading, "networks");
  if (networks.is_object())
    for (const auto& [interface, counters] : networks.items()) {
      net_in += static_cast<double>(json_int(counters, "rx_bytes"));
      net_out += static_cast<double>(json_int(counters, "tx_bytes"));
    }
  for (const Json& block : json_member(json_member(reading, "blkio_stats"), "io_service_bytes_recursive")) {
    const std::string operation = json_string(block, "op");
    if (operation.empty()) continue;
    const int letter = std::tolower(static_cast<unsigned char>(operation.front()));
    if (letter == 'r') block_in += static_cast<double>(json_int(block, "value"));
    if (letter == 'w') block_out += static_cast<double>(json_int(block, "value"));
  }
  pids = json_int(json_member(reading, "pids_stats"), "current");
}

Json StatsRow::to_json(bool trunc) const {
  const auto pair = [&](const std::string& in, const std::string& out) { return valid ? in + " / " + out : std::string("-- / --"); };
  const auto one = [&](std::string text) { return valid ? std::move(text) : std::string("--"); };
  Json row = Json::object();
  row["BlockIO"] = pair(human_size(block_in, 3), human_size(block_out, 3));
  row["CPUPerc"] = one(percent(cpu_percent));
  row["Container"] = container;
  row["ID"] = trunc ? short_id(id) : id;
  row["MemPerc"] = one(percent(memory_percent));
  row["MemUsage"] = pair(bytes_size(memory), bytes_size(memory_limit));
  row["Name"] = name.size() > 1 ? name.substr(1) : "--";
  row["NetIO"] = pair(human_size(net_in, 3), human_size(net_out, 3));
  row["PIDs"] = one(std::to_string(pids));
  return row;
}

}  // namespace strates::cli
