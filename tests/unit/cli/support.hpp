// A console made of strings, a clock that stands still, and an engine made of canned answers: what the commands' tests stand on.
#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>

#include "api/client.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/console.hpp"
#include "cli/docker_front.hpp"
#include "tests/support/places.hpp"

namespace strates::cli::test {

class StringConsole : public Console {
 public:
  void out(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    out_text += bytes;
  }
  void err(std::string_view bytes) override {
    const std::lock_guard lock(mutex_);
    err_text += bytes;
  }
  bool in_is_terminal() const override { return terminal; }
  bool out_is_terminal() const override { return terminal; }
  std::optional<TerminalSize> size() const override { return terminal ? std::optional<TerminalSize>({24, 80}) : std::nullopt; }
  Result<size_t> read_input(std::span<char> buffer) override { return input.read(buffer); }
  void stop_input() override {}
  std::unique_ptr<ConsoleGuard> raw_mode() override {
    ++raw_modes;
    return std::make_unique<Guard>(raw_given_back);
  }
  std::unique_ptr<ConsoleGuard> watch_signals(std::function<void(int)> callback) override {
    signal = std::move(callback);
    return nullptr;
  }

  std::string out_text, err_text;
  bool terminal = false;
  StringSource input{""};
  int raw_modes = 0, raw_given_back = 0;
  std::function<void(int)> signal;

 private:
  struct Guard : ConsoleGuard {
    explicit Guard(int& the_count) : count(the_count) {}
    ~Guard() override { ++count; }
    int& count;
  };
  std::mutex mutex_;
};

class StillClock : public Clock {
 public:
  Nanos now() override { return at; }
  Nanos at = 1'795'453'500LL * kSecond;  // 2026-11-23T17:05:00Z
};

struct Answer {
  int status = 200;
  std::string body;
};

struct Asked {
  std::string line;  // "POST /containers/create?name=x"
  std::string body;
  bool upgrade = false;
  HttpHeaders headers = {};
};

// What the two ends of a hijacked connection said.
struct Wire {
  std::string written;
  bool closed = false;
};

class CannedStream : public api::ClientStream {
 public:
  CannedStream(std::string bytes, std::shared_ptr<Wire> wire) : bytes_(std::move(bytes)), wire_(std::move(wire)) {}
  Result<std::string> read() override {
    // In small pieces: who reads must not count on whole messages.
    const std::string part = bytes_.substr(0, 7);
    bytes_.erase(0, 7);
    return part;
  }
  Result<void> write(std::string_view bytes) override {
    wire_->written += bytes;
    return success();
  }
  void close_write() override { wire_->closed = true; }
  void cancel() override {}

 private:
  std::string bytes_;
  std::shared_ptr<Wire> wire_;
};

class CannedEngine : public api::Transport {
 public:
  Result<api::ClientResponse> send(const api::ClientRequest& request) override {
    Asked asked{request.method + " " + request.target, request.body, request.upgrade, request.headers};
    if (request.body_source != nullptr) asked.body = read_all(*request.body_source, 64 << 20).value();
    log->push_back(asked);
    if (absent) return docker_error(ErrorKind::Unavailable, "client.connect", "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?");
    Answer answer{404, "{\"message\":\"page not found\"}"};
    // The longest key that the request begins with.
    size_t best = 0;
    for (const auto& [key, value] : answers)
      if (asked.line.starts_with(key) && key.size() > best) {
        best = key.size();
        answer = value;
      }
    api::ClientResponse response;
    response.status = answer.status;
    response.stream = std::make_unique<CannedStream>(answer.body, wire);
    return response;
  }
  std::string description() const override { return "canned"; }

  std::map<std::string, Answer> answers;
  std::shared_ptr<std::vector<Asked>> log = std::make_shared<std::vector<Asked>>();
  std::shared_ptr<Wire> wire = std::make_shared<Wire>();
  bool absent = false;
};

struct Ran {
  int code = 0;
  std::string out, err;
  std::vector<Asked> asked;
  std::vector<std::string> lines() const {
    std::vector<std::string> all;
    for (const Asked& one : asked) all.push_back(one.line);
    return all;
  }
};

struct Stage {
  StringConsole console;
  StillClock clock;
  std::map<std::string, Answer> answers;
  std::shared_ptr<Wire> wire;
  bool absent = false;

  Ran docker(const std::vector<std::string>& words) {
    auto engine = std::make_unique<CannedEngine>();
    engine->answers = answers;
    engine->absent = absent;
    wire = engine->wire;
    const auto log = engine->log;
    api::Client client(std::move(engine));
    Session session{client, console, clock};
    console.out_text.clear();
    console.err_text.clear();
    Ran ran;
    ran.code = run_docker(session, words);
    ran.out = console.out_text;
    ran.err = console.err_text;
    ran.asked = *log;
    return ran;
  }
};

inline std::string frame(char stream, const std::string& text) {
  std::string head(8, '\0');
  head[0] = stream;
  head[6] = static_cast<char>(text.size() >> 8);
  head[7] = static_cast<char>(text.size());
  return head + text;
}

// What Docker 20.10.24 printed: the file of one command of the reference, as blocks "$ command" to output. Empty when the reference is not here.
struct Recorded {
  std::string out, err;
  int code = 0;
};
inline std::map<std::string, Recorded> reference(const std::string& name) {
  const char* given = std::getenv("STRATES_REFERENCE");
  const std::string path = (given != nullptr ? std::string(given) : strates::testing::source_dir() + "/../shared/reference") + "/docker-cli/" + name + ".txt";
  std::ifstream file(path);
  std::map<std::string, Recorded> blocks;
  if (!file) {
    MESSAGE("skipped: no recorded outputs at " << path);
    return blocks;
  }
  std::string line, command;
  bool on_error = false;
  while (std::getline(file, line)) {
    if (command.empty()) {
      if (line.starts_with("$ ")) command = line.substr(2);
      on_error = false;
    } else if (line.starts_with("--- exit: ")) {
      blocks[command].code = std::atoi(line.c_str() + 10);
      command.clear();
    } else if (line == "--- stderr:") {
      on_error = true;
    } else {
      (on_error ? blocks[command].err : blocks[command].out) += line + "\n";
    }
  }
  return blocks;
}

}  // namespace strates::cli::test
