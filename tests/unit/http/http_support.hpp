// A server on a socket of its own, and a raw client that says exactly what a test wants said.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "base/unique_fd.hpp"
#include "http/server.hpp"

namespace strates::http::test {

class MemorySpooler : public engine::Spooler {
 public:
  Result<std::shared_ptr<Spool>> keep(ByteSource& from, std::uint64_t limit) override;
};

// A directory of its own, gone with it.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class RunningServer {
 public:
  explicit RunningServer(HttpHandler handler, ServerOptions options = {});
  ~RunningServer() { stop(); }
  void stop();
  const std::string& socket() const { return socket_; }

 private:
  TemporaryDirectory directory_;
  std::string socket_;
  MemorySpooler spooler_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

class RawClient {
 public:
  explicit RawClient(const std::string& socket);
  void say(std::string_view bytes);
  void close_write();
  void close() { fd_.reset(); }
  // Until the server closes, or `enough` was seen, or ten seconds passed (then "<timeout>" is appended).
  std::string read_until(std::string_view enough);
  std::string read_all() { return read_until({}); }
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
  std::string pending_;
};

// Waits at most ten seconds.
bool eventually(const std::function<bool()>& holds);
std::string get(std::string_view path, std::string_view more = {});

}  // namespace strates::http::test
