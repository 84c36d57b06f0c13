#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>

#include "linux/cgroup/device_filter.hpp"
#include "linux/process/container_plan.hpp"
#include "linux/process/plan_codec.hpp"

using namespace strates;
using namespace strates::linux_world;

namespace {

constexpr std::string_view kHybrid =
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "36 31 0:33 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices\n"
    "39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids\n"
    "40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
constexpr std::string_view kPure = "31 23 0:28 / /sys/fs/cgroup\\040x rw,relatime shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";

engine::ContainerSpec sample() {
  engine::ContainerSpec spec;
  spec.id = ContainerId("abc");
  spec.root = "/var/lib/strates/merged";
  spec.hostname = "abc";
  spec.process.args = {"sh", "-c", "true"};
  spec.capabilities = {"CAP_CHOWN", "CAP_NET_RAW"};
  spec.masked_paths = {"/proc/kcore"};
  spec.readonly_paths = {"/proc/sys"};
  spec.files = {{"/etc/hosts", "x"}};
  return spec;
}

ContainerPlan plan_of(const engine::ContainerSpec& spec, const CgroupLayout& layout) {
  MachineFacts facts{layout, ~CapabilityMask{0} & ~(CapabilityMask{1} << 13)};  // without CAP_NET_RAW
  const auto cgroups = plan_cgroups(layout, spec.id, spec.limits, DeviceAccess::Default).value();
  return plan_container(spec, facts, {"/r/run/abc", "/r/containers/abc/log", {"/r/containers/abc/hosts"}}, cgroups, {cgroups.directories, true}).value();
}

std::string text_of(const CgroupPlan& plan) {
  std::string out;
  for (const auto& write : plan.preparations) out += "prepare " + write.directory + "/" + write.file + " " + write.value + "\n";
  for (const auto& directory : plan.directories) out += "mkdir " + directory.path + "\n";
  for (const auto& write : plan.writes) out += write.directory + "/" + write.file + " " + write.value + "\n";
  return out;
}

}  // namespace

TEST_CASE("control groups are found in mountinfo: version 1 counts when controllers are in it") {
  const auto hybrid = parse_cgroup_layout(kHybrid);
  CHECK(hybrid.version == CgroupVersion::V1);
  CHECK(hybrid.hierarchies.size() == 4);
  CHECK(hybrid.find("cpuacct")->mount == "/sys/fs/cgroup/cpu,cpuacct");
  CHECK(hybrid.find("freezer") == nullptr);
  const auto pure = parse_cgroup_layout(kPure);
  CHECK(pure.version == CgroupVersion::V2);
  CHECK(pure.hierarchies.front().mount == "/sys/fs/cgroup x");
  CHECK(parse_cgroup_layout("garbage\n1 2 3 - cgroup\n").version == CgroupVersion::None);
}

TEST_CASE("what the user mounts lies on the default file systems and under masks, outer before inner, and takes the place of a default") {
  using Kind = engine::ContainerMount::Kind;
  const auto mount = [](Kind kind, std::string source, std::string destination, std::string options = {}) {
    engine::ContainerMount out;
    out.kind = kind;
    out.source = std::move(source);
    out.destination = std::move(destination);
    out.options = std::move(options);
    return out;
  };
  auto spec = sample();
  spec.mounts = {mount(Kind::Volume, "/v/one", "/x/y"), mount(Kind::Memory, "", "/x", "size=1m,exec"), mount(Kind::Memory, "", "/dev/shm", "ro"),
                 mount(Kind::Host, "/h", "/x/y/z")};
  const auto plan = plan_of(spec, parse_cgroup_layout(kPure));
  std::vector<std::string> targets;
  for (const auto& step : plan.mounts) targets.push_back(step.target);
  CHECK(targets == std::vector<std::string>{"/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/x", "/x/y", "/dev/shm", "/etc/hosts", "/x/y/z"});
  CHECK(mount_options(plan.mounts[6]) == "nosuid,nodev,size=1m");
  CHECK(mount_options(plan.mounts[8]) == "ro,nosuid,nodev,noexec");
  CHECK(plan.closing_mounts.front().target == "/proc/kcore");
  // A directory of the machine as /dev is left alone, memory there gets its devices.
  spec.mounts = {mount(Kind::Host, "/h", "/dev")};
  CHECK(plan_of(spec, parse_cgroup_layout(kPure)).devices.empty());
  spec.mounts = {mount(Kind::Memory, "", "/dev")};
  CHECK_FALSE(plan_of(spec, parse_cgroup_layout(kPure)).devices.empty());
}

