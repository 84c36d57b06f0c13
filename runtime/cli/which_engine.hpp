// Which engine a command talks to, and where a daemon of ours keeps its things.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace strates::cli {

enum class World { Linux, Simulated };

// Who named the engine; what was asked for is never replaced by something else.
enum class ChosenBy { Option, StratesHost, DockerHost, Root, User };

struct EngineChoice {
  std::string socket;  // path of the unix socket
  ChosenBy by = ChosenBy::User;
  // Of our own daemon, when it is ours to start (Root and User).
  World world = World::Simulated;
  std::string root;  // directory of its store

  bool ours() const { return by == ChosenBy::Root || by == ChosenBy::User; }
  std::string host() const { return "unix://" + socket; }
};

// What the choice depends on, so that it can be tested.
struct Surroundings {
  std::function<std::optional<std::string>(const char*)> variable;
  bool is_root = false;
  std::string home;
};
Surroundings process_surroundings();
// Where Docker's client keeps its files: $DOCKER_CONFIG, or ~/.docker.
std::string docker_config_folder(const Surroundings& surroundings);

// --host, STRATES_HOST, DOCKER_HOST, then ours: as root the real engine, otherwise the simulator.
// code client.host: a host that is not unix:// (tcp://, ssh://) is refused, with what to do.
Result<EngineChoice> choose_engine(const std::string& option, const Surroundings& surroundings);

// One line in the person's language: "Moteur : simulateur (unix:///run/user/1000/strates/strates.sock)".
std::string describe(const EngineChoice& choice);

}  // namespace strates::cli
