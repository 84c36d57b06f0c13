// A lesson's command that is stopped from another thread.
#include <doctest/doctest.h>

#include <chrono>
#include <thread>

#include "lessons/player/shell_command.hpp"

using namespace strates;
using lessons::ShellCommands;

TEST_CASE("an interrupt ends the command that runs and lets no other begin") {
  auto commands = ShellCommands::open("/bin/true", "unix:///nowhere");
  REQUIRE(commands.ok());
  const auto began = std::chrono::steady_clock::now();
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    commands.value().interrupt();
  });
  const auto outcome = commands.value().run("exec sleep 60", [](std::string_view) {});
  other.join();
  REQUIRE(outcome.ok());
  CHECK(outcome.value().exit_code == 128 + 2);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(30));
  const auto next = commands.value().run("true", [](std::string_view) {});
  REQUIRE_FALSE(next.ok());
  CHECK(next.error().code == "lesson.interrupted");
}

TEST_CASE("an interrupt while nothing runs is kept for the next command") {
  auto commands = ShellCommands::open("/bin/true", "unix:///nowhere");
  REQUIRE(commands.ok());
  CHECK(commands.value().run("exit 3", [](std::string_view) {}).value().exit_code == 3);
  commands.value().interrupt();
  CHECK_FALSE(commands.value().run("true", [](std::string_view) {}).ok());
}
