// Pause, update, stats, tmpfs and what /proc says of confinement, over the simulated world.
#include <doctest/doctest.h>

#include "adapters/archive_reader.hpp"
#include "adapters/openssl_hasher.hpp"
#include "base/strings.hpp"
#include "engine/engine.hpp"
#include "engine/lock.hpp"
#include "sim/catalogue.hpp"
#include "sim/world.hpp"

using namespace strates;
using namespace strates::engine;

namespace {

struct Bench {
  Bench() : world({}, hasher, archives), engine(Engine::open(world.world(), {.source_date_epoch = std::nullopt, .version = "test"}).value()) {
    StringSource tar(sim::catalogue_tar("busybox"));
    REQUIRE(engine->import_image(tar, "busybox", "latest", "catalogue", {"CMD [\"sh\"]"}).ok());
  }
  Result<ContainerId> create(const std::string& name, const std::string& script, const std::function<void(HostConfig&)>& change = {}) {
    CreateRequest request;
    request.name = name;
    request.config.image = "busybox";
    request.config.cmd = std::vector<std::string>{"sh", "-c", script};
    request.host.network_mode = "none";
    if (change) change(request.host);
    return TRY(engine->create(request)).id;
  }
  void pass(Nanos time) {
    const Locked lock(engine->world().monitor);
    engine->world().monitor.wait([] { return false; }, engine->world().clock.now() + time);
  }
  // What it printed, when it has ended.
  std::string output_of(const std::string& name) {
    const auto started = engine->start(name);
    CHECK_MESSAGE(started.ok(), (started.ok() ? "" : started.error().message()));
    pass(5 * kSecond);
    std::string out;
    ignore(engine->world().processes.read_log(engine->container(name).value().id, [&](const LogRecord& record) { return out += record.bytes, true; }));
    return out;
  }
  std::string wire(const Result<void>& result) { return result.ok() ? "" : result.error().message(); }

  adapters::OpensslHasher hasher;
  adapters::LibarchiveReader archives;
  sim::SimWorld world;
  std::unique_ptr<Engine> engine;
};

}  // namespace

TEST_CASE("a paused container stands still, says so, and refuses what Docker refuses") {
  Bench bench;
  const auto id = bench.create("web", "while true; do echo tick; sleep 1; done").value().str();
  CHECK(bench.wire(bench.engine->pause("web")) == "Container " + id + " is not running");
  CHECK(bench.wire(bench.engine->unpause("web")) == "Container " + id + " is not paused");
  REQUIRE(bench.engine->start("web").ok());
  bench.pass(2 * kSecond);
  const auto ticks = [&] {
    int count = 0;
    ignore(bench.engine->world().processes.read_log(ContainerId(id), [&](const LogRecord&) { return ++count, true; }));
    return count;
  };
  REQUIRE(bench.engine->pause("web").ok());
  CHECK(bench.wire(bench.engine->pause("web")) == "Container " + id + " is already paused");
  const int before = ticks();
  CHECK(before >= 2);
  bench.pass(5 * kSecond);
  CHECK(ticks() == before);
  const auto state = bench.engine->container("web").value().state;
  CHECK(state.paused);
  CHECK(state.status == Status::Running);
  CHECK(state_word(state) == "paused");
  CHECK(bench.engine->containers({.all = false, .limit = 0, .filters = {{"status", "paused"}}}).value().size() == 1);
  CHECK(bench.engine->containers({.all = false, .limit = 0, .filters = {{"status", "running"}}}).value().empty());
  const auto refused = bench.engine->exec_create("web", {.command = {"true"}});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().wire == "Container web is paused, unpause the container before exec");
  CHECK(bench.wire(bench.engine->remove("web", Force::No)) ==
        "You cannot remove a paused container " + id + ". Unpause and then stop the container before attempting removal or force remove");
  CHECK(bench.wire(bench.engine->start("web")) == "cannot start a paused container, try unpause instead");
  REQUIRE(bench.engine->unpause("web").ok());
  bench.pass(2 * kSecond);
  CHECK(ticks() > before);
  REQUIRE(bench.engine->pause("web").ok());
  CHECK(bench.engine->stop("web", 1, "").ok());  // Docker lets it go on to hear the signal
  CHECK_FALSE(bench.engine->container("web").value().state.paused);
  CHECK(bench.engine->container("web").value().state.status == Status::Exited);
  REQUIRE(bench.engine->start("web").ok());
  REQUIRE(bench.engine->pause("web").ok());
  CHECK(bench.engine->remove("web", Force::Yes).ok());
}

