// What Snapshots::take must do in every world: what commit does, with the files themselves. Each case compares the two in fresh worlds.
#pragma once

#include "tests/support/snapshots_contract.hpp"

namespace strates::testing {

namespace take_contract {

using Change = std::function<void(engine::TreeEditor&)>;

// A snapshot over base_items with the engine's entries, changed.
inline ChainId changed(const SnapshotsUnderTest& world, const SnapshotKey& key, const Change& change) {
  const auto base = import_items(world, {}, base_items());
  must(world.snapshots.prepare(key, {base.chain_id}, {{"etc/hosts", file_item("", "", 0755).entry.meta}, {"dev/pts", directory_item("").entry.meta}}));
  edit(world, key, change);
  return base.chain_id;
}

// The entries of an export, as a tar: paths, attributes, contents.
inline std::string export_tar(const SnapshotsUnderTest& world, const SnapshotKey& key) {
  std::vector<Item> items;
  for (Item& item : export_items(world, key))
    if (item.entry.meta.mtime == kThen) items.push_back(item);  // not what the mount itself dates
  return tar_of(items);
}

inline void same_as_commit(const MakeSnapshots& make, const Change& change) {
  const SnapshotKey key("changed"), next("next");
  const auto one = make();
  const ChainId base = changed(one, key, change);
  const auto committed = must(one.snapshots.commit(key, clamped()));
  const auto other = make();
  changed(other, key, change);
  const auto taken = must(other.snapshots.take(key, clamped()));
  CHECK(taken.diff_id == committed.diff_id);
  CHECK(taken.chain_id == committed.chain_id);
  CHECK(taken.entries == committed.entries);
  CHECK(taken.whiteouts == committed.whiteouts);
  CHECK(taken.bytes == committed.bytes);
  CHECK(blob_of(other, taken.diff_id) == blob_of(one, committed.diff_id));
  for (const auto& world : {one, other}) must(world.snapshots.prepare(next, {base, taken.chain_id}, {}));
  CHECK(export_tar(other, next) == export_tar(one, next));
  for (const auto& world : {one, other})
    edit(world, next, [](auto& tree) {
      const auto root = must(tree.stat("/", engine::TreeEditor::Follow::No));
      CHECK(root->mode == 0755);
      CHECK(root->mtime > kThen);  // when it was made, not 1970
    });
  CHECK(diff_of(other, next) == "");

  // The snapshot is empty now, and works.
  CHECK(diff_of(other, key) == "");
  edit(other, key, [](auto& tree) {
    CHECK(must(tree.read("/etc/passwd", 100)) == "root:x:0:0");
    put_file(tree, "/again", "a");
  });
  CHECK(diff_of(other, key) == "A /again\n");
  must(other.snapshots.remove(key));
  edit(other, next, [](auto& tree) { put_file(tree, "/kept", "k"); });
}

}  // namespace take_contract

inline void snapshots_take_contract(const MakeSnapshots& make) {
  using namespace take_contract;
  SUBCASE("files, deletions, replaced and new directories") {
    same_as_commit(make, [](auto& tree) {
      put_file(tree, "/etc/motd", "bonjour", 0600);
      must(tree.remove("/etc/group"));
      must(tree.remove("/srv"));
      must(tree.make_directory("/srv", directory_item("", 0711).entry.meta));
      put_file(tree, "/srv/-dash", "d", 04755);
      must(tree.make_directory("/new", directory_item("").entry.meta));
      must(tree.make_directory("/new/inner", directory_item("", 01777).entry.meta));
      put_file(tree, "/new/inner/file", "f");
      put_link(tree, "/zlink", "zlast");
      // Directories get their own time back, as COPY gives it.
      for (const char* path : {"/new/inner", "/new", "/srv", "/etc"}) {
        auto meta = *must(tree.stat(path, engine::TreeEditor::Follow::No));
        meta.mtime = kThen;
        must(tree.put(path, meta, nullptr));
      }
    });
  }
  SUBCASE("hard links, capabilities, parts of a second") {
    same_as_commit(make, [](auto& tree) {
      put_file(tree, "/a", "content");
      put_link(tree, "/b", "/a", image::EntryType::HardLink);
      auto meta = file_item("", "x", 0755).entry.meta;
      meta.mtime += 123;
      meta.uid = 7;
      meta.gid = 8;
      // CAP_NET_RAW, permitted and effective (linux/capability.h, vfs_cap_data): tmpfs keeps it on any kernel, "user." only since 6.6.
      meta.xattrs["security.capability"] = std::string("\1\0\0\2\0\x20\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
      StringSource content("x");
      must(tree.put("/fraction", meta, &content));
    });
  }
  SUBCASE("what the engine laid there stays out") {
    same_as_commit(make, [](auto& tree) {
      put_file(tree, "/etc/hosts", "127.0.0.1 localhost");
      must(tree.remove("/dev/pts"));
      put_file(tree, "/etc/motd", "bonjour");
    });
  }
  SUBCASE("nothing changed: no layer") {
    const auto world = make();
    const SnapshotKey key("same");
    const ChainId base = changed(world, key, [](auto&) {});
    const auto taken = must(world.snapshots.take(key, {}));
    CHECK(taken.diff_id.str() == image::kEmptyLayerDiffId);
    CHECK(taken.chain_id == base);
    CHECK(must(world.snapshots.list_layers()).size() == 1);
    edit(world, key, [](auto& tree) { put_file(tree, "/file", "f"); });
  }
  SUBCASE("a layer that is there already is the same one") {
    const auto world = make();
    const SnapshotKey key("one"), other("two");
    const ChainId base = changed(world, key, [](auto& tree) { put_file(tree, "/file", "f"); });
    must(world.snapshots.prepare(other, {base}, {}));
    edit(world, other, [](auto& tree) { put_file(tree, "/file", "f"); });
    const auto first = must(world.snapshots.take(key, clamped())), second = must(world.snapshots.take(other, clamped()));
    CHECK(first.chain_id == second.chain_id);
    CHECK(must(world.snapshots.list_layers()).size() == 2);
    CHECK(diff_of(world, other) == "");
  }
  SUBCASE("one that is mounted keeps its files") {
    const auto world = make();
    const SnapshotKey key("mounted");
    changed(world, key, [](auto& tree) { put_file(tree, "/file", "f"); });
    must(world.snapshots.mount(key));
    const auto taken = must(world.snapshots.take(key, clamped()));
    CHECK(taken.entries == 1);
    CHECK(diff_of(world, key) == "A /file\n");
    must(world.snapshots.unmount(key));
  }
  SUBCASE("an absent one is told") { CHECK(code_of(make().snapshots.take(SnapshotKey("absent"), {})) == "snapshot.not-found"); }
}

}  // namespace strates::testing
