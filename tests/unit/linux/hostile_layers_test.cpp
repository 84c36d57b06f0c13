// Archives made to break out, to lie or to drown: nothing outside the layer is touched, nothing is kept.
#include <fcntl.h>

#include "tests/unit/linux/raw_tar.hpp"
#include "tests/unit/linux/store_fixture.hpp"

using namespace strates;
using namespace strates::testing;

namespace {

std::string code_of_import(LinuxStore& store, const std::string& tar, const std::optional<ChainId>& parent = {}) {
  StringSource source(tar);
  return code_of(store.snapshots->import_layer(parent, source, [](Payload) {}));
}

void check_nothing_kept(LinuxStore& store) {
  CHECK(names_of(store.directory.path + "/layers").empty());
  CHECK(names_of(store.directory.path + "/oci/blobs/sha256").empty());
  CHECK(names_of(store.directory.path + "/oci/blobs") == std::vector<std::string>{"sha256"});
}

}  // namespace

TEST_CASE("paths and links that lead out of a layer are refused") {
  if (!is_root("hostile paths")) return;
  LinuxStore store;
  CHECK(code_of_import(store, raw_tar({{"../escaped", "", '0', "x"}})) == "archive.escape");
  CHECK(code_of_import(store, raw_tar({{"a/../../escaped", "", '0', "x"}})) == "archive.escape");
  CHECK(code_of_import(store, raw_tar({{"hard", "../../etc/passwd", '1'}})) == "archive.escape");
  CHECK(code_of_import(store, raw_tar({{"hard", "/etc/passwd", '1'}})) == "layer.invalid");
  CHECK(code_of_import(store, raw_tar({{"link", "/etc", '2'}, {"link/written", "", '0', "x"}})) == "layer.invalid");
  CHECK(code_of_import(store, raw_tar({{"link", "/etc", '2'}, {"link/below/written", "", '0', "x"}})) == "layer.invalid");
  CHECK(code_of_import(store, raw_tar({{"link", "/etc/passwd", '2'}, {"hard", "link/x", '1'}})) == "layer.invalid");
  CHECK(code_of_import(store, raw_tar({{"file", "", '0', "x"}, {"file/below", "", '0', "x"}})) == "layer.invalid");
  CHECK(code_of_import(store, raw_tar({{"a/.wh...", "", '0'}})) == "archive.whiteout");
  CHECK(code_of_import(store, raw_tar({{".wh..wh..opq", "", '0'}})) == "layer.invalid");
  CHECK(::access((store.directory.path + "/escaped").c_str(), F_OK) != 0);
  CHECK(::access("/etc/written", F_OK) != 0);
  check_nothing_kept(store);
}

TEST_CASE("an absolute path is inside the layer") {
  if (!is_root("absolute paths")) return;
  LinuxStore store;
  StringSource source(raw_tar({{"/strates-absolute/file", "", '0', "x"}}));
  const auto info = must(store.snapshots->import_layer({}, source, [](Payload) {}));
  CHECK(::access("/strates-absolute", F_OK) != 0);
  CHECK(::access((store.directory.path + "/layers/" + info.chain_id.str().substr(7) + "/diff/strates-absolute/file").c_str(), F_OK) == 0);
}

TEST_CASE("a symbolic link that a file replaces is not written through") {
  if (!is_root("replaced links")) return;
  LinuxStore store;
  const std::string victim = store.directory.path + "/victim";
  std::ofstream(victim) << "untouched";
  StringSource source(raw_tar({{"name", victim, '2'}, {"name", "", '0', "mine"}}));
  const auto info = must(store.snapshots->import_layer({}, source, [](Payload) {}));
  std::string kept;
  std::getline(std::ifstream(victim) >> std::ws, kept);
  CHECK(kept == "untouched");
  const auto layer = must(linux_world::open_directory(store.directory.path + "/layers/" + info.chain_id.str().substr(7) + "/diff"));
  CHECK(must(linux_world::read_file_at(layer.get(), "name", 100)) == "mine");
}