TEST_CASE("a container's plan is Docker's, call by call") {
  CHECK(render(plan_of(sample(), parse_cgroup_layout(kHybrid))) ==
        "clone CLONE_NEWNS|CLONE_NEWPID|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWNET\n"
        "join /sys/fs/cgroup/cpu,cpuacct/strates/abc/tasks\n"
        "join /sys/fs/cgroup/memory/strates/abc/tasks\n"
        "join /sys/fs/cgroup/pids/strates/abc/tasks\n"
        "join /sys/fs/cgroup/devices/strates/abc/tasks\n"
        "pivot /var/lib/strates/merged\n"
        "mount -t proc proc /proc -o nosuid,nodev,noexec\n"
        "mount -t tmpfs tmpfs /dev -o nosuid,strictatime,mode=755,size=65536k\n"
        "mount -t devpts devpts /dev/pts -o nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5\n"
        "mount -t sysfs sysfs /sys -o ro,nosuid,nodev,noexec\n"
        "mount -t tmpfs tmpfs /sys/fs/cgroup -o nosuid,nodev,noexec,mode=755\n"
        "mount /sys/fs/cgroup/cpu,cpuacct/strates/abc /sys/fs/cgroup/cpu,cpuacct -o bind,ro,nosuid,nodev,noexec\n"
        "mount /sys/fs/cgroup/memory/strates/abc /sys/fs/cgroup/memory -o bind,ro,nosuid,nodev,noexec\n"
        "mount /sys/fs/cgroup/pids/strates/abc /sys/fs/cgroup/pids -o bind,ro,nosuid,nodev,noexec\n"
        "mount /sys/fs/cgroup/devices/strates/abc /sys/fs/cgroup/devices -o bind,ro,nosuid,nodev,noexec\n"
        "mount /sys/fs/cgroup /sys/fs/cgroup -o bind,ro,nosuid,nodev,noexec\n"
        "mount -t mqueue mqueue /dev/mqueue -o nosuid,nodev,noexec\n"
        "mount -t tmpfs shm /dev/shm -o nosuid,nodev,noexec,mode=1777,size=67108864\n"
        "mount /r/containers/abc/hosts /etc/hosts -o bind\n"
        "device /dev/null c 1:3\n"
        "device /dev/zero c 1:5\n"
        "device /dev/full c 1:7\n"
        "device /dev/random c 1:8\n"
        "device /dev/urandom c 1:9\n"
        "device /dev/tty c 5:0\n"
        "link /dev/fd -> /proc/self/fd\n"
        "link /dev/stdin -> /proc/self/fd/0\n"
        "link /dev/stdout -> /proc/self/fd/1\n"
        "link /dev/stderr -> /proc/self/fd/2\n"
        "link /dev/core -> /proc/kcore\n"
        "link /dev/ptmx -> pts/ptmx\n"
        "write /proc/sys/net/ipv4/ip_unprivileged_port_start 0\n"
        "write /proc/sys/net/ipv4/ping_group_range 0 2147483647\n"
        "mask /proc/kcore\n"
        "mount /proc/sys /proc/sys -o bind,ro\n"
        "hostname abc\n"
        "up lo\n"
        "capabilities CAP_CHOWN\n"
        "user 0:0\n"
        "execute sh -c true\n");
}

TEST_CASE("the host's network is shared by not making a namespace, and lo is left alone") {
  auto spec = sample();
  spec.network = engine::NetworkMode::Host;
  const auto plan = plan_of(spec, parse_cgroup_layout(kHybrid));
  CHECK((plan.clone_flags & CLONE_NEWNET) == 0);
  CHECK_FALSE(plan.loopback);
  CHECK(plan.sysctls.empty());  // they would be the machine's
}

