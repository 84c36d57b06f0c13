// The builds of build-golden that run programs, on a real kernel: Debian's static busybox as every base image, as it was when Docker did them.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "engine/engine.hpp"
#include "linux/world.hpp"
#include "tests/support/build_golden.hpp"
#include "tests/support/leaks.hpp"
#include "tests/support/test_spawner.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::testing;

namespace {

constexpr const char* kBusybox = "/bin/busybox";

// What this machine or this engine cannot give, and why. A row that no longer fails is to go.
const std::map<std::string, std::string>& left_out() {
  static const std::map<std::string, std::string> kRows = {
  };
  return kRows;
}

std::vector<GoldenFile> base_files() {
  std::vector<GoldenFile> files;
  for (const char* path : {"bin", "dev", "etc", "home", "proc", "root", "sys", "usr", "usr/bin", "usr/sbin", "var", "var/www"})
    files.push_back(golden_entry(path, "", 0755, image::EntryType::Directory));
  files.push_back(golden_entry("tmp", "", 01777, image::EntryType::Directory));
  files.push_back(golden_entry("bin/busybox", whole_file(kBusybox), 0755));
  for (const char* applet : {"cat", "chmod", "chown", "cut", "echo", "env", "false", "find", "grep", "id", "ln", "ls", "mkdir", "mv", "ps", "rm", "rmdir", "sed", "sh", "sleep", "sort",
                             "stat", "tee", "test", "touch", "true", "wc"})
    files.push_back(golden_entry("bin/" + std::string(applet), "busybox", 0777, image::EntryType::Symlink));
  files.push_back(golden_entry("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n", 0644));
  files.push_back(golden_entry("etc/group", "root:x:0:\n", 0644));
  return files;
}

class Words final : public BuildOutput {
 public:
  void stream(std::string_view text) override { said += text; }
  void image(const ImageId&) override {}
  bool cancelled() override { return cancel && cancel(said); }
  std::string said;
  std::function<bool(const std::string&)> cancel;
};

struct Place {
  Place() {
    std::string name = "/dev/shm/strates-golden-XXXXXX";
    path = mkdtemp(name.data());
    before = take_leak_snapshot(path);
  }
  ~Place() {
    // Every engine on it has gone: nothing of its builds may be left. An id that no group has stands for "none".
    ids.emplace_back("none");
    for (const auto& leak : validate_no_leaks(before, {path, ids})) FAIL_CHECK(leak);
    std::error_code error;
    std::filesystem::remove_all(path, error);
  }
  std::string path;
  LeakSnapshot before;
  std::vector<std::string> ids;  // of all containers there were
};

// An engine on a root of its own, with the base image under every name the table uses.
struct Bench {
  explicit Bench(Place& on, std::optional<Nanos> date = std::nullopt) : place(on), epoch(date), world(linux_world::LinuxWorld::open(on.path, test_spawner()).value()), engine(open()) {
    StringSource tar(golden_tar(base_files()));
    const auto base = engine->import_image(tar, "mirror.gcr.io/busybox", "latest", "",
                                           {"CMD [\"sh\"]", "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"});
    REQUIRE_MESSAGE(base.ok(), base.error().message());
    for (const auto& [repo, tag] : {std::pair{"mirror.gcr.io/alpine", "latest"}, {"quay.io/libpod/centos", "7"}, {"busybox", "latest"}})
      REQUIRE(engine->tag(base.value().str(), repo, tag).ok());
  }
  std::unique_ptr<Engine> open() { return Engine::open(world->world(), {.source_date_epoch = epoch, .version = "test"}).value(); }
  ~Bench() {
    for (const Event& event : engine->tracer().kept(0))
      if (const auto* fact = std::get_if<event::Container>(&event.what))
        if (const auto* created = std::get_if<event::ContainerCreated>(fact)) place.ids.push_back(created->container.str());
    engine->close();
  }

