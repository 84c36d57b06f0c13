// pause, unpause, update: one request per container, the names of those that went well, then the errors.
#include "base/json_full.hpp"
#include "cli/commands/all.hpp"
#include "cli/commands/container_spec.hpp"
#include "cli/daemon.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kUpdateFlags[] = {
    {"blkio-weight", 0, FlagKind::Integer, "uint16", "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)", {}, FlagSupport::Yes, check_uint16},
    integer_flag("cpu-period", 0, "Limit CPU CFS (Completely Fair Scheduler) period"),
    integer_flag("cpu-quota", 0, "Limit CPU CFS (Completely Fair Scheduler) quota"),
    integer_flag("cpu-rt-period", 0, "Limit the CPU real-time period in microseconds"),
    integer_flag("cpu-rt-runtime", 0, "Limit the CPU real-time runtime in microseconds"),
    integer_flag("cpu-shares", 'c', "CPU shares (relative weight)"),
    {"cpus", 0, FlagKind::Decimal, "decimal", "Number of CPUs"},
    text_flag("cpuset-cpus", 0, "CPUs in which to allow execution (0-3, 0,1)"),
    text_flag("cpuset-mems", 0, "MEMs in which to allow execution (0-3, 0,1)"),
    bytes_flag("kernel-memory", 0, "Kernel memory limit"),
    bytes_flag("memory", 'm', "Memory limit"),
    bytes_flag("memory-reservation", 0, "Memory soft limit"),
    {"memory-swap", 0, FlagKind::SwapBytes, "bytes", "Swap limit equal to memory plus swap: '-1' to enable unlimited swap"},
    integer_flag("pids-limit", 0, "Tune container pids limit (set -1 for unlimited)"),
    text_flag("restart", 0, "Restart policy to apply when a container exits"),
};

Result<int> act(Invocation& in, std::string_view action) {
  std::vector<std::string> errors;
  for (const std::string& name : in.args()) {
    const auto done = daemon(in.session.client.post("/containers/" + path_name(name) + std::string(action), Json()));
    if (done.ok()) in.session.console.out(name + "\n");
    else errors.push_back(done.error().message());
  }
  return joined(errors);
}

}  // namespace

std::span<const FlagSpec> pause_flags() { return {}; }
std::span<const FlagSpec> unpause_flags() { return {}; }
std::span<const FlagSpec> update_flags() { return kUpdateFlags; }

Result<int> pause_handler(Invocation& in) { return act(in, "/pause"); }
Result<int> unpause_handler(Invocation& in) { return act(in, "/unpause"); }

Result<int> update_handler(Invocation& in) {
  const ParsedFlags& flags = in.flags;
  bool any = false;
  for (const FlagSpec& flag : kUpdateFlags) any = any || flags.changed(flag.name);
  if (!any) return docker_error(ErrorKind::Invalid, "cli.update", "you must provide one or more flags when using this command");
  Json body = {{"CpuShares", flags.integer("cpu-shares")}, {"Memory", flags.bytes("memory")}, {"NanoCpus", flags.changed("cpus") ? flags.billionths("cpus") : 0},
               {"CgroupParent", ""}, {"BlkioWeight", flags.integer("blkio-weight")}, {"CpuPeriod", flags.integer("cpu-period")},
               {"CpuQuota", flags.integer("cpu-quota")}, {"CpuRealtimePeriod", flags.integer("cpu-rt-period")}, {"CpuRealtimeRuntime", flags.integer("cpu-rt-runtime")}, {"CpusetCpus", flags.text("cpuset-cpus")}, {"CpusetMems", flags.text("cpuset-mems")},
               {"KernelMemory", flags.bytes("kernel-memory")}, {"MemoryReservation", flags.bytes("memory-reservation")}, {"MemorySwap", flags.bytes("memory-swap")}};
  body["PidsLimit"] = flags.changed("pids-limit") ? Json(flags.integer("pids-limit")) : Json();
  body["RestartPolicy"] = TRY(restart_policy_json(flags.text("restart")));
  std::vector<std::string> errors, warnings;
  for (const std::string& name : in.args()) {
    const auto done = daemon(in.session.client.post("/containers/" + path_name(name) + "/update", body));
    if (!done.ok()) {
      errors.push_back(done.error().message());
      continue;
    }
    in.session.console.out(name + "\n");
    for (const auto& warning : json_strings(done.value(), "Warnings")) warnings.push_back(warning);
  }
  // Docker prints them so: as they come, on standard output.
  for (const auto& warning : warnings) in.session.console.out(warning + "\n");
  return joined(errors);
}

}  // namespace strates::cli
