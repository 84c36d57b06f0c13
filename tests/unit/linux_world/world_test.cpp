// The Linux world put together: the lock on its root, what it says of the machine, and one container through all of its ports.
#include "linux/world.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "linux/machine_info.hpp"
#include "linux/process/small_file.hpp"
#include "linux/snapshot/overlay_mount.hpp"
#include "tests/support/leaks.hpp"
#include "tests/support/test_spawner.hpp"

using namespace strates;
using namespace strates::linux_world;

namespace {

struct TemporaryRoot {
  TemporaryRoot() {
    char pattern[] = "/dev/shm/strates-world-XXXXXX";
    path = ::mkdtemp(pattern);
  }
  ~TemporaryRoot() { CHECK(remove_directory_tree(path).ok()); }
  std::string path;
};

bool can_run() {
  static const bool root = ::geteuid() == 0 && ::access("/bin/busybox", X_OK) == 0;
  if (!root) std::printf("skipped: needs root and /bin/busybox\n");
  return root;
}

struct ExitWaiter : engine::ProcessObserver {
  void output(const ContainerId&, const ExecId&, engine::StdStream, Nanos, std::string_view bytes) override {
    const std::lock_guard lock(mutex);
    out += bytes;
  }
  void exited(const ContainerId&, const ExecId&, const engine::ExitStatus& how) override {
    const std::lock_guard lock(mutex);
    status = how;
    changed.notify_all();
  }
  engine::ExitStatus wait() {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(20), [&] { return status.has_value(); }));
    return *status;
  }
  std::mutex mutex;
  std::condition_variable changed;
  std::string out;
  std::optional<engine::ExitStatus> status;
};

engine::ContainerSpec busybox_in(engine::World& world, const std::string& id, const std::string& script) {
  const SnapshotKey key(id);
  REQUIRE(world.snapshots.prepare(key, {}, {}).ok());
  {
    auto editor = world.snapshots.edit(key);
    REQUIRE_MESSAGE(editor.ok(), editor.error().explanation());
    std::ifstream file("/bin/busybox", std::ios::binary);
    std::stringstream bytes;
    bytes << file.rdbuf();
    StringSource content(bytes.str());
    image::EntryMeta meta;
    meta.mode = 0755;
    meta.size = bytes.str().size();
    REQUIRE(editor.value()->put("/bin/sh", meta, &content).ok());
  }
  auto mounted = world.snapshots.mount(key);
  REQUIRE(mounted.ok());
  engine::ContainerSpec spec;
  spec.id = ContainerId(id);
  spec.snapshot = key;
  spec.root = mounted.value().merged;
  spec.hostname = "box";
  spec.process.args = {"sh", "-c", script};
  spec.process.env = {"PATH=/bin"};
  return spec;
}

}  // namespace

TEST_CASE("a root directory has one daemon, and the second is told which") {
  const TemporaryRoot root;
  {
    auto first = RootLock::take(root.path);
    REQUIRE(first.ok());
    auto second = RootLock::take(root.path);
    REQUIRE_FALSE(second.ok());
    CHECK(second.error().code == "daemon.root-in-use");
    CHECK(second.error().cause.find(std::to_string(::getpid())) != std::string::npos);
    CHECK_FALSE(second.error().advice.empty());
  }
  CHECK(RootLock::take(root.path).ok());
  CHECK_FALSE(RootLock::take(root.path + "/absent").ok());
}

TEST_CASE("the machine's own words are read") {
  CHECK(operating_system_name("NAME=x\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n") == "Debian GNU/Linux 12 (bookworm)");
  CHECK(operating_system_name("PRETTY_NAME=plain\n") == "plain");
  CHECK(operating_system_name("") == "Linux");
  CHECK(total_memory("MemTotal:       24684084 kB\nMemFree: 1 kB\n") == 24684084LL * 1024);
  CHECK(total_memory("nothing") == 0);
  CgroupLayout layout;
  layout.version = CgroupVersion::V2;
  const auto info = read_machine_info("/r", layout);
  CHECK(info.cgroup_version == "2");
  CHECK(info.root_directory == "/r");
  CHECK(info.cpus >= 1);
  CHECK(info.memory > 0);
  CHECK_FALSE(info.kernel_version.empty());
}

TEST_CASE("the monitor excludes, waits until told, and gives up at its deadline") {
  MutexMonitor monitor;
  adapters::SystemClock clock;
  bool told = false;
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    monitor.lock();
    told = true;
    monitor.notify();
    monitor.unlock();
  });
  monitor.lock();
  CHECK(monitor.wait([&] { return told; }, 0));
  CHECK_FALSE(monitor.wait([] { return false; }, clock.now() + 30 * kMillisecond));
  CHECK(monitor.wait([] { return true; }, clock.now() - kSecond));
  monitor.unlock();
  other.join();
  int counter = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) {
        monitor.lock();
        ++counter;
        monitor.unlock();
      }
    });
  for (auto& thread : threads) thread.join();
  CHECK(counter == 4000);
}