TEST_CASE("a read-only root has read-only files of the engine's, and what was asked of a setting stands") {
  auto spec = sample();
  spec.readonly_root = true;
  spec.apart.sysctls = {{"net.ipv4.ip_unprivileged_port_start", "500"}};
  const std::string text = render(plan_of(spec, parse_cgroup_layout(kHybrid)));
  CHECK(text.find(" /etc/hosts -o bind,ro\n") != std::string::npos);
  CHECK(text.find("ip_unprivileged_port_start 500\n") != std::string::npos);
  CHECK(text.find("ip_unprivileged_port_start 0\n") == std::string::npos);
}

TEST_CASE("where devices are not restricted, making nodes is not allowed; a privileged container may, and has the host's") {
  auto spec = sample();
  spec.capabilities = {"CAP_CHOWN", "CAP_MKNOD"};
  const CgroupPlan none;
  const MachineFacts facts{{}, ~CapabilityMask{0}, {{"/dev/null", S_IFCHR | 0666, 1, 3}, {"/dev/sda", S_IFBLK | 0660, 8, 0}}};
  CHECK(capability_names(plan_container(spec, facts, {}, none, {{}, false}).value().launch.capabilities) == std::vector<std::string>{"CAP_CHOWN"});
  CHECK(capability_names(plan_container(spec, facts, {}, none, {{}, true}).value().launch.capabilities).back() == "CAP_MKNOD");
  spec.process.privileged = true;
  const auto plan = plan_container(spec, facts, {}, none, {{}, false}).value();
  CHECK(capability_names(plan.launch.capabilities).size() == 41);
  CHECK(render(plan).find("device /dev/sda b 8:0\n") != std::string::npos);
  CHECK(render(plan).find("sysfs /sys -o nosuid,nodev,noexec\n") != std::string::npos);
  CHECK(plan.devices.size() == 7);
}

TEST_CASE("the device program is the rules, one block each") {
  CHECK(render(default_device_rules().front()) == "c *:* m");
  CHECK(render(default_device_rules()[2]) == "c 1:3 rwm");
  const auto program = device_program({{'c', 1, 3, "rwm"}, {'b', -1, -1, "m"}});
  // 6 to load; type, major, minor and allow; type, access and allow; deny.
  REQUIRE(program.size() == 6 + 5 + 6 + 2);
  CHECK(program[6].off == 4);  // of another type: over the whole block
  CHECK(program[11].off == 5);
  CHECK(program.back().code == (BPF_JMP | BPF_EXIT));
}

TEST_CASE("version 2 gets a cgroup namespace and one mount") {
  auto layout = parse_cgroup_layout(kPure);
  layout.hierarchies.front().controllers = {"cpu", "memory", "pids"};
  const auto plan = plan_of(sample(), layout);
  CHECK((plan.clone_flags & CLONE_NEWCGROUP) != 0);
  CHECK(plan.launch.cgroup_joins == std::vector<std::string>{"/sys/fs/cgroup x/strates/abc"});
  CHECK(render(plan).find("mount -t cgroup2 cgroup /sys/fs/cgroup -o ro,nosuid,nodev,noexec\n") != std::string::npos);
}

TEST_CASE("in the machine's cgroup namespace version 2 is bound, not mounted: a mount would change the options of the machine's own") {
  auto layout = parse_cgroup_layout(kPure);
  layout.hierarchies.front().controllers = {"cpu", "memory", "pids"};
  auto spec = sample();
  spec.apart.cgroup = engine::NamespaceMode::Host;
  const auto plan = plan_of(spec, layout);
  CHECK((plan.clone_flags & CLONE_NEWCGROUP) == 0);
  CHECK(render(plan).find("-t cgroup2") == std::string::npos);
  const auto step = std::find_if(plan.mounts.begin(), plan.mounts.end(), [](const MountStep& one) { return one.target == "/sys/fs/cgroup"; });
  REQUIRE(step != plan.mounts.end());
  CHECK(step->kind == StepKind::HostBind);
  CHECK(step->source == "/sys/fs/cgroup x");
  CHECK((step->flags & MS_RDONLY) != 0);
}

