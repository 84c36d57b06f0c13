// docker save and docker load over the simulated world: what is written, what is read, what is said.
#include "base/json_full.hpp"
#include "image/manifest.hpp"
#include "image/validate.hpp"
#include "tests/unit/engine/image_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

TEST_CASE("a saved image is Docker 20.10's layout, and each of its digests can be computed by hand") {
  ImageBench bench;
  bench.busybox();
  bench.derive("busybox", "echo hello > /root/x", "mine", "1");
  const auto record = bench.engine->image("mine:1").value();
  const auto members = bench.members(bench.save({"mine:1"}));
  const Json manifest = parse_json(members.at("manifest.json")).value();
  REQUIRE(manifest.size() == 1);
  CHECK(manifest[0]["RepoTags"] == Json::array({"mine:1"}));
  const std::string config_name = manifest[0]["Config"].get<std::string>();
  const std::string config = members.at(config_name);
  CHECK(bench.sha256(config) == record.id.str());
  CHECK("sha256:" + config_name == record.id.str() + ".json");
  const auto parsed = image::parse_image_config(config);
  REQUIRE(parsed.ok());
  REQUIRE(manifest[0]["Layers"].size() == 2);
  REQUIRE(parsed.value().diff_ids.size() == 2);
  std::string chain, directory;
  for (size_t i = 0; i < 2; ++i) {
    const std::string layer = manifest[0]["Layers"][i].get<std::string>();
    const std::string diff_id = bench.sha256(members.at(layer));
    CHECK(diff_id == parsed.value().diff_ids[i].str());
    chain = chain.empty() ? diff_id : bench.sha256(chain + " " + diff_id);
    CHECK(chain == record.layers[i].str());
    directory = layer.substr(0, 64);
    CHECK(layer == directory + "/layer.tar");
    CHECK(members.at(directory + "/VERSION") == "1.0");
    const Json legacy = parse_json(members.at(directory + "/json")).value();
    CHECK(legacy["id"] == directory);
    CHECK(legacy.contains("parent") == (i == 1));
    CHECK(legacy.contains("config") == (i == 1));
  }
  CHECK(members.at("repositories") == "{\"mine\":{\"1\":\"" + directory + "\"}}\n");
  CHECK(members.size() == 2 + 1 + 2 * 4);
}

TEST_CASE("what was saved loads elsewhere as the same image, runs, and saves to the same bytes") {
  ImageBench here, there;
  here.busybox();
  const ImageId id = here.derive("busybox", "echo hello > /root/x; rm /etc/group", "mine", "1");
  const std::string archive = here.save({"mine:1"});
  const auto said = there.load(archive);
  REQUIRE_MESSAGE(said.ok(), (said.ok() ? "" : said.error().explanation()));
  CHECK(said.value() == "Loaded image: mine:1\n");
  const auto before = here.engine->image("mine:1").value(), after = there.engine->image("mine:1").value();
  CHECK(after.id == id);
  CHECK(after.bytes == before.bytes);
  CHECK(after.layer_bytes == before.layer_bytes);
  CHECK(there.save({"mine:1"}) == archive);
  CHECK(there.run("box", "mine:1", {"sh", "-c", "test \"$(cat /root/x)\" = hello && test ! -e /etc/group"}) == 0);
}

TEST_CASE("a layer that is here already is not stored twice") {
  ImageBench bench;
  bench.busybox();
  bench.derive("busybox", "echo hello > /root/x", "mine", "1");
  const std::string archive = bench.save({"mine:1"});
  const std::string before = bench.store();
  const Seq since = bench.engine->tracer().last();
  CHECK(bench.load(archive).value() == "Loaded image: mine:1\n");
  CHECK(bench.store() == before);
  int present = 0;
  for (const auto& event : bench.engine->tracer().kept(since))
    if (const auto* image = std::get_if<event::Image>(&event.what)) {
      CHECK_FALSE(std::holds_alternative<event::LayerUnpacked>(*image));
      present += std::holds_alternative<event::LayerAlreadyPresent>(*image) ? 1 : 0;
    }
  CHECK(present == 2);
}