TEST_CASE("a container runs on an overlay through the world's ports, and its files stay in its layer") {
  if (!can_run()) return;
  const TemporaryRoot root;
  const auto before = testing::take_leak_snapshot();
  const std::string id = "world" + std::to_string(::getpid());
  {
    auto opened = LinuxWorld::open(root.path, testing::test_spawner());
    REQUIRE_MESSAGE(opened.ok(), opened.error().explanation());
    CHECK(LinuxWorld::open(root.path, testing::test_spawner()).error().code == "daemon.root-in-use");
    auto world = opened.value()->world();
    CHECK(world.name == "linux");
    ExitWaiter waiter;
    world.processes.set_observer(&waiter);
    auto spec = busybox_in(world, id, "echo hello > /greeting; echo done");
    auto started = world.processes.start(spec, nullptr);
    REQUIRE_MESSAGE(started.ok(), started.error().explanation());
    CHECK(waiter.wait().code == 0);
    CHECK(waiter.out == "done\n");
    world.processes.release(spec.id);
    CHECK(world.snapshots.unmount(spec.snapshot).ok());
    bool seen = false;
    const auto changes = world.snapshots.diff(spec.snapshot).value();
    for (const auto& change : changes) seen = seen || change.path == "/greeting";
    CHECK(seen);
    world.processes.forget(spec.id);
    world.processes.set_observer(nullptr);
    CHECK(world.snapshots.remove(spec.snapshot).ok());
  }
  for (const auto& leak : testing::validate_no_leaks(before, {root.path, {id}})) FAIL_CHECK(leak);
}

TEST_CASE("a store that cannot hold writable layers is refused when it is opened, with what to do") {
  if (!can_run()) return;
  const TemporaryRoot below;
  for (const char* part : {"/lower", "/upper", "/work", "/merged"}) REQUIRE(::mkdir((below.path + part).c_str(), 0755) == 0);
  engine::MountedSnapshot where;
  where.lower = {below.path + "/lower"};
  where.upper = below.path + "/upper";
  where.work = below.path + "/work";
  where.merged = below.path + "/merged";
  REQUIRE(mount_overlay(where).ok());
  {
    const auto world = LinuxWorld::open(where.merged + "/store", testing::test_spawner());
    REQUIRE_FALSE(world.ok());
    CHECK(world.error().code == "overlay.refused");
    CHECK(world.error().cause.find("EINVAL") == 0);  // the kernel's number, not that of reading its words
    CHECK(world.error().advice.find("the store lies on an overlay") != std::string::npos);
    std::error_code ignored;
    CHECK(std::filesystem::is_empty(where.merged + "/store/snapshots", ignored));  // nothing of the attempt stays
  }
  CHECK(unmount_overlay(where.merged).ok());
}

TEST_CASE("a world opened again keeps the mounts of what runs and drops those of what ended") {
  if (!can_run()) return;
  const TemporaryRoot root;
  const auto before = testing::take_leak_snapshot();
  const std::string runs = "runs" + std::to_string(::getpid()), ends = "ends" + std::to_string(::getpid());
  const auto mounted = [&](const std::string& id) {
    return read_small_file("/proc/self/mountinfo").value().find(root.path + "/snapshots/" + id) != std::string::npos;
  };
  {
    auto first = LinuxWorld::open(root.path, testing::test_spawner()).value();
    auto world = first->world();
    ExitWaiter waiter;
    world.processes.set_observer(&waiter);
    auto long_one = busybox_in(world, runs, "while true; do :; done");
    auto short_one = busybox_in(world, ends, "exit 4");
    REQUIRE(world.processes.start(long_one, nullptr).ok());
    REQUIRE(world.processes.start(short_one, nullptr).ok());
    CHECK(waiter.wait().code == 4);
    world.processes.set_observer(nullptr);
  }
  CHECK(mounted(runs));
  CHECK(mounted(ends));
  {
    auto second = LinuxWorld::open(root.path, testing::test_spawner()).value();
    CHECK(mounted(runs));
    CHECK_FALSE(mounted(ends));
    auto world = second->world();
    ExitWaiter waiter;
    world.processes.set_observer(&waiter);
    const auto survivors = world.processes.recover({ContainerId(runs), ContainerId(ends)}).value();
    CHECK(survivors.size() == 2);
    CHECK(world.processes.signal(ContainerId(runs), SIGKILL).ok());
    CHECK(waiter.wait().code == 137);
    for (const auto& id : {runs, ends}) world.processes.forget(ContainerId(id));
    CHECK(world.snapshots.unmount(SnapshotKey(runs)).ok());
    for (const auto& id : {runs, ends}) CHECK(world.snapshots.remove(SnapshotKey(id)).ok());
    world.processes.set_observer(nullptr);
  }
  for (const auto& leak : testing::validate_no_leaks(before, {root.path, {runs, ends}})) FAIL_CHECK(leak);
}
