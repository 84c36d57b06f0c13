#include "sim/world.hpp"

#include "base/strings.hpp"

#include "sim/catalogue.hpp"
#include "sim/programs/program_table.hpp"
#include "sim_support.hpp"

namespace strates::sim {

namespace {

struct Adapters {
  adapters::OpensslHasher hasher;
  adapters::LibarchiveReader archives;
};

// Imports a base, changes it, commits: everything that is dated, named or counted on the way.
std::string story(SimWorld& sim) {
  engine::World world = sim.world();
  std::string told;
  StringSource tar(catalogue_tar("debian"));
  const auto base = must(world.snapshots.import_layer({}, tar, [](Payload) {}));
  const SnapshotKey key(must(world.blobs.put(world.random.bytes(32))).str().substr(7));
  must(world.snapshots.prepare(key, {base.chain_id}, {}));
  {
    auto vfs = must(sim.snapshots().open_vfs(key.str()));
    must(vfs->write("/etc/motd", "bonjour\n", Vfs::Write::Append, 0644));
    must(vfs->unlink("/etc/issue"));
    must(vfs->make_directory("/srv/app", 0755));
    told += std::to_string(must(vfs->stat("/srv/app")).inode) + " " + std::to_string(must(vfs->stat("/etc/motd")).meta.mtime) + "\n";
  }
  const auto made = must(world.snapshots.commit(key, {}));
  must(world.metadata.commit({{"images", "x", made.chain_id.str()}}));
  return told + key.str() + " " + made.chain_id.str() + "\n" + testing::letters(must(world.snapshots.diff(key)));
}

}  // namespace

TEST_CASE("the same calls in two worlds give the same bytes, another seed does not") {
  Adapters adapters;
  SimWorld first({}, adapters.hasher, adapters.archives), second({}, adapters.hasher, adapters.archives);
  SimWorld other({.seed = 2}, adapters.hasher, adapters.archives);
  const std::string told = story(first);
  CHECK(told == story(second));
  CHECK(told != story(other));
  CHECK(told.find("C /etc\nD /etc/issue\nC /etc/motd\nC /srv\nA /srv/app\n") != std::string::npos);
}

TEST_CASE("a kept moment of a world comes back whole, and is not changed by what came after") {
  Adapters adapters;
  SimWorld sim({}, adapters.hasher, adapters.archives);
  const SavedWorld empty = sim.save();
  const std::string first = story(sim);
  const SavedWorld later = sim.save();
  sim.restore(empty);
  CHECK(must(sim.world().snapshots.list_layers()).empty());
  CHECK(must(sim.world().metadata.list("images")).empty());
  CHECK(story(sim) == first);  // the same again, to the nanosecond
  sim.restore(later);
  CHECK(must(sim.world().snapshots.list_layers()).size() == 2);
  const auto key = must(sim.world().snapshots.list_snapshots()).at(0);
  must(must(sim.snapshots().open_vfs(key.str()))->unlink("/etc/motd"));
  sim.restore(later);
  CHECK(must(must(sim.snapshots().open_vfs(key.str()))->read("/etc/motd")).ends_with("bonjour\n"));
}

TEST_CASE("a world says what it is") {
  Adapters adapters;
  SimWorld sim({}, adapters.hasher, adapters.archives);
  CHECK(sim.world().name == "sim");
  CHECK(sim.world().machine.architecture == "x86_64");
  CHECK(!sim.run_ready(10));
  CHECK(!sim.next_timer().has_value());
  sim.advance_to(1'800'000'000 * kSecond);
  CHECK(sim.world().clock.now() >= 1'800'000'000 * kSecond);
}

TEST_CASE("every base image of the catalogue comes in and is always the same") {
  CHECK(catalogue_names() == std::vector<std::string>{"busybox", "debian", "hello-world"});
  for (const auto& name : catalogue_names()) {
    CAPTURE(name);
    Store world;
    const auto image = must(catalogue_image(name));
    CHECK(image.tar == catalogue_tar(name));
    CHECK(image.reference == name + ":latest");
    CHECK(image.config.cmd.has_value());
    CHECK(image.config.env->at(0).starts_with("PATH=/"));
    StringSource tar(image.tar);
    const auto info = must(world.snapshots.import_layer({}, tar, [](Payload) {}));
    CHECK(info.whiteouts == 0);
    must(world.snapshots.prepare(SnapshotKey("k"), {info.chain_id}, {}));
    for (const auto& item : testing::export_items({world.snapshots, world.blobs, {}}, SnapshotKey("k"))) {
      CHECK(item.entry.meta.mtime == kCatalogueTime);
      if (item.entry.meta.type == image::EntryType::File) CHECK(!item.content.empty());
    }
  }
  CHECK(testing::code_of(catalogue_image("nginx")) == "catalogue.not-found");
  CHECK(catalogue_tar("nginx").empty());
}

TEST_CASE("programs of the catalogue name families that run, and its links lead somewhere") {
  const auto families = program_families();
  for (const auto& name : catalogue_names()) {
    Store world;
    StringSource tar(catalogue_tar(name));
    const auto info = must(world.snapshots.import_layer({}, tar, [](Payload) {}));
    must(world.snapshots.prepare(SnapshotKey("k"), {info.chain_id}, {}));
    auto vfs = must(world.snapshots.open_vfs("k"));
    int programs = 0;
    for (const auto& item : testing::export_items({world.snapshots, world.blobs, {}}, SnapshotKey("k"))) {
      CAPTURE(item.entry.path);
      if (item.entry.meta.type == image::EntryType::Symlink) CHECK(vfs->stat("/" + item.entry.path).ok());
      if (!item.content.starts_with(kProgramMarker)) continue;
      ++programs;
      CHECK((item.entry.meta.mode & 0111) == 0111);
      const std::string family(trim(std::string_view(item.content).substr(kProgramMarker.size())));
      CHECK(std::find(families.begin(), families.end(), family) != families.end());
    }
    CHECK(programs >= 1);
  }
}

TEST_CASE("busybox and debian hold what a lesson counts on") {
  Store world;
  const auto open = [&](const std::string& name) {
    StringSource tar(catalogue_tar(name));
    const auto info = must(world.snapshots.import_layer({}, tar, [](Payload) {}));
    must(world.snapshots.prepare(SnapshotKey(name), {info.chain_id}, {}));
    return must(world.snapshots.open_vfs(name));
  };
  const auto busybox = open("busybox");
  CHECK(must(busybox->read_link("/bin/sh")) == "busybox");
  CHECK(must(busybox->read_for_exec("/bin/sh")) == "#!strates-sim busybox\n");
  CHECK(must(busybox->stat("/tmp")).meta.mode == 01777);
  const auto debian = open("debian");
  CHECK(must(debian->real_path("/bin/sh")) == "/usr/bin/dash");
  CHECK(must(debian->read_for_exec("/bin/ls")) == "#!strates-sim coreutils\n");
  CHECK(must(debian->read("/etc/os-release")).find("bookworm") != std::string::npos);
  CHECK(must(debian->read("/etc/motd")).find("Debian GNU/Linux") != std::string::npos);
  CHECK(must(debian->stat("/etc/shadow")).meta.gid == 42);
  debian->act_as({.uid = 33, .gid = 33, .groups = {}});
  CHECK(testing::code_of(debian->read("/etc/shadow")) == "errno.EACCES");
}

}  // namespace strates::sim
