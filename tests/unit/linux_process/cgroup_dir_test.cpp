// Directories of control groups: made, looked into, taken away.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "base/unique_fd.hpp"
#include "linux/cgroup/cgroup_dir.hpp"
#include "linux/cgroup/cgroup_stats.hpp"
#include "linux/process/small_file.hpp"

using namespace strates;
using namespace strates::linux_world;

namespace {

// Looks like a group of version 2, to who reads and writes files.
struct DrawnGroup {
  DrawnGroup(const std::string& type, const std::string& members) {
    char pattern[] = "/dev/shm/strates-group-XXXXXX";
    path = ::mkdtemp(pattern);
    if (!type.empty()) std::ofstream(path + "/cgroup.type") << type;
    std::ofstream(path + "/cgroup.procs") << members;
    std::ofstream(path + "/cgroup.subtree_control") << "";
  }
  ~DrawnGroup() { std::filesystem::remove_all(path); }
  std::string controllers() const { return read_small_file(path + "/cgroup.subtree_control").value(); }
  Result<CreatedCgroups> create(Need need) const {
    CgroupPlan plan;
    plan.preparations = {{path, "cgroup.subtree_control", "+cpu", need}};
    plan.directories = {{path + "/strates/abc", "", Need::Required}};
    return create_cgroups(plan, [](const CgroupWrite&) {});
  }
  std::string path;
};

// Any hierarchy in which this user may make groups; empty: none.
CgroupLayout writable_layout() {
  auto found = detect_cgroup_layout();
  if (!found.ok()) return {};
  for (auto& hierarchy : found.value().hierarchies)
    if (::access(hierarchy.mount.c_str(), W_OK) == 0 && hierarchy.mount.find("cpuset") == std::string::npos) return {found.value().version, {hierarchy}};
  return {};
}

}  // namespace

TEST_CASE("controllers are switched on where no process is, and in the machine's root") {
  const DrawnGroup empty("domain\n", ""), machine("", "1\n2\n");
  for (const auto* group : {&empty, &machine}) {
    CHECK(group->create(Need::Required).ok());
    CHECK(group->controllers() == "+cpu");
  }
}

TEST_CASE("a group with processes is left as it is: no limits below it, and the reason when one was asked for") {
  const DrawnGroup group("domain\n", "12\n");
  CHECK(group.create(Need::Wanted).ok());
  CHECK(group.controllers().empty());
  const auto refused = group.create(Need::Required);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "process.setup");
  CHECK(refused.error().cause.find("processes are in the control group " + group.path + " itself") != std::string::npos);
  CHECK(refused.error().advice.find(group.path + "/init") != std::string::npos);
  CHECK(group.controllers().empty());
}

TEST_CASE("groups that a container made below its own are looked into, and go with it, processes and all") {
  const CgroupLayout layout = writable_layout();
  if (layout.hierarchies.empty()) {
    std::printf("skipped: no control groups that can be written to\n");
    return;
  }
  const std::string below = "/strates-groups-" + std::to_string(::getpid()), group = layout.hierarchies.front().mount + below;
  for (const auto* inner : {"", "/a", "/a/b", "/c"}) REQUIRE(::mkdir((group + inner).c_str(), 0755) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const UniqueFd members(::open((group + "/a/b/cgroup.procs").c_str(), O_WRONLY));
    if (::write(members.get(), "0", 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  for (int attempt = 0; attempt < 1000 && member_pids(layout, below).empty(); ++attempt) ::usleep(2'000);
  CHECK(member_pids(layout, below) == std::vector<std::int64_t>{child});
  auto direct = groups_below(group);
  std::sort(direct.begin(), direct.end());
  CHECK(direct == std::vector<std::string>{group + "/a", group + "/c"});
  CHECK(remove_cgroups({group}).ok());
  CHECK(::access(group.c_str(), F_OK) != 0);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WTERMSIG(status) == SIGKILL);
}
