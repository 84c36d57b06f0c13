// Volumes and copies, decided by the engine over the simulated world.
#include <doctest/doctest.h>

#include <algorithm>

#include "adapters/archive_reader.hpp"
#include "adapters/openssl_hasher.hpp"
#include "engine/engine.hpp"
#include "engine/lock.hpp"
#include "image/tar_header.hpp"
#include "sim/catalogue.hpp"
#include "sim/world.hpp"

using namespace strates;
using namespace strates::engine;

namespace {

class Words final : public OutputSink {
 public:
  void output(StdStream stream, Nanos, std::string_view bytes) override {
    if (stream == StdStream::Out) out += bytes;
  }
  void ended() override { done = true; }
  std::string out;
  bool done = false;
};

std::string tar_of(const std::vector<std::pair<image::LayerEntry, std::string>>& entries) {
  std::string out;
  for (auto [entry, content] : entries) {
    entry.meta.size = content.size();
    out += image::tar_header(entry, 1'600'000'000) + content + std::string(image::tar_padding(content.size()), '\0');
  }
  return out + std::string(1024, '\0');
}

image::LayerEntry entry(std::string path, image::EntryType type = image::EntryType::File, std::string link = {}) {
  image::LayerEntry out;
  out.path = std::move(path);
  out.meta.type = type;
  out.meta.mode = type == image::EntryType::Directory ? 0755 : 0644;
  out.meta.link_target = std::move(link);
  return out;
}

struct Bench {
  Bench() : world({}, hasher, archives) {
    open();
    StringSource tar(sim::catalogue_tar("busybox"));
    REQUIRE(engine->import_image(tar, "busybox", "latest", "catalogue", {"CMD [\"sh\"]"}).ok());
  }
  void open() {
    engine.reset();
    engine = Engine::open(world.world(), {.source_date_epoch = std::nullopt, .version = "test"}).value();
  }
  CreateRequest request(const std::string& name, const std::string& script) {
    CreateRequest out;
    out.name = name;
    out.config.image = "busybox";
    out.config.cmd = image::StringList{"sh", "-c", script};
    out.host.network_mode = "none";
    return out;
  }
  std::string fails(const CreateRequest& request) {
    const auto created = engine->create(request);
    return created.ok() ? "" : created.error().message();
  }
  // Creates and runs to the end; its output.
  std::string run(const CreateRequest& request) {
    const auto created = engine->create(request);
    REQUIRE_MESSAGE(created.ok(), (created.ok() ? "" : created.error().explanation()));
    return go(created.value().id.str());
  }
  std::string go(const std::string& name) {
    auto words = std::make_shared<Words>();
    const auto attached = engine->attach(name, {}, words);
    bool ended = false;
    const auto waiting = engine->wait(name, WaitCondition::NextExit, [&](WaitReply) { ended = true; });
    const auto started = engine->start(name);
    CHECK_MESSAGE(started.ok(), (started.ok() ? "" : started.error().message()));
    const Locked lock(engine->world().monitor);
    engine->world().monitor.wait([&] { return ended && words->done; }, 0);
    return words->out;
  }
  std::vector<std::string> volume_names() {
    std::vector<std::string> out;
    const auto all = engine->volumes({}).value();
    for (const auto& volume : all) out.push_back(volume.name);
    return out;
  }
  std::string put(const std::string& name, const std::string& path, const std::string& tar, ExtractOptions options = {}) {
    StringSource source(tar);
    const auto done = engine->write_path(name, path, source, options);
    return done.ok() ? "" : done.error().message();
  }
  // Paths of an archive, with the content of files.
  std::map<std::string, std::string> get(const std::string& name, const std::string& path) {
    std::map<std::string, std::string> out;
    auto archive = engine->read_path(name, path);
    REQUIRE_MESSAGE(archive.ok(), (archive.ok() ? "" : archive.error().message()));
    auto& reader = *archive.value().entries;
    for (auto next = reader.next().value(); next; next = reader.next().value())
      out[next->path] = next->meta.type == image::EntryType::File ? read_all(*reader.content().value(), 1 << 20).value() : next->meta.link_target;
    return out;
  }
  template <typename Fact>
  std::vector<Fact> facts() {
    std::vector<Fact> out;
    for (const auto& event : engine->tracer().kept(0))
      if (const auto* family = std::get_if<event::Volume>(&event.what))
        if (const auto* fact = std::get_if<Fact>(family)) out.push_back(*fact);
    return out;
  }

  adapters::OpensslHasher hasher;
  adapters::LibarchiveReader archives;
  sim::SimWorld world;
  std::unique_ptr<Engine> engine;
};

}  // namespace

// ------------------------------------------------------------------------------------------------------------------------------- volumes

TEST_CASE("what one container writes into a volume, the next one reads, and neither diff nor commit sees it") {
  Bench bench;
  auto first = bench.request("one", "echo kept > /data/x; echo lost > /y");
  first.host.binds = {"shared:/data"};
  bench.run(first);
  auto second = bench.request("two", "cat /data/x");
  second.host.binds = {"shared:/other:ro", "shared:/data"};
  CHECK(bench.run(second) == "kept\n");
  const auto changes = bench.engine->diff("one").value();
  CHECK(std::find(changes.begin(), changes.end(), Change{ChangeKind::Added, "/data"}) != changes.end());  // the mount point, as Docker shows it
  CHECK(std::find(changes.begin(), changes.end(), Change{ChangeKind::Added, "/y"}) != changes.end());
  CHECK(std::none_of(changes.begin(), changes.end(), [](const Change& change) { return change.path == "/data/x"; }));
  CHECK(bench.engine->commit({.container = "one", .repo = "mine", .tag = "1", .comment = "", .author = "", .changes = {}, .config = std::nullopt}).ok());
  auto third = bench.request("three", "ls /data");
  third.config.image = "mine:1";
  CHECK(bench.run(third).empty());
}

TEST_CASE("an empty volume is filled from the image before the first start, a full one is left, and nocopy fills nothing") {
  Bench bench;
  auto first = bench.request("one", "cat /etc/group | head -n 1; rm /etc/group; echo mine > /etc/mine");
  first.host.binds = {"conf:/etc"};
  CHECK(bench.run(first) == "root:x:0:\n");
  const auto filled = bench.facts<event::VolumeFilled>();
  REQUIRE(filled.size() == 1);
  CHECK(filled[0].volume == "conf");
  CHECK(filled[0].destination == "/etc");
  CHECK(filled[0].files > 1);
  auto second = bench.request("two", "cat /etc/mine; cat /etc/group");
  second.host.binds = {"conf:/etc"};
  CHECK(bench.run(second) == "mine\n");
  auto third = bench.request("three", "ls /etc/group");
  third.host.binds = {"bare:/etc:nocopy"};
  CHECK(bench.run(third).empty());
  CHECK(bench.facts<event::VolumeFilled>().size() == 1);
}

TEST_CASE("a filled volume has the directory's own owner and mode") {
  Bench bench;
  auto request = bench.request("one", "stat -c '%a' /tmp");
  request.host.binds = {"scratch:/tmp"};
  CHECK(bench.run(request) == "1777\n");
}

TEST_CASE("a read-only container writes to its volumes, and not to a read-only one") {
  Bench bench;
  auto request = bench.request("one", "echo a > /data/x && cat /data/x; echo b > /ro/x || echo refused; echo c > /y || echo refused");
  request.host.readonly_root = true;
  request.host.binds = {"rw1:/data", "ro1:/ro:ro"};
  const std::string out = bench.run(request);
  CHECK(out.starts_with("a\n"));
  CHECK(std::count(out.begin(), out.end(), '\n') == 3);
}

TEST_CASE("anonymous volumes go with rm -v and --rm, named ones stay") {
  Bench bench;
  auto request = bench.request("one", "true");
  request.config.volumes = std::set<std::string>{"/anon"};
  request.host.binds = {"named:/data"};
  bench.run(request);
  CHECK(bench.volume_names().size() == 2);
  CHECK(bench.engine->remove("one", Force::No, WithVolumes::No).ok());
  CHECK(bench.volume_names().size() == 2);
  bench.run(request);
  CHECK(bench.volume_names().size() == 3);
  CHECK(bench.engine->remove("one", Force::No, WithVolumes::Yes).ok());
  CHECK(bench.volume_names().size() == 2);
  request.host.auto_remove = true;
  request.name = "gone";
  bench.run(request);
  CHECK(bench.volume_names().size() == 2);
}

TEST_CASE("a volume in use is not removed, and the sentence names who uses it") {
  Bench bench;
  auto request = bench.request("one", "true");
  request.host.binds = {"busy:/data"};
  const std::string id = bench.engine->create(request).value().id.str();
  const auto refused = bench.engine->remove_volume("busy", Force::Yes);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().message() == "remove busy: volume is in use - [" + id + "]");
  CHECK(refused.error().kind == ErrorKind::Conflict);
  CHECK(bench.engine->remove("one", Force::No).ok());
  CHECK(bench.engine->remove_volume("busy", Force::No).ok());
  CHECK(bench.engine->remove_volume("busy", Force::No).error().message() == "get busy: no such volume");
  CHECK(bench.engine->remove_volume("busy", Force::Yes).ok());
}

