// Archives of images between the two worlds, and between Strates and the tools of the field that this machine has.
#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/json_full.hpp"
#include "tests/support/places.hpp"
#include "tests/system/harness/daemon.hpp"
#include "tests/system/harness/oci_schemas.hpp"

using namespace strates::system_test;

namespace {

bool has_program(const std::string& name) {
  for (const char* folder : {"/usr/bin/", "/usr/local/bin/", "/bin/"})
    if (::access((folder + name).c_str(), X_OK) == 0) return true;
  return false;
}

// A daemon of one world with busybox and an image made on it; all it leaves behind is checked at the end.
struct Bench {
  explicit Bench(World world) : watch(root), daemon(root, world) { daemon.prepare({"busybox"}); }
  ~Bench() {
    daemon.docker("docker rm -f $(docker ps -aq) 2>/dev/null");
    CHECK(daemon.stop() == 0);
    const auto left = watch.left();
    CHECK_MESSAGE(left.empty(), "left behind:\n" << joined(left));
  }
  std::string ok(const std::string& script) {
    const auto result = daemon.docker(script);
    REQUIRE_MESSAGE(result.exit == 0, script << "\n" << result.all() << daemon.log());
    return result.out;
  }
  void make_image() { ok("docker run --name mm busybox sh -c 'echo hello >/made; rm /etc/group; mkdir -p /a/b; ln -s made /link' && docker commit mm made:1 && docker rm mm"); }
  // What the store holds, but for logs and what belongs to running containers.
  std::vector<std::string> kept() const {
    auto paths = paths_below(root.daemon_root() + "/images", 4);
    const auto layers = paths_below(root.daemon_root() + "/layers", 1);
    paths.insert(paths.end(), layers.begin(), layers.end());
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  TemporaryRoot root;
  LeakWatch watch;
  Daemon daemon;
};

const std::vector<World>& worlds() {
  static const std::vector<World> list = [] {
    std::vector<World> out = {World::Sim};
    if (!skipped(why_not(World::Linux))) out.push_back(World::Linux);
    return out;
  }();
  return list;
}

constexpr const char* kLooksRight = "docker run --rm made:1 sh -c 'test \"$(cat /link)\" = hello && test ! -e /etc/group && test -d /a/b && echo right'";

}  // namespace

TEST_CASE("what one world saves the other loads as the same image, and saves again to the same bytes") {
  for (const World from : worlds())
    for (const World to : worlds()) {
      Bench here(from);
      here.make_image();
      const std::string id = here.ok("docker images -q --no-trunc made:1");
      here.ok("docker save -o made.tar made:1");
      Bench there(to);
      const std::string archive = here.root.work() + "/made.tar";
      CHECK(there.ok("docker load -i " + archive) == "Loaded image: made:1\n");
      CHECK(there.ok("docker images -q --no-trunc made:1") == id);
      // The simulator's busybox is none that a kernel could run; the files are the same, and the archive shows it.
      if (from == to) CHECK(there.ok(kLooksRight) == "right\n");
      there.ok("docker save made:1 | cmp - " + archive);
    }
}

TEST_CASE("a hostile archive gives one clear error and leaves the store as it was") {
  for (const World world : worlds()) {
    Bench bench(world);
    bench.make_image();
    bench.ok("docker save -o good.tar made:1 && mkdir x && tar -C x -xf good.tar && docker rmi made:1");
    const auto before = bench.kept();
    // A change of what the archive unpacks to; then it is packed again and loaded.
    struct Case {
      const char *what, *script, *says;
    };
    const Case cases[] = {
        {"the layer's bytes were changed", "cd y && LC_ALL=C sed -i 's/hello/jello/' */layer.tar", "invalid diffID for layer"},
        {"the manifest leaves the archive", "cd y && sed -i 's|\"[0-9a-f]*/layer.tar\"|\"../../x\"|' manifest.json", "names what is not inside the archive"},
        {"the manifest is a link", "cd y && mv manifest.json real && ln -s real manifest.json", "not a plain file"},
        {"there is a device", "cd y && mkfifo pipe", "a device or a pipe has no place"},
        {"a link leaves the archive", "cd y && ln -s /etc/passwd out", "outside the archive"},
        {"the configuration lies", "cd y && sed -i 's/\"os\":\"linux\"/\"os\":\"plan9\"/' $(ls | grep '.json$' | grep -v manifest)", "its digest is"},
        {"there is no manifest", "cd y && rm manifest.json repositories", "neither manifest.json of docker save nor an OCI image layout"},
    };
    for (const auto& one : cases) {
      CAPTURE(one.what);
      bench.ok(std::string("rm -rf y bad.tar && cp -a x y && (") + one.script + ") && tar -C y -cf bad.tar .");
      const auto result = bench.daemon.docker("docker load -i bad.tar");
      CHECK(result.exit == 1);
      CHECK_MESSAGE(result.err.find(one.says) != std::string::npos, one.what << ": " << result.all());
      CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
      CHECK(bench.kept() == before);
    }
    const auto cut = bench.daemon.docker("head -c 20000 good.tar | docker load");
    CHECK(cut.exit == 1);
    CHECK(bench.kept() == before);
    CHECK(bench.ok("docker load -i good.tar") == "Loaded image: made:1\n");
    CHECK(bench.ok(kLooksRight) == "right\n");
  }
}

TEST_CASE("the schemas of the OCI image specification judge its own documents as its program does") {
  const char* const named = std::getenv("STRATES_CONFORMANCE");
  const std::string tables = (named != nullptr ? named : strates::testing::source_dir() + "/../shared/conformance") + "/oci-image-spec";
  if (skipped(std::filesystem::exists(tables) ? why_no_oci_schemas() : "no " + tables)) return;
  const auto judged = ask_oci_schemas("tables", {tables});
  CHECK_MESSAGE(judged.exit == 0, judged.all());
  CHECK(judged.out.find("checked 59 documents") != std::string::npos);
  MESSAGE(judged.out);
}

TEST_CASE("the daemon's store of images is an OCI layout by the specification's schemas, and so are the configurations of what is saved") {
  if (skipped(why_not(World::Linux)) || skipped(why_no_oci_schemas())) return;
  Bench bench(World::Linux);
  bench.make_image();
  bench.ok("printf 'FROM scratch\nCOPY f /\nENV a=b\nEXPOSE 80\nVOLUME /v\nLABEL k=v\nSTOPSIGNAL 9\nHEALTHCHECK CMD true\nSHELL [\"/x\"]\nCMD x\nENTRYPOINT [\"y\"]\nUSER 1\nWORKDIR /w\n' >Dockerfile && echo f >f && docker build -q -t built . && "
           "tar -c f | docker import - imported");
  const auto layout = ask_oci_schemas("layout", {bench.root.daemon_root() + "/images"});
  CHECK_MESSAGE(layout.exit == 0, layout.all());
  // Each of the four images has its manifest and its configuration, and one of them was not built.
  CHECK_MESSAGE(layout.out.find("checked 10 documents") != std::string::npos, layout.out);
  CHECK_MESSAGE(layout.out.find("config/Env is null, as Docker writes it") != std::string::npos, layout.out);
  bench.ok("docker save made:1 built imported busybox | tar -x && mkdir configs && mv [0-9a-f]*.json configs");
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(bench.root.work() + "/configs")) files.push_back(entry.path());
  CHECK(files.size() == 4);
  const auto saved = ask_oci_schemas("config", files);
  CHECK_MESSAGE(saved.exit == 0, saved.all());
}

