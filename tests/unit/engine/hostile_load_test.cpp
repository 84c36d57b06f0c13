// Archives that lie, leave their root, or end too soon: each is one clear error, and nothing of it is kept.
#include "base/strings.hpp"
#include "tests/unit/engine/image_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

namespace {

using image::EntryType;

struct Case {
  std::string what, code, archive;
};

std::vector<Case> docker_cases(adapters::OpensslHasher& hasher) {
  const HandMade hand(hasher);
  const auto with = [&](const std::function<void(std::vector<Member>&)>& change) {
    auto members = hand.docker_form();
    change(members);
    return tar_of(members);
  };
  const auto manifest = [&](const std::string& from, const std::string& to) {
    return with([&](auto& members) { members[2].content = replaced(members[2].content, from, to); });
  };
  const auto layer = [&](const std::vector<Member>& members) {
    // A layer whose DiffID is right, so that only what it holds is wrong.
    const std::string tar = tar_of(members);
    const std::string config = replaced(hand.config, hand.diff_id, "sha256:" + hasher.sha256_hex(tar));
    return tar_of({{"l/layer.tar", tar}, {"c.json", config}, {"manifest.json", R"([{"Config":"c.json","RepoTags":["hand:1"],"Layers":["l/layer.tar"]}])"}});
  };
  const std::string good = tar_of(hand.docker_form());
  std::vector<std::string> many(126, "\"l/layer.tar\"");
  std::string diffs;
  for (int i = 0; i < 126; ++i) diffs += std::string(i == 0 ? "" : ",") + "\"" + hand.diff_id + "\"";
  return {
      {"an empty stream", "load.form", ""},
      {"a tar without images", "load.form", tar_of({{"etc/motd", "x"}})},
      {"no tar at all", "archive.format", "this is not a tar, and long enough to tell: " + std::string(2000, 'x')},
      {"the end is missing", "archive.truncated", good.substr(0, good.size() - 1024)},
      {"cut in the middle", "archive.truncated", good.substr(0, 700)},
      {"a form too old", "load.form", tar_of({{"repositories", "{}"}})},
      {"a member outside", "archive.escape", with([](auto& members) { members.push_back({"../../evil", "x"}); })},
      {"a hard link to outside", "archive.escape", with([](auto& members) { members.push_back({"x", "", EntryType::HardLink, "../../etc/passwd"}); })},
      {"a link to outside", "load.escape", with([](auto& members) { members.push_back({"x", "", EntryType::Symlink, "../../etc/passwd"}); })},
      {"a link to an absolute path", "load.escape", with([](auto& members) { members.push_back({"x", "", EntryType::Symlink, "/etc/passwd"}); })},
      {"a device", "load.member", with([](auto& members) { members.push_back({"null", "", EntryType::CharDevice}); })},
      {"a pipe", "load.member", with([](auto& members) { members.push_back({"pipe", "", EntryType::Fifo}); })},
      {"two members of one name", "load.duplicate", with([](auto& members) { members.push_back({"manifest.json", "[]"}); })},
      {"a file and a folder of one name", "load.duplicate", with([](auto& members) { members.push_back({"manifest.json", "", EntryType::Directory}); })},
      {"a manifest that is a link", "load.link", tar_of({{"l/layer.tar", hand.layer}, {hand.id + ".json", hand.config}, {"real", hand.manifest()}, {"manifest.json", "", EntryType::Symlink, "real"}})},
      {"a configuration that is a link", "load.link", tar_of({{"l/layer.tar", hand.layer}, {"real", hand.config}, {hand.id + ".json", "", EntryType::HardLink, "real"}, {"manifest.json", hand.manifest()}})},
      {"a manifest that is no JSON", "json.syntax", with([](auto& members) { members[2].content = "[{"; })},
      {"a manifest that is no list", "load.manifest", with([](auto& members) { members[2].content = "{}"; })},
      {"a manifest without images", "load.manifest", with([](auto& members) { members[2].content = "[]"; })},
      {"layers that are no texts", "load.manifest", manifest("\"l/layer.tar\"", "7")},
      {"a manifest naming ../../x", "load.escape", manifest("l/layer.tar", "../../x")},
      {"a manifest naming an absolute path", "load.escape", manifest("l/layer.tar", "/etc/passwd")},
      {"a configuration outside", "load.escape", manifest(hand.id + ".json", "../" + hand.id + ".json")},
      {"no configuration", "load.escape", with([](auto& members) { members[2].content = R"([{"Layers":[]}])"; })},
      {"a layer that is absent", "load.missing", manifest("l/layer.tar", "m/layer.tar")},
      {"a layer that is a folder", "load.link", with([](auto& members) { members[0].type = EntryType::Directory, members[0].content.clear(); })},
      {"a layer behind a circle of links", "load.link", tar_of({{"a", "", EntryType::Symlink, "b"}, {"b", "", EntryType::Symlink, "a"}, {hand.id + ".json", hand.config}, {"manifest.json", replaced(hand.manifest(), "l/layer.tar", "a")}})},
      {"more layers than DiffIDs", "load.layers", manifest("\"l/layer.tar\"", "\"l/layer.tar\",\"l/layer.tar\"")},
      {"too deep a stack", "load.layers", tar_of({{"l/layer.tar", hand.layer}, {"c.json", replaced(hand.config, "\"" + hand.diff_id + "\"", diffs)}, {"manifest.json", R"([{"Config":"c.json","Layers":[)" + join(many, ",") + "]}]"}})},
      {"a configuration with another digest than its name", "load.digest", with([&](auto& members) { members[1].content = replaced(hand.config, "by hand", "BY HAND"); })},
      {"a configuration without rootfs", "config.schema", tar_of({{"c.json", R"({"architecture":"amd64","os":"linux"})"}, {"manifest.json", R"([{"Config":"c.json","Layers":[]}])"}})},
      {"another system's image", "load.os", tar_of({{"c.json", R"({"architecture":"amd64","os":"windows","rootfs":{"type":"layers","diff_ids":[]}})"}, {"manifest.json", R"([{"Config":"c.json","Layers":[]}])"}})},
      {"a layer whose digest lies", "load.diff-id", with([&](auto& members) { members[0].content = replaced(hand.layer, "hello", "HELLO"); })},
      {"a compressed layer that ends too soon", "archive.truncated", with([&](auto& members) { members[0].content = compressed(hand.layer, Filter::Gzip).substr(0, 60); })},
      {"a tag that is none", "reference.format", tar_of(hand.docker_form(R"(["a:b:c"])"))},
      {"a name without a tag", "load.tag", tar_of(hand.docker_form(R"(["hand"])"))},
      {"a good tag and a bad one", "load.tag", tar_of(hand.docker_form(R"(["hand:1","hand"])"))},
      {"a layer that leaves its root", "archive.escape", layer({{"../evil", "x"}})},
      {"a layer linking out of its root", "archive.escape", layer({{"etc/passwd", "", EntryType::HardLink, "../../etc/passwd"}})},
      {"a layer writing through a link", "layer.invalid", layer({{"out", "", EntryType::Symlink, "/etc"}, {"out/passwd", "x"}})},
      {"a layer with a hard link to nothing", "layer.invalid", layer({{"x", "", EntryType::HardLink, "not/here"}})},
  };
}

std::vector<Case> oci_cases(adapters::OpensslHasher& hasher) {
  const HandMade hand(hasher);
  const std::string media = "application/vnd.oci.image.layer.v1.tar";
  const auto with = [&](const std::function<void(std::vector<Member>&)>& change) {
    auto members = hand.oci_form(hasher, hand.layer, media, "hand:1");
    change(members);
    return tar_of(members);
  };
  return {
      {"another version of the layout", "manifest.schema", with([](auto& members) { members[4].content = R"({"imageLayoutVersion":"9.0.0"})"; })},
      {"an index that is no JSON", "manifest.syntax", with([](auto& members) { members[3].content = "x"; })},
      {"no index", "load.missing", with([](auto& members) { members.erase(members.begin() + 3); })},
      {"an index without images", "load.manifest", with([](auto& members) { members[3].content = R"({"schemaVersion":2,"manifests":[]})"; })},
      {"a manifest with another digest", "load.digest", with([](auto& members) { members[2].content += " "; })},
      {"a configuration with another digest", "load.digest", with([](auto& members) { members[1].content = replaced(members[1].content, "by hand", "BY HAND"); })},
      {"a layer that is not as long as told", "load.digest", with([](auto& members) { members[0].content += std::string(512, '\0'); })},
      {"a layer with another digest", "load.diff-id", with([](auto& members) { members[0].content = replaced(members[0].content, "hello", "HELLO"); })},
      {"a layer of an unknown kind", "load.manifest", tar_of(hand.oci_form(hasher, hand.layer, "text/plain", "hand:1"))},
      {"a digest of a path", "manifest.schema", with([](auto& members) { members[3].content = replaced(members[3].content, "sha256:", "sha256:../../"); })},
  };
}

void all_are_refused(const std::vector<Case>& cases) {
  ImageBench bench;
  bench.busybox();
  bench.import(tar_of({{"x", "x"}}), "hand", "1");
  const std::string before = bench.store();
  for (const auto& one : cases) {
    CAPTURE(one.what);
    const auto loaded = bench.load(one.archive);
    REQUIRE_MESSAGE(!loaded.ok(), one.what);
    CHECK_MESSAGE(loaded.error().code == one.code, loaded.error().code << ": " << loaded.error().explanation());
    CHECK_FALSE(loaded.error().message().empty());
    CHECK_MESSAGE(bench.store() == before, "kept something");
  }
}

}  // namespace