  Result<ImageId> build(const std::string& dockerfile, Words& words, std::vector<GoldenFile> context = {}) {
    context.push_back(golden_entry("Dockerfile", dockerfile, 0644));
    BuildRequest request = ask;
    request.context = std::make_shared<StringSpool>(golden_tar(std::move(context)));
    request.host.network_mode = "none";
    return engine->build(request, words);
  }
  GoldenTree files(const ImageId& image) {
    CreateRequest create;
    create.config.image = image.str();
    create.config.cmd = image::StringList{"true"};
    const auto made = engine->create(create).value();
    GoldenTree out;
    {
      const auto reader = engine->export_tree(made.id.str()).value();
      while (auto entry = reader->next().value()) {
        std::string content;
        if (entry->meta.type == image::EntryType::File) content = read_all(*reader->content().value(), 64 << 20).value();
        out[entry->path] = {entry->path, std::move(content), entry->meta};
      }
    }
    CHECK(engine->remove(made.id.str(), Force::Yes).ok());
    return out;
  }

  Place& place;
  std::optional<Nanos> epoch;
  std::unique_ptr<linux_world::LinuxWorld> world;
  std::unique_ptr<Engine> engine;
  BuildRequest ask;
};

bool skipped() {
  if (::geteuid() != 0) MESSAGE("skipped: not root");
  else if (!std::filesystem::exists(kBusybox)) MESSAGE("skipped: no " << kBusybox);
  else return false;
  return true;
}

// Where every container finds its devices and names: no part of the table's trees, which were exported after Docker had put its own there.
bool is_of_containers(const std::string& path) {
  for (const char* folder : {"dev", "proc", "sys"})
    if (path == folder || path.starts_with(std::string(folder) + "/")) return true;
  return path == "etc/hosts" || path == "etc/hostname" || path == "etc/resolv.conf" || path == "etc/mtab" || path == ".dockerenv" || path == "etc";
}

}  // namespace

TEST_CASE("builds of build-golden that run programs say, record and leave what Docker did") {
  const auto builds = golden_builds();
  if (builds.empty()) {
    MESSAGE("skipped: no build-golden in " << golden_folder());
    return;
  }
  if (skipped()) return;
  Place place;
  Bench bench(place);
  std::set<std::string> base;
  for (const GoldenFile& file : base_files())
    if (!is_of_containers(file.path)) base.insert(file.path);
  int played = 0;
  for (const GoldenBuild& build : builds) {
    const std::string& name = build.name;
    if (!build.runs()) continue;
    if (const auto row = left_out().find(name); row != left_out().end()) {
      MESSAGE("left out: " << name << ": " << row->second);
      continue;
    }
    CAPTURE(name);
    ++played;
    BuildRequest request;
    request.context = std::make_shared<StringSpool>(golden_tar(build.context));
    request.dockerfile = build.file_name;
    request.no_cache = true;
    request.tags = {"g:x"};
    request.build_args = build.arguments;
    request.host.network_mode = "none";
    Words words;
    const auto image = bench.engine->build(request, words);
    const std::string wanted_words = json_string(build.expected, "stdout");
    CHECK_MESSAGE(golden_lines(golden_normal(words.said)) == golden_lines(wanted_words), words.said << "\n== and Docker:\n" << wanted_words);
    CHECK(image.ok() == (json_int(build.expected, "rc") == 0));
    if (!image.ok()) {
      CHECK(image.error().message() + "\n" == json_string(build.expected, "stderr"));
      continue;
    }
    const ImageRecord record = bench.engine->image(image.value().str()).value();
    check_golden_config(record.config, record.layers.size(), build.expected);
    GoldenTree tree = bench.files(image.value());
    std::erase_if(tree, [](const auto& file) { return is_of_containers(file.first); });
    check_golden_files(tree, build.expected, base, bench.world->world().hasher);
  }
  CHECK(played + left_out().size() == 45);
  ContainerFilter all;
  all.all = true;
  const auto left = bench.engine->containers(all).value();
  for (const Container& container : left) CHECK(bench.engine->remove(container.id.str(), Force::Yes).ok());
}

