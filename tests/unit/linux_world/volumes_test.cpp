// Volumes, host directories and copies on a real kernel: the engine over the Linux world.
#include "linux/volume/linux_volumes.hpp"

#include <doctest/doctest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>

#include "engine/engine.hpp"
#include "engine/lock.hpp"
#include "image/tar_header.hpp"
#include "linux/process/small_file.hpp"
#include "linux/snapshot/overlay_mount.hpp"
#include "linux/storage/mount_table.hpp"
#include "linux/world.hpp"
#include "tests/support/leaks.hpp"
#include "tests/support/test_spawner.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::linux_world;

namespace {

bool can_run() {
  static const bool root = ::geteuid() == 0 && ::access("/bin/busybox", X_OK) == 0;
  if (!root) std::printf("skipped: needs root and /bin/busybox\n");
  return root;
}

std::string file_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

image::LayerEntry named(std::string path, image::EntryType type = image::EntryType::File, std::uint32_t mode = 0644, std::string link = {}) {
  image::LayerEntry out;
  out.path = std::move(path);
  out.meta.type = type;
  out.meta.mode = mode;
  out.meta.link_target = std::move(link);
  return out;
}

std::string tar_of(const std::vector<std::pair<image::LayerEntry, std::string>>& entries) {
  std::string out;
  for (auto [entry, content] : entries) {
    entry.meta.size = content.size();
    out += image::tar_header(entry, 1'600'000'000) + content + std::string(image::tar_padding(content.size()), '\0');
  }
  return out + std::string(1024, '\0');
}

class Words final : public OutputSink {
 public:
  void output(StdStream, Nanos, std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    text_ += bytes;
  }
  void ended() override {}
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::string text_;
};

struct Bench {
  Bench() {
    char pattern[] = "/dev/shm/strates-volumes-XXXXXX";
    root = ::mkdtemp(pattern);
    before = testing::take_leak_snapshot();
    open();
    using image::EntryType;
    const std::string tar = tar_of({{named("bin", EntryType::Directory, 0755), ""},
                                    {named("bin/busybox", EntryType::File, 0755), file_bytes("/bin/busybox")},
                                    {named("bin/sh", EntryType::Symlink, 0777, "busybox"), ""},
                                    {named("conf", EntryType::Directory, 0750), ""},
                                    {named("conf/a", EntryType::File, 0640), "from the image\n"},
                                    {named("conf/l", EntryType::Symlink, 0777, "a"), ""},
                                    {named("etc", EntryType::Directory, 0755), ""},
                                    {named("etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n"},
                                    {named("out", EntryType::Symlink, 0777, "../../../../../.." + root + "/host"), ""},
                                    {named("tmp", EntryType::Directory, 01777), ""}});
    StringSource source(tar);
    const auto imported = engine->import_image(source, "box", "latest", "", {"CMD [\"sh\"]", "ENV PATH=/bin"});
    REQUIRE_MESSAGE(imported.ok(), (imported.ok() ? "" : imported.error().explanation()));
  }
  ~Bench() {
    const auto all = engine->containers({.all = true, .limit = 0, .filters = {}}).value();
    for (const auto& container : all) CHECK(engine->remove(container.id.str(), Force::Yes, WithVolumes::Yes).ok());
    const auto volumes = engine->volumes({}).value();
    for (const auto& volume : volumes) CHECK(engine->remove_volume(volume.name, Force::No).ok());  // a prune leaves those with options
    CHECK(world->world().volumes.list().value().empty());
    engine.reset();
    world.reset();
    for (const auto& leak : testing::validate_no_leaks(before, {root, {}})) FAIL_CHECK(leak);
    CHECK(remove_directory_tree(root).ok());
  }
  void open() {
    engine.reset();
    world.reset();
    auto opened = LinuxWorld::open(root + "/store", testing::test_spawner());
    REQUIRE_MESSAGE(opened.ok(), (opened.ok() ? "" : opened.error().explanation()));
    world = std::move(opened).value();
    engine = Engine::open(world->world(), {.source_date_epoch = std::nullopt, .version = "test"}).value();
  }
  CreateRequest request(const std::string& name, const std::string& script) {
    CreateRequest out;
    out.name = name;
    out.config.image = "box";
    out.config.cmd = image::StringList{"sh", "-c", "busybox --install -s /bin 2>/dev/null; " + script};
    out.host.network_mode = "none";
    return out;
  }
  std::string start(const std::string& name) {
    auto words = std::make_shared<Words>();
    const auto attached = engine->attach(name, {}, words);
    bool ended = false;
    std::mutex mutex;
    std::condition_variable changed;
    const auto waiting = engine->wait(name, WaitCondition::NextExit, [&](WaitReply) {
      const std::lock_guard lock(mutex);
      ended = true;
      changed.notify_all();
    });
    const auto started = engine->start(name);
    if (!started.ok()) return started.error().message();
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(30), [&] { return ended; }));
    return words->text();
  }
  std::string run(const CreateRequest& request) {
    const auto created = engine->create(request);
    if (!created.ok()) return created.error().message();
    return start(created.value().id.str());
  }

  std::string root;
  testing::LeakSnapshot before;
  std::unique_ptr<LinuxWorld> world;
  std::unique_ptr<Engine> engine;
};

}  // namespace