TEST_CASE("hostile and damaged archives of docker save's form are refused and leave nothing") {
  adapters::OpensslHasher hasher;
  all_are_refused(docker_cases(hasher));
}

TEST_CASE("hostile and damaged OCI layouts are refused and leave nothing") {
  adapters::OpensslHasher hasher;
  all_are_refused(oci_cases(hasher));
}

TEST_CASE("an archive cut at any block is refused and leaves nothing") {
  ImageBench bench;
  const HandMade hand(bench.hasher);
  const std::string good = tar_of(hand.docker_form()), before = bench.store();
  for (size_t at = 0; at + 1024 < good.size(); at += 512) {
    CAPTURE(at);
    CHECK_FALSE(bench.load(good.substr(0, at)).ok());
    CHECK(bench.store() == before);
  }
  CHECK(bench.load(good).ok());
}

TEST_CASE("a compressed layer whose own digest lies is refused, also when what is in it is right") {
  ImageBench bench;
  const HandMade hand(bench.hasher);
  const std::string gzip = compressed(hand.layer, Filter::Gzip);
  auto members = hand.oci_form(bench.hasher, gzip, "application/vnd.oci.image.layer.v1.tar+gzip", "hand:1");
  std::string other = gzip;
  other[9] = static_cast<char>(other[9] ^ 1);  // the header's "operating system": not of the content
  members[0].content = other;
  const auto loaded = bench.load(tar_of(members));
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().code == "load.digest");
  CHECK(bench.store().empty());
}