TEST_CASE("skopeo and umoci read the daemon's store of images as the OCI layout that it is") {
  if (skipped(why_not(World::Linux)) || skipped(has_program("skopeo") ? "" : "skopeo is not installed")) return;
  Bench bench(World::Linux);
  bench.make_image();
  const std::string layout = bench.root.daemon_root() + "/images", name = "docker.io/library/made:1";
  const auto inspected = strates::parse_json(bench.ok("skopeo inspect oci:" + layout + ":" + name));
  REQUIRE(inspected.ok());
  CHECK(strates::json_strings(inspected.value(), "Layers").size() == 2);
  CHECK(bench.ok("skopeo inspect --config oci:" + layout + ":" + name + " | grep -c diff_ids") == "1\n");
  // All its bytes are read, and loaded again under another name.
  bench.ok("skopeo --insecure-policy --tmpdir . copy -q oci:" + layout + ":" + name + " docker-archive:back.tar:back:1 && docker load -i back.tar");
  CHECK(bench.ok("docker run --rm back:1 cat /link") == "hello\n");
  if (skipped(has_program("umoci") ? "" : "umoci is not installed")) return;
  CHECK(bench.ok("umoci ls --layout " + layout).find(name) != std::string::npos);
  CHECK(bench.ok("umoci stat --json --image " + layout + ":" + name).find("\"history\"") != std::string::npos);
  bench.ok("umoci unpack --image " + layout + ":" + name + " unpacked");
  CHECK(bench.ok("cat unpacked/rootfs/made; test ! -e unpacked/rootfs/etc/group && echo gone") == "hello\ngone\n");
}

