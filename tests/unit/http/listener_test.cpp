#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "http/server/listener.hpp"
#include "http_support.hpp"

using namespace strates;
using namespace strates::http;
using namespace strates::http::test;

namespace {

HttpResponse fine(const HttpRequest&) { return {200, {}, std::string("fine")}; }

Result<std::unique_ptr<Server>> listen_at(const std::string& path) {
  static MemorySpooler spooler;
  ServerOptions options;
  options.socket_path = path;
  return Server::listen(options, spooler, fine);
}

}  // namespace

TEST_CASE("a socket is made with its parents, for owner and group only, and is gone after stop") {
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/a/b/api.sock";
  auto server = listen_at(path);
  REQUIRE(server.ok());
  struct stat status {};
  REQUIRE(stat(path.c_str(), &status) == 0);
  CHECK(S_ISSOCK(status.st_mode));
  CHECK((status.st_mode & 0777) == 0660);
  server.value()->stop();
  CHECK(stat(path.c_str(), &status) != 0);
}

TEST_CASE("a socket where somebody answers is refused, and left alone") {
  RunningServer running(fine);
  const auto second = listen_at(running.socket());
  REQUIRE(!second.ok());
  CHECK(second.error().code == "http.socket-in-use");
  CHECK(second.error().kind == ErrorKind::Conflict);
  RawClient client(running.socket());
  client.say(get("/", "Connection: close\r\n"));
  CHECK(client.read_all().find("fine") != std::string::npos);
}

TEST_CASE("a dead socket is replaced") {
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/dead.sock";
  {
    const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  }
  REQUIRE(std::filesystem::exists(path));
  CHECK(listen_at(path).ok());
}

TEST_CASE("a file that is no socket is refused, and kept") {
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/precious";
  std::ofstream(path) << "data";
  const auto server = listen_at(path);
  REQUIRE(!server.ok());
  CHECK(server.error().code == "http.socket-exists");
  std::string word;
  std::ifstream(path) >> word;
  CHECK(word == "data");
}

TEST_CASE("a path too long for a socket is refused with its limit") {
  const auto server = listen_at("/tmp/" + std::string(110, 'x') + "/s");
  REQUIRE(!server.ok());
  CHECK(server.error().code == "http.path-too-long");
  CHECK(server.error().cause.find("107") != std::string::npos);
}

TEST_CASE("stop leaves a socket that somebody else put in its place") {
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/api.sock";
  auto first = listen_at(path);
  REQUIRE(first.ok());
  std::filesystem::rename(path, path + ".away");
  auto second = listen_at(path);
  REQUIRE(second.ok());
  first.value()->stop();
  CHECK(std::filesystem::exists(path));
}

TEST_CASE("accepted connections do not leak into programs that are executed") {
  std::atomic<bool> all_closed{true};
  RunningServer server([&](const HttpRequest&) -> HttpResponse {
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      struct stat status {};
      const int fd = std::stoi(entry.path().filename());
      if (fd > 2 && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) && (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0) all_closed = false;
    }
    return {200, {}, std::string("looked")};
  });
  RawClient client(server.socket());
  client.say(get("/", "Connection: close\r\n"));
  CHECK(client.read_all().find("looked") != std::string::npos);
  CHECK(all_closed);
}