TEST_CASE("a failure in the second image takes back the first") {
  ImageBench bench;
  const HandMade hand(bench.hasher);
  auto members = hand.docker_form();
  const std::string lie = tar_of({{"other", "bytes"}});
  members.push_back({"lie.tar", lie});
  members.push_back({"c.json", replaced(hand.config, "\"" + hand.diff_id + "\"", "\"" + hand.diff_id + "\",\"" + bench.sha256("else") + "\"")});
  members[2].content = replaced(members[2].content, "]}]", R"(]},{"Config":"c.json","RepoTags":["second:1"],"Layers":["l/layer.tar","lie.tar"]}])");
  const auto loaded = bench.load(tar_of(members));
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().message() == "invalid diffID for layer 1: expected \"" + bench.sha256("else") + "\", got \"" + bench.sha256(lie) + "\"");
  CHECK(bench.store().empty());
}

TEST_CASE("a parent that the image does not continue is refused") {
  ImageBench bench;
  const HandMade hand(bench.hasher);
  auto members = hand.docker_form();
  const std::string other = replaced(hand.config, "by hand", "otherwise");
  members.push_back({"c.json", other});
  const std::string id = bench.sha256(other);
  members[2].content = replaced(members[2].content, "]}]", "],\"Parent\":\"" + id + R"("},{"Config":"c.json","RepoTags":["second:1"],"Layers":["l/layer.tar"]}])");
  const auto loaded = bench.load(tar_of(members));
  REQUIRE_FALSE(loaded.ok());
  CHECK(loaded.error().message() == "image " + id + " is not a valid parent for sha256:" + hand.id);
  CHECK(bench.store().empty());
}

TEST_CASE("hostile archives are refused by import as by load, and leave nothing") {
  ImageBench bench;
  const std::string before = bench.store();
  const std::vector<Case> cases = {
      {"a member outside", "archive.escape", tar_of({{"../evil", "x"}})},
      {"a hard link to outside", "archive.escape", tar_of({{"x", "", EntryType::HardLink, "../../etc/passwd"}})},
      {"a file through a link", "layer.invalid", tar_of({{"out", "", EntryType::Symlink, "/etc"}, {"out/passwd", "x"}})},
      {"the end is missing", "archive.truncated", tar_of({{"x", "x"}}).substr(0, 1024)},
      {"no tar", "archive.format", std::string(2000, 'x')},
  };
  for (const auto& one : cases) {
    CAPTURE(one.what);
    StringSource source(one.archive);
    const auto imported = bench.engine->import_image(source, "x", "1", "", {});
    REQUIRE_FALSE(imported.ok());
    CHECK_MESSAGE(imported.error().code == one.code, imported.error().explanation());
    CHECK(bench.store() == before);
  }
}
