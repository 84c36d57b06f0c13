// `docker strates`: Strates as a plugin of Docker's own client.
#include <doctest/doctest.h>

#include <filesystem>

#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;
namespace fs = std::filesystem;

TEST_CASE("Docker's client finds the plugin, lists it, and gives it its words and its engine") {
  for (const Client client : {Client::Debian, Client::Newer}) {
    if (skipped(why_not(client)) || skipped(why_not(World::Sim))) continue;
    const TemporaryRoot root;
    LeakWatch watch(root);
    Daemon daemon(root, World::Sim);
    daemon.prepare({"busybox"});
    CHECK(daemon.docker("docker strates layers busybox", client).exit != 0);  // not yet
    const auto made = daemon.strates({"--lang", "en", "plugin", "install"}, {.env = daemon.client_env(client)});
    REQUIRE_MESSAGE(made.exit == 0, made.all());
    const std::string link = root.home() + "/.docker/cli-plugins/docker-strates";
    CHECK(fs::read_symlink(link) == program("strates"));

    const auto help = daemon.docker("docker --help", client);
    CHECK_MESSAGE(help.out.find("\n  strates*") != std::string::npos, help.all());
    const auto layers = daemon.docker("docker strates --lang en layers busybox", client), own = daemon.strates({"--lang", "en", "layers", "busybox"});
    CHECK_MESSAGE(layers.exit == 0, layers.all());
    CHECK(layers.out.find("busybox:latest: layers: 1, ") == 0);
    CHECK(layers.out == own.out);
    // The engine that Docker's client was told, not the one of the environment.
    const auto told = daemon.docker("DOCKER_HOST=unix:///nowhere docker -H " + daemon.host() + " strates layers --json busybox", client);
    CHECK_MESSAGE((told.exit == 0 && told.out.find("\"TotalBytes\"") != std::string::npos), told.all());
    const auto absent = daemon.docker("docker strates --lang en layers nothing", client);
    CHECK(absent.exit == 1);
    CHECK(absent.err.find("No such image: nothing:latest") != std::string::npos);
    CHECK(daemon.docker("docker help strates", client).out.find("  layers ") != std::string::npos);

    CHECK(daemon.strates({"plugin", "remove"}, {.env = daemon.client_env(client)}).exit == 0);
    CHECK_FALSE(fs::exists(fs::symlink_status(link)));
    fs::create_directories(fs::path(link).parent_path());
    root.write("other", "#!/bin/sh\n");
    fs::copy(root.work() + "/other", link);
    const auto taken = daemon.strates({"--lang", "en", "plugin", "install"}, {.env = daemon.client_env(client)});
    CHECK(taken.exit == 1);
    CHECK_MESSAGE(taken.err.find("another file has this name") != std::string::npos, taken.all());
    CHECK(fs::is_regular_file(fs::symlink_status(link)));
    CHECK(daemon.stop() == 0);
    const auto left = watch.left();
    CHECK_MESSAGE(left.empty(), "left behind:\n" << joined(left));
  }
}
