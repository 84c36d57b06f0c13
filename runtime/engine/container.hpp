// A container as the engine keeps it: what was asked, what became of it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/names.hpp"
#include "engine/confinement.hpp"
#include "engine/network.hpp"
#include "image/config.hpp"

namespace strates::engine {

// Docker's --restart. Unset is what an API client gets that says nothing; it means No.
enum class RestartWhen { Unset, No, Always, OnFailure, UnlessStopped };
struct RestartPolicy {
  RestartWhen when = RestartWhen::Unset;
  int most = 0;  // on-failure only; 0: no limit
  bool none() const { return when == RestartWhen::Unset || when == RestartWhen::No; }
  bool operator==(const RestartPolicy&) const = default;
};
std::string_view to_string(RestartWhen when);  // Docker's words: "", "no", "always", "on-failure", "unless-stopped"
std::optional<RestartWhen> restart_when(std::string_view name);

// ------------------------------------------------------------------------------------------------------------------ mounts

// One entry of HostConfig.Mounts (Docker Engine API, "Mount"), as it was asked.
struct MountSpec {
  struct Bind {
    std::string propagation;
    bool non_recursive = false;
  };
  struct Volume {
    bool no_copy = false;
    std::map<std::string, std::string> labels;
    std::string driver;
    std::map<std::string, std::string> options;
    bool has_driver = false;
  };
  struct Tmpfs {
    std::int64_t size_bytes = 0;
    std::uint32_t mode = 0;
  };
  std::string type, source, target, consistency;
  bool read_only = false;
  std::optional<Bind> bind;
  std::optional<Volume> volume;
  std::optional<Tmpfs> tmpfs;
};

enum class MountType { Bind, Volume, Tmpfs };
std::string_view to_string(MountType type);

// A mount of a container as it came out of all that was asked (Docker Engine API, "MountPoint").
struct MountPoint {
  MountType type = MountType::Bind;
  std::string name, source, destination, driver, mode, propagation;
  bool writable = true;
  bool copies = false;     // volumes: an empty one is filled from the image
  bool anonymous = false;  // volumes: nobody named it; it goes with `rm -v`
  bool must_exist = false; // binds: the source is not made (--mount)
  bool recursive = true;
  std::string options;     // tmpfs
};

// ------------------------------------------------------------------------------------------------------------------ containers

// The part of Docker's HostConfig that this engine acts on. What it does not know is refused at the API's edge, not ignored.
// Where what a container writes is kept: "json-file" or "none", and the driver's options as asked ("max-size": "10m"). engine/log_settings.hpp reads them.
struct LogSettings {
  std::string driver = "json-file";
  std::map<std::string, std::string> options;
};

struct HostConfig {
  std::string network_mode = "default";  // "default", "none", "host", "container:ID", or the name of a network
  bool auto_remove = false;
  bool privileged = false;
  bool readonly_root = false;
  Limits limits;        // engine/confinement.hpp
  Isolation isolation;  // engine/confinement.hpp
  std::uint64_t shm_size = 64 << 20;
  std::string container_id_file;
  std::uint16_t console_rows = 0, console_columns = 0;
  LogSettings log;
  // --- life of the container
  RestartPolicy restart;
  // --- names: /etc/hosts and /etc/resolv.conf
  std::vector<std::string> extra_hosts;  // "name:address"
  std::vector<std::string> dns, dns_search, dns_options;
  // --- mounts, as asked
  std::vector<std::string> binds, volumes_from;
  std::vector<MountSpec> mounts;
  std::string volume_driver;
  // --- networks
  PortMap port_bindings;
  bool publish_all = false;
  std::vector<std::string> links;  // "container:alias"
};

enum class Status { Created, Running, Restarting, Exited, Dead };  // Docker's words: to_string. Restarting: no process now, the policy brings one; a paused one is Running

// What the health check found out (Docker Engine API, "Health").
enum class HealthStatus { Starting, Healthy, Unhealthy };
std::string_view to_string(HealthStatus status);
struct HealthResult {
  Nanos start = 0, end = 0;
  int exit_code = 0;   // -1: it did not end in time, or could not be started
  std::string output;  // at most 4096 bytes, then "..."
};
struct Health {
  HealthStatus status = HealthStatus::Starting;
  int failing_streak = 0;
  std::vector<HealthResult> log;  // the last five
};
std::string_view to_string(Status status);
struct ContainerState;
std::string_view state_word(const ContainerState& state);  // to_string, or "paused"

struct ContainerState {
  Status status = Status::Created;
  std::int64_t pid = 0;
  int exit_code = 0;
  bool oom_killed = false;
  bool paused = false;        // of Running only
  std::string error;          // Docker's sentence when the start failed
  Nanos started_at = 0, finished_at = 0;  // 0: never
  std::optional<Health> health;           // none: it has no health check, or was never started
  // As Docker's clients see it: a container that waits for its restart counts as running.
  bool running() const { return status == Status::Running || status == Status::Restarting; }
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
  bool stopped_by_hand = false;  // stop or kill was asked for since the last start: unless-stopped stays down
  std::vector<MountPoint> mounts;  // by destination
  std::map<std::string, Endpoint> networks;  // by the network's name
  PortMap ports;           // published while it runs; exposed ones have no binding
  std::string sandbox_id;  // 64 digits while it runs
  bool removing = false;
  bool intermediate = false;  // a build made it and still owns it: removed at start-up when its build died
};

struct ExecInstance {
  ExecId id;
  ContainerId container;
  std::vector<std::string> command, env;
  std::string user, working_dir;
  bool tty = false, attach_stdin = false, attach_stdout = false, attach_stderr = false, privileged = false;
  std::string detach_keys;
  bool running = false, started = false;
  std::int64_t pid = 0;
  std::optional<int> exit_code;
};

}  // namespace strates::engine