TEST_CASE("limits become writes, in either version") {
  engine::Limits limits;
  limits.memory = 64 << 20;
  limits.nano_cpus = 1'500'000'000;
  limits.cpu_shares = 512;
  limits.pids = 100;
  const ContainerId id("abc");
  auto v1 = plan_cgroups(parse_cgroup_layout(kHybrid), id, limits, DeviceAccess::All).value();
  CHECK(text_of(v1) ==
        "mkdir /sys/fs/cgroup/cpu,cpuacct/strates/abc\n"
        "mkdir /sys/fs/cgroup/memory/strates/abc\n"
        "mkdir /sys/fs/cgroup/pids/strates/abc\n"
        "mkdir /sys/fs/cgroup/devices/strates/abc\n"
        "/sys/fs/cgroup/memory/strates/abc/memory.limit_in_bytes 67108864\n"
        "/sys/fs/cgroup/memory/strates/abc/memory.memsw.limit_in_bytes 134217728\n"
        "/sys/fs/cgroup/cpu,cpuacct/strates/abc/cpu.shares 512\n"
        "/sys/fs/cgroup/cpu,cpuacct/strates/abc/cpu.cfs_period_us 100000\n"
        "/sys/fs/cgroup/cpu,cpuacct/strates/abc/cpu.cfs_quota_us 150000\n"
        "/sys/fs/cgroup/pids/strates/abc/pids.max 100\n");
  CHECK(v1.oom_file == "/sys/fs/cgroup/memory/strates/abc/memory.oom_control");
  auto layout = parse_cgroup_layout(kPure);
  layout.hierarchies.front() = {"/c", {"cpu", "memory", "pids"}};
  auto v2 = plan_cgroups(layout, id, limits, DeviceAccess::All).value();
  CHECK(text_of(v2) ==
        "prepare /c/cgroup.subtree_control +cpu\n"
        "prepare /c/strates/cgroup.subtree_control +cpu\n"
        "prepare /c/cgroup.subtree_control +memory\n"
        "prepare /c/strates/cgroup.subtree_control +memory\n"
        "prepare /c/cgroup.subtree_control +pids\n"
        "prepare /c/strates/cgroup.subtree_control +pids\n"
        "mkdir /c/strates/abc\n"
        "/c/strates/abc/memory.max 67108864\n"
        "/c/strates/abc/memory.swap.max 67108864\n"
        "/c/strates/abc/cpu.weight 20\n"
        "/c/strates/abc/cpu.max 150000 100000\n"
        "/c/strates/abc/pids.max 100\n");
}

TEST_CASE("a limit whose controller is missing is refused, and without a limit nothing is") {
  engine::Limits limits;
  limits.memory = 64 << 20;
  const auto refused = plan_cgroups({}, ContainerId("abc"), limits, DeviceAccess::Default);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "process.setup");
  CHECK(refused.error().cause.find("memory") != std::string::npos);
  CHECK(plan_cgroups({}, ContainerId("abc"), {}, DeviceAccess::Default).value().directories.empty());
}

TEST_CASE("an unknown capability is refused") {
  CHECK(capability_mask({"CAP_CHOWN", "cap_kill", "NET_RAW"}).value() == (1U | 1U << 5 | 1U << 13));
  CHECK(capability_mask({"CAP_FLY"}).error().code == "process.setup");
  CHECK(capability_names(0x3).back() == "CAP_DAC_OVERRIDE");
}

TEST_CASE("a plan survives being sent, and half of one is refused") {
  auto spec = sample();
  spec.process.groups = {5, 6};
  spec.process.tty = true;
  spec.process.rows = 24;
  const Plan plan = plan_of(spec, parse_cgroup_layout(kHybrid));
  const std::string bytes = encode_plan(plan);
  const auto back = decode_plan(bytes).value();
  CHECK(render(std::get<ContainerPlan>(back)) == render(std::get<ContainerPlan>(plan)));
  CHECK(encode_plan(back) == bytes);
  for (size_t length = 0; length < bytes.size(); length += 7) CHECK_FALSE(decode_plan(std::string_view(bytes).substr(0, length)).ok());
  CHECK_FALSE(decode_plan(bytes + "x").ok());
  CHECK_FALSE(decode_plan(std::string("\x00\xff\xff\xff\x7f", 5)).ok());
}