TEST_CASE("volumes are listed by name, label and whether somebody has them, and pruned when nobody has") {
  Bench bench;
  CHECK(bench.engine->create_volume({"data1", "", std::map<std::string, std::string>{{"k", "v"}}, std::nullopt}).ok());
  CHECK(bench.engine->create_volume({"data2", "local", std::nullopt, std::nullopt}).ok());
  CHECK(bench.engine->create_volume({"data2", "", std::nullopt, std::nullopt}).value().name == "data2");
  CHECK(bench.engine->create_volume({}).value().name.size() == 64);
  auto request = bench.request("one", "true");
  request.host.binds = {"data1:/x"};
  REQUIRE(bench.engine->create(request).ok());
  const auto names = [&](const std::vector<std::pair<std::string, std::string>>& filters) {
    std::vector<std::string> out;
    const auto all = bench.engine->volumes(filters).value();
    for (const auto& volume : all) out.push_back(volume.name.substr(0, 5));
    return out;
  };
  CHECK(names({{"name", "data"}}) == std::vector<std::string>{"data1", "data2"});
  CHECK(names({{"label", "k"}}) == std::vector<std::string>{"data1"});
  CHECK(names({{"label", "k=w"}}).empty());
  CHECK(names({{"dangling", "false"}}) == std::vector<std::string>{"data1"});
  CHECK(names({{"dangling", "true"}, {"name", "data"}}) == std::vector<std::string>{"data2"});
  CHECK(names({{"driver", "foo"}}).empty());
  CHECK(bench.engine->volumes({{"dangling", "x"}}).error().message() == "Invalid filter 'dangling=[x]'");
  // What has options stands for something elsewhere, and stays.
  CHECK(bench.engine->create_volume({"elsewhere", "local", std::nullopt, std::map<std::string, std::string>{{"type", "tmpfs"}, {"device", "tmpfs"}}}).ok());
  const auto pruned = bench.engine->prune_volumes({}).value();
  CHECK(pruned.names.size() == 2);
  CHECK(bench.volume_names() == std::vector<std::string>{"data1", "elsewhere"});
}