TEST_CASE("limits are changed one by one, and conflicts are Docker's") {
  Bench bench;
  const auto id = bench.create("web", "sleep 1000", [](HostConfig& host) { host.limits.memory = 20 << 20; }).value().str();
  REQUIRE(bench.engine->start("web").ok());
  const auto why = [&](const std::function<void(UpdateRequest&)>& change) {
    UpdateRequest update;
    change(update);
    const auto done = bench.engine->update("web", update);
    return done.ok() ? std::string() : done.error().wire;
  };
  CHECK(why([](UpdateRequest& u) { u.limits.memory = 1 << 20; }) == "Minimum memory limit allowed is 6MB");
  CHECK(why([](UpdateRequest& u) { u.limits.memory = 120 << 20; }) ==
        "Cannot update container " + id + ": Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time");
  CHECK(why([](UpdateRequest& u) { u.limits.memory = 100 << 20, u.limits.memory_swap = 200 << 20; }).empty());
  CHECK(why([](UpdateRequest& u) { u.limits.nano_cpus = 500'000'000; }).empty());
  CHECK(why([](UpdateRequest& u) { u.limits.cpu_quota = 20'000; }) == "Cannot update container " + id + ": Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set");
  CHECK(why([](UpdateRequest& u) { u.limits.pids = 20, u.pids_set = true; }).empty());
  auto host = bench.engine->container("web").value().host;
  CHECK(host.limits.memory == 100 << 20);
  CHECK(host.limits.memory_swap == 200 << 20);
  CHECK(host.limits.nano_cpus == 500'000'000);
  CHECK(host.limits.pids == 20);
  CHECK(bench.engine->statistics("web").value().pids_limit == 20);
  CHECK(bench.engine->statistics("web").value().memory_limit == 100 << 20);
  CHECK(bench.engine->statistics("web").value().pids == 1);
  // Limits and restart policy of one request; what is refused changes neither.
  CHECK(why([](UpdateRequest& u) { u.limits.cpu_shares = 7, u.restart = RestartPolicy{RestartWhen::Always, 0}; }).empty());
  CHECK_FALSE(why([](UpdateRequest& u) { u.limits.cpu_quota = 20'000, u.restart = RestartPolicy{RestartWhen::No, 0}; }).empty());
  CHECK_FALSE(why([](UpdateRequest& u) { u.limits.cpu_shares = 9, u.restart = RestartPolicy{RestartWhen::Always, 3}; }).empty());
  host = bench.engine->container("web").value().host;
  CHECK(host.limits.cpu_shares == 7);
  CHECK(host.restart.when == RestartWhen::Always);
  CHECK(bench.engine->update("nosuch", {}).error().wire == "No such container: nosuch");
}

TEST_CASE("the simulator holds tmpfs, process limits and shows capabilities") {
  Bench bench;
  REQUIRE(bench.create("box-a", "grep -E 'Cap|NoNew' /proc/self/status", [](HostConfig& host) {
    host.isolation.cap_drop = {"ALL"};
    host.isolation.cap_add = {"chown"};
    host.isolation.security_opt = {"no-new-privileges"};
  }).ok());
  CHECK(bench.output_of("box-a") ==
        "CapInh:\t0000000000000000\nCapPrm:\t0000000000000001\nCapEff:\t0000000000000001\nCapBnd:\t0000000000000001\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n");
  REQUIRE(bench.create("box-b", "echo hi > /new/place/f; cat /new/place/f; touch /tmp/t || echo no; touch /root/x || echo refused; grep /new /proc/mounts", [](HostConfig& host) {
    host.isolation.tmpfs = {{"/new/place", "size=1m,exec"}};
    host.readonly_root = true;
  }).ok());
  const auto out = bench.output_of("box-b");
  CHECK_MESSAGE(out.find("hi\n") == 0, out);
  CHECK_MESSAGE(out.find("refused\n") != std::string::npos, out);
  CHECK_MESSAGE(out.find("tmpfs /new/place tmpfs rw,nosuid,nodev,relatime,size=1m 0 0") != std::string::npos, out);
  const auto changes = bench.engine->diff("box-b").value();
  for (const auto& change : changes) CHECK_MESSAGE(change.path.find("/new/place/") != 0, change.path);  // what is in a tmpfs is in no layer
  REQUIRE(bench.create("box-c", "true", [](HostConfig& host) { host.isolation.tmpfs = {{"/x", "foo"}}; }).ok());
  CHECK(bench.wire(bench.engine->start("box-c")) == "invalid tmpfs option [\"foo\"]");
  REQUIRE(bench.create("box-limits", "ulimit -n; ulimit -Hn; ulimit -Sn; ulimit -c; ulimit; ulimit -n 5 2>&1", [](HostConfig& host) { host.isolation.ulimits = {{"nofile", 64, 128}}; }).ok());
  CHECK(bench.output_of("box-limits") == "64\n128\n64\n0\nunlimited\nstrates-sim: sh: not supported: ulimit\n");
  REQUIRE(bench.create("box-file", "true", [](HostConfig& host) { host.isolation.tmpfs = {{"/etc/passwd", ""}}; }).ok());
  CHECK(bench.wire(bench.engine->start("box-file")).ends_with("mount tmpfs:/etc/passwd (via /proc/self/fd/6), flags: 0xe: not a directory: unknown: Are you trying to mount a "
                                                              "directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type"));
}

TEST_CASE("what the simulator cannot hold it refuses in clear words, and names of other containers are checked") {
  Bench bench;
  REQUIRE(bench.create("box-d", "true", [](HostConfig& host) { host.isolation.devices = {{"/dev/sda", "/dev/sda", "r"}}; }).ok());
  CHECK(bench.wire(bench.engine->start("box-d")).find("the simulator cannot: ") != std::string::npos);
  const auto refused = bench.create("box-e", "true", [](HostConfig& host) { host.isolation.pid_mode = "container:nosuch"; });
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().wire == "No such container: nosuch");
  CHECK(refused.error().kind == ErrorKind::Invalid);  // "not found" would have clients pull the image
  const auto id = bench.create("donor", "sleep 100").value().str();
  REQUIRE(bench.create("guest", "true", [](HostConfig& host) { host.isolation.ipc_mode = "container:donor"; }).ok());
  CHECK(bench.wire(bench.engine->start("guest")) == "can't join IPC of container " + id + ": container " + id + " is not running");
  REQUIRE(bench.engine->start("donor").ok());
  CHECK(bench.wire(bench.engine->start("guest")) ==
        "can't join IPC of container " + id + ": non-shareable IPC (hint: use IpcMode:shareable for the donor container)");
  REQUIRE(bench.create("odd", "true", [](HostConfig& host) { host.isolation.ipc_mode = "foo"; }).ok());
  CHECK(bench.wire(bench.engine->start("odd")) == "Invalid IPC mode: foo");
}

TEST_CASE("a group that is not in the image is refused in Docker's words, a number is taken as it is") {
  Bench bench;
  REQUIRE(bench.create("box-g", "id -G", [](HostConfig& host) { host.isolation.group_add = {"77"}; }).ok());
  CHECK(bench.output_of("box-g").find("77") != std::string::npos);
  const auto id = bench.create("box-s", "sleep 100", [](HostConfig& host) { host.isolation.group_add = {"77"}; }).value();
  REQUIRE(bench.engine->start("box-s").ok());
  const auto exec = bench.engine->exec_create("box-s", {.command = {"sh", "-c", "id -G > /tmp/groups"}, .user = "5"});
  REQUIRE(bench.engine->exec_start(exec.value(), nullptr, 0, 0).ok());  // who comes later is in the group, too
  bench.pass(kSecond);
  CHECK(bench.engine->world().snapshots.edit(SnapshotKey(id.str())).value()->read("/tmp/groups", 100).value() == "0 77\n");
  REQUIRE(bench.create("box-h", "id", [](HostConfig& host) { host.isolation.group_add = {"nosuch"}; }).ok());
  CHECK(bench.wire(bench.engine->start("box-h")) == "Unable to find group nosuch: no matching entries in group file");
}

TEST_CASE("the processes are shown in ps's columns, and other columns are refused by the simulator") {
  Bench bench;
  const auto id = bench.create("web", "sleep 1000").value().str();
  CHECK(bench.engine->top("web", {}).error().wire == "Container " + id + " is not running");
  REQUIRE(bench.engine->start("web").ok());
  bench.pass(kSecond);
  const auto table = bench.engine->top("web", {}).value();
  CHECK(table.titles == std::vector<std::string>{"UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"});
  REQUIRE(table.rows.size() >= 1);
  CHECK(table.rows.front().front() == "root");
  CHECK(bench.engine->top("web", {"-o", "pid"}).error().kind == ErrorKind::NotImplemented);
}

TEST_CASE("a container whose log is not kept runs, and its log cannot be read") {
  Bench bench;
  REQUIRE(bench.create("mute", "echo hi", [](HostConfig& host) { host.log.driver = "none"; }).ok());
  REQUIRE(bench.engine->start("mute").ok());
  bench.pass(kSecond);
  const auto refused = bench.engine->logs("mute", {}, nullptr);
  CHECK(refused.error().kind == ErrorKind::NotImplemented);
  CHECK(refused.error().message() == "configured logging driver does not support reading");
  REQUIRE(bench.create("odd", "true", [](HostConfig& host) { host.log.options = {{"max-size", "foo"}}; }).ok());
  CHECK(bench.wire(bench.engine->start("odd")) == "failed to initialize logging driver: invalid size: 'foo'");
  const auto odd = bench.engine->container("odd").value();
  CHECK(odd.state.exit_code == 128);
  CHECK(odd.state.error == "failed to initialize logging driver: invalid size: 'foo'");
}

TEST_CASE("a kernel parameter that no namespace of the container's has is refused in runc's words, whoever asks") {
  Bench bench;
  constexpr const char* kBefore = "failed to create shim task: OCI runtime create failed: runc create failed: sysctl ";
  int count = 0;
  const auto refused = [&](const std::string& sysctl, const std::function<void(HostConfig&)>& change = {}) {
    const std::string name = "box" + std::to_string(++count);
    REQUIRE(bench.create(name, "true", [&](HostConfig& host) {
              host.isolation.sysctls = {{sysctl, "1"}};
              if (change) change(host);
            }).ok());
    const std::string said = bench.wire(bench.engine->start(name));
    return said.starts_with(kBefore) ? said.substr(std::string(kBefore).size()) : said;
  };
  const auto machines_ipc = [](HostConfig& host) { host.isolation.ipc_mode = "host"; };
  for (const char* name : {"kernel.shmmax", "kernel.sem", "fs.mqueue.msg_max"}) {
    CHECK(refused(name).find("namespace") == std::string::npos);  // further on the simulator says that it has none
    CHECK(refused(name, machines_ipc) == "\"" + std::string(name) + "\" is not allowed in the hosts ipc namespace: unknown");
  }
  REQUIRE(bench.create("donor", "sleep 100", machines_ipc).ok());
  REQUIRE(bench.engine->start("donor").ok());
  CHECK(refused("kernel.shmmax", [](HostConfig& host) { host.isolation.ipc_mode = "container:donor"; }) == "\"kernel.shmmax\" is not allowed in the hosts ipc namespace: unknown");
  for (const char* name : {"vm.swappiness", "kernel.panic", "fs.file-max", "net/../vm/swappiness", "net.../vm", "fs.mqueue./../../vm/swappiness"})
    CHECK(refused(name) == go_quote(name) + " is not in a separate kernel namespace: unknown");
  CHECK(refused("kernel.domainname").find("namespace") == std::string::npos);
  CHECK(refused("net.ipv4.ip_forward").find("namespace") == std::string::npos);
  CHECK(refused("net.ipv4.ip_forward", [](HostConfig& host) { host.network_mode = "host"; }) == "\"net.ipv4.ip_forward\" not allowed in host network namespace: unknown");
}
