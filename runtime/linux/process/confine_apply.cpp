#include "linux/process/confine_apply.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

#include "base/strings.hpp"
#include "linux/process/executable.hpp"
#include "linux/process/small_file.hpp"

namespace strates::linux_world {

namespace {

struct UlimitRow {
  std::string_view name;
  __rlimit_resource resource;
};
constexpr UlimitRow kUlimits[] = {
    {"core", RLIMIT_CORE},     {"cpu", RLIMIT_CPU},       {"data", RLIMIT_DATA},   {"fsize", RLIMIT_FSIZE},   {"locks", RLIMIT_LOCKS},
    {"memlock", RLIMIT_MEMLOCK}, {"msgqueue", RLIMIT_MSGQUEUE}, {"nice", RLIMIT_NICE}, {"nofile", RLIMIT_NOFILE}, {"nproc", RLIMIT_NPROC},
    {"rss", RLIMIT_RSS},       {"rtprio", RLIMIT_RTPRIO}, {"rttime", RLIMIT_RTTIME}, {"sigpending", RLIMIT_SIGPENDING}, {"stack", RLIMIT_STACK},
};

Error setup(std::string_view operation, std::string_view object, std::string cause) {
  return make_error(ErrorKind::Internal, "process.setup", operation, object, cause);
}

}  // namespace

Result<void> set_oom_score(std::int64_t score) {
  const std::string path = "/proc/self/oom_score_adj", wanted = std::to_string(score);
  const auto now = read_small_file(path);
  if (now.ok() && trim(now.value()) == wanted) return success();
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), wanted.data(), wanted.size()) < 0) {
    // Nobody asked: a daemon that is itself protected hands its score down, as it may not raise it back later.
    if (score == 0) return success();
    return setup("set out-of-memory score", wanted, "write " + path + ": " + go_error(errno));
  }
  return success();
}

Result<void> set_ulimits(const std::vector<engine::Ulimit>& limits) {
  for (const auto& limit : limits) {
    const auto* row = std::find_if(std::begin(kUlimits), std::end(kUlimits), [&](const UlimitRow& one) { return one.name == limit.name; });
    if (row == std::end(kUlimits)) return setup("set limit", limit.name, "invalid rlimit type: " + limit.name);
    const rlimit values{static_cast<rlim_t>(limit.soft), static_cast<rlim_t>(limit.hard)};
    if (::setrlimit(row->resource, &values) != 0)
      return setup("set limit", limit.name,
                   "error during container init: error setting rlimits for ready process: error setting rlimit type " +
                       std::to_string(static_cast<int>(row->resource)) + ": " + go_error(errno));
  }
  return success();
}

Result<void> write_sysctl(const SysctlStep& step) {
  const UniqueFd file(::open(step.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
  const ssize_t wrote = file ? ::write(file.get(), step.value.data(), step.value.size()) : -1;
  if (wrote >= 0) return success();
  return setup("write", step.path, "error during container init: " + std::string(file ? "write " : "open ") + step.path + ": " + go_error(errno));
}

Result<void> join_namespaces(const std::vector<NamespaceJoin>& joins) {
  for (const auto& join : joins) {
    const UniqueFd space(::open(join.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!space) return system_error("open", join.path, errno);
    if (::setns(space.get(), static_cast<int>(join.flag)) != 0) return system_error("setns", join.path, errno);
  }
  return success();
}

}  // namespace strates::linux_world
