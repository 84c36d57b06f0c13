// The engine over the simulated world: decisions, sentences, state. What the two worlds must agree on is in tests/differential.
#include <doctest/doctest.h>

#include <algorithm>

#include "adapters/archive_reader.hpp"
#include "adapters/openssl_hasher.hpp"
#include "engine/engine.hpp"
#include "engine/lock.hpp"
#include "image/layer.hpp"
#include "sim/catalogue.hpp"
#include "sim/world.hpp"

using namespace strates;
using namespace strates::engine;

namespace {

class Words final : public OutputSink {
 public:
  void output(StdStream stream, Nanos, std::string_view bytes) override { (stream == StdStream::Err ? err : out) += bytes; }
  void ended() override { done = true; }
  std::string out, err;
  bool done = false;
};

struct Bench {
  Bench() : world({}, hasher, archives), engine(Engine::open(world.world(), {.source_date_epoch = std::nullopt, .version = "test"}).value()) {
    for (const auto& name : sim::catalogue_names()) {
      StringSource tar(sim::catalogue_tar(name));
      REQUIRE(engine->import_image(tar, name, "latest", "catalogue", {"CMD [\"" + std::string(name == "hello-world" ? "/hello" : "sh") + "\"]"}).ok());
    }
  }

  Result<ContainerId> create(const std::string& name, const std::vector<std::string>& command, const std::string& image = "busybox") {
    CreateRequest request;
    request.name = name;
    request.config.image = image;
    request.config.cmd = command;
    request.host.network_mode = "none";
    return TRY(engine->create(request)).id;
  }
  // Runs to the end; the exit code.
  int run(const std::string& name, const std::vector<std::string>& command, std::shared_ptr<Words> words = std::make_shared<Words>()) {
    const auto created = create(name, command);
    REQUIRE_MESSAGE(created.ok(), (created.ok() ? "" : created.error().explanation()));
    return go(name, std::move(words));
  }
  int go(const std::string& name, std::shared_ptr<Words> words = std::make_shared<Words>()) {
    const auto attached = engine->attach(name, {}, words);
    int code = -1;
    const auto waiting = engine->wait(name, WaitCondition::NextExit, [&](WaitReply reply) { code = reply.exit_code; });
    const auto started = engine->start(name);
    CHECK_MESSAGE(started.ok(), (started.ok() ? "" : started.error().message()));
    const Locked lock(engine->world().monitor);
    engine->world().monitor.wait([&] { return code >= 0 && words->done; }, 0);
    return code;
  }
  std::string wire(const Result<void>& result) { return result.ok() ? "" : result.error().message(); }

  adapters::OpensslHasher hasher;
  adapters::LibarchiveReader archives;
  sim::SimWorld world;
  std::unique_ptr<Engine> engine;
};

}  // namespace

TEST_CASE("a container runs, says its words and leaves its exit code") {
  Bench bench;
  auto words = std::make_shared<Words>();
  CHECK(bench.run("box", {"sh", "-c", "echo out; echo err >&2; exit 5"}, words) == 5);
  CHECK(words->out == "out\n");
  CHECK(words->err == "err\n");
  const auto data = bench.engine->container("box").value();
  CHECK(data.state.status == Status::Exited);
  CHECK(data.state.exit_code == 5);
  // Its log tells the same again.
  auto log = std::make_shared<Words>();
  const auto hold = bench.engine->logs("box", {}, log);
  CHECK(hold.ok());
  CHECK(log->out == "out\n");
  CHECK(log->done);
}