TEST_CASE("--volumes-from brings another container's mounts, read-only when asked") {
  Bench bench;
  auto source = bench.request("source", "echo hello > /data/x");
  source.host.binds = {"from:/data"};
  source.config.volumes = std::set<std::string>{"/anon"};
  bench.run(source);
  auto reader = bench.request("reader", "cat /data/x; echo no > /data/y || echo refused");
  reader.host.volumes_from = {"source:ro"};
  CHECK(bench.run(reader).find("hello\n") == 0);
  const auto mounts = bench.engine->container("reader").value().mounts;
  REQUIRE(mounts.size() == 2);
  CHECK_FALSE(mounts[1].writable);
  auto missing = bench.request("lost", "true");
  missing.host.volumes_from = {"nonex"};
  CHECK(bench.fails(missing) == "No such container: nonex");
  CHECK(bench.engine->container("lost").ok() == false);
}

TEST_CASE("two mounts on one place are refused, and a failed creation leaves no volume behind") {
  Bench bench;
  auto request = bench.request("one", "true");
  request.host.binds = {"first:/x", "second:/x"};
  CHECK(bench.fails(request) == "Duplicate mount point: /x");
  request.host.binds = {"first:/etc/passwd"};
  CHECK(bench.fails(request).find("is not directory") != std::string::npos);
  CHECK(bench.volume_names().empty());
  CHECK(bench.world.world().volumes.list().value().empty());
  CHECK_FALSE(bench.engine->container("one").ok());
}

