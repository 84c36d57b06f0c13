// docker rmi: untag or delete, who is in the way, and Docker's words for it (daemon/images/image_delete.go of 20.10).
#include "base/names.hpp"
#include "tests/unit/engine/image_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

namespace {

std::vector<std::string> lines(const Result<std::vector<Removal>>& removed) {
  if (!removed.ok()) return {removed.error().message()};
  std::vector<std::string> out;
  for (const auto& removal : removed.value()) out.push_back((removal.what == Removal::What::Untagged ? "Untagged: " : "Deleted: ") + removal.name);
  return out;
}

using Lines = std::vector<std::string>;

struct Small : ImageBench {
  ImageId image() { return import(tar_of({{"x", "x"}}), "small", "1"); }
  Lines remove(const std::string& name, Force force = Force::No, Prune prune = Prune::Yes) { return lines(engine->remove_image(name, force, prune)); }
};

}  // namespace

TEST_CASE("a name among several is untagged; the last name takes the image and its layers") {
  Small bench;
  const ImageId id = bench.image();
  const ChainId layer = bench.engine->image("small:1").value().layers[0];
  REQUIRE(bench.engine->tag("small:1", "other", "").ok());
  CHECK(bench.remove("other") == Lines{"Untagged: other:latest"});
  CHECK(bench.remove("small:1") == Lines{"Untagged: small:1", "Deleted: " + id.str(), "Deleted: " + layer.str()});
  CHECK(bench.store().empty());
  CHECK(bench.remove("small:1") == Lines{"No such image: small:1"});
}

TEST_CASE("an id, or its beginning, takes an image with one name and refuses one with several, unless forced") {
  Small bench;
  const ImageId id = bench.image();
  const ChainId layer = bench.engine->image("small:1").value().layers[0];
  const std::string shown = short_id(id.str());
  REQUIRE(bench.engine->tag("small:1", "small", "2").ok());
  // Docker's sentence says repositories, and means names.
  CHECK(bench.remove(shown) == Lines{"conflict: unable to delete " + shown + " (must be forced) - image is referenced in multiple repositories"});
  CHECK(bench.remove(shown, Force::Yes) == Lines{"Untagged: small:1", "Untagged: small:2", "Deleted: " + id.str(), "Deleted: " + layer.str()});
  const ImageId again = bench.image();
  CHECK(bench.remove(again.str()) == Lines{"Untagged: small:1", "Deleted: " + again.str(), "Deleted: " + layer.str()});
}

TEST_CASE("a stopped container is in the way until forced, and keeps its layers") {
  Small bench;
  const ImageId id = bench.image();
  const std::string shown = short_id(id.str());
  const std::string user = short_id(bench.create("user", "small:1").str());
  CHECK(bench.remove("small:1") ==
        Lines{"conflict: unable to remove repository reference \"small:1\" (must force) - container " + user + " is using its referenced image " + shown});
  CHECK(bench.remove(shown) == Lines{"conflict: unable to delete " + shown + " (must be forced) - image is being used by stopped container " + user});
  CHECK(bench.engine->image("small:1").ok());
  CHECK(bench.remove("small:1", Force::Yes) == Lines{"Untagged: small:1", "Deleted: " + id.str()});
  CHECK_FALSE(bench.engine->image(id.str()).ok());
  CHECK(bench.world.world().snapshots.list_layers().value().size() == 1);
  CHECK(bench.engine->diff("user").ok());
}

TEST_CASE("a running container cannot be forced: only its image's name goes") {
  ImageBench bench;
  const ImageId id = bench.busybox();
  const std::string shown = short_id(id.str()), user = short_id(bench.create("user", "busybox", {"sleep", "1000"}).str());
  REQUIRE(bench.engine->start("user").ok());
  const std::string conflict = "conflict: unable to delete " + shown + " (cannot be forced) - image is being used by running container " + user;
  CHECK(lines(bench.engine->remove_image(shown, Force::Yes, Prune::Yes)) == Lines{conflict});
  CHECK(lines(bench.engine->remove_image("busybox", Force::Yes, Prune::Yes)) == Lines{"Untagged: busybox:latest"});
  CHECK(bench.engine->image(id.str()).ok());
  CHECK(lines(bench.engine->remove_image(shown, Force::Yes, Prune::Yes)) == Lines{conflict});
}

TEST_CASE("a child cannot be forced away from its parent; unnamed parents go with the last child, unless they are to stay") {
  for (const Prune prune : {Prune::Yes, Prune::No}) {
    ImageBench bench;
    const ImageId base = bench.busybox();
    const ImageId middle = bench.derive("busybox", "echo a > /a", "middle");
    const ImageId top = bench.derive("middle", "echo b > /b", "top");
    const auto chains = bench.engine->image("top").value().layers;
    const std::string conflict = "conflict: unable to delete " + short_id(middle.str()) + " (cannot be forced) - image has dependent child images";
    CHECK(lines(bench.engine->remove_image(middle.str(), Force::Yes, Prune::Yes)) == Lines{conflict});
    // By its name it is only untagged.
    CHECK(lines(bench.engine->remove_image("middle", Force::No, Prune::Yes)) == Lines{"Untagged: middle:latest"});
    CHECK(bench.engine->images(false).value().size() == 2);
    CHECK(bench.engine->images(true).value().size() == 3);
    Lines expected = {"Untagged: top:latest", "Deleted: " + top.str(), "Deleted: " + chains[2].str()};
    if (prune == Prune::Yes) expected.insert(expected.end(), {"Deleted: " + middle.str(), "Deleted: " + chains[1].str()});
    CHECK(lines(bench.engine->remove_image("top", Force::No, prune)) == expected);
    CHECK(bench.engine->image(base.str()).ok());
    CHECK(bench.engine->image(middle.str()).ok() == (prune == Prune::No));
  }
}

TEST_CASE("an image that goes while another with its layer is made leaves the layer, which goes with the last of them") {
  // Ends by doing something: what others do while a layer is made, the lock given up.
  struct Interrupted final : ByteSource {
    Interrupted(std::string bytes, std::function<void()> then) : source(std::move(bytes)), at_end(std::move(then)) {}
    Result<size_t> read(std::span<char> buffer) override {
      const size_t got = TRY(source.read(buffer));
      if (got == 0 && at_end) std::exchange(at_end, nullptr)();
      return got;
    }
    StringSource source;
    std::function<void()> at_end;
  };
  Small bench;
  bench.image();
  const auto layers = bench.engine->image("small:1").value().layers;
  Lines said;
  Interrupted again(tar_of({{"x", "x"}}), [&] { said = bench.remove("small:1"); });
  REQUIRE(bench.engine->import_image(again, "two", "1", "", {"ENV a=b"}).ok());
  CHECK(said.size() == 3);
  REQUIRE(bench.engine->image("two:1").value().layers == layers);
  CreateRequest request;
  request.name = "box";
  request.config.image = "two:1";
  request.config.cmd = image::StringList{"x"};
  REQUIRE(bench.engine->create(request).ok());
  CHECK(bench.engine->world().snapshots.edit(SnapshotKey(bench.engine->container("box").value().id.str())).value()->read("/x", 10).value() == "x");
  REQUIRE(bench.engine->remove("box", Force::No).ok());
  bench.remove("two:1");
  CHECK(bench.store().empty());
}