TEST_CASE("a volume keeps what a container wrote, is filled from the image with its modes and links, and lies where inspect says") {
  if (!can_run()) return;
  Bench bench;
  auto first = bench.request("one", "busybox stat -c '%a %n' /conf /conf/a; busybox readlink /conf/l; echo kept > /conf/new");
  first.host.binds = {"conf:/conf"};
  CHECK(bench.run(first) == "750 /conf\n640 /conf/a\na\n");
  const auto volume = bench.engine->volume("conf").value();
  CHECK(volume.mountpoint == bench.root + "/store/volumes/conf/_data");
  CHECK(file_bytes(volume.mountpoint + "/new") == "kept\n");
  auto second = bench.request("two", "busybox cat /x/new; echo no 2>/dev/null > /x/y || echo refused");
  second.host.binds = {"conf:/x:ro"};
  CHECK(bench.run(second) == "kept\nrefused\n");
  const auto changes = bench.engine->diff("one").value();
  for (const auto& change : changes) CHECK_FALSE(change.path.starts_with("/conf/"));
}

TEST_CASE("a read-only container writes to its volumes and nowhere else") {
  if (!can_run()) return;
  Bench bench;
  auto request = bench.request("one", "echo a > /data/x; busybox cat /data/x; (echo b > /y) 2>/dev/null || echo refused");
  request.host.readonly_root = true;
  request.host.binds = {"data1:/data"};
  CHECK(bench.run(request) == "a\nrefused\n");
}

TEST_CASE("host directories are shared both ways, made for -v and demanded for --mount") {
  if (!can_run()) return;
  Bench bench;
  auto request = bench.request("one", "echo in > /h/x; busybox cat /h/y /f");
  REQUIRE(::mkdir((bench.root + "/host").c_str(), 0755) == 0);
  std::ofstream(bench.root + "/host/y") << "out\n";
  std::ofstream(bench.root + "/single") << "file\n";
  request.host.binds = {bench.root + "/host:/h", bench.root + "/single:/f", bench.root + "/made/deep:/m"};
  CHECK(bench.run(request) == "out\nfile\n");
  CHECK(file_bytes(bench.root + "/host/x") == "in\n");
  struct stat about {};
  CHECK(::stat((bench.root + "/made/deep").c_str(), &about) == 0);
  auto demanded = bench.request("two", "true");
  demanded.host.mounts.emplace_back();
  demanded.host.mounts[0].type = "bind";
  demanded.host.mounts[0].source = bench.root + "/absent";
  demanded.host.mounts[0].target = "/x";
  CHECK(bench.run(demanded) == "invalid mount config for type \"bind\": bind source path does not exist: " + bench.root + "/absent");
  auto wrong = bench.request("three", "true");
  wrong.host.binds = {bench.root + "/single:/conf"};
  CHECK(bench.run(wrong).ends_with("mount " + bench.root + "/single:/conf (via /proc/self/fd/6), flags: 0x5000: not a directory: unknown: Are you trying to mount a directory onto "
                                   "a file (or vice-versa)? Check if the specified host path exists and is the expected type"));
}