TEST_CASE("memory of --tmpfs: refused with a bind of the same place, over any other mount of it, in the order of depth") {
  Bench bench;
  auto twice = bench.request("one", "true");
  twice.host.isolation.tmpfs = {{"/x", ""}};
  twice.host.binds = {"first:/x"};
  CHECK(bench.fails(twice) == "Duplicate mount point: /x");
  CHECK(bench.volume_names().empty());
  auto covered = bench.request("two", "grep -c ' /x ' /proc/mounts; touch /x/file; ls /x");
  covered.host.isolation.tmpfs = {{"/x", ""}};
  auto& mount = covered.host.mounts.emplace_back();
  mount.type = "volume";
  mount.source = "under";
  mount.target = "/x";
  CHECK(bench.run(covered) == "1\nfile\n");
  auto reads = bench.request("three", "ls /x");
  reads.host.binds = {"under:/x"};
  CHECK(bench.run(reads) == "");
  // Inside a volume, and around one.
  auto nested = bench.request("four", "touch /x/in/memory /x/kept; touch /y/memory /y/in/kept; ls /x/in /y/in");
  nested.host.isolation.tmpfs = {{"/x/in", ""}, {"/y", ""}};
  nested.host.binds = {"outer:/x", "inner:/y/in"};
  CHECK(bench.run(nested) == "/x/in:\nmemory\n\n/y/in:\nkept\n");
  auto after = bench.request("five", "ls /x /x/in; ls /y");
  after.host.binds = {"outer:/x", "inner:/y"};
  CHECK(bench.run(after) == "/x:\nin\nkept\n\n/x/in:\nkept\n");  // nothing of the memory; the last line is /y's
}

TEST_CASE("memory without changes refuses them") {
  Bench bench;
  auto request = bench.request("one", "echo x > /t/y || echo refused; grep ' /t ' /proc/mounts");
  request.host.isolation.tmpfs = {{"/t", "ro"}};
  CHECK(bench.run(request) == "refused\ntmpfs /t tmpfs ro,nosuid,nodev,noexec,relatime 0 0\n");
}

TEST_CASE("the simulator has no host directories, and says so before anything is made") {
  Bench bench;
  auto request = bench.request("one", "true");
  request.host.binds = {"/tmp:/x"};
  CHECK(bench.fails(request).find("no machine below") != std::string::npos);
  CHECK_FALSE(bench.engine->container("one").ok());
}

TEST_CASE("memory is empty at each start, and volumes outlive the daemon") {
  Bench bench;
  auto request = bench.request("one", "ls /t; echo x > /t/y; ls /t; cat /data/z; echo z > /data/z");
  request.host.mounts.emplace_back();
  request.host.mounts[0].type = "tmpfs";
  request.host.mounts[0].target = "/t";
  request.host.binds = {"kept:/data"};
  CHECK(bench.run(request) == "y\n");
  bench.open();
  CHECK(bench.volume_names() == std::vector<std::string>{"kept"});
  CHECK(bench.go("one") == "y\nz\n");
}

