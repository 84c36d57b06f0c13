// What every world's Snapshots and TreeEditor must do, said once: tests of both worlds call snapshots_contract(make) from a TEST_CASE.
//
// Only port calls are used: layers come in as tars that image::TarWriter wrote, changes are made through a TreeEditor. Codes that are checked here
// are part of the port: layer.not-found, layer.in-use, layer.invalid, snapshot.exists, snapshot.not-found, snapshot.not-mounted, snapshot.mounted,
// stream.too-large; an absent path has kind NotFound.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "engine/ports.hpp"

namespace strates::testing {

struct SnapshotsUnderTest {
  engine::Snapshots& snapshots;
  engine::Blobs& blobs;              // where the snapshots keep their tars
  std::shared_ptr<void> keep_alive;  // whatever owns both; destroyed last
};
using MakeSnapshots = std::function<SnapshotsUnderTest()>;

constexpr Nanos kThen = 1'600'000'000 * kSecond;  // what the layers' files are dated; long before any clock's now

struct Item {
  image::LayerEntry entry;
  std::string content;
};

inline Item file_item(std::string path, std::string content, std::uint32_t mode = 0644) {
  Item item;
  item.entry.path = std::move(path);
  item.entry.meta.mode = mode;
  item.entry.meta.mtime = kThen;
  item.entry.meta.size = content.size();
  item.content = std::move(content);
  return item;
}

inline Item directory_item(std::string path, std::uint32_t mode = 0755) {
  Item item = file_item(std::move(path), "", mode);
  item.entry.meta.type = image::EntryType::Directory;
  return item;
}

inline Item link_item(std::string path, std::string target, image::EntryType type = image::EntryType::Symlink) {
  Item item = file_item(std::move(path), "", type == image::EntryType::Symlink ? 0777 : 0644);
  item.entry.meta.type = type;
  item.entry.meta.link_target = std::move(target);
  return item;
}

// A whiteout or opaque marker, as commit writes one: an empty file of mode 0600, dated 0, owned by root.
inline Item marker_item(std::string path) {
  Item item = file_item(std::move(path), "", 0600);
  item.entry.meta.mtime = 0;
  return item;
}

// The items must come in layer_path_less order.
inline std::string tar_of(const std::vector<Item>& items) {
  StringSink sink;
  image::TarWriter writer(sink, {});
  for (const auto& item : items) {
    StringSource content(item.content);
    const auto added = writer.add(item.entry, item.entry.meta.type == image::EntryType::File ? &content : nullptr);
    REQUIRE_MESSAGE(added.ok(), item.entry.path << ": " << (added.ok() ? "" : added.error().explanation()));
  }
  REQUIRE(writer.finish().ok());
  return sink.bytes;
}

template <typename T>
T must(Result<T> result) {
  REQUIRE_MESSAGE(result.ok(), (result.ok() ? std::string() : result.error().code + ": " + result.error().explanation()));
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

template <typename T>
std::string code_of(const Result<T>& result) {
  return result.ok() ? "(it worked)" : result.error().code;
}

inline engine::LayerInfo import_items(const SnapshotsUnderTest& world, const std::optional<ChainId>& parent, const std::vector<Item>& items) {
  StringSource tar(tar_of(items));
  return must(world.snapshots.import_layer(parent, tar, [](Payload) {}));
}

inline std::vector<Item> base_items() {
  return {directory_item("bin"), file_item("bin/tool", "#!tool", 04755), directory_item("etc"), file_item("etc/group", "root:x:0:"),
          file_item("etc/motd", "salut"), file_item("etc/passwd", "root:x:0:0"), directory_item("srv", 01777), file_item("srv/a", "a"),
          directory_item("srv/sub"), file_item("srv/sub/deep", "deep")};
}

inline std::string letters(const std::vector<engine::Change>& changes) {
  std::string text;
  for (const auto& change : changes) text += std::string(1, "CAD"[static_cast<int>(change.kind)]) + " " + change.path + "\n";
  return text;
}

inline std::string diff_of(const SnapshotsUnderTest& world, const SnapshotKey& key) { return letters(must(world.snapshots.diff(key))); }

inline void put_file(engine::TreeEditor& tree, std::string_view path, std::string content, std::uint32_t mode = 0644) {
  const Item item = file_item("", std::move(content), mode);
  StringSource source(item.content);
  must(tree.put(path, item.entry.meta, &source));
}

inline void put_link(engine::TreeEditor& tree, std::string_view path, std::string target, image::EntryType type = image::EntryType::Symlink) {
  must(tree.put(path, link_item("", std::move(target), type).entry.meta, nullptr));
}

// Edits and lets go of the tree before the caller looks.
inline void edit(const SnapshotsUnderTest& world, const SnapshotKey& key, const std::function<void(engine::TreeEditor&)>& change) {
  auto tree = must(world.snapshots.edit(key));
  change(*tree);
}

inline std::vector<Item> read_items(image::LayerReader& reader) {
  std::vector<Item> items;
  for (;;) {
    auto entry = must(reader.next());
    if (!entry) return items;
    Item item;
    item.entry = *entry;
    if (entry->meta.type == image::EntryType::File) item.content = must(read_all(*must(reader.content()), 1 << 24));
    items.push_back(std::move(item));
  }
}

inline std::vector<Item> export_items(const SnapshotsUnderTest& world, const SnapshotKey& key) {
  return read_items(*must(world.snapshots.export_tree(key)));
}

inline std::string paths_of(const std::vector<Item>& items) {
  std::string text;
  for (const auto& item : items) text += item.entry.path + "\n";
  return text;
}

inline std::string blob_of(const SnapshotsUnderTest& world, const DiffId& diff) {
  return must(world.blobs.read(Digest(diff.str()), 1 << 26));
}

inline image::TarOptions clamped() { return {.clamp_mtime = kThen}; }

// --------------------------------------------------------------------------------------------------------------------------- the contract

inline void contract_layers(const MakeSnapshots& make) {
  const auto world = make();
  SUBCASE("a layer is named by what its bytes say, and its tar is kept") {
    const std::string tar = tar_of(base_items());
    const Digest expected = must(world.blobs.put(tar));
    std::vector<Payload> said;
    StringSource source(tar);
    const auto info = must(world.snapshots.import_layer({}, source, [&](Payload what) { said.push_back(std::move(what)); }));
    CHECK(info.diff_id.str() == expected.str());
    CHECK(info.chain_id.str() == expected.str());
    CHECK(info.entries == base_items().size());
    CHECK(info.bytes == 6 + 9 + 5 + 10 + 1 + 4);
    CHECK(info.whiteouts == 0);
    CHECK(blob_of(world, info.diff_id) == tar);
    REQUIRE(said.size() == 1);
    const auto* family = std::get_if<event::Image>(&said[0]);
    REQUIRE(family != nullptr);
    const auto* unpacked = std::get_if<event::LayerUnpacked>(family);
    REQUIRE(unpacked != nullptr);
    CHECK(unpacked->chain_id == info.chain_id);
    CHECK(unpacked->entries == info.entries);
    CHECK(unpacked->bytes == info.bytes);

    StringSource again(tar);
    const auto second = must(world.snapshots.import_layer({}, again, [&](Payload what) { said.push_back(std::move(what)); }));
    CHECK(second.chain_id == info.chain_id);
    REQUIRE(said.size() == 2);
    CHECK(std::holds_alternative<event::LayerAlreadyPresent>(std::get<event::Image>(said[1])));
    CHECK(must(world.snapshots.list_layers()).size() == 1);
    CHECK(world.snapshots.has_layer(info.chain_id));
  }
  SUBCASE("a layer on another is named by both") {
    const auto base = import_items(world, {}, base_items());
    const auto top = import_items(world, base.chain_id, {file_item("etc/motd", "bonjour")});
    CHECK(top.chain_id.str() == must(world.blobs.put(base.chain_id.str() + " " + top.diff_id.str())).str());
    CHECK(must(world.snapshots.list_layers()).size() == 2);
  }
  SUBCASE("a layer on an absent one is refused") {
    StringSource tar(tar_of(base_items()));
    CHECK(code_of(world.snapshots.import_layer(ChainId("sha256:" + std::string(64, '0')), tar, [](Payload) {})) == "layer.not-found");
    CHECK(must(world.snapshots.list_layers()).empty());
  }
  SUBCASE("a truncated archive leaves nothing") {
    StringSource tar(tar_of({directory_item("a"), file_item("a/large", std::string(20'000, 'x'))}).substr(0, 9'000));
    const auto result = world.snapshots.import_layer({}, tar, [](Payload) { FAIL("nothing was unpacked"); });
    CHECK(!result.ok());
    CHECK(must(world.snapshots.list_layers()).empty());
  }
  SUBCASE("a path through a symbolic link of the same layer is refused") {
    StringSource tar(tar_of({link_item("a", "/etc"), file_item("a/shadow", "mine")}));
    CHECK(code_of(world.snapshots.import_layer({}, tar, [](Payload) {})) == "layer.invalid");
    CHECK(must(world.snapshots.list_layers()).empty());
  }
  SUBCASE("a hard link to what the layer does not hold is refused") {
    const auto base = import_items(world, {}, base_items());
    StringSource tar(tar_of({link_item("zcopy", "etc/motd", image::EntryType::HardLink)}));
    CHECK(code_of(world.snapshots.import_layer(base.chain_id, tar, [](Payload) {})) == "layer.invalid");
    CHECK(must(world.snapshots.list_layers()).size() == 1);
  }
  SUBCASE("a layer in use stays, an unused one goes") {
    const auto base = import_items(world, {}, base_items());
    const auto top = import_items(world, base.chain_id, {file_item("new", "1")});
    CHECK(code_of(world.snapshots.remove_layer(base.chain_id)) == "layer.in-use");
    const SnapshotKey key("k1");
    must(world.snapshots.prepare(key, {base.chain_id, top.chain_id}, {}));
    CHECK(code_of(world.snapshots.remove_layer(top.chain_id)) == "layer.in-use");
    must(world.snapshots.remove(key));
    must(world.snapshots.remove_layer(top.chain_id));
    CHECK(!world.snapshots.has_layer(top.chain_id));
    must(world.snapshots.remove_layer(base.chain_id));
    CHECK(must(world.snapshots.list_layers()).empty());
    CHECK(code_of(world.snapshots.remove_layer(base.chain_id)) == "layer.not-found");
  }
}

inline void contract_stacking(const MakeSnapshots& make) {
  const auto world = make();
  const SnapshotKey key("stack");
  SUBCASE("entries keep their attributes") {
    auto items = base_items();
    auto owned = file_item("usr", "", 02750);
    owned.entry.meta.type = image::EntryType::Directory;
    owned.entry.meta.uid = 1000;
    owned.entry.meta.gid = 1001;
    auto capable = file_item("usr/capable", "x", 0755);
    capable.entry.meta.xattrs["security.capability"] = std::string("\1\0\0\2\0\40\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20);
    auto fifo = file_item("usr/fifo", "", 0600);
    fifo.entry.meta.type = image::EntryType::Fifo;
    auto null = file_item("usr/null", "", 0666);
    null.entry.meta.type = image::EntryType::CharDevice;
    null.entry.meta.device_major = 1;
    null.entry.meta.device_minor = 3;
    auto tool = link_item("usr/tool", "../bin/tool");
    tool.entry.meta.uid = 7;
    items.insert(items.end(), {owned, capable, fifo, null, tool});
    const auto base = import_items(world, {}, items);
    must(world.snapshots.prepare(key, {base.chain_id}, {}));
    const auto out = export_items(world, key);
    REQUIRE(out.size() == items.size());
    for (size_t i = 0; i < items.size(); ++i) {
      CAPTURE(items[i].entry.path);
      CHECK(out[i].entry.path == items[i].entry.path);
      CHECK(out[i].entry.meta.type == items[i].entry.meta.type);
      CHECK(out[i].entry.meta.mode == items[i].entry.meta.mode);
      CHECK(out[i].entry.meta.uid == items[i].entry.meta.uid);
      CHECK(out[i].entry.meta.gid == items[i].entry.meta.gid);
      CHECK(out[i].entry.meta.mtime == items[i].entry.meta.mtime);
      CHECK(out[i].entry.meta.link_target == items[i].entry.meta.link_target);
      CHECK(out[i].entry.meta.device_major == items[i].entry.meta.device_major);
      CHECK(out[i].entry.meta.xattrs == items[i].entry.meta.xattrs);
      CHECK(out[i].content == items[i].content);
    }
  }
  SUBCASE("whiteouts and opaque directories of an upper layer hide the lower one's") {
    const auto base = import_items(world, {}, base_items());
    const auto top = import_items(world, base.chain_id,
                                  {directory_item("etc"), marker_item("etc/.wh.group"), file_item("etc/motd", "bonjour"), directory_item("srv"),
                                   marker_item("srv/.wh..wh..opq"), file_item("srv/b", "b")});
    CHECK(top.whiteouts == 2);
    CHECK(top.entries == 6);
    must(world.snapshots.prepare(key, {base.chain_id, top.chain_id}, {}));
    CHECK(paths_of(export_items(world, key)) == "bin\nbin/tool\netc\netc/motd\netc/passwd\nsrv\nsrv/b\n");
    edit(world, key, [](auto& tree) {
      CHECK(must(tree.read("/etc/motd", 100)) == "bonjour");
      CHECK(!must(tree.stat("/etc/group", engine::TreeEditor::Follow::No)).has_value());
      CHECK(must(tree.list("/srv")) == std::vector<std::string>{"b"});
      CHECK(must(tree.stat("/srv", engine::TreeEditor::Follow::No))->mode == 0755);
    });
    CHECK(diff_of(world, key) == "");
  }
  SUBCASE("a directory a layer only passes through keeps the attributes below") {
    const auto base = import_items(world, {}, base_items());
    const auto top = import_items(world, base.chain_id, {file_item("fresh/x", "x"), file_item("srv/c", "c")});
    must(world.snapshots.prepare(key, {base.chain_id, top.chain_id}, {}));
    edit(world, key, [](auto& tree) {
      CHECK(must(tree.stat("/srv", engine::TreeEditor::Follow::No))->mode == 01777);
      CHECK(must(tree.stat("/srv", engine::TreeEditor::Follow::No))->mtime == kThen);
      CHECK(must(tree.stat("/fresh", engine::TreeEditor::Follow::No))->mode == 0755);
      CHECK(must(tree.list("/srv")) == std::vector<std::string>{"a", "c", "sub"});
    });
  }
  SUBCASE("hard links stay one file") {
    const auto base = import_items(world, {}, {file_item("first", "12"), link_item("second", "first", image::EntryType::HardLink)});
    CHECK(base.bytes == 2);
    must(world.snapshots.prepare(key, {base.chain_id}, {}));
    const auto out = export_items(world, key);
    REQUIRE(out.size() == 2);
    CHECK(out[0].entry.meta.type == image::EntryType::File);
    CHECK(out[1].entry.meta.type == image::EntryType::HardLink);
    CHECK(out[1].entry.meta.link_target == "first");
  }
  SUBCASE("snapshots of one image do not see each other") {
    const auto base = import_items(world, {}, base_items());
    const SnapshotKey other("other");
    must(world.snapshots.prepare(key, {base.chain_id}, {}));
    must(world.snapshots.prepare(other, {base.chain_id}, {}));
    edit(world, key, [](auto& tree) { put_file(tree, "/etc/motd", "changed"); });
    edit(world, other, [](auto& tree) { CHECK(must(tree.read("/etc/motd", 100)) == "salut"); });
    CHECK(diff_of(world, other) == "");
    CHECK(must(world.snapshots.list_snapshots()).size() == 2);
  }
  SUBCASE("a snapshot without layers starts empty") {
    must(world.snapshots.prepare(key, {}, {}));
    CHECK(export_items(world, key).empty());
    edit(world, key, [](auto& tree) { put_file(tree, "/only", "1"); });
    CHECK(diff_of(world, key) == "A /only\n");
    const auto made = must(world.snapshots.commit(key, clamped()));
    CHECK(made.chain_id.str() == made.diff_id.str());
    CHECK(blob_of(world, made.diff_id) == tar_of({file_item("only", "1")}));
  }
}

inline void contract_diff(const MakeSnapshots& make) {
  const auto world = make();
  const SnapshotKey key("diff");
  const auto base = import_items(world, {}, base_items());
  must(world.snapshots.prepare(key, {base.chain_id}, {}));
  SUBCASE("nothing changed, nothing said") {
    CHECK(diff_of(world, key) == "");
    CHECK(must(world.snapshots.usage(key)) == 0);
  }
  SUBCASE("reading changes nothing") {
    edit(world, key, [](auto& tree) { CHECK(must(tree.read("/etc/motd", 100)) == "salut"); });
    CHECK(diff_of(world, key) == "");
  }
  SUBCASE("added, changed and deleted entries come with their changed parents") {
    edit(world, key, [](auto& tree) {
      put_file(tree, "/etc/motd", "bonjour");
      put_file(tree, "/etc/new", "n");
      must(tree.remove("/etc/group"));
      put_file(tree, "/top", "t");
      put_file(tree, "/opt/a/b", "b");
    });
    CHECK(diff_of(world, key) == "C /etc\nD /etc/group\nC /etc/motd\nA /etc/new\nA /opt\nA /opt/a\nA /opt/a/b\nA /top\n");
    CHECK(must(world.snapshots.usage(key)) == 7 + 1 + 1 + 1);
  }
  SUBCASE("paths are sorted as bytes") {
    edit(world, key, [](auto& tree) {
      put_file(tree, "/n/x", "");
      put_file(tree, "/n-1", "");
      put_file(tree, "/N", "");
    });
    CHECK(diff_of(world, key) == "A /N\nA /n\nA /n-1\nA /n/x\n");
  }
  SUBCASE("created then deleted leaves its parent's change only") {
    edit(world, key, [](auto& tree) {
      put_file(tree, "/etc/temporary", "t");
      must(tree.remove("/etc/temporary"));
    });
    CHECK(diff_of(world, key) == "C /etc\n");
  }
  SUBCASE("a file put back as it was is no change") {
    edit(world, key, [](auto& tree) { put_file(tree, "/etc/motd", "salut"); });
    CHECK(diff_of(world, key) == "C /etc\n");
  }
  SUBCASE("only attributes changed") {
    edit(world, key, [](auto& tree) {
      put_file(tree, "/etc/motd", "salut", 0600);
      must(tree.put("/srv", directory_item("", 0700).entry.meta, nullptr));
    });
    CHECK(diff_of(world, key) == "C /etc\nC /etc/motd\nC /srv\n");
  }
  SUBCASE("a deleted directory is one line") {
    edit(world, key, [](auto& tree) { must(tree.remove("/srv")); });
    CHECK(diff_of(world, key) == "D /srv\n");
    edit(world, key, [](auto& tree) { CHECK(!must(tree.stat("/srv/sub/deep", engine::TreeEditor::Follow::No)).has_value()); });
  }
  SUBCASE("a replaced directory tells each lost child") {
    edit(world, key, [](auto& tree) {
      must(tree.remove("/srv"));
      must(tree.make_directory("/srv", directory_item("", 01777).entry.meta));
      put_file(tree, "/srv/new", "n");
    });
    CHECK(diff_of(world, key) == "C /srv\nD /srv/a\nA /srv/new\nD /srv/sub\n");
  }
  SUBCASE("a directory that became a file is one change") {
    edit(world, key, [](auto& tree) {
      must(tree.remove("/srv"));
      put_file(tree, "/srv", "file");
    });
    CHECK(diff_of(world, key) == "C /srv\n");
  }
  SUBCASE("a file that became a directory brings its children") {
    edit(world, key, [](auto& tree) {
      must(tree.remove("/etc/motd"));
      put_file(tree, "/etc/motd/x", "x");
    });
    CHECK(diff_of(world, key) == "C /etc\nC /etc/motd\nA /etc/motd/x\n");
  }
  SUBCASE("a file deleted and made again is changed, not added") {
    edit(world, key, [](auto& tree) {
      must(tree.remove("/etc/motd"));
      put_file(tree, "/etc/motd", "once more");
    });
    CHECK(diff_of(world, key) == "C /etc\nC /etc/motd\n");
  }
  SUBCASE("a rename is a deletion and an addition") {
    edit(world, key, [](auto& tree) {
      put_file(tree, "/etc/message", must(tree.read("/etc/motd", 100)));
      must(tree.remove("/etc/motd"));
    });
    CHECK(diff_of(world, key) == "C /etc\nA /etc/message\nD /etc/motd\n");
  }
}

inline void contract_init(const MakeSnapshots& make) {
  const auto world = make();
  const SnapshotKey key("init");
  auto items = base_items();
  items[2] = directory_item("etc", 0750);
  const auto base = import_items(world, {}, items);
  const std::vector<engine::InitEntry> init = {{".dockerenv", file_item("", "", 0755).entry.meta}, {"dev/pts", directory_item("").entry.meta},
                                               {"etc/hosts", file_item("", "", 0755).entry.meta}, {"etc/mtab", link_item("", "/proc/mounts").entry.meta}};
  must(world.snapshots.prepare(key, {base.chain_id}, init));
  SUBCASE("init entries are seen inside and hidden from diff and commit") {
    edit(world, key, [](auto& tree) {
      CHECK(must(tree.stat("/etc/hosts", engine::TreeEditor::Follow::No))->type == image::EntryType::File);
      CHECK(must(tree.stat("/etc/mtab", engine::TreeEditor::Follow::No))->link_target == "/proc/mounts");
      CHECK(must(tree.stat("/dev/pts", engine::TreeEditor::Follow::No))->type == image::EntryType::Directory);
      CHECK(must(tree.stat("/etc", engine::TreeEditor::Follow::No))->mode == 0750);  // a parent keeps the image's attributes
      CHECK(must(tree.stat("/etc", engine::TreeEditor::Follow::No))->mtime == kThen);
    });
    CHECK(diff_of(world, key) == "");
    CHECK(must(world.snapshots.commit(key, {})).diff_id.str() == image::kEmptyLayerDiffId);
  }
  SUBCASE("changing one is no change of the container's") {
    edit(world, key, [](auto& tree) {
      put_file(tree, "/etc/hosts", "127.0.0.1 localhost");
      must(tree.remove("/.dockerenv"));
      put_file(tree, "/etc/motd", "bonjour");
    });
    CHECK(diff_of(world, key) == "C /etc\nC /etc/motd\n");
    const auto made = must(world.snapshots.commit(key, clamped()));
    CHECK(blob_of(world, made.diff_id) == tar_of({directory_item("etc", 0750), file_item("etc/motd", "bonjour")}));
  }
  SUBCASE("an export shows them") {
    CHECK(paths_of(export_items(world, key)).rfind(".dockerenv\nbin\nbin/tool\ndev\ndev/pts\netc\n", 0) == 0);
  }
}

inline void contract_commit(const MakeSnapshots& make) {
  const auto world = make();
  const SnapshotKey key("commit"), next("next");
  const auto base = import_items(world, {}, base_items());
  must(world.snapshots.prepare(key, {base.chain_id}, {}));
  SUBCASE("the committed tar is exactly the changes") {
    edit(world, key, [](auto& tree) {
      put_file(tree, "/etc/motd", "bonjour", 0600);
      must(tree.remove("/etc/group"));
      must(tree.remove("/srv"));
      must(tree.make_directory("/srv", directory_item("", 0711).entry.meta));
      put_file(tree, "/srv/-dash", "d");
      put_file(tree, "/zlast", "z");
      put_link(tree, "/zlink", "zlast");
    });
    const auto made = must(world.snapshots.commit(key, clamped()));
    const std::string expected =
        tar_of({directory_item("etc"), marker_item("etc/.wh.group"), file_item("etc/motd", "bonjour", 0600), directory_item("srv", 0711),
                file_item("srv/-dash", "d"), marker_item("srv/.wh..wh..opq"), file_item("zlast", "z"), link_item("zlink", "zlast")});
    CHECK(blob_of(world, made.diff_id) == expected);
    CHECK(made.entries == 8);
    CHECK(made.whiteouts == 2);
    CHECK(made.bytes == 7 + 1 + 1 + 5);  // the link's text, too
    CHECK(made.chain_id.str() == must(world.blobs.put(base.chain_id.str() + " " + made.diff_id.str())).str());
    CHECK(world.snapshots.has_layer(made.chain_id));

    must(world.snapshots.prepare(next, {base.chain_id, made.chain_id}, {}));
    CHECK(diff_of(world, next) == "");
    CHECK(paths_of(export_items(world, next)) == paths_of(export_items(world, key)));
    CHECK(diff_of(world, key) != "");  // the snapshot stays as it is

    // The same tar, imported on the same parent, is the same layer.
    StringSource again(expected);
    CHECK(must(world.snapshots.import_layer(base.chain_id, again, [](Payload) {})).chain_id == made.chain_id);
  }
  SUBCASE("the same changes give the same digest, whoever made them and when") {
    const auto change = [](auto& tree) {
      put_file(tree, "/b/file", "same");
      put_file(tree, "/a", "same");
    };
    must(world.snapshots.prepare(next, {base.chain_id}, {}));
    edit(world, key, change);
    edit(world, next, [](auto& tree) {
      put_file(tree, "/a", "other first");
      put_file(tree, "/a", "same");
      put_file(tree, "/b/file", "same");
    });
    CHECK(must(world.snapshots.commit(key, clamped())).diff_id == must(world.snapshots.commit(next, clamped())).diff_id);
  }
  SUBCASE("an empty commit keeps no layer") {
    const auto made = must(world.snapshots.commit(key, {}));
    CHECK(made.diff_id.str() == image::kEmptyLayerDiffId);
    CHECK(made.entries == 0);
    CHECK(must(world.snapshots.list_layers()).size() == 1);
  }
  SUBCASE("what is written after a commit is not in it") {
    edit(world, key, [](auto& tree) { put_file(tree, "/file", "before"); });
    const auto made = must(world.snapshots.commit(key, {}));
    edit(world, key, [](auto& tree) { put_file(tree, "/file", "after!"); });
    must(world.snapshots.prepare(next, {base.chain_id, made.chain_id}, {}));
    edit(world, next, [](auto& tree) { CHECK(must(tree.read("/file", 100)) == "before"); });
  }
  SUBCASE("hard links of a layer stay hard links") {
    edit(world, key, [](auto& tree) {
      put_file(tree, "/a", "content");
      put_link(tree, "/b", "/a", image::EntryType::HardLink);
    });
    const auto made = must(world.snapshots.commit(key, clamped()));
    CHECK(blob_of(world, made.diff_id) == tar_of({file_item("a", "content"), link_item("b", "a", image::EntryType::HardLink)}));
    CHECK(made.bytes == 7);
  }
  SUBCASE("a directory over a lower file is not opaque, over a lower directory it is") {
    edit(world, key, [](auto& tree) {
      must(tree.remove("/etc/motd"));
      must(tree.make_directory("/etc/motd", directory_item("").entry.meta));
      must(tree.remove("/srv/sub"));
      must(tree.make_directory("/srv/sub", directory_item("").entry.meta));
      must(tree.make_directory("/srv/new", directory_item("").entry.meta));
    });
    const auto made = must(world.snapshots.commit(key, clamped()));
    CHECK(blob_of(world, made.diff_id) == tar_of({directory_item("etc"), directory_item("etc/motd"), directory_item("srv", 01777), directory_item("srv/new"),
                                                  directory_item("srv/sub"), marker_item("srv/sub/.wh..wh..opq")}));
  }
  SUBCASE("an exported tree comes in again the same") {
    edit(world, key, [](auto& tree) {
      put_file(tree, "/etc/motd", "bonjour");
      must(tree.remove("/srv/sub"));
      put_link(tree, "/alias", "etc/motd");
    });
    const auto out = export_items(world, key);
    CHECK(paths_of(out) == "alias\nbin\nbin/tool\netc\netc/group\netc/motd\netc/passwd\nsrv\nsrv/a\n");
    const auto flat = import_items(world, {}, out);
    must(world.snapshots.prepare(next, {flat.chain_id}, {}));
    const auto back = export_items(world, next);
    REQUIRE(back.size() == out.size());
    CHECK(tar_of(back) == tar_of(out));
  }
}

inline void contract_editor(const MakeSnapshots& make) {
  using Follow = engine::TreeEditor::Follow;
  const auto world = make();
  const SnapshotKey key("tree");
  auto items = base_items();
  items.push_back(link_item("u-abs", "/etc"));
  items.push_back(link_item("u-loop", "u-loop"));
  items.push_back(link_item("u-motd", "etc/motd"));
  items.push_back(link_item("u-out", "../../../../../../srv"));
  const auto base = import_items(world, {}, items);
  must(world.snapshots.prepare(key, {base.chain_id}, {}));
  auto tree = must(world.snapshots.edit(key));
  SUBCASE("links lead inside the tree, never out of it") {
    put_file(*tree, "/u-abs/inside", "1");
    CHECK(must(tree->read("/etc/inside", 10)) == "1");
    put_file(*tree, "/u-out/inside", "2");
    CHECK(must(tree->read("/srv/inside", 10)) == "2");
    put_file(*tree, "/../../up", "3");
    CHECK(must(tree->read("/up", 10)) == "3");
    CHECK(must(tree->read("/u-motd", 10)) == "salut");
    CHECK(must(tree->stat("/u-abs", Follow::No))->type == image::EntryType::Symlink);
    CHECK(must(tree->stat("/u-abs", Follow::No))->link_target == "/etc");
    CHECK(must(tree->stat("/u-abs", Follow::Yes))->type == image::EntryType::Directory);
    CHECK(!tree->read("/u-loop", 10).ok());
  }
  SUBCASE("putting over a link replaces the link, not what it names") {
    put_file(*tree, "/u-motd", "mine");
    CHECK(must(tree->read("/etc/motd", 10)) == "salut");
    CHECK(must(tree->read("/u-motd", 10)) == "mine");
    CHECK(must(tree->stat("/u-motd", Follow::No))->type == image::EntryType::File);
  }
  SUBCASE("removing a link leaves what it names") {
    must(tree->remove("/u-abs"));
    CHECK(must(tree->stat("/etc/motd", Follow::No)).has_value());
  }
  SUBCASE("missing parents are made as root's 0755") {
    put_file(*tree, "/x/y/z", "z", 0640);
    CHECK(must(tree->stat("/x/y", Follow::No))->mode == 0755);
    CHECK(must(tree->stat("/x/y/z", Follow::No))->mode == 0640);
    auto meta = directory_item("", 0700).entry.meta;
    meta.uid = 33;
    must(tree->make_directory("/x/w", meta));
    CHECK(must(tree->stat("/x/w", Follow::No))->uid == 33);
    CHECK(must(tree->stat("/x/w", Follow::No))->mode == 0700);
    must(tree->make_directory("/x/w", directory_item("", 0755).entry.meta));  // an existing directory keeps its attributes
    CHECK(must(tree->stat("/x/w", Follow::No))->mode == 0700);
    must(tree->put("/x/w", directory_item("", 0755).entry.meta, nullptr));  // put sets them
    CHECK(must(tree->stat("/x/w", Follow::No))->mode == 0755);
  }
  SUBCASE("names are sorted, absent paths are told apart from errors") {
    CHECK(must(tree->list("/etc")) == std::vector<std::string>{"group", "motd", "passwd"});
    CHECK(!must(tree->stat("/none", Follow::Yes)).has_value());
    CHECK(!must(tree->stat("/etc/motd/below", Follow::Yes)).has_value());
    const auto absent = tree->read("/none", 10);
    REQUIRE(!absent.ok());
    CHECK(absent.error().kind == ErrorKind::NotFound);
    const auto gone = tree->remove("/none");
    REQUIRE(!gone.ok());
    CHECK(gone.error().kind == ErrorKind::NotFound);
    CHECK(!tree->list("/etc/motd").ok());
    CHECK(!tree->read("/etc", 10).ok());
    CHECK(code_of(tree->read("/etc/passwd", 3)) == "stream.too-large");
  }
  SUBCASE("the root cannot be removed or replaced, a file is no parent, a directory no file") {
    CHECK(!tree->remove("/").ok());
    CHECK(!tree->remove("/..").ok());
    StringSource content("x");
    CHECK(!tree->put("/", file_item("", "x").entry.meta, &content).ok());
    CHECK(!tree->put("/etc/motd/below", file_item("", "x").entry.meta, &content).ok());
    CHECK(!tree->put("/etc", file_item("", "x").entry.meta, &content).ok());
    CHECK(!tree->make_directory("/etc/motd", directory_item("").entry.meta).ok());
    CHECK(must(tree->read("/etc/motd", 10)) == "salut");
  }
  SUBCASE("content of another length than said is refused and leaves the old file") {
    auto meta = file_item("", "12345").entry.meta;
    StringSource shorter("123");
    CHECK(!tree->put("/etc/motd", meta, &shorter).ok());
    StringSource longer("1234567");
    CHECK(!tree->put("/etc/motd", meta, &longer).ok());
    CHECK(must(tree->read("/etc/motd", 10)) == "salut");
    CHECK(must(tree->list("/etc")) == std::vector<std::string>{"group", "motd", "passwd"});
  }
}

inline void contract_snapshots(const MakeSnapshots& make) {
  const auto world = make();
  const SnapshotKey key("life");
  const auto base = import_items(world, {}, base_items());
  SUBCASE("a snapshot is prepared once and removed as often as one likes") {
    must(world.snapshots.prepare(key, {base.chain_id}, {}));
    CHECK(code_of(world.snapshots.prepare(key, {base.chain_id}, {})) == "snapshot.exists");
    must(world.snapshots.remove(key));
    must(world.snapshots.remove(key));
    CHECK(must(world.snapshots.list_snapshots()).empty());
    must(world.snapshots.prepare(key, {base.chain_id}, {}));
    CHECK(diff_of(world, key) == "");
  }
  SUBCASE("absent things are refused by name") {
    CHECK(code_of(world.snapshots.prepare(key, {ChainId("sha256:" + std::string(64, 'f'))}, {})) == "layer.not-found");
    CHECK(must(world.snapshots.list_snapshots()).empty());
    CHECK(code_of(world.snapshots.mount(key)) == "snapshot.not-found");
    CHECK(code_of(world.snapshots.edit(key)) == "snapshot.not-found");
    CHECK(code_of(world.snapshots.diff(key)) == "snapshot.not-found");
    CHECK(code_of(world.snapshots.commit(key, {})) == "snapshot.not-found");
    CHECK(code_of(world.snapshots.export_tree(key)) == "snapshot.not-found");
    CHECK(code_of(world.snapshots.paths(key)) == "snapshot.not-found");
    CHECK(code_of(world.snapshots.usage(key)) == "snapshot.not-found");
  }
  SUBCASE("mounts are counted") {
    must(world.snapshots.prepare(key, {base.chain_id}, {}));
    CHECK(code_of(world.snapshots.unmount(key)) == "snapshot.not-mounted");
    const auto first = must(world.snapshots.mount(key));
    const auto second = must(world.snapshots.mount(key));
    CHECK(first.merged == second.merged);
    CHECK(must(world.snapshots.paths(key)).merged == first.merged);
    CHECK(first.lower.size() == 1);
    must(world.snapshots.unmount(key));
    CHECK(code_of(world.snapshots.remove(key)) == "snapshot.mounted");
    must(world.snapshots.unmount(key));
    CHECK(code_of(world.snapshots.unmount(key)) == "snapshot.not-mounted");
    must(world.snapshots.remove(key));
  }
  SUBCASE("changes stay across mounts") {
    must(world.snapshots.prepare(key, {base.chain_id}, {}));
    edit(world, key, [](auto& tree) { put_file(tree, "/kept", "k"); });
    must(world.snapshots.mount(key));
    edit(world, key, [](auto& tree) { CHECK(must(tree.read("/kept", 10)) == "k"); });
    CHECK(diff_of(world, key) == "A /kept\n");
    must(world.snapshots.unmount(key));
  }
}

// All of it. Call from one TEST_CASE: each SUBCASE gets a fresh world.
inline void snapshots_contract(const MakeSnapshots& make) {
  SUBCASE("layers") { contract_layers(make); }
  SUBCASE("stacking") { contract_stacking(make); }
  SUBCASE("diff") { contract_diff(make); }
  SUBCASE("init") { contract_init(make); }
  SUBCASE("commit") { contract_commit(make); }
  SUBCASE("editor") { contract_editor(make); }
  SUBCASE("snapshots") { contract_snapshots(make); }
}

}  // namespace strates::testing