TEST_CASE("devices are entries only, never deletions in disguise, and not a flood") {
  if (!is_root("hostile devices")) return;
  LinuxStore store;
  CHECK(code_of_import(store, raw_tar({{"hidden", "", '3', "", 0, 0}})) == "layer.invalid");
  std::vector<Raw> flood;
  for (int i = 0; i <= 10'000; ++i) flood.push_back({"dev" + std::to_string(i), "", '3', "", 1, 3});
  CHECK(code_of_import(store, raw_tar(flood)) == "layer.too-large");
  check_nothing_kept(store);
}

TEST_CASE("a damaged or truncated archive leaves nothing, wherever it breaks") {
  if (!is_root("truncated archives")) return;
  LinuxStore store;
  const std::string tar = raw_tar({{"a", "", '0', std::string(3000, 'a')}, {"b/c", "", '0', "c"}});
  for (const size_t length : {size_t{1}, size_t{300}, size_t{512}, size_t{600}, size_t{2000}, size_t{3584}, size_t{4096}}) {
    CAPTURE(length);
    CHECK(code_of_import(store, tar.substr(0, length)).starts_with("archive."));
  }
  CHECK(code_of_import(store, std::string(2048, 'x')).starts_with("archive."));
  CHECK(code_of_import(store, std::string("\x1f\x8b\x08\0garbage", 11)).starts_with("archive."));
  check_nothing_kept(store);
}

TEST_CASE("a layer's digest is of its bytes uncompressed, whatever order they are in") {
  if (!is_root("foreign layers")) return;
  LinuxStore store;
  // Unsorted, with a parent that comes after its child, a deletion after its replacement, padding at the end: as foreign tools write.
  const std::string tar = raw_tar({{"z/file", "", '0', "z"}, {"a", "", '0', "a"}, {"./z/", "", '5'}, {"kept", "", '0', "k"}, {".wh.kept", "", '0'}, {"z/twice", "", '0', "1"},
                                   {"z/twice", "", '0', "22"}}) +
                          std::string(8192, '\0');
  StringSource source(tar);
  const auto info = must(store.snapshots->import_layer({}, source, [](Payload) {}));
  CHECK(info.diff_id.str() == "sha256:" + store.hasher.sha256_hex(tar));
  CHECK(must(store.blobs->read(Digest(info.diff_id.str()), 1 << 20)) == tar);
  const SnapshotKey key("k");
  must(store.snapshots->prepare(key, {info.chain_id}, {}));
  auto tree = must(store.snapshots->edit(key));
  CHECK(must(tree->list("/")) == std::vector<std::string>{"a", "kept", "z"});
  CHECK(must(tree->read("/z/twice", 10)) == "22");
  CHECK(must(tree->stat("/z", engine::TreeEditor::Follow::No))->mode == 0644);
}

TEST_CASE("a container cannot make the editor leave its tree") {
  if (!is_root("editor escapes")) return;
  LinuxStore store;
  const std::string victim = store.directory.path + "/victim";
  std::ofstream(victim) << "untouched";
  const SnapshotKey key("k");
  const auto base = import_items(store.world(), {}, {link_item("absolute", victim), directory_item("d"), link_item("proc", "/proc/self/root"), link_item("up", "../../../../../../../.." + victim)});
  must(store.snapshots->prepare(key, {base.chain_id}, {}));
  auto tree = must(store.snapshots->edit(key));
  CHECK(!tree->read("/absolute", 100).ok());
  CHECK(!tree->read("/up", 100).ok());
  CHECK(!tree->list("/proc/").ok());
  put_file(*tree, "/absolute", "replaced");
  CHECK(must(tree->read("/absolute", 100)) == "replaced");
  auto meta = file_item("", "", 0777).entry.meta;
  CHECK(!tree->put("relative", meta, nullptr).ok());
  CHECK(!tree->put(std::string_view("/zero\0byte", 10), meta, nullptr).ok());
  meta.type = image::EntryType::CharDevice;
  CHECK(code_of(tree->put("/whiteout", meta, nullptr)) == "tree.device");
  CHECK(code_of(tree->put("/up/x", file_item("", "").entry.meta, nullptr)) == "tree.dangling");
  std::string kept;
  std::ifstream(victim) >> kept;
  CHECK(kept == "untouched");
}