TEST_CASE("a build whose client goes away, or that fails, leaves the steps that passed and nothing else") {
  if (skipped()) return;
  Place place;
  Bench bench(place);
  Words first, second, third;
  const std::string file = "FROM busybox\nRUN echo one > /one\nCOPY --from=busybox /bin/sh /again\nRUN echo begun; sleep 100\n";
  first.cancel = [](const std::string& said) { return said.find("begun") != std::string::npos; };
  const auto cancelled = bench.build(file, first);
  REQUIRE_FALSE(cancelled.ok());
  CHECK(cancelled.error().code == "build.cancelled");
  ContainerFilter all;
  all.all = true;
  CHECK(bench.engine->containers(all).value().empty());
  // The steps that passed are the cache of the next build.
  const auto failed = bench.build("FROM busybox\nRUN echo one > /one\nCOPY --from=busybox /bin/sh /again\nRUN exit 3\n", second);
  REQUIRE_FALSE(failed.ok());
  CHECK(failed.error().message() == "The command '/bin/sh -c exit 3' returned a non-zero code: 3");
  size_t hits = 0;
  for (size_t at = 0; (at = second.said.find(" ---> Using cache\n", at)) != std::string::npos; ++at) ++hits;
  CHECK(hits == 2);
  CHECK(bench.engine->containers(all).value().size() == 1);  // the failed step's, as Docker leaves it
  bench.ask.force_remove = true;
  CHECK_FALSE(bench.build("FROM busybox\nRUN exit 4\n", third).ok());
  CHECK(bench.engine->containers(all).value().size() == 1);
}

TEST_CASE("an image deleted or a tag moved is no cache any more") {
  if (skipped()) return;
  Place place;
  Bench bench(place);
  Words words;
  bench.ask.tags = {"kept:1"};
  const auto first = bench.build("FROM busybox\nENV a=b\nRUN true\n", words);
  REQUIRE(first.ok());
  CHECK(bench.build("FROM busybox\nENV a=b\nRUN true\n", words).value() == first.value());
  REQUIRE(bench.engine->remove_image("kept:1", Force::No, Prune::Yes).ok());
  words.said.clear();
  CHECK(bench.build("FROM busybox\nENV a=b\nRUN true\n", words).ok());
  CHECK(words.said.find("Using cache") == std::string::npos);
  // busybox is another image now: its children are others.
  REQUIRE(bench.engine->tag("kept:1", "busybox", "latest").ok());
  words.said.clear();
  bench.ask.tags.clear();
  CHECK(bench.build("FROM busybox\nENV a=b\nRUN true\n", words).ok());
  CHECK(words.said.find("Using cache") == std::string::npos);
}

TEST_CASE("with SOURCE_DATE_EPOCH, two machines build the same image") {
  if (skipped()) return;
  const std::string tar = golden_tar({golden_entry("in", "", 0750, image::EntryType::Directory), golden_entry("in/z", "z", 0640)});
  const std::string file =
      "FROM busybox AS one\nWORKDIR /made/here\nRUN echo 1 > a; ln -s a l; mkdir d\nFROM busybox\nCOPY --from=one /made /copied/\nADD a.tar /unpacked/\nCOPY a.tar /b/\nENV c=d\n";
  std::vector<ImageId> images;
  for (int machine = 0; machine < 2; ++machine) {
    Place place;
    Bench bench(place, 1'650'000'000 * kSecond);
    Words words;
    const auto image = bench.build(file, words, {golden_entry("a.tar", tar, 0644)});
    REQUIRE_MESSAGE(image.ok(), image.error().message());
    images.push_back(image.value());
  }
  CHECK(images[0] == images[1]);
}

TEST_CASE("COPY --from a big stage and a build from the cache take the steps they should") {
  if (skipped()) return;
  Place place;
  Bench bench(place);
  const std::string file = "FROM busybox AS many\nRUN mkdir /m; i=0; while [ $i -lt 2000 ]; do echo $i > /m/$i; i=$((i+1)); done\nFROM busybox\nCOPY --from=many /m /m\nRUN ls /m | wc -l\n";
  Words first, second;
  const auto image = bench.build(file, first);
  REQUIRE_MESSAGE(image.ok(), image.error().message());
  CHECK(first.said.find("\n2000\n") != std::string::npos);
  CHECK(bench.build(file, second).value() == image.value());
  size_t hits = 0;
  for (size_t at = 0; (at = second.said.find(" ---> Using cache\n", at)) != std::string::npos; ++at) ++hits;
  CHECK(hits == 3);
  ContainerFilter all;
  all.all = true;
  CHECK(bench.engine->containers(all).value().empty());
}
