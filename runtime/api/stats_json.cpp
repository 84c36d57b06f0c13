#include "api/stats_json.hpp"

#include <algorithm>

#include "api/human_time.hpp"
#include "base/json_full.hpp"

namespace strates::api {

namespace {

// What Docker picks of version 1's memory.stat.
constexpr std::string_view kMemoryKeys[] = {
    "active_anon", "active_file", "cache", "dirty", "hierarchical_memory_limit", "hierarchical_memsw_limit", "inactive_anon", "inactive_file", "mapped_file",
    "pgfault", "pgmajfault", "pgpgin", "pgpgout", "rss", "rss_huge", "total_active_anon", "total_active_file", "total_cache", "total_dirty",
    "total_inactive_anon", "total_inactive_file", "total_mapped_file", "total_pgfault", "total_pgmajfault", "total_pgpgin", "total_pgpgout", "total_rss",
    "total_rss_huge", "total_unevictable", "total_writeback", "unevictable", "writeback"};

Json processor_json(const std::optional<engine::Statistics>& read) {
  const engine::Statistics none;
  const engine::Statistics& one = read ? *read : none;
  Json usage = {{"total_usage", one.cpu_total}};
  if (!one.cpu_each.empty()) usage["percpu_usage"] = one.cpu_each;
  usage["usage_in_kernelmode"] = one.cpu_kernel;
  usage["usage_in_usermode"] = one.cpu_user;
  Json out = {{"cpu_usage", usage}};
  if (one.system_cpu != 0) out["system_cpu_usage"] = one.system_cpu;
  if (one.online_cpus != 0) out["online_cpus"] = one.online_cpus;
  out["throttling_data"] = {{"periods", one.periods}, {"throttled_periods", one.throttled_periods}, {"throttled_time", one.throttled_time}};
  return out;
}

Json memory_json(const engine::Statistics& read, bool first_version) {
  Json stats = Json::object();
  for (const auto& [key, value] : read.memory)
    if (!first_version || std::find(std::begin(kMemoryKeys), std::end(kMemoryKeys), key) != std::end(kMemoryKeys)) stats[key] = value;
  Json out = {{"usage", read.memory_usage}};
  if (read.memory_max_usage != 0) out["max_usage"] = read.memory_max_usage;
  out["stats"] = stats;
  if (read.memory_failures != 0) out["failcnt"] = read.memory_failures;
  out["limit"] = read.memory_limit;
  return out;
}

Json blocks_json(const std::vector<engine::Statistics::Block>& blocks, const Json& none) {
  if (blocks.empty()) return none;
  Json out = Json::array();
  for (const auto& one : blocks) out.push_back({{"major", one.major}, {"minor", one.minor}, {"op", one.operation}, {"value", one.value}});
  return out;
}

Json block_json(const std::optional<engine::Statistics>& read, bool first_version) {
  const Json none = read && first_version ? Json::array() : Json();
  Json out = {{"io_service_bytes_recursive", read ? blocks_json(read->block_bytes, none) : none},
              {"io_serviced_recursive", read ? blocks_json(read->block_operations, none) : none}};
  for (const char* key : {"io_queue_recursive", "io_service_time_recursive", "io_wait_time_recursive", "io_merged_recursive", "io_time_recursive", "sectors_recursive"})
    out[key] = none;
  return out;
}

}  // namespace

Json statistics_json(const engine::Container& container, const std::optional<engine::Statistics>& now, const std::optional<engine::Statistics>& before,
                     const std::string& cgroup_version) {
  const bool first_version = cgroup_version == "1";
  const auto time = [](const std::optional<engine::Statistics>& read) { return read ? rfc3339(read->read_at) : std::string(kZeroTime); };
  Json pids = Json::object();
  if (now && now->pids != 0) pids["current"] = now->pids;
  if (now && now->pids_limit > 0) pids["limit"] = now->pids_limit;
  Json out = {{"read", time(now)}, {"preread", time(before)}, {"pids_stats", pids}, {"blkio_stats", block_json(now, first_version)}, {"num_procs", 0},
              {"storage_stats", Json::object()}, {"cpu_stats", processor_json(now)}, {"precpu_stats", processor_json(before)},
              {"memory_stats", now ? memory_json(*now, first_version) : Json::object()}, {"name", "/" + container.name}, {"id", container.id.str()}};
  if (now && !now->interfaces.empty())
    for (const auto& one : now->interfaces)
      out["networks"][one.name] = {{"rx_bytes", one.rx_bytes}, {"rx_packets", one.rx_packets}, {"rx_errors", one.rx_errors}, {"rx_dropped", one.rx_dropped},
                                   {"tx_bytes", one.tx_bytes}, {"tx_packets", one.tx_packets}, {"tx_errors", one.tx_errors}, {"tx_dropped", one.tx_dropped}};
  return out;
}

}  // namespace strates::api
