// A store whose daemon died, whose disk is full, whose kernel is older: what is there is whole, what is not leaves no trace.
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstdio>

#include "tests/unit/linux/store_fixture.hpp"

using namespace strates;
using namespace strates::testing;

namespace {

// A file system of a few pages, unmounted at the end.
struct TinyStore {
  TestDirectory directory;
  std::string root;
  adapters::OpensslHasher hasher;
  adapters::LibarchiveReader archives;
  std::unique_ptr<linux_world::OciBlobs> blobs;
  std::unique_ptr<linux_world::OverlaySnapshots> snapshots;

  TinyStore() : root(directory.path + "/tiny") {
    must(linux_world::make_directories(root, 0700));
    REQUIRE(::mount("tmpfs", root.c_str(), "tmpfs", 0, "size=1m") == 0);
    blobs = must(linux_world::OciBlobs::open(root + "/oci", hasher));
    snapshots = must(linux_world::OverlaySnapshots::open(root, *blobs, hasher, archives));
  }
  ~TinyStore() {
    snapshots.reset();
    blobs.reset();
    CHECK(::umount(root.c_str()) == 0);
  }
  SnapshotsUnderTest world() { return {*snapshots, *blobs, nullptr}; }
};

}  // namespace

TEST_CASE("the classic mount call gives the same snapshots") {
  if (!is_root("classic mount")) return;
  snapshots_contract([] { return make_linux_store(linux_world::MountWay::Classic); });
}

TEST_CASE("a hundred layers are mounted, by either call") {
  if (!is_root("many layers")) return;
  for (const auto way : {linux_world::MountWay::Newest, linux_world::MountWay::Classic}) {
    LinuxStore store(way);
    std::vector<ChainId> layers;
    for (int i = 0; i < 100; ++i)
      layers.push_back(import_items(store.world(), layers.empty() ? std::nullopt : std::optional(layers.back()), {file_item("f" + std::to_string(i), "x")}).chain_id);
    const SnapshotKey key("tall");
    must(store.snapshots->prepare(key, layers, {}));
    edit(store.world(), key, [](auto& tree) {
      CHECK(must(tree.list("/")).size() == 100);
      put_file(tree, "/f0", "changed");
    });
    CHECK(diff_of(store.world(), key) == "C /f0\n");
  }
}

