// A simulated container with a base image of the catalogue, driven by hand: run a command, see what it wrote.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/archive_reader.hpp"
#include "adapters/openssl_hasher.hpp"
#include "sim/catalogue.hpp"
#include "sim/world.hpp"

namespace strates::sim::testing {

struct Output {
  std::string out, err;
  int code = -1;
  bool operator==(const Output&) const = default;
};

struct Seen : engine::ProcessObserver {
  struct One {
    Output output;
    std::vector<Nanos> times;
    std::optional<engine::ExitStatus> exit;
    int exits = 0;
  };
  std::map<std::string, One> by_exec;
  void output(const ContainerId&, const ExecId& exec, engine::StdStream stream, Nanos at, std::string_view bytes) override {
    One& one = by_exec[exec.str()];
    CHECK(!one.exit.has_value());  // outputs come before the exit
    (stream == engine::StdStream::Err ? one.output.err : one.output.out) += bytes;
    one.times.push_back(at);
  }
  void exited(const ContainerId&, const ExecId& exec, const engine::ExitStatus& status) override {
    One& one = by_exec[exec.str()];
    one.exit = status;
    one.output.code = status.code;
    ++one.exits;
  }
};

class TestContainer {
 public:
  explicit TestContainer(std::string_view image) {
    StringSource tar(catalogue_tar(image));
    auto layer = world.snapshots().import_layer(std::nullopt, tar, [](Payload) {});
    REQUIRE(layer.ok());
    REQUIRE(world.snapshots().prepare(SnapshotKey("snap"), {layer.value().chain_id}, {}).ok());
    world.processes().set_observer(&seen);
    spec.id = ContainerId(std::string(64, 'c'));
    spec.snapshot = SnapshotKey("snap");
    spec.hostname = "testhost";
    spec.process.env = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"};
  }

  Result<engine::RunningProcess> start(std::vector<std::string> args) {
    seen.by_exec.erase("");
    spec.process.args = std::move(args);
    return world.processes().start(spec, [this](Payload fact) { facts.push_back(std::move(fact)); });
  }
  // Takes steps until nothing can go on, without moving the clock; at most `most`.
  void settle(int most = 200'000) {
    while (most-- > 0 && world.processes().step()) {}
    CHECK(most > 0);
  }
  // The same, and sleeps until everybody has ended or waits for ever.
  void finish() {
    for (int turns = 0; turns < 10'000; ++turns) {
      settle(2'000'000);
      const auto timer = world.processes().next_timer();
      if (!timer) return;
      world.clock().advance_to(*timer);
    }
    FAIL("it does not end");
  }
  Output run(std::vector<std::string> args, const std::string& input = {}) {
    spec.process.open_stdin = true;
    auto started = start(std::move(args));
    if (!started.ok()) return {"", started.error().cause, -2};
    REQUIRE(world.processes().write_stdin(spec.id, ExecId(), input).ok());
    REQUIRE(world.processes().close_stdin(spec.id, ExecId()).ok());
    finish();
    CHECK(seen.by_exec[""].exits == 1);
    world.processes().release(spec.id);
    return seen.by_exec[""].output;
  }
  Output sh(const std::string& script, const std::string& input = {}) { return run({"sh", "-c", script}, input); }
  const Output& output(const std::string& exec = "") { return seen.by_exec[exec].output; }
  bool ended(const std::string& exec = "") { return seen.by_exec[exec].exit.has_value(); }
  std::string file(std::string_view path) {
    auto vfs = world.snapshots().open_vfs("snap");
    REQUIRE(vfs.ok());
    auto bytes = vfs.value()->read(path);
    return bytes.ok() ? bytes.value() : "(" + bytes.error().cause + ")";
  }
  void write(std::string_view path, std::string_view bytes, std::uint32_t mode = 0644) {
    auto vfs = world.snapshots().open_vfs("snap");
    REQUIRE(vfs.ok());
    REQUIRE(vfs.value()->write(path, bytes, Vfs::Write::Truncate, mode).ok());
  }

  adapters::OpensslHasher hasher;
  adapters::LibarchiveReader archives;
  Seen seen;
  SimWorld world{SimOptions{}, hasher, archives};
  engine::ContainerSpec spec;
  std::vector<Payload> facts;
};

}  // namespace strates::sim::testing
