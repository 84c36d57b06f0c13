#include "linux/cgroup/cgroup_stats.hpp"

#include <unistd.h>

#include <charconv>
#include <ctime>

#include "base/strings.hpp"
#include "linux/cgroup/cgroup_dir.hpp"
#include "linux/process/small_file.hpp"

namespace strates::linux_world {

namespace {

constexpr std::int64_t kMicrosecond = 1000;
constexpr std::int64_t kUnlimited = std::int64_t{1} << 62;  // version 1 says "no limit" with a number near 2^63

std::int64_t number(std::string_view text) {
  text = trim(text);
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::int64_t number_in(const std::string& path) { return number(read_small_file(path).value_or("0")); }
std::map<std::string, std::int64_t> counters_in(const std::string& path) { return parse_counters(read_small_file(path).value_or("")); }

std::int64_t at(const std::map<std::string, std::int64_t>& values, const std::string& key) {
  const auto found = values.find(key);
  return found == values.end() ? 0 : found->second;
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> out;
  for (auto& word : split(line, ' '))
    if (!word.empty()) out.push_back(std::move(word));
  return out;
}

struct Device {
  std::int64_t major = 0, minor = 0;
};

Device device_of(const std::string& text) {
  const size_t colon = text.find(':');
  return {number(text.substr(0, colon)), colon == std::string::npos ? 0 : number(std::string_view(text).substr(colon + 1))};
}

// All processors together since the machine started: the first line of /proc/stat, in ticks.
std::int64_t machine_time() {
  const std::string text = read_small_file("/proc/stat").value_or("");
  const auto words = words_of(std::string_view(text).substr(0, text.find('\n')));
  std::int64_t ticks = 0;
  for (size_t i = 1; i < words.size() && i < 8; ++i) ticks += number(words[i]);
  return ticks * (kSecond / ::sysconf(_SC_CLK_TCK));
}

std::int64_t machine_memory() { return static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE); }

void read_v1(const CgroupLayout& layout, const std::string& below, engine::Statistics& out) {
  const auto directory = [&](std::string_view controller) {
    const auto* hierarchy = layout.find(controller);
    return hierarchy == nullptr ? std::string("/nonexistent") : hierarchy->mount + below;
  };
  const std::string cpu = directory("cpuacct"), memory = directory("memory"), block = directory("blkio"), pids = directory("pids");
  out.cpu_total = number_in(cpu + "/cpuacct.usage");
  for (const auto& word : words_of(trim(read_small_file(cpu + "/cpuacct.usage_percpu").value_or("")))) out.cpu_each.push_back(number(word));
  const auto times = counters_in(cpu + "/cpuacct.stat");
  const std::int64_t tick = kSecond / ::sysconf(_SC_CLK_TCK);
  out.cpu_user = at(times, "user") * tick;
  out.cpu_kernel = at(times, "system") * tick;
  const auto throttled = counters_in(directory("cpu") + "/cpu.stat");
  out.periods = at(throttled, "nr_periods");
  out.throttled_periods = at(throttled, "nr_throttled");
  out.throttled_time = at(throttled, "throttled_time");
  out.memory_usage = number_in(memory + "/memory.usage_in_bytes");
  out.memory_max_usage = number_in(memory + "/memory.max_usage_in_bytes");
  out.memory_limit = number_in(memory + "/memory.limit_in_bytes");
  out.memory_failures = number_in(memory + "/memory.failcnt");
  out.memory = counters_in(memory + "/memory.stat");
  out.pids = number_in(pids + "/pids.current");
  out.pids_limit = number_in(pids + "/pids.max");  // "max" reads as 0
  const auto blocks = [&](const char* ours, const char* other) {
    return parse_blocks_v1(read_small_file(block + ours).value_or(read_small_file(block + other).value_or("")));
  };
  out.block_bytes = blocks("/blkio.throttle.io_service_bytes_recursive", "/blkio.throttle.io_service_bytes");
  out.block_operations = blocks("/blkio.throttle.io_serviced_recursive", "/blkio.throttle.io_serviced");
}

void read_v2(const std::string& directory, engine::Statistics& out) {
  const auto times = counters_in(directory + "/cpu.stat");
  out.cpu_total = at(times, "usage_usec") * kMicrosecond;
  out.cpu_user = at(times, "user_usec") * kMicrosecond;
  out.cpu_kernel = at(times, "system_usec") * kMicrosecond;
  out.periods = at(times, "nr_periods");
  out.throttled_periods = at(times, "nr_throttled");
  out.throttled_time = at(times, "throttled_usec") * kMicrosecond;
  out.memory_usage = number_in(directory + "/memory.current");
  out.memory_limit = number_in(directory + "/memory.max");  // "max" reads as 0
  out.memory_failures = at(counters_in(directory + "/memory.events"), "oom");
  out.memory = counters_in(directory + "/memory.stat");
  out.pids = number_in(directory + "/pids.current");
  out.pids_limit = number_in(directory + "/pids.max");
  const std::string io = read_small_file(directory + "/io.stat").value_or("");
  out.block_bytes = parse_blocks_v2(io, "rbytes", "wbytes");
  out.block_operations = parse_blocks_v2(io, "rios", "wios");
}

void add_members(const std::string& directory, std::vector<std::int64_t>& out) {
  for (const auto& line : split_lines(read_small_file(directory + "/cgroup.procs").value_or("")))
    if (const std::int64_t pid = number(line); pid > 0) out.push_back(pid);
  for (const auto& below : groups_below(directory)) add_members(below, out);
}

}  // namespace

std::map<std::string, std::int64_t> parse_counters(std::string_view text) {
  std::map<std::string, std::int64_t> out;
  for (const auto& line : split_lines(text)) {
    const size_t space = line.find(' ');
    if (space != std::string::npos) out[line.substr(0, space)] = number(std::string_view(line).substr(space + 1));
  }
  return out;
}

std::vector<engine::Statistics::Block> parse_blocks_v1(std::string_view text) {
  std::vector<engine::Statistics::Block> out;
  for (const auto& line : split_lines(text)) {
    const auto words = words_of(line);
    if (words.size() != 3) continue;  // the sum at the end
    const Device device = device_of(words[0]);
    out.push_back({device.major, device.minor, words[1], number(words[2])});
  }
  return out;
}

std::vector<engine::Statistics::Block> parse_blocks_v2(std::string_view text, std::string_view read_key, std::string_view write_key) {
  std::vector<engine::Statistics::Block> out;
  for (const auto& line : split_lines(text)) {
    const auto words = words_of(line);
    if (words.empty()) continue;
    const Device device = device_of(words[0]);
    for (size_t i = 1; i < words.size(); ++i) {
      const size_t equals = words[i].find('=');
      const std::string_view key = std::string_view(words[i]).substr(0, equals);
      if (equals == std::string::npos || (key != read_key && key != write_key)) continue;
      out.push_back({device.major, device.minor, key == read_key ? "read" : "write", number(std::string_view(words[i]).substr(equals + 1))});
    }
  }
  return out;
}

std::vector<engine::Statistics::Interface> parse_interfaces(std::string_view text) {
  std::vector<engine::Statistics::Interface> out;
  for (const auto& line : split_lines(text)) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string name(trim(std::string_view(line).substr(0, colon)));
    const auto words = words_of(std::string_view(line).substr(colon + 1));
    if (name == "lo" || words.size() < 16) continue;
    out.push_back({name, number(words[0]), number(words[1]), number(words[2]), number(words[3]), number(words[8]), number(words[9]), number(words[10]), number(words[11])});
  }
  return out;
}