TEST_CASE("writes stay in their container, and a commit makes them an image") {
  Bench bench;
  CHECK(bench.run("box", {"sh", "-c", "echo hello > /root/x; rm /etc/passwd"}) == 0);
  const auto changes = bench.engine->diff("box").value();
  const auto has = [&](ChangeKind kind, const std::string& path) { return std::find(changes.begin(), changes.end(), Change{kind, path}) != changes.end(); };
  CHECK(has(ChangeKind::Added, "/root/x"));
  CHECK(has(ChangeKind::Modified, "/root"));
  CHECK(has(ChangeKind::Deleted, "/etc/passwd"));
  const auto id = bench.engine->commit({.container = "box", .repo = "mine", .tag = "1", .comment = "c", .author = "me", .changes = {"CMD [\"cat\", \"/root/x\"]"}, .config = std::nullopt});
  REQUIRE(id.ok());
  auto words = std::make_shared<Words>();
  CreateRequest request;
  request.name = "bob";
  request.config.image = "mine:1";
  REQUIRE(bench.engine->create(request).ok());
  CHECK(bench.go("bob", words) == 0);
  CHECK(words->out == "hello\n");
  const auto history = bench.engine->history("mine:1").value();
  REQUIRE(history.size() == 2);
  CHECK(history[0].comment == "c");
  CHECK(history[0].bytes == 6);
  // A fresh container of the base does not see any of it.
  CHECK(bench.run("cot", {"cat", "/root/x"}) == 1);
}

TEST_CASE("Docker's refusals come with Docker's sentences") {
  Bench bench;
  CHECK(bench.create("box", {"sleep", "1000"}).ok());
  const std::string id = bench.engine->container("box").value().id.str();
  CHECK(bench.create("box", {"true"}).error().message() ==
        "Conflict. The container name \"/box\" is already in use by container \"" + id + "\". You have to remove (or rename) that container to be able to reuse that name.");
  CHECK(bench.create("bob", {"true"}, "nosuch").error().message() == "No such image: nosuch:latest");
  CHECK(bench.create("bob", {"true"}, "UPPER").error().message().find("repository name must be lowercase") != std::string::npos);
  CHECK(bench.engine->start("nosuch").error().message() == "No such container: nosuch");
  CHECK(bench.engine->start("box").ok());
  CHECK(bench.engine->start("box").error().kind == ErrorKind::NotModified);
  CHECK(bench.wire(bench.engine->remove("box", Force::No)) ==
        "You cannot remove a running container " + id + ". Stop the container before attempting removal or force remove");
  CHECK(bench.wire(bench.engine->kill("box", "FOO")) == "Invalid signal: FOO");
  const auto image = bench.engine->image("busybox").value();
  CHECK(bench.engine->remove_image("busybox", Force::No, Prune::Yes).error().message() ==
        "conflict: unable to remove repository reference \"busybox\" (must force) - container " + id.substr(0, 12) + " is using its referenced image " + short_id(image.id.str()));
  CHECK(bench.create("nap", {"true"}).ok());
  CreateRequest request;
  request.config.image = "busybox";
  request.host.network_mode = "nonet";
  request.name = "lost";
  // As Docker: the network is looked for when the container starts.
  CHECK(bench.engine->create(request).ok());
  CHECK(bench.engine->start("lost").error().message() == "network nonet not found");
  CHECK(bench.wire(bench.engine->remove("box", Force::Yes)).empty());
  CHECK(bench.engine->container("box").error().message() == "No such container: box");
}

TEST_CASE("a program that cannot be executed fails the start as Docker says it") {
  Bench bench;
  REQUIRE(bench.create("box", {"nosuchcmd"}).ok());
  int code = -1;
  const auto waiting = bench.engine->wait("box", WaitCondition::NextExit, [&](WaitReply reply) { code = reply.exit_code; });
  const auto started = bench.engine->start("box");
  REQUIRE_FALSE(started.ok());
  CHECK(started.error().message() ==
        "failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"nosuchcmd\": executable file not found in $PATH: unknown");
  CHECK(code == 127);
  CHECK(bench.engine->container("box").value().state.status == Status::Created);
  CHECK(bench.engine->remove("box", Force::No).ok());
}

TEST_CASE("stop asks, waits ten seconds, then kills") {
  Bench bench;
  REQUIRE(bench.create("box", {"sleep", "100000"}).ok());
  REQUIRE(bench.engine->start("box").ok());
  const Nanos before = bench.world.clock().now();
  CHECK(bench.engine->stop("box", std::nullopt, "").ok());
  // A first process without a handler does not hear SIGTERM.
  CHECK(bench.world.clock().now() - before >= 10 * kSecond);
  CHECK(bench.engine->container("box").value().state.exit_code == 137);
  CHECK(bench.engine->stop("box", std::nullopt, "").error().kind == ErrorKind::NotModified);
}