TEST_CASE("skopeo reads what is saved, and what it writes is loaded: docker-archive, OCI layout, gzip and zstd layers") {
  if (skipped(has_program("skopeo") ? "" : "skopeo is not installed")) return;
  for (const World world : worlds()) {
    Bench bench(world);
    bench.make_image();
    const std::string id = bench.ok("docker images -q --no-trunc made:1");
    bench.ok("docker save -o made.tar made:1");
    const std::string copy = "skopeo --insecure-policy --tmpdir . copy -q ";
    bench.ok(copy + "docker-archive:made.tar oci-archive:oci.tar:made:2");
    bench.ok(copy + "docker-archive:made.tar docker-archive:other.tar:made:3");
    bench.ok(copy + "--dest-compress-format zstd docker-archive:made.tar oci-archive:zstd.tar:made:4");
    bench.ok("gzip -k made.tar && docker rmi made:1");
    CHECK(bench.ok("docker load -i oci.tar") == "Loaded image: made:2\n");
    // The same configuration in another form: skopeo drops what OCI does not know, so the id may be another; the files are not.
    CHECK(bench.ok("docker run --rm made:2 cat /link") == "hello\n");
    bench.ok("docker rmi made:2");
    CHECK(bench.ok("docker load -i other.tar") == "Loaded image: made:3\n");
    CHECK(bench.ok("docker images -q --no-trunc made:3") == id);
    bench.ok("docker rmi made:3");
    CHECK(bench.ok("docker load -i zstd.tar") == "Loaded image: made:4\n");
    CHECK(bench.ok("docker run --rm made:4 cat /link") == "hello\n");
    CHECK(bench.ok("docker load -i made.tar.gz") == "Loaded image: made:1\n");
    CHECK(bench.ok("docker images -q --no-trunc made:1") == id);
  }
}

TEST_CASE("podman loads what is saved, with the same id, and what it saves is loaded in both of its forms") {
  if (skipped(has_program("podman") ? "" : "podman is not installed")) return;
  for (const World world : worlds()) {
    Bench bench(world);
    bench.make_image();
    const std::string id = bench.ok("docker images -q --no-trunc made:1");
    // A store of its own below the test's folder, without overlay mounts.
    const std::string podman = "podman --root \"$PWD/p\" --runroot \"$PWD/pr\" --storage-driver vfs ";
    bench.ok("docker save -o made.tar made:1");
    CHECK(bench.ok(podman + "load -q -i made.tar") == "Loaded image: localhost/made:1\n");
    CHECK("sha256:" + bench.ok(podman + "images -q --no-trunc made:1 | sed 's/^sha256://'") == id);
    bench.ok(podman + "save -q --format docker-archive -o back.tar made:1 && " + podman + "save -q --format oci-archive -o oci.tar made:1");
    bench.ok("docker rmi made:1");
    CHECK(bench.ok("docker load -i back.tar") == "Loaded image: localhost/made:1\n");
    CHECK(bench.ok("docker images -q --no-trunc localhost/made:1") == id);
    CHECK(bench.ok("docker run --rm localhost/made:1 cat /link") == "hello\n");
    bench.ok("docker rmi localhost/made:1");
    CHECK(bench.ok("docker load -i oci.tar").find("Loaded image") == 0);
    CHECK(bench.ok("docker run --rm localhost/made:1 cat /link") == "hello\n");
    bench.ok(podman + "rmi -af && rm -rf p pr");
  }
}

TEST_CASE("strates layers tells instruction, sizes, sharing and waste, in both worlds alike") {
  std::vector<std::string> told;
  for (const World world : worlds()) {
    Bench bench(world);
    bench.make_image();
    bench.ok("docker tag busybox other:1");
    const auto text = bench.daemon.strates({"--lang", "en", "layers", "made:1"});
    CHECK(text.exit == 0);
    CHECK(text.out.find("made:1: layers: 2, ") == 0);
    CHECK(text.out.find("also in: busybox:latest, other:1") != std::string::npos);
    CHECK(text.out.find("files: +2 ~0 -1") != std::string::npos);
    CHECK(text.out.find("/etc/group (1 versions") != std::string::npos);
    const auto json = bench.daemon.strates({"layers", "--json", "made:1"});
    CHECK(json.exit == 0);
    // One file of the base is hidden: all of its bytes are waste, and the score is what is left of all that is kept.
    const auto report = strates::parse_json(json.out);
    REQUIRE(report.ok());
    const double hidden = std::stod(bench.ok("docker run --rm busybox stat -c %s /etc/group")), total = report.value().at("TotalBytes").get<double>();
    CHECK(hidden > 0);
    CHECK(report.value().at("WastedBytes").get<double>() == hidden);
    CHECK(report.value().at("MinimumBytes").get<double>() == total - hidden);
    CHECK(report.value().at("Efficiency").get<double>() == doctest::Approx((total - hidden) / total));
    const auto absent = bench.daemon.strates({"layers", "nothing"});
    CHECK(absent.exit == 1);
    CHECK(absent.err.find("No such image: nothing:latest") != std::string::npos);
    CHECK(bench.daemon.strates({"layers"}).exit == 2);
  }
}
