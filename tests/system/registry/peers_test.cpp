// skopeo, podman and Docker's engine against our registry.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "registry_harness.hpp"
#include "tests/system/harness/daemon.hpp"
#include "tests/system/harness/oci_schemas.hpp"

using namespace strates::system_test;

namespace {

strates::system_test::Result shell(const std::string& script, const TemporaryRoot& root) {
  Options options;
  options.env = {{"HOME", root.home()}, {"XDG_RUNTIME_DIR", root.work()}, {"REGISTRY_AUTH_FILE", root.home() + "/auth.json"}};
  options.directory = root.work();
  options.limit = Milliseconds(90'000);
  return run({"/bin/sh", "-c", "set -e\n[ -e $HOME/auth.json ] || printf {} >$HOME/auth.json\n" + script}, options);
}

// A Docker engine beside, by STRATES_PEER_DOCKER=unix://... or where it usually is. Empty: none.
std::string docker_engine() {
  if (const char* given = std::getenv("STRATES_PEER_DOCKER"); given != nullptr && *given != '\0') return given;
  return std::filesystem::exists("/run/docker.sock") ? "unix:///run/docker.sock" : "";
}

std::string password_line(const std::string& name, const std::string& password) { return front({"registry", "password", name}, password + "\n").out; }

}  // namespace

TEST_CASE("skopeo pushes, looks, lists, pulls and deletes") {
  if (skipped(why_not_program("/usr/bin/skopeo"))) return;
  TemporaryRoot root;
  RegistryServer server(root.path() + "/registry");
  make_layout(root.work());
  const std::string at = "docker://" + server.host();
  auto result = shell("skopeo copy --dest-tls-verify=false oci:layout:v1 " + at + "/class/web:v1\nskopeo list-tags --tls-verify=false " + at + "/class/web\nskopeo inspect --tls-verify=false " + at +
                          "/class/web:v1\nskopeo copy --src-tls-verify=false " + at + "/class/web:v1 oci:back:v1\nskopeo copy --src-tls-verify=false --dest-tls-verify=false " + at + "/class/web:v1 " + at +
                          "/other/web:v2\ndiff -r layout/blobs back/blobs && echo same",
                      root);
  CHECK_MESSAGE(result.exit == 0, result.all());
  CHECK(result.out.find("\"v1\"") != std::string::npos);
  CHECK(result.out.find("same") != std::string::npos);
  CHECK(pull_image(server.port(), "other/web", "v2") == "");
  result = shell("skopeo delete --tls-verify=false " + at + "/other/web:v2\nskopeo inspect --tls-verify=false " + at + "/other/web:v2", root);
  CHECK(result.exit != 0);
  CHECK_MESSAGE(result.err.find("manifest unknown") != std::string::npos, result.err);
  CHECK(half_blobs(server.root()).empty());
  CHECK(server.stop() == 0);
}

// skopeo looks up a name among manifests with OCI's media types alone; a manifest keeps the type it came with, or its digest would be another.
TEST_CASE("the registry's folder and a bundle are OCI layouts: skopeo and umoci read what was pushed as OCI by its name, Docker's manifests only where they are alone") {
  if (skipped(why_not_program("/usr/bin/skopeo"))) return;
  TemporaryRoot root;
  RegistryServer server(root.path() + "/registry");
  make_layout(root.work());
  const std::string push = "skopeo copy -q --dest-tls-verify=false ", at = " docker://" + server.host() + "/class/";
  const std::string bundle = "'" + program("strates") + "' bundle create ";
  auto result = shell(push + "oci:layout:v1" + at + "oci:v1\n" + push + "--format v2s2 oci:layout:v1" + at + "docker:v1\n" + bundle + "both.tar class/oci:v1 class/docker:v1 --root " + server.root() + "\n" + bundle +
                          "docker.tar class/docker:v1 --root " + server.root() + "\nmkdir both docker\ntar -C both -xf both.tar\ntar -C docker -xf docker.tar",
                      root);
  REQUIRE_MESSAGE(result.exit == 0, result.all());
  for (const std::string& folder : {server.root(), root.work() + "/both"}) {
    result = shell("skopeo inspect oci:" + folder + ":class/oci:v1\nskopeo copy -q oci:" + folder + ":class/oci:v1 oci:back:v1\ndiff -r layout/blobs back/blobs && echo same", root);
    CHECK_MESSAGE(result.exit == 0, result.all());
    CHECK(result.out.find("same") != std::string::npos);
    result = shell("skopeo inspect oci:" + folder + ":class/docker:v1", root);
    CHECK(result.exit != 0);
    CHECK_MESSAGE(result.err.find("no descriptor found for reference") != std::string::npos, result.all());
  }
  result = shell("skopeo inspect oci:docker", root);
  CHECK_MESSAGE(result.exit == 0, result.all());
  if (!skipped(why_not_program("/usr/bin/umoci"))) {
    result = shell("umoci ls --layout both\numoci unpack --image both:class/oci:v1 unpacked\ncat unpacked/rootfs/etc/motd", root);
    CHECK_MESSAGE(result.out == "class/oci:v1\nclass/docker:v1\nhello\n", result.all());
  }
  if (skipped(why_no_oci_schemas())) return;
  const auto judged = ask_oci_schemas("layout", {server.root(), root.work() + "/both", root.work() + "/docker"});
  CHECK_MESSAGE(judged.exit == 0, judged.all());
  CHECK_MESSAGE(judged.out.find("checked 16 documents") != std::string::npos, judged.out);
}

TEST_CASE("podman pulls and pushes") {
  if (skipped(why_not_program("/usr/bin/podman")) || skipped(why_not_program("/usr/bin/skopeo"))) return;
  TemporaryRoot root;
  RegistryServer server(root.path() + "/registry");
  make_layout(root.work());
  std::ofstream(root.work() + "/storage.conf") << "[storage]\ndriver = \"vfs\"\ngraphroot = \"" << root.work() << "/graph\"\nrunroot = \"" << root.work() << "/run\"\n";
  const auto result = shell("export CONTAINERS_STORAGE_CONF=$PWD/storage.conf\nskopeo copy --dest-tls-verify=false oci:layout:v1 docker://" + server.host() +
                                "/class/web:v1\npodman pull -q --tls-verify=false " + server.host() + "/class/web:v1\npodman push -q --tls-verify=false " + server.host() + "/class/web:v1 " + server.host() +
                                "/podman/web:v3\npodman rmi " + server.host() + "/class/web:v1\npodman pull -q --tls-verify=false " + server.host() + "/podman/web:v3",
                            root);
  CHECK_MESSAGE(result.exit == 0, result.all());
  CHECK(pull_image(server.port(), "podman/web", "v3") == "");
}

TEST_CASE("Docker's engine pushes, mounts, skips, pulls and searches") {
  const std::string engine = docker_engine();
  if (skipped(engine.empty() ? "no Docker engine beside (STRATES_PEER_DOCKER)" : "") || skipped(why_not(Client::Debian))) return;
  TemporaryRoot root;
  RegistryServer server(root.path() + "/registry");
  std::ofstream(server.root() + "/search.json") << R"([{"name":"strates-regs/web","description":"the class's web server","stars":12,"official":true}])";
  const std::string a = server.host() + "/strates-regs/web:v1", b = server.host() + "/strates-regs/copy:v1";
  const auto result = shell("D='docker -H " + engine + "'\ntrap \"$D rmi " + a + " " + b + " >/dev/null 2>&1 || true\" EXIT\n$D tag busybox " + a + "\n$D tag busybox " + b + "\n$D push " + a + "\n$D push " + a +
                                "\n$D push " + b + "\n$D rmi " + a + "\n$D pull " + a + "\n$D search " + server.host() + "/web",
                            root);
  CHECK_MESSAGE(result.exit == 0, result.all());
  for (const char* said : {": Pushed", ": Layer already exists", ": Mounted from strates-regs/web", "Status: Downloaded newer image", "the class's web server", "[OK]"})
    CHECK_MESSAGE(result.out.find(said) != std::string::npos, said << "\n" << result.out);
}

TEST_CASE("a login is demanded, and a wrong password refused") {
  TemporaryRoot root;
  const std::string line = password_line("student", "s3cret");
  REQUIRE(line.starts_with("student:$2y$"));
  root.write("htpasswd", line);
  make_layout(root.work());
  for (const bool anonymous : {false, true}) {
    CAPTURE(anonymous);
    std::vector<std::string> more{"--htpasswd", root.work() + "/htpasswd"};
    if (anonymous) more.push_back("--anonymous-read");
    RegistryServer server(root.path() + "/registry", more);
    CHECK(http(server.port(), "GET", "/v2/").status == 401);
    CHECK(http(server.port(), "POST", "/v2/a/blobs/uploads/").status == 401);
    if (!skipped(why_not_program("/usr/bin/skopeo"))) {
      const std::string push = "skopeo copy --dest-tls-verify=false oci:layout:v1 docker://" + server.host() + "/class/web:v1";
      auto result = shell(push, root);
      CHECK(result.exit != 0);
      result = shell("skopeo login --tls-verify=false -u student -p wrong " + server.host(), root);
      CHECK(result.exit != 0);
      CHECK_MESSAGE(result.err.find("invalid username/password") != std::string::npos, result.err);
      result = shell("skopeo login --tls-verify=false -u student -p s3cret " + server.host() + "\n" + push + "\nskopeo logout " + server.host(), root);
      CHECK_MESSAGE(result.exit == 0, result.all());
      result = shell("skopeo inspect --tls-verify=false docker://" + server.host() + "/class/web:v1", root);
      CHECK_MESSAGE((result.exit == 0) == anonymous, result.all());
    }
    if (const std::string engine = docker_engine(); !skipped(engine.empty() ? "no Docker engine beside (STRATES_PEER_DOCKER)" : "") && !skipped(why_not(Client::Debian))) {
      auto result = shell("docker -H " + engine + " login -u student -p wrong " + server.host(), root);
      CHECK(result.exit == 1);
      CHECK_MESSAGE(result.err.find("nauthorized") != std::string::npos, result.err);
      result = shell("docker -H " + engine + " login -u student -p s3cret " + server.host(), root);
      CHECK_MESSAGE(result.out.find("Login Succeeded") != std::string::npos, result.all());
    }
  }
}

TEST_CASE("TLS is served with a certificate, to clients that trust its authority") {
  if (skipped(why_not_program("/usr/bin/skopeo")) || skipped(why_not_program("/usr/bin/openssl"))) return;
  TemporaryRoot root;
  make_layout(root.work());
  const auto made = shell("openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=class -days 2 -addext subjectAltName=IP:127.0.0.1 2>&1; mkdir trust; cp cert.pem trust/ca.crt", root);
  REQUIRE_MESSAGE(made.exit == 0, made.all());
  RegistryServer server(root.path() + "/registry", {"--tlscert", root.work() + "/cert.pem", "--tlskey", root.work() + "/key.pem"});
  auto result = shell("skopeo copy --dest-cert-dir trust oci:layout:v1 docker://" + server.host() + "/class/web:v1\nskopeo copy --src-cert-dir trust docker://" + server.host() + "/class/web:v1 oci:back:v1\ndiff -r layout/blobs back/blobs", root);
  CHECK_MESSAGE(result.exit == 0, result.all());
  result = shell("skopeo inspect docker://" + server.host() + "/class/web:v1", root);
  CHECK(result.exit != 0);
  CHECK(result.err.find("certificate") != std::string::npos);
}

TEST_CASE("wrong uses are said in words") {
  TemporaryRoot root;
  const std::string at = root.path() + "/registry";
  CHECK(front({"registry"}).exit == 2);
  CHECK(front({"registry", "--help"}).exit == 0);
  CHECK(front({"bundle", "--help"}).out.find("strates bundle create") != std::string::npos);
  CHECK(front({"registry", "serve", "--help"}).out.find("--mirror") != std::string::npos);
  CHECK(front({"registry", "nothing"}).exit == 2);
  CHECK(front({"registry", "serve", "--root", at, "--listen", "nonsense"}).err.find("an address and a port are expected") != std::string::npos);
  CHECK(front({"registry", "serve", "--root", at, "--tlscert", "x"}).exit == 2);
  CHECK(front({"registry", "serve", "--root", at, "--anonymous-read"}).exit == 2);
  CHECK(front({"registry", "serve", "--root", at, "--htpasswd", "/nowhere"}).err.find("there is no such file") != std::string::npos);
  CHECK(front({"registry", "password", "ann"}, "\n").exit == 2);
  CHECK(front({"bundle", "load", "/dev/null", "--root", at}).err.find("no file of `strates bundle create`") != std::string::npos);
  RegistryServer server(at);
  const auto second = front({"registry", "serve", "--root", at, "--listen", "127.0.0.1:0"});
  CHECK(second.exit == 1);
  CHECK(second.err.find(std::to_string(server.pid())) != std::string::npos);
}
