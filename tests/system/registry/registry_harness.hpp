// A real strates-registry on a free port of loopback, and small clients for it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/system/harness/process.hpp"
#include "tests/system/harness/temporary_root.hpp"

namespace strates::system_test {

class RegistryServer {
 public:
  // `more`: options beside --root and --listen. `before`: a shell command that runs first, in a mount namespace of the server's own.
  explicit RegistryServer(std::string root, std::vector<std::string> more = {}, const std::string& before = {});
  ~RegistryServer();
  int port() const { return port_; }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  const std::string& root() const { return root_; }
  pid_t pid() const { return process_.pid(); }
  // What --log said so far.
  std::string log();
  void kill9();
  int stop();

 private:
  std::string root_;
  int port_ = 0;
  Process process_;
};

// strates registry/bundle ...
Result front(std::vector<std::string> words, const std::string& input = {});
// Status 0: no answer.
struct HttpAnswer {
  int status = 0;
  std::string body, location;
};
// One request on a connection of its own; `target` has the path and query.
HttpAnswer http(int port, const std::string& method, const std::string& target, const std::string& body = {}, const std::string& type = {});

std::string sha256(const std::string& bytes);
// Bytes that nothing makes smaller.
std::string noise(size_t size, unsigned seed);
// Pushes an image of one layer; the status of the manifest's PUT, or of what failed before.
int push_image(int port, const std::string& name, const std::string& tag, const std::string& layer);
// Is it there, with every blob as its digest says? Empty: yes.
std::string pull_image(int port, const std::string& name, const std::string& tag);
// An OCI layout whose image has a real file tree, made by tar(1).
void make_layout(const std::string& directory);
// Files left under way.
std::vector<std::string> half_blobs(const std::string& root);
// Empty: it is there.
std::string why_not_program(const std::string& path);

}  // namespace strates::system_test
