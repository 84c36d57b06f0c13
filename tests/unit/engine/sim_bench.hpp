// An engine over the simulated world with busybox in it, and short words for what the tests of a container's life look at.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/archive_reader.hpp"
#include "adapters/openssl_hasher.hpp"
#include "engine/engine.hpp"
#include "engine/lock.hpp"
#include "sim/catalogue.hpp"
#include "sim/world.hpp"

namespace strates::engine::test {

struct SimBench {
  SimBench() : world({}, hasher, archives), engine(Engine::open(world.world(), {.source_date_epoch = std::nullopt, .version = "test"}).value()) {
    StringSource tar(sim::catalogue_tar("busybox"));
    REQUIRE(engine->import_image(tar, "busybox", "latest", "catalogue", {"CMD [\"sh\"]"}).ok());
  }

  CreateRequest request(const std::string& name, const std::string& script) {
    CreateRequest out;
    out.name = name;
    out.config.image = "busybox";
    out.config.cmd = image::StringList{"sh", "-c", script};
    out.host.network_mode = "none";
    return out;
  }
  void create(const CreateRequest& wanted) {
    const auto created = engine->create(wanted);
    REQUIRE_MESSAGE(created.ok(), (created.ok() ? "" : created.error().message()));
  }
  void start(const std::string& name) {
    const auto started = engine->start(name);
    REQUIRE_MESSAGE(started.ok(), (started.ok() ? "" : started.error().message()));
  }
  // Virtual time passes; what was to happen meanwhile has happened.
  void pass(Nanos time) {
    const Locked lock(engine->world().monitor);
    engine->world().monitor.wait([] { return false; }, engine->world().clock.now() + time);
  }
  Container get(const std::string& name) { return engine->container(name).value(); }
  ContainerState state(const std::string& name) { return get(name).state; }
  Nanos now() { return world.clock().peek(); }

  // Every fact of one kind, in order, with its time.
  template <typename Fact>
  std::vector<std::pair<Nanos, Fact>> facts() {
    std::vector<std::pair<Nanos, Fact>> out;
    for (const auto& event : engine->tracer().kept(0))
      if (const auto* family = std::get_if<event::Container>(&event.what))
        if (const auto* fact = std::get_if<Fact>(family)) out.emplace_back(event.at, *fact);
    return out;
  }

  adapters::OpensslHasher hasher;
  adapters::LibarchiveReader archives;
  sim::SimWorld world;
  std::unique_ptr<Engine> engine;
};

inline std::string sentence(const Result<void>& result) { return result.ok() ? "" : result.error().message(); }

}  // namespace strates::engine::test
