// The real strates-daemon over a TemporaryRoot, and docker clients that talk to it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/leaks.hpp"
#include "tests/system/harness/process.hpp"
#include "tests/system/harness/temporary_root.hpp"

namespace strates::system_test {

enum class World { Linux, Sim };
// The machine's interfaces and rules are out of reach of every daemon here. Own: it has a network namespace to itself. Test: it shares one with this test
// program, which leaves the machine's for it: it reaches what the test listens on at 127.0.0.1, and the next daemon finds what the last one left.
enum class Network { Own, Test };
enum class Client {
  Ours,    // strates docker
  Debian,  // Debian's docker.io, 20.10
  Newer,   // another docker of the machine, when there is one
};

std::string program(const std::string& name);  // of this build
// Empty: this machine can run it. Otherwise why not, to be printed.
std::string why_not(World world);
std::string why_not(Client client);
// Prints "skipped: why" and returns true when `why` is not empty.
bool skipped(const std::string& why);
// This test program, and what it starts from now on, lives in a network namespace of its own, with a loopback; once is enough. As an ordinary user: nothing.
void leave_machine_network();

class Daemon {
 public:
  // Fails the test, with the log, when it does not become ready. `more`: options of the daemon.
  explicit Daemon(const TemporaryRoot& root, World world, Network network = Network::Own, const std::vector<std::string>& more = {});
  ~Daemon();

  const TemporaryRoot& root() const { return root_; }
  World world() const { return world_; }
  std::string host() const { return "unix://" + root_.socket(); }
  std::string log() const { return read_file(root_.log()); }
  bool running() { return process_.running(); }
  // SIGTERM; the exit code. 124: it did not stop in time.
  int stop();
  void kill9();

  // A shell command line in root().work(), in which `docker` is the client.
  Result docker(const std::string& script, Client client = Client::Ours, Milliseconds limit = Milliseconds(60'000));
  // The same, left running.
  Process start_docker(const std::string& script, Client client = Client::Ours);
  // The front, with --host.
  Result strates(std::vector<std::string> words, Options options = {});
  void prepare(const std::vector<std::string>& images);
  std::vector<std::pair<std::string, std::string>> client_env(Client client) const;

 private:
  const TemporaryRoot& root_;
  World world_;
  Process process_;
};

// Leak check: takes a snapshot when made; `left` is empty when all is well. Ids: names of control groups, found from what the root stored.
class LeakWatch {
 public:
  explicit LeakWatch(const TemporaryRoot& root);
  // Containers whose control groups count, besides those in ROOT/containers now.
  void add_container(const std::string& id) { ids_.push_back(id); }
  std::vector<std::string> left();

 private:
  const TemporaryRoot& root_;
  std::vector<std::string> ids_;
  testing::LeakSnapshot before_;
};

std::string joined(const std::vector<std::string>& lines);

}  // namespace strates::system_test