TEST_CASE("a full disk leaves no half of a layer, blob or file") {
  if (!is_root("full disk")) return;
  TinyStore store;
  const auto base = import_items(store.world(), {}, {file_item("small", "s")});
  StringSource large(tar_of({file_item("a", std::string(100'000, 'a')), file_item("large", std::string(1'500'000, 'x'))}));
  CHECK(code_of(store.snapshots->import_layer(base.chain_id, large, [](Payload) {})) == "system.ENOSPC");
  CHECK(names_of(store.root + "/layers").size() == 1);
  CHECK(names_of(store.root + "/oci/blobs") == std::vector<std::string>{"sha256"});
  CHECK(names_of(store.root + "/oci/blobs/sha256").size() == 1);

  const SnapshotKey key("k");
  must(store.snapshots->prepare(key, {base.chain_id}, {}));
  edit(store.world(), key, [](auto& tree) {
    const auto item = file_item("", std::string(2'000'000, 'y'));
    StringSource content(item.content);
    CHECK(code_of(tree.put("/small", item.entry.meta, &content)) == "system.ENOSPC");
    CHECK(must(tree.read("/small", 10)) == "s");
    CHECK(must(tree.list("/")) == std::vector<std::string>{"small"});
    put_file(tree, "/half", std::string(500'000, 'h'));
  });
  CHECK(code_of(store.snapshots->commit(key, {})) == "system.ENOSPC");
  CHECK(names_of(store.root + "/layers").size() == 1);
  CHECK(names_of(store.root + "/oci/blobs") == std::vector<std::string>{"sha256"});
  edit(store.world(), key, [](auto& tree) {
    const auto item = file_item("", std::string(50'000, 'f'));
    for (int i = 0; i < 100; ++i) {
      StringSource content(item.content);
      if (!tree.put("/fill" + std::to_string(i), item.entry.meta, &content).ok()) return;
    }
    FAIL("the disk is not full");
  });
  const std::string before = diff_of(store.world(), key);
  CHECK(code_of(store.snapshots->take(key, {})) == "system.ENOSPC");
  CHECK(diff_of(store.world(), key) == before);  // it has its files back
  CHECK(names_of(store.root + "/layers").size() == 1);
  must(store.snapshots->remove(key));
  // The room is there again.
  import_items(store.world(), base.chain_id, {file_item("b", std::string(200'000, 'b'))});
}

TEST_CASE("opening removes what a dead daemon left half done and finds all that was whole") {
  if (!is_root("recovery")) return;
  LinuxStore store;
  const auto base = import_items(store.world(), {}, base_items());
  const SnapshotKey key("kept");
  const std::vector<engine::InitEntry> init = {{"etc/hosts", file_item("", "", 0644).entry.meta}};
  must(store.snapshots->prepare(key, {base.chain_id}, init));
  edit(store.world(), key, [](auto& tree) {
    put_file(tree, "/new", "n");
    put_file(tree, "/etc/hosts", "hidden");
  });
  const SnapshotKey gone("gone");
  must(store.snapshots->prepare(gone, {base.chain_id}, {{"other", file_item("", "").entry.meta}}));
  must(store.snapshots->remove(gone));
  CHECK(names_of(store.directory.path + "/init").size() == 3);  // shared: an unused one stays until the next start
  for (const char* left : {"/layers/tmp-1/diff/deep", "/snapshots/tmp-2/upper", "/init/tmp-3"}) must(linux_world::make_directories(store.directory.path + left, 0700));
  store.open();
  CHECK(names_of(store.directory.path + "/layers").size() == 1);
  CHECK(names_of(store.directory.path + "/snapshots") == std::vector<std::string>{"kept"});
  CHECK(names_of(store.directory.path + "/init").size() == 2);
  CHECK(store.snapshots->has_layer(base.chain_id));
  CHECK(must(store.snapshots->layer_info(base.chain_id)).bytes == base.bytes);
  CHECK(diff_of(store.world(), key) == "C /etc\nA /new\n");
  CHECK(code_of(store.snapshots->remove_layer(base.chain_id)) == "layer.in-use");
}

TEST_CASE("a damaged record is told with its place, not guessed at") {
  if (!is_root("damaged store")) return;
  LinuxStore store;
  const auto base = import_items(store.world(), {}, base_items());
  const std::string record = store.directory.path + "/layers/" + base.chain_id.str().substr(7) + "/info.json";
  std::ofstream(record) << "{}";
  store.snapshots.reset();
  const auto opened = linux_world::OverlaySnapshots::open(store.directory.path, *store.blobs, store.hasher, store.archives);
  REQUIRE(!opened.ok());
  CHECK(opened.error().code == "store.corrupt");
  CHECK(opened.error().object == store.directory.path + "/layers/" + base.chain_id.str().substr(7));
}

TEST_CASE("mounts of a dead daemon are unmounted, those of running containers are kept") {
  if (!is_root("stale mounts")) return;
  LinuxStore store;
  const auto base = import_items(store.world(), {}, base_items());
  const SnapshotKey running("running"), dead("dead"), adopted("adopted");
  for (const auto& key : {running, dead, adopted}) {
    must(store.snapshots->prepare(key, {base.chain_id}, {}));
    must(store.snapshots->mount(key));
  }
  store.open();  // as after a crash: the mounts are still there, the counts are not
  CHECK(must(linux_world::overlays_below(store.directory.path)).size() == 3);
  must(store.snapshots->forget_stale_mounts({running, SnapshotKey("unknown")}));
  CHECK(must(linux_world::overlays_below(store.directory.path)).size() == 1);
  CHECK(code_of(store.snapshots->remove(running)) == "snapshot.mounted");
  must(store.snapshots->unmount(running));
  CHECK(must(linux_world::overlays_below(store.directory.path)).empty());

  // Without being told, a mount that is there is taken over, and a removal takes it away.
  must(store.snapshots->mount(adopted));
  must(store.snapshots->mount(dead));
  store.open();
  must(store.snapshots->mount(adopted));
  CHECK(must(linux_world::overlays_below(store.directory.path)).size() == 2);
  must(store.snapshots->unmount(adopted));
  must(store.snapshots->remove(dead));
  CHECK(must(linux_world::overlays_below(store.directory.path)).empty());
}

TEST_CASE("a busy snapshot is still unmounted") {
  if (!is_root("busy mount")) return;
  LinuxStore store;
  const SnapshotKey key("busy");
  must(store.snapshots->prepare(key, {}, {}));
  const auto where = must(store.snapshots->mount(key));
  const auto held = must(linux_world::open_directory(where.merged));
  must(store.snapshots->unmount(key));
  CHECK(must(linux_world::overlays_below(store.directory.path)).empty());
  must(store.snapshots->remove(key));
}

TEST_CASE("a store on an overlay is refused with advice") {
  if (!is_root("overlay on overlay")) return;
  LinuxStore outer;
  const SnapshotKey key("outer");
  must(outer.snapshots->prepare(key, {}, {}));
  const auto where = must(outer.snapshots->mount(key));
  {
    auto blobs = must(linux_world::OciBlobs::open(where.merged + "/oci", outer.hasher));
    auto inner = must(linux_world::OverlaySnapshots::open(where.merged, *blobs, outer.hasher, outer.archives));
    const SnapshotKey nested("nested");
    must(inner->prepare(nested, {}, {}));
    const auto refused = inner->mount(nested);
    REQUIRE(!refused.ok());
    CHECK(refused.error().code == "overlay.refused");
    CHECK(refused.error().advice.find("strates doctor") != std::string::npos);
    CHECK(refused.error().advice.find("--root") != std::string::npos);
    CHECK(code_of(inner->edit(nested)) == "overlay.refused");
  }
  must(outer.snapshots->unmount(key));
}

TEST_CASE("keys that are no names are refused") {
  if (!is_root("keys")) return;
  LinuxStore store;
  for (const char* key : {"", ".", "..", "../x", "a/b", ".hidden", "tmp-1", "a b", "é"}) {
    CAPTURE(key);
    CHECK(code_of(store.snapshots->prepare(SnapshotKey(key), {}, {})) == "snapshot.key");
  }
  CHECK(code_of(store.snapshots->prepare(SnapshotKey("k"), {}, {{"../out", file_item("", "").entry.meta}})) == "snapshot.init");
  CHECK(code_of(store.snapshots->prepare(SnapshotKey("k"), {}, {{"f", file_item("", "").entry.meta}, {"f/below", file_item("", "").entry.meta}})) == "snapshot.init");
  CHECK(names_of(store.directory.path + "/snapshots").empty());
}

TEST_CASE("a daemon that died while a writable layer became a layer leaves a snapshot that works") {
  if (!is_root("recovery of a taken snapshot")) return;
  LinuxStore store;
  const auto base = import_items(store.world(), {}, base_items());
  const SnapshotKey key("k");
  must(store.snapshots->prepare(key, {base.chain_id}, {}));
  edit(store.world(), key, [](auto& tree) { put_file(tree, "/new", "n"); });
  must(linux_world::make_directories(store.directory.path + "/layers/tmp-5", 0700));
  REQUIRE(std::rename((store.directory.path + "/snapshots/k/upper").c_str(), (store.directory.path + "/layers/tmp-5/diff").c_str()) == 0);
  store.open();
  CHECK(names_of(store.directory.path + "/layers").size() == 1);
  CHECK(diff_of(store.world(), key) == "");
  edit(store.world(), key, [](auto& tree) { put_file(tree, "/again", "a"); });
  CHECK(diff_of(store.world(), key) == "A /again\n");
  must(store.snapshots->remove(key));
}

TEST_CASE("what a tar cannot say is left out or refused by name") {
  if (!is_root("unsayable entries")) return;
  LinuxStore store;
  const SnapshotKey key("k");
  must(store.snapshots->prepare(key, {}, {}));
  edit(store.world(), key, [](auto& tree) { put_file(tree, "/.wh.looks-like-a-deletion", "x"); });
  CHECK(code_of(store.snapshots->commit(key, {})) == "layer.reserved-name");
  CHECK(must(store.snapshots->list_layers()).empty());
  CHECK(names_of(store.directory.path + "/layers").empty());
}

TEST_CASE("a layer made here is the layer an archive makes, and is not written again when it is there") {
  if (!is_root("added layer")) return;
  LinuxStore store, other;
  const auto base = import_items(store.world(), {}, base_items());
  CHECK(import_items(other.world(), {}, base_items()).chain_id == base.chain_id);
  const std::string tar = tar_of({directory_item("d"), file_item("d/one", "1"), file_item("d/two", std::string(300'000, '2'))});
  StringSource first(tar), again(tar), imported(tar);
  const auto made = must(store.snapshots->add_layer(base.chain_id, first));
  const auto same = must(other.snapshots->import_layer(base.chain_id, imported, [](const Payload&) {}));
  CHECK(made.chain_id == same.chain_id);
  CHECK(made.diff_id == same.diff_id);
  CHECK(made.entries == same.entries);
  CHECK(made.bytes == same.bytes);
  const std::string shown = store.directory.path + "/layers/" + made.chain_id.str().substr(7) + "/diff/d/one";
  struct stat before {}, after {};
  REQUIRE(::stat(shown.c_str(), &before) == 0);
  const auto known = must(store.snapshots->add_layer(base.chain_id, again));
  CHECK(known.chain_id == made.chain_id);
  CHECK(known.entries == made.entries);
  REQUIRE(::stat(shown.c_str(), &after) == 0);
  CHECK(before.st_ino == after.st_ino);
  CHECK(must(store.snapshots->list_layers()).size() == 2);
}

TEST_CASE("a layer made here that cannot be unpacked leaves nothing, and not the bytes of another") {
  if (!is_root("added layer that fails")) return;
  LinuxStore store;
  const std::string bad = tar_of({file_item("-a", "x"), file_item(".wh..", "")});  // a whiteout of "."
  const auto blobs = must(store.blobs->list()).size();
  for (int i = 0; i < 2; ++i) {
    StringSource tar(bad);
    CHECK_FALSE(store.snapshots->add_layer({}, tar).ok());
    CHECK(must(store.blobs->list()).size() == blobs);
    CHECK(must(store.snapshots->list_layers()).empty());
  }
  StringSource tar(bad);
  CHECK(code_of(store.snapshots->add_layer(ChainId("sha256:absent"), tar)) == "layer.not-found");
}

TEST_CASE("a passing snapshot waits for no disk, and can be mounted again, also after a crash") {
  if (!is_root("passing snapshot")) return;
  for (const auto way : {linux_world::MountWay::Newest, linux_world::MountWay::Classic}) {
    LinuxStore store(way);
    const auto base = import_items(store.world(), {}, base_items());
    const SnapshotKey key("passing"), kept("kept");
    must(store.snapshots->prepare(key, {base.chain_id}, {}, engine::Writes::Passing));
    must(store.snapshots->prepare(kept, {base.chain_id}, {}));
    const auto options_of = [&](const SnapshotKey& which) {
      std::ifstream mounts("/proc/self/mountinfo");
      for (std::string line; std::getline(mounts, line);)
        if (line.find("/snapshots/" + which.str() + "/merged ") != std::string::npos) return line;
      return std::string();
    };
    must(store.snapshots->mount(key));
    must(store.snapshots->mount(kept));
    CHECK(options_of(key).find("volatile") != std::string::npos);
    CHECK(options_of(kept).find("volatile") == std::string::npos);
    must(store.snapshots->unmount(kept));
    must(store.snapshots->unmount(key));
    for (const char* content : {"one", "two"}) edit(store.world(), key, [&](auto& tree) { put_file(tree, "/f", content); });
    // As a daemon that was killed leaves it: the mark of a volatile mount is there, and the record says what it is.
    must(store.snapshots->mount(key));
    REQUIRE(::umount2((store.directory.path + "/snapshots/passing/merged").c_str(), MNT_DETACH) == 0);
    store.open();
    edit(store.world(), key, [&](auto& tree) { CHECK(must(tree.read("/f", 10)) == "two"); });
    must(store.snapshots->mount(key));
    CHECK(options_of(key).find("volatile") != std::string::npos);
    must(store.snapshots->unmount(key));
  }
}
