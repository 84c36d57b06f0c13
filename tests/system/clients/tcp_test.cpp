// The engine on TCP: with certificates only, for Docker's own client as for anybody.
#include <doctest/doctest.h>

#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;

namespace {

Result shell(const std::string& script, const TemporaryRoot& root) {
  Options options;
  options.env = {{"HOME", root.home()}};
  options.directory = root.work();
  return run({"/bin/sh", "-c", "set -e\n" + script}, options);
}

std::string daemon_line(const TemporaryRoot& root, const std::string& more) {
  return "'" + program("strates-daemon") + "' --lang en --world sim --root '" + root.daemon_root() + "' --socket '" + root.socket() + "' --host tcp://127.0.0.1:0 " + more;
}

}  // namespace

TEST_CASE("TCP without clients' certificates is refused, and said why") {
  TemporaryRoot root;
  for (const char* more : {"", "--tlscert a --tlskey b", "--tlsverify", "--tlsverify --tlscert a --tlskey b"}) {
    CAPTURE(more);
    const auto refused = shell(daemon_line(root, more), root);
    CHECK(refused.exit == 2);
    CHECK_MESSAGE(refused.err.find("whoever reaches this port would be root") != std::string::npos, refused.err);
  }
  const auto missing = shell(daemon_line(root, "--tlsverify --tlscacert none --tlscert none --tlskey none"), root);
  CHECK(missing.exit == 1);
  CHECK(missing.err.find("none") != std::string::npos);
}

TEST_CASE("Docker's client reaches the engine over TLS with its certificate, and not without") {
  if (skipped(why_not(Client::Debian))) return;
  TemporaryRoot root;
  const auto made = shell(
      "openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=authority -days 2\n"
      "openssl req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=localhost\n"
      "printf subjectAltName=IP:127.0.0.1 >san\nopenssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile san\n"
      "openssl req -newkey rsa:2048 -nodes -keyout key.pem -out client.csr -subj /CN=client\n"
      "printf extendedKeyUsage=clientAuth >use\nopenssl x509 -req -in client.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out cert.pem -days 2 -extfile use",
      root);
  REQUIRE_MESSAGE(made.exit == 0, made.all());
  Options options;
  options.directory = root.work();
  Process daemon = Process::start({"/bin/sh", "-c", "exec " + daemon_line(root, "--tlsverify --tlscacert ca.pem --tlscert server.pem --tlskey server.key") + " 2>&1"}, options);
  REQUIRE(daemon.wait_for_output("tcp://127.0.0.1:"));
  REQUIRE(daemon.pump([&] { return daemon.out().find('\n', daemon.out().find("tcp://")) != std::string::npos; }, Milliseconds(5'000)));
  const size_t at = daemon.out().find("tcp://");
  const std::string host = daemon.out().substr(at, daemon.out().find_first_of(" \n", at) - at);
  const auto known = shell("/usr/bin/docker --tlsverify --tlscacert ca.pem --tlscert cert.pem --tlskey key.pem -H " + host + " version --format '{{.Server.Version}}'", root);
  CHECK_MESSAGE(known.exit == 0, known.all());
  CHECK(known.out.find("20.10") != std::string::npos);
  CHECK(shell("/usr/bin/docker --tls --tlscacert ca.pem -H " + host + " version", root).exit != 0);
  CHECK(shell("/usr/bin/docker -H " + host + " version", root).exit != 0);
  daemon.signal(15);
  CHECK(daemon.wait().exit == 0);
}
