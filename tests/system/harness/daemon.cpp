#include "tests/system/harness/daemon.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <filesystem>
#include <iostream>
#include "tests/support/places.hpp"

namespace strates::system_test {

namespace fs = std::filesystem;

namespace {

// The first docker of PATH's usual places that is not a 20.10.
std::string newer_client() {
  static const std::string found = [] {
    for (const char* path : {"/usr/local/bin/docker", "/usr/local/sbin/docker", "/opt/docker/bin/docker"})
      if (fs::exists(path)) return std::string(path);
    return std::string();
  }();
  return found;
}

std::string client_path(Client client) {
  switch (client) {
    case Client::Ours: return program("strates");
    case Client::Debian: return "/usr/bin/docker";
    case Client::Newer: return newer_client();
  }
  return {};
}

constexpr const char* kDockerFunction = "docker() { \"$TEST_CLIENT\" $TEST_CLIENT_WORD \"$@\"; }\n";

}  // namespace

std::string program(const std::string& name) { return strates::testing::binary_dir() + "/" + name; }

std::string why_not(World world) {
  for (const char* name : {"strates", "strates-daemon"})
    if (!fs::exists(program(name))) return program(name) + " is not built";
  if (world == World::Linux && geteuid() != 0) return "the Linux world needs root";
  return {};
}

std::string why_not(Client client) {
  if (client == Client::Ours) return {};
  const std::string path = client_path(client);
  if (path.empty() || !fs::exists(path)) return client == Client::Debian ? "no /usr/bin/docker (package docker.io)" : "no other docker on this machine";
  static std::string versions[3];
  std::string& version = versions[static_cast<int>(client)];
  if (version.empty()) version = run({path, "--version"}).out;
  const bool is_debian = version.find("Docker version 20.10.") == 0;
  if (is_debian != (client == Client::Debian)) return path + " is another version: " + version;
  return {};
}

bool skipped(const std::string& why) {
  if (why.empty()) return false;
  std::cout << "skipped: " << why << std::endl;
  return true;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += "  " + line + "\n";
  return out;
}

void leave_machine_network() {
  static const bool left = [] {
    if (geteuid() != 0) return false;
    REQUIRE(unshare(CLONE_NEWNET) == 0);
    const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ifreq loopback{};
    std::strcpy(loopback.ifr_name, "lo");
    loopback.ifr_flags = IFF_UP;
    REQUIRE(ioctl(socket.get(), SIOCSIFFLAGS, &loopback) == 0);
    return true;
  }();
  static_cast<void>(left);
}

Daemon::Daemon(const TemporaryRoot& root, World world, Network network, const std::vector<std::string>& more) : root_(root), world_(world) {
  if (network == Network::Test) leave_machine_network();
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const UniqueFd ready(ends[0]);
  UniqueFd writer(ends[1]);
  fcntl(writer.get(), F_SETFD, 0);
  // Through a shell for the log: the daemon's own streams stay files, so that nothing waits for them.
  Options options;
  options.env = {{"TEST_LOG", root.log()}};
  std::vector<std::string> words{"/bin/sh", "-c", "exec \"$@\" >>\"$TEST_LOG\" 2>&1", "sh", program("strates-daemon"), "--root", root.daemon_root(), "--socket", root.socket(),
                                 "--world", world == World::Linux ? "linux" : "sim", "--lang", "en", "--network", network == Network::Own ? "own" : "host", "--ready-fd", std::to_string(writer.get())};
  words.insert(words.end(), more.begin(), more.end());
  process_ = Process::start(words, options);
  writer.reset();
  char byte = 0;
  ssize_t count = -1;
  // The daemon closes it by ending; a limit is the test's own.
  alarm(60);
  count = read(ready.get(), &byte, 1);
  alarm(0);
  REQUIRE_MESSAGE(count == 1, "the daemon did not become ready:\n" << log());
}

Daemon::~Daemon() {
  if (process_.running()) kill9();
}

int Daemon::stop() {
  process_.signal(SIGTERM);
  const auto result = process_.wait(Milliseconds(20'000));
  return result.timed_out ? 124 : result.exit;
}

void Daemon::kill9() {
  if (process_.pid() > 0 && process_.running()) ::kill(process_.pid(), SIGKILL);
  process_.wait(Milliseconds(10'000));
}

std::vector<std::pair<std::string, std::string>> Daemon::client_env(Client client) const {
  return {{"TEST_CLIENT", client_path(client)},
          {"TEST_CLIENT_WORD", client == Client::Ours ? "docker" : ""},
          {"DOCKER_HOST", host()},
          {"DOCKER_CONFIG", root_.home() + "/.docker"},
          {"HOME", root_.home()}};
}

Process Daemon::start_docker(const std::string& script, Client client) {
  Options options;
  options.env = client_env(client);
  options.directory = root_.work();
  return Process::start({"/bin/sh", "-c", kDockerFunction + script}, options);
}

Result Daemon::docker(const std::string& script, Client client, Milliseconds limit) { return start_docker(script, client).wait(limit); }

Result Daemon::strates(std::vector<std::string> words, Options options) {
  words.insert(words.begin(), {program("strates"), "--host", host()});
  options.env.emplace_back("HOME", root_.home());
  if (options.directory.empty()) options.directory = root_.work();
  return run(words, options);
}

void Daemon::prepare(const std::vector<std::string>& images) {
  std::vector<std::string> words = {"images", "prepare"};
  words.insert(words.end(), images.begin(), images.end());
  Options options;
  options.limit = Milliseconds(600'000);
  const auto result = strates(words, options);
  REQUIRE_MESSAGE(result.exit == 0, "images prepare: exit " << result.exit << "\n" << result.all() << "\ndaemon:\n" << log());
}

LeakWatch::LeakWatch(const TemporaryRoot& root) : root_(root) {
  reap_orphans();
  before_ = testing::take_leak_snapshot(root.daemon_root());
}

std::vector<std::string> LeakWatch::left() {
  eventually([] { return true; }, Milliseconds(0));
  // An empty list of ids would take in other tests' control groups.
  std::vector<std::string> ids = ids_;
  for (const auto& name : paths_below(root_.daemon_root() + "/containers", 1)) ids.push_back(name);
  if (ids.empty()) ids.emplace_back("none");
  testing::LeakScope scope{root_.daemon_root(), ids};
  std::vector<std::string> out;
  eventually([&] {
    out = testing::validate_no_leaks(before_, scope);
    // A base image that somebody makes elsewhere on the machine.
    std::erase_if(out, [](const std::string& line) { return line.find("/mmdebstrap.") != std::string::npos; });
    return out.empty();
  }, Milliseconds(3000));
  return out;
}

}  // namespace strates::system_test