TEST_CASE("a link in the image does not lead a mount out of the container") {
  if (!can_run()) return;
  Bench bench;
  REQUIRE(::mkdir((bench.root + "/host").c_str(), 0755) == 0);
  auto request = bench.request("one", "echo x > /out/inside; busybox ls /out");
  request.host.binds = {"data1:/out"};
  CHECK(bench.run(request) == "inside\n");
  CHECK(::access((bench.root + "/host/inside").c_str(), F_OK) != 0);
  const auto rows = read_mount_table().value();
  for (const auto& row : rows) CHECK_FALSE(row.mount_point.starts_with(bench.root + "/host"));
}

TEST_CASE("mounts made in a container do not show on the host, and nested mounts lie in each other") {
  if (!can_run()) return;
  Bench bench;
  auto request = bench.request("one", "echo deep > /data/inner/x; echo top > /data/x; busybox ls /data; busybox grep ' /mem ' /proc/mounts");
  request.host.binds = {"inner:/data/inner", "outer:/data"};
  request.host.mounts.emplace_back();
  request.host.mounts[0].type = "tmpfs";
  request.host.mounts[0].target = "/mem";
  request.host.mounts[0].tmpfs = MountSpec::Tmpfs{1 << 20, 01770};
  const std::string out = bench.run(request);
  CHECK(out.starts_with("inner\nx\ntmpfs /mem tmpfs rw,nosuid,nodev,noexec,relatime,size=1024k,mode=1770"));
  CHECK(file_bytes(bench.engine->volume("inner").value().mountpoint + "/x") == "deep\n");
  CHECK(file_bytes(bench.engine->volume("outer").value().mountpoint + "/x") == "top\n");
}

TEST_CASE("a volume may be memory or another directory, as the local driver's options say") {
  if (!can_run()) return;
  Bench bench;
  REQUIRE(::mkdir((bench.root + "/host").c_str(), 0755) == 0);
  const std::map<std::string, std::string> memory = {{"type", "tmpfs"}, {"device", "tmpfs"}, {"o", "size=1m,mode=1777"}};
  const std::map<std::string, std::string> bind = {{"type", "none"}, {"device", bench.root + "/host"}, {"o", "bind"}};
  REQUIRE(bench.engine->create_volume({"memory", "", std::nullopt, memory}).ok());
  REQUIRE(bench.engine->create_volume({"other", "", std::nullopt, bind}).ok());
  auto request = bench.request("one", "busybox ls /m; echo x > /m/x; busybox grep -c ' /m tmpfs ' /proc/mounts; echo y > /o/y");
  request.host.binds = {"memory:/m", "other:/o"};
  CHECK(bench.run(request) == "1\n");
  CHECK(file_bytes(bench.root + "/host/y") == "y\n");
  CHECK(bench.start("one") == "1\n");  // empty again
  const auto rows = read_mount_table().value();
  for (const auto& row : rows) CHECK_FALSE(row.mount_point.starts_with(bench.root + "/store/volumes"));
  REQUIRE(bench.engine->create_volume({"broken", "", std::nullopt, std::map<std::string, std::string>{{"type", "none"}, {"device", "/nonexistent"}, {"o", "bind"}}}).ok());
  auto broken = bench.request("two", "true");
  broken.host.binds = {"broken:/m"};
  CHECK(bench.run(broken).find("failed to mount local volume") != std::string::npos);
}

