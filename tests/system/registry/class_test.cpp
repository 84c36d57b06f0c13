// A class: a mirror that downloads once, a bundle for a room without network, and the packages in it.
#include <doctest/doctest.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "registry_harness.hpp"
#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;

namespace {

size_t count_of(const std::string& text, const std::string& what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

// Two packages, one of which depends on the other.
void make_packages(const std::string& directory) {
  for (const auto& [name, depends] : {std::pair<std::string, std::string>{"strates-cow", "strates-grass (>= 1.0)"}, {"strates-grass", ""}}) {
    const std::string tree = directory + "/" + name;
    std::filesystem::create_directories(tree + "/DEBIAN");
    std::filesystem::create_directories(tree + "/usr/share/" + name);
    std::ofstream(tree + "/usr/share/" + name + "/said") << "moo\n";
    std::ofstream(tree + "/DEBIAN/control") << "Package: " << name << "\nVersion: 1.0-1\nArchitecture: all\nMaintainer: Class <class@example.org>\n"
                                            << (depends.empty() ? "" : "Depends: " + depends + "\n") << "Description: a package of the class\n It says moo.\n";
    REQUIRE(run({"dpkg-deb", "-Zxz", "--root-owner-group", "-b", tree, directory + "/" + name + "_1.0-1_all.deb"}).exit == 0);
  }
}

}  // namespace

TEST_CASE("a mirror downloads once for forty clients, and goes on without network") {
  TemporaryRoot root;
  const std::string layer = noise(4 << 20, 7), blob = "/v2/library/web/blobs/" + sha256(layer);
  auto origin = std::make_unique<RegistryServer>(root.path() + "/origin");
  REQUIRE(push_image(origin->port(), "library/web", "v1", layer) == 201);
  RegistryServer mirror(root.path() + "/mirror", {"--mirror", "http://" + origin->host()});
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  for (int i = 0; i < 40; ++i)
    clients.emplace_back([&] {
      if (http(mirror.port(), "GET", "/v2/library/web/manifests/v1").status == 200 && http(mirror.port(), "GET", blob).body == layer) ++right;
    });
  for (auto& client : clients) client.join();
  CHECK(right == 40);
  CHECK(pull_image(mirror.port(), "library/web", "v1") == "");  // the configuration comes too
  const std::string log = origin->log();
  CHECK(count_of(log, "GET " + blob) == 1);
  CHECK(count_of(log, "GET /v2/library/web/manifests/v1") == 1);
  origin.reset();
  CHECK(pull_image(mirror.port(), "library/web", "v1") == "");
  CHECK(http(mirror.port(), "GET", "/v2/library/none/manifests/v1").status == 503);
}

TEST_CASE("preload fills a mirror, running or not, and says what it could not bring") {
  TemporaryRoot root;
  RegistryServer origin(root.path() + "/origin");
  REQUIRE(push_image(origin.port(), "library/web", "latest", noise(50'000, 8)) == 201);
  REQUIRE(push_image(origin.port(), "class/db", "v2", noise(50'000, 9)) == 201);
  root.write("images.txt", "# the course's\nweb\n\nclass/db:v2  # with a comment\n");
  const std::string url = "http://" + origin.host(), mirror_root = root.path() + "/mirror";
  auto result = front({"registry", "preload", "--root", mirror_root, "--mirror", url, root.work() + "/images.txt"});
  CHECK_MESSAGE(result.exit == 0, result.all());
  CHECK(result.out.find("[2/2] class/db:v2") != std::string::npos);
  REQUIRE(push_image(origin.port(), "library/late", "latest", noise(50'000, 10)) == 201);
  root.write("more.txt", "late\nnothing\n");
  {
    RegistryServer mirror(mirror_root, {"--mirror", url});
    result = front({"registry", "preload", "--root", mirror_root, "--json", root.work() + "/more.txt"});
    CHECK(result.exit == 1);
    CHECK(result.out.find("\"image\":\"late\",\"digest\"") != std::string::npos);
    CHECK(result.out.find("\"image\":\"nothing\",\"error\"") != std::string::npos);
  }
  CHECK(origin.stop() == 0);
  RegistryServer alone(mirror_root, {"--mirror", url});
  for (const auto& [name, tag] : {std::pair<std::string, std::string>{"library/web", "latest"}, {"class/db", "v2"}, {"library/late", "latest"}}) CHECK(pull_image(alone.port(), name, tag) == "");
}

TEST_CASE("a bundle carries images and packages into a room without network, and apt-get installs from there") {
  if (skipped(why_not_program("/usr/bin/dpkg-deb")) || skipped(why_not_program("/usr/bin/apt-get"))) return;
  TemporaryRoot root;
  const std::string bundle = root.path() + "/course.tar", room = root.path() + "/room";
  {
    RegistryServer home(root.path() + "/home");
    REQUIRE(push_image(home.port(), "library/web", "latest", noise(200'000, 11)) == 201);
    REQUIRE(push_image(home.port(), "class/web", "v1", noise(200'000, 11)) == 201);
    make_packages(root.work());
    const auto made = front({"bundle", "create", bundle, "web", "class/web:v1", "--root", home.root(), "--deb", root.work() + "/strates-cow_1.0-1_all.deb", "--deb", root.work() + "/strates-grass_1.0-1_all.deb"});
    REQUIRE_MESSAGE(made.exit == 0, made.all());
  }
  const auto listed = front({"bundle", "ls", bundle});
  CHECK(listed.out.find("library/web:latest") != std::string::npos);
  CHECK(listed.out.find("strates-cow_1.0-1_all.deb") != std::string::npos);

  SUBCASE("cut off: what came stays, and the rest comes the next time") {
    std::filesystem::copy_file(bundle, bundle + ".cut");
    std::filesystem::resize_file(bundle + ".cut", std::filesystem::file_size(bundle) * 2 / 3);
    const auto cut = front({"bundle", "load", bundle + ".cut", "--root", room});
    CHECK(cut.exit == 1);
    CHECK(cut.err.find("copy the file again") != std::string::npos);
  }
  SUBCASE("damaged: refused") {
    std::string bytes = read_file(bundle);
    const size_t at = bytes.find(noise(200'000, 11).substr(1000, 64));
    REQUIRE(at != std::string::npos);
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    std::ofstream(bundle + ".bad", std::ios::binary) << bytes;
    const auto bad = front({"bundle", "load", bundle + ".bad", "--root", room});
    CHECK(bad.exit == 1);
    CHECK(bad.err.find("did not match") != std::string::npos);
  }
  SUBCASE("whole") {}
  auto loaded = front({"bundle", "load", bundle, "--root", room});
  REQUIRE_MESSAGE(loaded.exit == 0, loaded.all());
  CHECK(loaded.out.find("2 images, 2 packages") != std::string::npos);
  RegistryServer server(room);
  loaded = front({"bundle", "load", bundle, "--root", room, "--json"});  // into the running server, and nothing to copy
  CHECK_MESSAGE(loaded.out.find("\"copied\":0,") != std::string::npos, loaded.all());
  CHECK(pull_image(server.port(), "library/web", "latest") == "");
  CHECK(pull_image(server.port(), "class/web", "v1") == "");

  const std::string target = root.path() + "/machine";
  for (const char* folder : {"/etc/apt/apt.conf.d", "/etc/apt/preferences.d", "/var/lib/dpkg/info", "/var/lib/dpkg/updates", "/var/lib/apt/lists/partial", "/var/cache/apt/archives/partial", "/var/log/apt"})
    std::filesystem::create_directories(target + folder);
  std::ofstream(target + "/var/lib/dpkg/status");
  std::ofstream(target + "/etc/apt/sources.list") << "deb [trusted=yes] http://" << server.host() << "/debian ./\n";
  const std::string apt = "apt-get -q -o Dir=" + target + " -o Dir::State::status=" + target + "/var/lib/dpkg/status -o APT::Sandbox::User=root -o Acquire::Languages=none -o DPkg::Options::=--root=" + target +
                          " -o DPkg::Options::=--force-script-chrootless -o Dir::Bin::dpkg=/usr/bin/dpkg -o Acquire::http::Proxy=DIRECT ";
  Options options;
  options.limit = Milliseconds(60'000);
  const auto installed = run({"/bin/sh", "-c", apt + "update && " + apt + "install -y strates-cow"}, options);
  CHECK_MESSAGE(installed.exit == 0, installed.all());
  CHECK(read_file(target + "/usr/share/strates-cow/said") == "moo\n");
  CHECK(read_file(target + "/usr/share/strates-grass/said") == "moo\n");
}

TEST_CASE("Ctrl-C in the middle of a bundle leaves no half file and no folder behind") {
  TemporaryRoot root;
  RegistryServer origin(root.path() + "/origin");
  REQUIRE(push_image(origin.port(), "library/web", "latest", noise(4 << 20, 12)) == 201);
  RegistryServer mirror(root.path() + "/mirror", {"--mirror", "http://" + origin.host()});
  REQUIRE(http(mirror.port(), "GET", "/v2/library/web/manifests/latest").status == 200);  // and no blob yet
  ::kill(origin.pid(), SIGSTOP);
  const std::string bundle = root.path() + "/course.tar", scratch = root.path() + "/scratch";
  std::filesystem::create_directories(scratch);
  Options options;
  options.env = {{"TMPDIR", scratch}};
  Process creating = Process::start({program("strates"), "--lang", "en", "bundle", "create", bundle, "web", "--root", mirror.root()}, options);
  CHECK(eventually([&] { return std::filesystem::exists(bundle + ".strates-part"); }));
  creating.signal(SIGINT);
  const auto ended = creating.wait();
  ::kill(origin.pid(), SIGCONT);
  CHECK(ended.exit == 130);
  CHECK_MESSAGE(ended.err.find("interrupted; nothing was kept") != std::string::npos, ended.all());
  CHECK(!std::filesystem::exists(bundle));
  CHECK(!std::filesystem::exists(bundle + ".strates-part"));
  CHECK(std::filesystem::is_empty(scratch));
}

TEST_CASE("a bundle takes packages by name, with what they depend on") {
  if (skipped(why_not_program("/usr/bin/dpkg-deb")) || skipped(why_not_program("/usr/bin/apt-get"))) return;
  if (run({"/bin/sh", "-c", "apt-cache show hello"}).exit != 0 && skipped("apt-get knows no package of Debian's here (run apt-get update)")) return;
  TemporaryRoot root;
  const std::string bundle = root.path() + "/course.tar";
  Options options;
  options.limit = Milliseconds(120'000);
  const auto made = run({program("strates"), "--lang", "en", "bundle", "create", bundle, "--package", "hello", "--root", root.path() + "/home"}, options);
  REQUIRE_MESSAGE(made.exit == 0, made.all());
  const auto listed = front({"bundle", "ls", bundle});
  CHECK(listed.out.find("hello_") != std::string::npos);
  CHECK_MESSAGE(listed.out.find("libc6_") != std::string::npos, "what it depends on comes too: the room's image may lack it");
  const auto none = run({program("strates"), "--lang", "en", "bundle", "create", bundle + "2", "--package", "strates-no-such-package", "--root", root.path() + "/home"}, options);
  CHECK(none.exit == 1);
  CHECK_MESSAGE(none.err.find("strates-no-such-package") != std::string::npos, none.all());
  CHECK(!std::filesystem::exists(bundle + "2"));
}