TEST_CASE("files of a volume that no record names are swept at the next start") {
  Bench bench;
  REQUIRE(bench.world.world().volumes.create("orphan").ok());
  bench.open();
  CHECK(bench.world.world().volumes.list().value().empty());
}

TEST_CASE("a volume whose filling was cut short is empty again after the restart") {
  Bench bench;
  REQUIRE(bench.engine->create_volume({"half", "", std::nullopt, std::nullopt}).ok());
  {
    const auto editor = bench.world.world().volumes.edit("half").value();
    StringSource bytes("x");
    image::EntryMeta meta;
    meta.size = 1;
    REQUIRE(editor->put("/part", meta, &bytes).ok());
  }
  auto record = bench.world.world().metadata.get("volumes", "half").value().value();
  record.replace(record.find("\"filling\":false"), 15, "\"filling\":true");
  REQUIRE(bench.world.world().metadata.commit({{"volumes", "half", record}}).ok());
  bench.open();
  CHECK(bench.volume_names() == std::vector<std::string>{"half"});
  CHECK(bench.world.world().volumes.edit("half").value()->list("/").value().empty());
}

// -------------------------------------------------------------------------------------------------------------------------------- copies

TEST_CASE("a tar goes in and comes out, into a container that never ran") {
  Bench bench;
  REQUIRE(bench.engine->create(bench.request("box", "cat /stuff/a/b")).ok());
  CHECK(bench.put("box", "/", tar_of({{entry("stuff", image::EntryType::Directory), ""}, {entry("stuff/a", image::EntryType::Directory), ""}, {entry("stuff/a/b"), "hi\n"}})).empty());
  CHECK(bench.go("box") == "hi\n");
  CHECK(bench.get("box", "/stuff/a") == std::map<std::string, std::string>{{"", ""}, {"b", "hi\n"}});
  CHECK(bench.get("box", "/stuff/a/b") == std::map<std::string, std::string>{{"", "hi\n"}});
  const auto stat = bench.engine->stat_path("box", "/stuff/a/b").value();
  CHECK(stat.name == "b");
  CHECK(stat.meta.size == 3);
}

TEST_CASE("a copy sees the volumes of a container, in and out, running or not") {
  Bench bench;
  auto request = bench.request("box", "cat /data/in; echo out > /data/out");
  request.host.binds = {"vol1:/data", "inner:/data/deep/inner"};
  REQUIRE(bench.engine->create(request).ok());
  CHECK(bench.put("box", "/data", tar_of({{entry("in"), "from outside\n"}})).empty());
  CHECK(bench.put("box", "/data/deep/inner", tar_of({{entry("x"), "nested"}})).empty());
  CHECK(bench.go("box") == "from outside\n");
  const auto whole = bench.get("box", "/data");
  CHECK(whole.at("in") == "from outside\n");
  CHECK(whole.at("out") == "out\n");
  CHECK(whole.at("deep/inner/x") == "nested");
  CHECK(bench.get("box", "/data/deep").at("inner/x") == "nested");
}

TEST_CASE("what is not there, is no directory or may not be written is said as Docker says it") {
  Bench bench;
  auto request = bench.request("box", "true");
  request.host.readonly_root = true;
  request.host.binds = {"vol1:/vol", "vol2:/vro:ro"};
  REQUIRE(bench.engine->create(request).ok());
  const std::string tar = tar_of({{entry("f"), "x"}});
  CHECK(bench.put("box", "/nope", tar) == "Could not find the file /nope in container box");
  CHECK(bench.put("box", "/etc/passwd", tar) == "extraction point is not a directory");
  CHECK(bench.put("box", "/", tar) == "container rootfs is marked read-only");
  CHECK(bench.put("box", "/vro", tar) == "mounted volume is marked read-only");
  CHECK(bench.put("box", "/vol", tar).empty());
  CHECK(bench.engine->stat_path("box", "/nope").error().message() == "Could not find the file /nope in container box");
  CHECK(bench.engine->stat_path("box", "/nope").error().kind == ErrorKind::NotFound);
  CHECK(bench.engine->stat_path("gone", "/").error().message() == "No such container: gone");
  CHECK(bench.engine->stat_path("box", "/etc/passwd/").error().message().ends_with("/merged/etc/passwd/: not a directory"));
}

