// The parts of the compose commands that need no engine: the graph, the prefixes, the progress.
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "cli/compose/log_lines.hpp"
#include "cli/compose/parallel.hpp"
#include "cli/compose/progress.hpp"

using namespace strates;
using namespace strates::cli;

namespace {

class Texts : public Console {
 public:
  void out(std::string_view bytes) override { out_text += bytes; }
  void err(std::string_view bytes) override { err_text += bytes; }
  bool in_is_terminal() const override { return false; }
  bool out_is_terminal() const override { return false; }
  std::optional<TerminalSize> size() const override { return TerminalSize{24, 80}; }
  Result<size_t> read_input(std::span<char>) override { return size_t{0}; }
  void stop_input() override {}
  std::unique_ptr<ConsoleGuard> raw_mode() override { return nullptr; }
  std::unique_ptr<ConsoleGuard> watch_signals(std::function<void(int)>) override { return nullptr; }
  std::string out_text, err_text;
};

class Still : public Clock {
 public:
  Nanos now() override { return at; }
  Nanos at = 0;
};

}  // namespace

TEST_CASE("work waits for what it comes after, and for nothing else") {
  std::mutex mutex;
  std::vector<std::string> done;
  std::atomic<int> at_once{0}, most{0};
  const Order order = {{"web", {"app"}}, {"app", {"db", "cache"}}, {"db", {}}, {"cache", {}}, {"alone", {"unknown"}}};
  const auto result = run_in_order(order, [&](const std::string& node) -> Result<void> {
    const int now = ++at_once;
    for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    --at_once;
    const std::lock_guard lock(mutex);
    done.push_back(node);
    return success();
  });
  CHECK(result.ok());
  REQUIRE(done.size() == 5);
  const auto at = [&](const std::string& name) { return std::find(done.begin(), done.end(), name) - done.begin(); };
  CHECK(at("db") < at("app"));
  CHECK(at("cache") < at("app"));
  CHECK(at("app") < at("web"));
  CHECK(most >= 2);
}

TEST_CASE("after a failure nothing new begins") {
  std::atomic<int> begun{0};
  const auto result = run_in_order({{"a", {}}, {"b", {"a"}}, {"c", {"b"}}}, [&](const std::string& node) -> Result<void> {
    ++begun;
    if (node == "a") return make_error(ErrorKind::Internal, "test", "a", "", "no");
    return success();
  });
  CHECK_FALSE(result.ok());
  CHECK(begun == 1);
}

TEST_CASE("lines carry the name of who said them, as wide as the widest, with colours only where asked") {
  Texts console;
  LogLines lines(console, Prefix::Names, Colors::No);
  lines.add("db-1");
  lines.add("web-10");
  lines.feed("db-1", 1, "one\ntw");
  lines.feed("web-10", 1, "x\r\n");
  lines.feed("db-1", 2, "err\n");
  lines.feed("db-1", 1, "o\nrest");
  lines.end("db-1", "db-1 exited with code 0");
  CHECK(console.out_text == "db-1    | one\nweb-10  | x\ndb-1    | err\ndb-1    | two\ndb-1    | rest\ndb-1 exited with code 0\n");
  Texts colored;
  LogLines other(colored, Prefix::Names, Colors::Yes);
  other.add("a");
  other.feed("a", 1, "x\n");
  CHECK(colored.out_text == "\x1b[36ma  | \x1b[0mx\n");
  Texts bare;
  LogLines none(bare, Prefix::None, Colors::No);
  none.feed("a", 1, "x\n");
  CHECK(bare.out_text == "x\n");
}

TEST_CASE("progress is a line for each change, and on a terminal lines that change in place") {
  Texts plain;
  Still clock;
  Progress lines(plain, clock, ProgressKind::Plain);
  lines.working("Container a-1", "Creating");
  lines.done("Container a-1", "Created");
  CHECK(plain.err_text == " Container a-1  Creating\n Container a-1  Created\n");
  CHECK(plain.out_text.empty());
  Texts terminal;
  Progress drawn(terminal, clock, ProgressKind::Terminal);
  drawn.working("Network n", "Creating");
  clock.at = 1'500 * kMillisecond;
  drawn.done("Network n", "Created");
  CHECK(terminal.err_text.find("[+] Running 0/1") != std::string::npos);
  CHECK(terminal.err_text.find("\x1b[2A") != std::string::npos);
  CHECK(terminal.err_text.find("1.5s") != std::string::npos);
  Texts quiet;
  Progress silent(quiet, clock, ProgressKind::Quiet);
  silent.working("x", "Creating");
  CHECK(quiet.err_text.empty());
}
