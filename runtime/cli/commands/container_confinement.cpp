#include "cli/commands/container_confinement.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/file_source.hpp"

namespace strates::cli {

namespace {

Error invalid(std::string sentence) { return docker_error(ErrorKind::Invalid, "cli.run", std::move(sentence)); }

constexpr std::uint64_t kLargestProfile = 1 << 20;

// setrlimit(2), by Docker's names (github.com/docker/go-units).
constexpr std::string_view kUlimits[] = {"core",  "cpu",    "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
                                         "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};
// Settings of the kernel that a namespace has its own of (docker/cli, opts.ValidateSysctl).
constexpr std::string_view kSysctls[] = {"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; });
}

// Go's json.Compact: one line, and the error as it words it.
Result<std::string> read_profile(const std::string& path) {
  auto text = read_file(path, kLargestProfile);
  if (!text.ok())
    return invalid("opening seccomp profile (" + path + ") failed: open " + path + ": " +
                   (text.error().code == "system.ENOENT" ? "no such file or directory" : text.error().message()));
  const auto json = parse_json(text.value());
  if (!json.ok()) return invalid("compacting json for seccomp profile (" + path + ") failed: " + json.error().cause);
  return dump_json(json.value());
}

Result<Json> security_options(const std::vector<std::string>& options, Json& host) {
  Json out = Json::array();
  for (const auto& option : options) {
    if (option == "systempaths=unconfined") {
      host["MaskedPaths"] = Json::array();
      host["ReadonlyPaths"] = Json::array();
      continue;
    }
    const size_t mark = option.find(option.find('=') != std::string::npos ? '=' : ':');
    if (mark == std::string::npos && option != "no-new-privileges") return invalid("Invalid --security-opt: " + go_quote(option));
    const std::string value = mark == std::string::npos ? "" : option.substr(mark + 1);
    if (option.substr(0, mark) == "seccomp" && value != "unconfined") out.push_back("seccomp=" + TRY(read_profile(value)));
    else out.push_back(option);
  }
  return out;
}

bool is_mode(std::string_view text) { return !text.empty() && text.find_first_not_of("rwm") == std::string_view::npos; }

Result<Json> device(const std::string& text) {
  const auto parts = split(text, ':');
  if (parts.size() > 3 || parts.front().empty()) return invalid("bad format for path: " + text);
  std::string inside = parts.front(), permissions = "rwm";
  if (parts.size() == 2 && is_mode(parts[1])) permissions = parts[1];
  else if (parts.size() >= 2) inside = parts[1];
  if (parts.size() == 3) permissions = parts[2];
  if (!is_mode(permissions)) return invalid("bad mode specified: " + permissions);
  if (inside.empty() || inside.front() != '/') return invalid(inside + " is not an absolute path");
  return Json{{"PathOnHost", parts.front()}, {"PathInContainer", inside}, {"CgroupPermissions", permissions}};
}

struct ModeFlag {
  const char *flag, *key, *error;
  std::vector<std::string> known;
  bool others = false;  // "container:NAME"
};

Result<void> add_modes(const ParsedFlags& flags, Json& host) {
  static const ModeFlag kModes[] = {{"pid", "PidMode", "--pid: invalid PID mode", {"", "host"}, true},
                                    {"uts", "UTSMode", "--uts: invalid UTS mode", {"", "host"}},
                                    {"userns", "UsernsMode", "--userns: invalid USER mode", {"", "host"}},
                                    {"cgroupns", "CgroupnsMode", "--cgroupns: invalid CGROUP mode", {"", "host", "private"}}};
  for (const auto& row : kModes) {
    const std::string value = flags.text(row.flag);
    const bool other = row.others && value.starts_with("container:") && value.size() > 10;
    if (!other && std::find(row.known.begin(), row.known.end(), value) == row.known.end()) return invalid(row.error);
    host[row.key] = value;
  }
  host["IpcMode"] = flags.text("ipc");
  return success();
}

}  // namespace

Result<UlimitValue> parse_ulimit(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return invalid("invalid ulimit argument: " + text);
  UlimitValue out{text.substr(0, equals)};
  if (std::find(std::begin(kUlimits), std::end(kUlimits), out.name) == std::end(kUlimits)) return invalid("invalid ulimit type: " + out.name);
  const auto values = split(text.substr(equals + 1), ':');
  if (values.size() > 2) return invalid("too many limit value arguments - " + text.substr(equals + 1) + ", can only have up to two, `soft[:hard]`");
  out.soft = TRY(parse_go_int(values.front()));
  out.hard = values.size() == 2 ? TRY(parse_go_int(values[1])) : out.soft;
  if (out.hard != -1 && (out.soft == -1 || out.soft > out.hard))
    return invalid("ulimit soft limit must be less than or equal to hard limit: " + std::to_string(out.soft) + " > " + std::to_string(out.hard));
  return out;
}

Result<Json> ulimits_json(const ParsedFlags& flags) {
  // Of a name that comes twice the last counts.
  std::map<std::string, UlimitValue> limits;
  for (const std::string& text : flags.list("ulimit")) {
    const UlimitValue limit = TRY(parse_ulimit(text));
    limits[limit.name] = limit;
  }
  Json out = Json::array();
  for (const auto& [name, limit] : limits) out.push_back({{"Name", name}, {"Hard", limit.hard}, {"Soft", limit.soft}});
  return out;
}

Result<void> check_ulimit(const std::string& value) {
  TRY(parse_ulimit(value));
  return success();
}

Result<void> check_sysctl(const std::string& value) {
  const size_t equals = value.find('=');
  const std::string name = value.substr(0, equals);
  const bool known = std::find(std::begin(kSysctls), std::end(kSysctls), name) != std::end(kSysctls) || name.starts_with("net.") || name.starts_with("fs.mqueue.");
  if (equals == std::string::npos || !known) return invalid("sysctl '" + value + "' is not whitelisted");
  return success();
}

Result<void> check_device_rule(const std::string& value) {
  const auto words = split(value, ' ');
  const auto bad = [&] { return invalid("invalid device cgroup format '" + value + "'"); };
  if (words.size() != 3 || words[0].size() != 1 || std::string_view("abc").find(words[0][0]) == std::string_view::npos) return bad();
  const auto numbers = split(words[1], ':');
  if (numbers.size() != 2) return bad();
  for (const auto& number : numbers)
    if (number != "*" && !is_digits(number)) return bad();
  return is_mode(words[2]) && words[2].size() <= 3 ? success() : Result<void>(bad());
}

Result<void> check_uint16(const std::string& value) {
  const auto error = [&](const char* why) { return docker_error(ErrorKind::Invalid, "cli.value", "strconv.ParseUint: parsing " + go_quote(value) + ": " + why); };
  std::uint64_t number = 0;
  const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
  if (read.ec == std::errc::result_out_of_range || (read.ec == std::errc() && number > 65535)) return error("value out of range");
  if (read.ec != std::errc() || read.ptr != value.data() + value.size()) return error("invalid syntax");
  return success();
}

Result<void> add_confinement(const ParsedFlags& flags, Json& host) {
  const auto list = [&](const char* flag, const char* key) {
    if (const auto values = flags.list(flag); !values.empty()) host[key] = values;
  };
  list("cap-add", "CapAdd");
  list("cap-drop", "CapDrop");
  list("group-add", "GroupAdd");
  list("device-cgroup-rule", "DeviceCgroupRules");
  TRY(add_modes(flags, host));
  if (const auto options = flags.list("security-opt"); !options.empty()) host["SecurityOpt"] = TRY(security_options(options, host));
  for (const auto& text : flags.list("device")) host["Devices"].push_back(TRY(device(text)));
  if (Json limits = TRY(ulimits_json(flags)); !limits.empty()) host["Ulimits"] = std::move(limits);
  for (const auto& text : flags.list("tmpfs")) {
    const size_t colon = text.find(':');
    host["Tmpfs"][text.substr(0, colon)] = colon == std::string::npos ? "" : text.substr(colon + 1);
  }
  for (const auto& text : flags.list("sysctl")) host["Sysctls"][text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  if (flags.changed("init")) host["Init"] = flags.boolean("init");
  const std::int64_t swappiness = flags.integer("memory-swappiness");
  if (swappiness != -1 && (swappiness < 0 || swappiness > 100))
    return invalid("invalid value: " + std::to_string(swappiness) + ". Valid memory swappiness range is 0-100");
  host["MemorySwappiness"] = swappiness;
  host["OomKillDisable"] = flags.boolean("oom-kill-disable");
  host["OomScoreAdj"] = flags.integer("oom-score-adj");
  host["CgroupParent"] = flags.text("cgroup-parent");
  host["CpusetCpus"] = flags.text("cpuset-cpus");
  host["CpusetMems"] = flags.text("cpuset-mems");
  host["CpuPeriod"] = flags.integer("cpu-period");
  host["CpuQuota"] = flags.integer("cpu-quota");
  host["BlkioWeight"] = flags.integer("blkio-weight");
  host["KernelMemory"] = flags.bytes("kernel-memory");
  host["MemoryReservation"] = flags.bytes("memory-reservation");
  host["MemorySwap"] = flags.bytes("memory-swap");
  return success();
}

}  // namespace strates::cli
