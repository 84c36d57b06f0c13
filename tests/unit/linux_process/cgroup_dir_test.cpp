// Directories of control groups: made, looked into, taken away.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "linux/cgroup/cgroup_dir.hpp"
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