TEST_CASE("input given before the start reaches the process, and its end too") {
  Bench bench;
  CreateRequest request;
  request.name = "box";
  request.config.image = "busybox";
  request.config.cmd = image::StringList{"cat"};
  request.config.open_stdin = request.config.stdin_once = true;
  REQUIRE(bench.engine->create(request).ok());
  auto words = std::make_shared<Words>();
  const auto attached = bench.engine->attach("box", {.logs = false, .stream = true, .in = true, .out = true, .err = true}, words);
  REQUIRE(attached.ok());
  CHECK(attached.value()->write("one\n").ok());
  attached.value()->close_stdin();
  CHECK(bench.go("box") == 0);
  CHECK(words->out == "one\n");
}

TEST_CASE("exec runs beside the first process and reports its own code") {
  Bench bench;
  REQUIRE(bench.create("box", {"sleep", "1000"}).ok());
  CHECK(bench.engine->exec_create("box", {.command = {"true"}}).error().message().find("is not running") != std::string::npos);
  REQUIRE(bench.engine->start("box").ok());
  const auto id = bench.engine->exec_create("box", {.command = {"sh", "-c", "echo in; exit 7"}, .attach_stdout = true, .attach_stderr = true});
  REQUIRE(id.ok());
  auto words = std::make_shared<Words>();
  const auto held = bench.engine->exec_start(id.value(), words, 0, 0);
  REQUIRE(held.ok());
  {
    const Locked lock(bench.engine->world().monitor);
    bench.engine->world().monitor.wait([&] { return words->done; }, 0);
  }
  CHECK(words->out == "in\n");
  CHECK(bench.engine->exec(id.value()).value().exit_code == 7);
  CHECK(bench.engine->exec_start(id.value(), words, 0, 0).error().kind == ErrorKind::Conflict);
}

TEST_CASE("--rm removes the container at its exit and completes who waits for that") {
  Bench bench;
  CreateRequest request;
  request.name = "box";
  request.config.image = "busybox";
  request.config.cmd = image::StringList{"true"};
  request.host.auto_remove = true;
  REQUIRE(bench.engine->create(request).ok());
  int code = -1;
  const auto waiting = bench.engine->wait("box", WaitCondition::Removed, [&](WaitReply reply) { code = reply.exit_code; });
  REQUIRE(bench.engine->start("box").ok());
  const Locked lock(bench.engine->world().monitor);
  CHECK(bench.engine->world().monitor.wait([&] { return code == 0; }, 0));
  bench.engine->world().monitor.unlock();
  CHECK_FALSE(bench.engine->container("box").ok());
  bench.engine->world().monitor.lock();
}

TEST_CASE("untagging keeps an image that has another name; the last name takes it, its layers and its unnamed parents") {
  Bench bench;
  CHECK(bench.run("box", {"sh", "-c", "echo x > /x"}) == 0);
  const auto id = bench.engine->commit({.container = "box", .repo = "one", .tag = "", .comment = "", .author = "", .changes = {}, .config = std::nullopt}).value();
  CHECK(bench.engine->tag("one", "two", "v2").ok());
  const auto first = bench.engine->remove_image("one", Force::No, Prune::Yes).value();
  REQUIRE(first.size() == 1);
  CHECK(first[0].name == "one:latest");
  const auto second = bench.engine->remove_image("two:v2", Force::No, Prune::Yes).value();
  REQUIRE(second.size() == 3);
  CHECK(second[1].name == id.str());
  CHECK_FALSE(bench.engine->image("two:v2").ok());
  CHECK(bench.engine->image("busybox").ok());
  CHECK(bench.engine->remove("box", Force::No).ok());
}

TEST_CASE("another engine on the same store finds images and containers again") {
  Bench bench;
  CHECK(bench.run("box", {"sh", "-c", "echo x > /x; exit 3"}) == 3);
  bench.engine->close();
  bench.engine.reset();
  bench.engine = Engine::open(bench.world.world(), {.source_date_epoch = std::nullopt, .version = "test"}).value();
  CHECK(bench.engine->container("box").value().state.exit_code == 3);
  CHECK(bench.engine->image("busybox").ok());
  CHECK(bench.engine->diff("box").value().size() >= 1);
}