TEST_CASE("a repository alone saves all its names; an id saves none; several images share what they share") {
  ImageBench bench;
  const ImageId base = bench.busybox();
  REQUIRE(bench.engine->tag("busybox", "busybox", "two").ok());
  bench.derive("busybox", "echo a > /a", "other", "1");
  const auto both = bench.members(bench.save({"busybox", "other:1"}));
  const Json manifest = parse_json(both.at("manifest.json")).value();
  REQUIRE(manifest.size() == 2);
  CHECK(manifest[0]["RepoTags"] == Json::array({"busybox:latest", "busybox:two"}));
  CHECK(manifest[1]["Parent"] == base.str());
  const auto alone = bench.members(bench.save({base.str()}));
  CHECK(parse_json(alone.at("manifest.json")).value()[0]["RepoTags"].is_null());
  CHECK_FALSE(alone.contains("repositories"));
  ImageBench there;
  CHECK(there.load(bench.save({base.str()})).value() == "Loaded image ID: " + base.str() + "\n");
  CHECK(there.load(bench.save({"busybox", "other:1"})).value() == "Loaded image: busybox:latest\nLoaded image: busybox:two\nLoaded image: other:1\n");
  CHECK(there.engine->image("other:1").value().parent == base);
  CHECK(there.store() == bench.store());
}

TEST_CASE("names that are not there are refused in Docker's words, before anything is written") {
  ImageBench bench;
  bench.busybox();
  const auto error = [&](const std::string& name) { return bench.engine->save_images({name}).error().message(); };
  CHECK(error("nosuch") == "No such image: nosuch");
  CHECK(error("nosuch:1") == "reference does not exist");
  CHECK(error("Bad/REF") == "invalid reference format: repository name must be lowercase");
  CHECK(error("sha256:1234") == "No such image: sha256:1234");
}

TEST_CASE("two images with the same layer in other places hold it once, behind a link, and load") {
  ImageBench bench, there;
  bench.busybox();
  bench.derive("busybox", "echo hello > /same", "one");
  bench.import(tar_of({{"base", "another base"}}), "base");
  // The same diff on another base: the tars are the same bytes, the legacy ids are not.
  const auto diff = bench.engine->image("one").value().config.diff_ids.back();
  auto ports = bench.world.world();
  const std::string layer = ports.blobs.read(Digest(diff.str()), 1 << 20).value();
  HandMade hand(bench.hasher);
  auto record = bench.engine->image("base").value();
  const std::string config = replaced(hand.config, "[\"" + hand.diff_id + "\"]", "[\"" + record.config.diff_ids[0].str() + "\",\"" + diff.str() + "\"]");
  const std::string archive = tar_of({{"a.tar", ports.blobs.read(Digest(record.config.diff_ids[0].str()), 1 << 20).value()}, {"b.tar", layer}, {"c.json", config},
                                      {"manifest.json", R"([{"Config":"c.json","RepoTags":["two:1"],"Layers":["a.tar","b.tar"]}])"}});
  const auto said = bench.load(archive);
  REQUIRE_MESSAGE(said.ok(), (said.ok() ? "" : said.error().explanation()));
  const std::string saved = bench.save({"one", "two:1"});
  int links = 0;
  for (const auto& [path, content] : bench.members(saved)) links += path.ends_with("layer.tar") && content.starts_with("-> ../") ? 1 : 0;
  CHECK(links == 1);
  CHECK(there.load(saved).value() == "Loaded image: one:latest\nLoaded image: two:1\n");
  CHECK(there.save({"one", "two:1"}) == saved);
}

TEST_CASE("a configuration from elsewhere is kept to the letter, whatever is in it") {
  ImageBench bench;
  const HandMade hand(bench.hasher);
  CHECK(bench.load(tar_of(hand.docker_form())).value() == "Loaded image: hand:1\n");
  CHECK(bench.engine->image("hand:1").value().id.str() == "sha256:" + hand.id);
  CHECK(bench.members(bench.save({"hand:1"})).at(hand.id + ".json") == hand.config);
  // Also by another engine on the same store.
  bench.engine->close();
  bench.engine.reset();
  bench.engine = Engine::open(bench.world.world(), {}).value();
  CHECK(bench.members(bench.save({"hand:1"})).at(hand.id + ".json") == hand.config);
}