std::vector<engine::Statistics::Interface> read_interfaces(std::int64_t pid) {
  return parse_interfaces(read_small_file("/proc/" + std::to_string(pid) + "/net/dev").value_or(""));
}

Result<engine::Statistics> read_statistics(const CgroupLayout& layout, const std::string& below) {
  engine::Statistics out;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  out.read_at = static_cast<std::int64_t>(now.tv_sec) * kSecond + now.tv_nsec;
  out.online_cpus = ::sysconf(_SC_NPROCESSORS_ONLN);
  out.system_cpu = machine_time();
  if (layout.version == CgroupVersion::V1) read_v1(layout, below, out);
  if (layout.version == CgroupVersion::V2) read_v2(layout.hierarchies.front().mount + below, out);
  if (out.memory_limit <= 0 || out.memory_limit > kUnlimited) out.memory_limit = machine_memory();
  return out;
}

std::vector<std::int64_t> member_pids(const CgroupLayout& layout, const std::string& below) {
  std::vector<std::int64_t> out;
  for (const auto& hierarchy : layout.hierarchies) {
    if (::access((hierarchy.mount + below).c_str(), F_OK) != 0) continue;
    add_members(hierarchy.mount + below, out);
    break;
  }
  return out;
}

}  // namespace strates::linux_world
