#include "sim_support.hpp"
#include "tests/support/snapshots_take_contract.hpp"

namespace strates::sim {

TEST_CASE("the simulator's snapshots keep the contract of all worlds") {
  testing::snapshots_contract([] {
    auto world = std::make_shared<Store>();
    return testing::SnapshotsUnderTest{world->snapshots, world->blobs, world};
  });
}

TEST_CASE("the simulator's snapshots give their files away as all worlds' do") {
  testing::snapshots_take_contract([] {
    auto world = std::make_shared<Store>();
    return testing::SnapshotsUnderTest{world->snapshots, world->blobs, world};
  });
}

TEST_CASE("a layer's digest is that of its uncompressed bytes, whatever order they came in") {
  Store world;
  // A gzip member by hand: one stored block around a tar that no TarWriter would write (b before a).
  const std::string first = testing::tar_of({file_item("b", "1")}), second = testing::tar_of({file_item("a", "2")});
  const std::string tar = first.substr(0, 1024) + second;
  StringSource source(tar);
  const auto info = must(world.snapshots.import_layer({}, source, [](Payload) {}));
  CHECK(info.diff_id.str() == "sha256:" + world.hasher.sha256_hex(tar));
  CHECK(must(world.blobs.read(Digest(info.diff_id.str()), 1 << 20)) == tar);
  CHECK(info.entries == 2);
}

TEST_CASE("without a decompressor a compressed layer is refused by name") {
  Store world;
  SimSnapshots plain_only(world.store, world.blobs, world.hasher, world.archives);
  StringSource gzip(std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", 10));
  const auto refused = plain_only.import_layer({}, gzip, [](Payload) {});
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == "layer.compressed");
  CHECK(must(world.snapshots.list_layers()).empty());
}

TEST_CASE("hostile layers are refused and leave nothing") {
  Store world;
  auto device = file_item("dev", "");
  device.entry.meta.type = image::EntryType::CharDevice;
  const std::vector<std::vector<testing::Item>> layers = {
      {device},
      {marker_item(".wh..wh..opq")},
      {file_item("a", "x"), link_item("b", "a", image::EntryType::HardLink), directory_item("c"), link_item("c/d", "c", image::EntryType::HardLink)},
  };
  for (const auto& items : layers) {
    StringSource tar(testing::tar_of(items));
    CHECK(testing::code_of(world.snapshots.import_layer({}, tar, [](Payload) { FAIL("unpacked"); })) == "layer.invalid");
  }
  CHECK(must(world.snapshots.list_layers()).empty());
  CHECK(must(world.blobs.list()).empty());
}

TEST_CASE("keys are names, not paths") {
  Store world;
  for (const char* key : {"", "../up", "a/b", ".hidden", "tmp-1"}) CHECK(code(world.snapshots.prepare(SnapshotKey(key), {}, {})) == "snapshot.key");
  CHECK(code(world.snapshots.prepare(SnapshotKey("k"), {}, {{"/abs", {}}})) == "snapshot.init");
  CHECK(must(world.snapshots.list_snapshots()).empty());
}

TEST_CASE("a child lost inside a directory that was made again tells its own line") {
  Store world;
  const auto base = world.import({}, testing::base_items());
  must(world.snapshots.prepare(SnapshotKey("k"), {base}, {}));
  {
    auto tree = must(world.snapshots.edit(SnapshotKey("k")));
    must(tree->remove("/srv"));
    must(tree->make_directory("/srv/sub", directory_item("").entry.meta));
  }
  CHECK(testing::letters(must(world.snapshots.diff(SnapshotKey("k")))) == "C /srv\nD /srv/a\nC /srv/sub\nD /srv/sub/deep\n");
}

TEST_CASE("what a committed layer shows is what its tar shows") {
  Store world;
  const auto base = world.import({}, testing::base_items());
  must(world.snapshots.prepare(SnapshotKey("k"), {base}, {}));
  {
    auto vfs = must(world.snapshots.open_vfs("k"));
    must(vfs->write("/etc/motd", " et bonjour", Vfs::Write::Append, 0644));
    must(vfs->unlink("/srv/a"));
    must(vfs->unlink("/srv/sub/deep"));
    must(vfs->remove_directory("/srv/sub"));
    must(vfs->make_directory("/srv/sub", 0711));
    must(vfs->write("/srv/sub/x", "x", Vfs::Write::Truncate, 0600));
    must(vfs->link("/srv/sub/x", "/srv/y"));
  }
  const auto made = must(world.snapshots.commit(SnapshotKey("k"), {}));
  Store other;
  const auto other_base = other.import({}, testing::base_items());
  StringSource tar(must(world.blobs.read(Digest(made.diff_id.str()), 1 << 20)));
  const auto again = must(other.snapshots.import_layer(other_base, tar, [](Payload) {}));
  CHECK(again.chain_id == made.chain_id);
  CHECK(again.entries == made.entries);
  CHECK(again.whiteouts == made.whiteouts);
  CHECK(again.bytes == made.bytes);
  must(world.snapshots.prepare(SnapshotKey("n"), {base, made.chain_id}, {}));
  must(other.snapshots.prepare(SnapshotKey("n"), {other_base, again.chain_id}, {}));
  const auto a = testing::read_items(*must(world.snapshots.export_tree(SnapshotKey("n"))));
  const auto b = testing::read_items(*must(other.snapshots.export_tree(SnapshotKey("n"))));
  REQUIRE(a.size() == b.size());
  CHECK(testing::tar_of(a) == testing::tar_of(b));
  CHECK(testing::paths_of(a) == "bin\nbin/tool\netc\netc/group\netc/motd\netc/passwd\nsrv\nsrv/sub\nsrv/sub/x\nsrv/y\n");
}

}  // namespace strates::sim