TEST_CASE("a name that another image had is told, and the other keeps its id") {
  ImageBench bench;
  const HandMade hand(bench.hasher);
  const ImageId old = bench.import(tar_of({{"x", "x"}}), "hand", "1");
  CHECK(bench.load(tar_of(hand.docker_form())).value() == "The image hand:1 already exists, renaming the old one with ID " + old.str() + " to empty string\nLoaded image: hand:1\n");
  CHECK(bench.engine->image(old.str()).value().references.empty());
}

TEST_CASE("compressed archives and compressed layers load, of either form") {
  const std::string gzip = "application/vnd.oci.image.layer.v1.tar+gzip", zstd = "application/vnd.oci.image.layer.v1.tar+zstd";
  for (const Filter filter : {Filter::Gzip, Filter::Zstd}) {
    ImageBench bench;
    const HandMade hand(bench.hasher);
    auto docker = hand.docker_form();
    docker[0].content = compressed(hand.layer, filter);
    CHECK(bench.load(compressed(tar_of(docker), filter)).value() == "Loaded image: hand:1\n");
    ImageBench other;
    const auto oci = hand.oci_form(other.hasher, compressed(hand.layer, filter), filter == Filter::Gzip ? gzip : zstd, "example.com/hand:2");
    CHECK(other.load(tar_of(oci)).value() == "Loaded image: example.com/hand:2\n");
    CHECK(other.engine->image("example.com/hand:2").value().id.str() == "sha256:" + hand.id);
    other.create("box", "example.com/hand:2");
  }
}

TEST_CASE("an OCI layout names an image only by a whole reference") {
  ImageBench bench;
  const HandMade hand(bench.hasher);
  const std::string media = "application/vnd.oci.image.layer.v1.tar";
  CHECK(bench.load(tar_of(hand.oci_form(bench.hasher, hand.layer, media, ""))).value() == "Loaded image ID: sha256:" + hand.id + "\n");
  CHECK(bench.load(tar_of(hand.oci_form(bench.hasher, hand.layer, media, "latest"))).value() == "Loaded image ID: sha256:" + hand.id + "\n");
  CHECK(bench.load(tar_of(hand.oci_form(bench.hasher, hand.layer, media, "hand:3"))).value() == "Loaded image: hand:3\n");
}

TEST_CASE("the same input at the same date gives the same bytes, whatever happened before") {
  const auto make = [](std::optional<Nanos> epoch, int before) {
    ImageBench bench(epoch);
    bench.busybox();
    for (; before > 0; --before) bench.run("before" + std::to_string(before), "busybox", {"sleep", "100"});
    bench.derive("busybox", "mkdir /made; echo hello > /made/x; rm /etc/group", "mine", "1");
    return bench.save({"mine:1"});
  };
  const Nanos epoch = 1'600'000'000 * kSecond;
  CHECK(make(epoch, 0) == make(epoch, 2));
  CHECK(make(std::nullopt, 0) != make(std::nullopt, 2));
}

TEST_CASE("what is kept of built, committed and loaded images is whole by the validator") {
  ImageBench bench;
  bench.busybox();
  bench.derive("busybox", "echo hello > /x", "mine");
  const HandMade hand(bench.hasher);
  REQUIRE(bench.load(tar_of(hand.docker_form())).ok());
  auto ports = bench.world.world();
  const image::ValidationTools tools{
      [&](const Digest& digest) { return ports.blobs.open(digest); },
      [&](ByteSource& source) -> Result<std::string> {
        auto hash = ports.hasher.sha256();
        TRY(copy_stream(source, *hash));
        return hash->finish_hex();
      },
      [](ByteSource& source) { return adapters::open_decompressed(source); },
  };
  int manifests = 0;
  const auto blobs = ports.blobs.list().value();
  for (const auto& blob : blobs) {
    if (ports.blobs.size(blob).value() > 1 << 20) continue;
    const std::string bytes = ports.blobs.read(blob, 1 << 20).value();
    if (!image::parse_manifest(bytes).ok()) continue;
    ++manifests;
    const auto problems = image::validate_image(tools, blob);
    REQUIRE(problems.ok());
    for (const auto& problem : problems.value()) FAIL_CHECK(problem.code << " " << problem.object << ": " << problem.words);
  }
  CHECK(manifests == 3);
}