TEST_CASE("links lead anywhere inside the container and nowhere else") {
  Bench bench;
  REQUIRE(bench.engine->create(bench.request("box", "true")).ok());
  CHECK(bench.put("box", "/", tar_of({{entry("up", image::EntryType::Symlink, "../../../../../../etc"), ""}, {entry("to", image::EntryType::Symlink, "/root"), ""},
                                      {entry("loop", image::EntryType::Symlink, "loop"), ""}})).empty());
  // Through a link that climbs: still this container's /etc.
  CHECK(bench.put("box", "/up", tar_of({{entry("evil"), "x"}})).empty());
  CHECK(bench.get("box", "/etc/evil").at("") == "x");
  // Through a link that the archive itself brings.
  CHECK(bench.put("box", "/", tar_of({{entry("hop", image::EntryType::Symlink, "/root"), ""}, {entry("hop/y"), "z"}})).empty());
  CHECK(bench.get("box", "/root/y").at("") == "z");
  // The last component is the link itself unless a directory is asked.
  const auto stat = bench.engine->stat_path("box", "/to").value();
  CHECK(stat.meta.type == image::EntryType::Symlink);
  CHECK(stat.leads_to == "/root");
  CHECK(bench.engine->stat_path("box", "/to/.").value().meta.type == image::EntryType::Directory);
  CHECK_FALSE(bench.engine->stat_path("box", "/loop/x").ok());
}

TEST_CASE("hostile archives are refused whole") {
  Bench bench;
  REQUIRE(bench.engine->create(bench.request("box", "true")).ok());
  CHECK(bench.put("box", "/root", tar_of({{entry("../../esc"), "x"}})).find("Error processing tar file(exit status 1)") == 0);
  CHECK(bench.put("box", "/root", "this is not a tar").find("Error processing tar file(exit status 1)") == 0);
  CHECK(bench.put("box", "/root", tar_of({{entry("f"), std::string(2000, 'x')}}).substr(0, 1200)) == "Error processing tar file(exit status 1): unexpected EOF");
  CHECK_FALSE(bench.put("box", "/root", tar_of({{entry("h", image::EntryType::HardLink, "absent"), ""}})).empty());
}

TEST_CASE("kinds are kept when asked: no directory becomes a file, no file a directory") {
  Bench bench;
  REQUIRE(bench.engine->create(bench.request("box", "true")).ok());
  ExtractOptions keep;
  keep.keep_kinds = true;
  CHECK(bench.put("box", "/", tar_of({{entry("root"), "x"}}), keep) == "Error processing tar file(exit status 1): cannot overwrite directory \"/root\" with non-directory \"/\"");
  CHECK(bench.put("box", "/etc", tar_of({{entry("passwd", image::EntryType::Directory), ""}}), keep) ==
        "Error processing tar file(exit status 1): cannot overwrite non-directory \"/etc/passwd\" with directory \"/etc\"");
  // Without it, both are replaced.
  CHECK(bench.put("box", "/", tar_of({{entry("root"), "x"}})).empty());
  CHECK(bench.get("box", "/root").at("") == "x");
}

TEST_CASE("copyUIDGID gives what is written to the container's user") {
  Bench bench;
  auto request = bench.request("box", "true");
  request.config.user = "33:44";
  REQUIRE(bench.engine->create(request).ok());
  ExtractOptions user;
  user.to_user = true;
  CHECK(bench.put("box", "/", tar_of({{entry("f"), "x"}}), user).empty());
  CHECK(bench.engine->stat_path("box", "/f").value().meta.uid == 33);
  CHECK(bench.engine->stat_path("box", "/f").value().meta.gid == 44);
}
