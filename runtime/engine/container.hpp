// A container as the engine keeps it: what was asked, what became of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/names.hpp"
#include "image/config.hpp"

namespace strates::engine {

// The part of Docker's HostConfig that this engine acts on. What it does not know is refused at the API's edge, not ignored.
struct HostConfig {
  std::string network_mode = "default";  // "default", "none", "host"
  bool auto_remove = false;
  bool privileged = false;
  bool readonly_root = false;
  std::int64_t memory = 0, nano_cpus = 0, cpu_shares = 0;
  std::optional<std::int64_t> pids_limit;
  std::uint64_t shm_size = 64 << 20;
  std::string container_id_file;
  std::uint16_t console_rows = 0, console_columns = 0;
};

enum class Status { Created, Running, Exited, Dead };  // Docker's words: to_string
std::string_view to_string(Status status);

struct ContainerState {
  Status status = Status::Created;
  std::int64_t pid = 0;
  int exit_code = 0;
  bool oom_killed = false;
  std::string error;          // Docker's sentence when the start failed
  Nanos started_at = 0, finished_at = 0;  // 0: never
};

struct Container {
  ContainerId id;
  std::string name;  // without slash
  Nanos created = 0;
  std::string path;  // executable and arguments as resolved at creation
  std::vector<std::string> args;
  image::RunConfig config;
  HostConfig host;
  ImageId image;
  std::string image_name;  // as the user wrote it
  std::vector<ChainId> layers;  // bottom first
  ContainerState state;
  int restart_count = 0;
  std::vector<ExecId> execs;
  bool removing = false;
  bool intermediate = false;  // a build made it and still owns it: removed at start-up when its build died
};

struct ExecInstance {
  ExecId id;
  ContainerId container;
  std::vector<std::string> command, env;
  std::string user, working_dir;
  bool tty = false, attach_stdin = false, attach_stdout = false, attach_stderr = false, privileged = false;
  bool running = false, started = false;
  std::int64_t pid = 0;
  std::optional<int> exit_code;
};

}  // namespace strates::engine