TEST_CASE("a copy reads and writes a running container, its volumes and its host directories") {
  if (!can_run()) return;
  Bench bench;
  REQUIRE(::mkdir((bench.root + "/host").c_str(), 0755) == 0);
  auto request = bench.request("one", "while [ ! -e /data/go ]; do busybox sleep 0.05; done; busybox cat /data/go /h/there /tmp/plain");
  request.host.binds = {"data1:/data", bench.root + "/host:/h"};
  REQUIRE(bench.engine->create(request).ok());
  auto words = std::make_shared<Words>();
  const auto attached = bench.engine->attach("one", {}, words);
  REQUIRE(bench.engine->start("one").ok());
  const auto put = [&](const std::string& path, const std::string& name, const std::string& content) {
    StringSource tar(tar_of({{named(name), content}}));
    const auto done = bench.engine->write_path("one", path, tar, {});
    CHECK_MESSAGE(done.ok(), (done.ok() ? "" : done.error().message()));
  };
  put("/tmp", "plain", "3\n");
  put("/h", "there", "2\n");
  put("/data", "go", "1\n");
  {
    const Locked lock(bench.world->world().monitor);
    bench.world->world().monitor.wait([&] { return words->text() == "1\n2\n3\n"; }, bench.world->world().clock.now() + 20 * kSecond);
  }
  CHECK(words->text() == "1\n2\n3\n");
  CHECK(file_bytes(bench.root + "/host/there") == "2\n");
  auto archive = bench.engine->read_path("one", "/h").value();
  std::map<std::string, std::string> seen;
  for (auto next = archive.entries->next().value(); next; next = archive.entries->next().value())
    seen[next->path] = next->meta.type == image::EntryType::File ? read_all(*archive.entries->content().value(), 1 << 20).value() : "";
  CHECK(seen == std::map<std::string, std::string>{{"", ""}, {"there", "2\n"}});
}

TEST_CASE("a copy through hostile links stays inside the container") {
  if (!can_run()) return;
  Bench bench;
  REQUIRE(::mkdir((bench.root + "/host").c_str(), 0755) == 0);
  REQUIRE(bench.engine->create(bench.request("one", "true")).ok());
  StringSource tar(tar_of({{named("x"), "y"}}));
  // /out climbs to the host's directory: inside the container there is none.
  const auto done = bench.engine->write_path("one", "/out", tar, {});
  REQUIRE_FALSE(done.ok());
  CHECK(done.error().message() == "Could not find the file /out in container one");
  StringSource own(tar_of({{named("e", image::EntryType::Symlink, 0777, bench.root + "/host"), ""}, {named("e/x"), "y"}}));
  ignore(bench.engine->write_path("one", "/", own, {}));
  CHECK(::access((bench.root + "/host/x").c_str(), F_OK) != 0);
}

TEST_CASE("volumes survive the daemon; what was half made when it died is swept") {
  if (!can_run()) return;
  Bench bench;
  auto request = bench.request("one", "echo kept > /data/x");
  request.host.binds = {"data1:/data"};
  bench.run(request);
  REQUIRE(::mkdir((bench.root + "/store/volumes/.tmp-7").c_str(), 0700) == 0);
  REQUIRE(::mkdir((bench.root + "/store/volumes/norecord").c_str(), 0700) == 0);
  bench.open();
  CHECK(file_bytes(bench.engine->volume("data1").value().mountpoint + "/x") == "kept\n");
  CHECK(::access((bench.root + "/store/volumes/.tmp-7").c_str(), F_OK) != 0);
  CHECK(::access((bench.root + "/store/volumes/norecord").c_str(), F_OK) != 0);
}

TEST_CASE("mount options are told apart from what the file system takes") {
  CHECK(parse_mount_words("size=1m,uid=1000") == MountWords{0, "size=1m,uid=1000"});
  CHECK(parse_mount_words("ro,noexec,size=1m") == MountWords{MS_RDONLY | MS_NOEXEC, "size=1m"});
  CHECK(parse_mount_words("ro,rw") == MountWords{0, ""});
  CHECK(parse_mount_words("bind") == MountWords{MS_BIND, ""});
  CHECK(parse_mount_words("") == MountWords{0, ""});
}

TEST_CASE("mountinfo tells which mounts spread") {
  const auto rows = parse_mount_table(
      "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda rw\n"
      "40 22 0:20 / /a\\040b rw master:3 - tmpfs tmpfs rw\n"
      "41 22 0:21 / /c rw - overlay overlay rw\nnonsense\n");
  REQUIRE(rows.size() == 3);
  CHECK(rows[0].shared);
  CHECK_FALSE(rows[0].slave);
  CHECK(rows[1].mount_point == "/a b");
  CHECK(rows[1].slave);
  CHECK(rows[2].type == "overlay");
}
