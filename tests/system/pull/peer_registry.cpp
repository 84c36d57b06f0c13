#include "tests/system/pull/peer_registry.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

namespace strates::system_test {

namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int free_port() {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  REQUIRE(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

bool answers(int port) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

// bcrypt of "secret".
constexpr const char* kUsers = "ana:$2b$12$u31NQVtYCdvsxR4owpZQ8e2nnjDp7blN8xCrQJRPg3USfu/Je6T0C\n";

}  // namespace

std::string PeerRegistry::why_not() { return run({"sh", "-c", "command -v docker-registry"}).exit == 0 ? "" : "docker-registry is not installed"; }

PeerRegistry::PeerRegistry(const TemporaryRoot& root, const std::string& name, Password password) {
  leave_machine_network();
  port_ = free_port();
  const std::string folder = root.work() + "/" + name;
  root.write(name + "/users", kUsers);
  std::string text = "version: 0.1\nlog: { level: warn, accesslog: { disabled: true } }\nstorage: { filesystem: { rootdirectory: " + folder + "/data }, delete: { enabled: true } }\nhttp: { addr: \"" + host() + "\" }\n";
  if (password == Password::Wanted) text += "auth: { htpasswd: { realm: class, path: " + folder + "/users } }\n";
  root.write(name + "/registry.yml", text);
  process_ = Process::start({"docker-registry", "serve", folder + "/registry.yml"});
  REQUIRE(eventually([&] { return answers(port_); }));
}

PeerRegistry::~PeerRegistry() {
  process_.signal(SIGTERM);
  process_.wait(Milliseconds(10'000));
}

}  // namespace strates::system_test
