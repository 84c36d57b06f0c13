// --cache-from of images that came from elsewhere, and the limits of a build's containers, over the simulated world.
#include "tests/unit/engine/image_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

namespace {

class Words final : public BuildOutput {
 public:
  void stream(std::string_view text) override { said += text; }
  void image(const ImageId&) override {}
  bool cancelled() override { return false; }
  size_t count(std::string_view what) const {
    size_t out = 0;
    for (size_t at = said.find(what); at != std::string::npos; at = said.find(what, at + what.size())) ++out;
    return out;
  }
  std::string said;
};

constexpr const char* kDockerfile = "FROM busybox\nLABEL course=7\nCOPY file /file\nRUN echo built > /built\nCMD [\"cat\", \"/built\"]\n";

struct Build {
  Words words;
  Result<ImageId> image = ImageId();
};

void build(ImageBench& bench, Build& out, const std::string& dockerfile, BuildRequest request = {}) {
  request.context = std::make_shared<StringSpool>(tar_of({{"Dockerfile", dockerfile}, {"file", "content"}}));
  out.image = bench.engine->build(request, out.words);
}

}  // namespace

TEST_CASE("a build takes its steps from an image that was loaded, by its history and its layers") {
  ImageBench here, there;
  here.busybox();
  there.busybox();
  const std::string base = here.save({"busybox"});
  REQUIRE(there.engine->remove_image("busybox", Force::Yes, Prune::Yes).ok());
  REQUIRE(there.load(base).ok());
  Build first;
  BuildRequest tagged;
  tagged.tags = {"made:1"};
  build(here, first, kDockerfile, tagged);
  REQUIRE_MESSAGE(first.image.ok(), first.words.said);
  REQUIRE(there.load(here.save({"made:1"})).ok());

  // Without being named it is no cache: it has no parents here.
  Build alone;
  build(there, alone, kDockerfile);
  CHECK(alone.words.count("Using cache") == 0);
  REQUIRE(there.engine->remove_image(alone.image.value().str(), Force::Yes, Prune::Yes).ok());

  BuildRequest from;
  from.cache_from = {"gone:1", "made:1"};
  Build cached;
  build(there, cached, kDockerfile, from);
  REQUIRE_MESSAGE(cached.image.ok(), cached.words.said);
  CHECK_MESSAGE(cached.words.count("Using cache") == 4, cached.words.said);
  CHECK(cached.image.value() == first.image.value());
  CHECK(there.run("box", "made:1", {"sh", "-c", "test \"$(cat /built)\" = built"}) == 0);
  // It has its parents now, so that it stays what it is when it is built again.
  CHECK(there.engine->image("made:1").value().parent != ImageId());

  // As far as it goes: the steps behind a change are built.
  Build other;
  build(there, other, "FROM busybox\nLABEL course=7\nCOPY file /file\nRUN echo other > /built\n", from);
  REQUIRE_MESSAGE(other.image.ok(), other.words.said);
  CHECK_MESSAGE(other.words.count("Using cache") == 2, other.words.said);
  CHECK(there.run("box2", other.image.value().str(), {"sh", "-c", "test \"$(cat /built)\" = other && test \"$(cat /file)\" = content"}) == 0);
}

TEST_CASE("a file that changed is not taken from a named image") {
  ImageBench bench;
  bench.busybox();
  Build first;
  BuildRequest tagged;
  tagged.tags = {"made:1"};
  build(bench, first, kDockerfile, tagged);
  const std::string archive = bench.save({"made:1"});
  REQUIRE(bench.engine->remove_image("made:1", Force::Yes, Prune::Yes).ok());
  REQUIRE(bench.load(archive).ok());
  BuildRequest from;
  from.cache_from = {"made:1"};
  from.context = std::make_shared<StringSpool>(tar_of({{"Dockerfile", kDockerfile}, {"file", "another content"}}));
  Words words;
  REQUIRE(bench.engine->build(from, words).ok());
  CHECK_MESSAGE(words.count("Using cache") == 1, words.said);
}

TEST_CASE("a build refuses the limits that docker create refuses, in the same words, and leaves nothing") {
  ImageBench bench;
  bench.busybox();
  const auto refused = [&](const std::function<void(HostConfig&)>& ask) {
    BuildRequest request;
    ask(request.host);
    Build made;
    build(bench, made, "FROM busybox\nRUN true\n", request);
    CHECK_MESSAGE(!made.image.ok(), made.words.said);
    CHECK(made.words.count("Running in") == 0);
    CHECK(bench.engine->containers({}).value().empty());
    return made.image.ok() ? std::string() : made.image.error().message();
  };
  CHECK(refused([](HostConfig& host) { host.limits.memory = 1 << 20; }) == "Minimum memory limit allowed is 6MB");
  CHECK(refused([](HostConfig& host) { host.limits.cpu_quota = 5; }) == "CPU cfs quota can not be less than 1ms (i.e. 1000)");
}
