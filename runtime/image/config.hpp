// An image's configuration (OCI image-spec, config.md, with the fields Docker adds) and the run configuration it shares with containers.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/names.hpp"

namespace strates::image {

using StringList = std::vector<std::string>;

struct Healthcheck {
  StringList test;
  Nanos interval = 0, timeout = 0, start_period = 0;
  int retries = 0;
  bool operator==(const Healthcheck&) const = default;
};

// Docker's "Config": what to run and how. Null and empty lists differ on the wire, hence the optionals.
struct RunConfig {
  std::string hostname, domainname, user;
  bool attach_stdin = false, attach_stdout = false, attach_stderr = false;
  std::set<std::string> exposed_ports;  // "8080/tcp"
  bool tty = false, open_stdin = false, stdin_once = false;
  std::optional<StringList> env;
  std::optional<StringList> cmd;
  std::optional<Healthcheck> healthcheck;
  bool args_escaped = false;
  std::string image;
  std::optional<std::set<std::string>> volumes;
  std::string working_dir;
  std::optional<StringList> entrypoint;
  bool network_disabled = false;
  std::string mac_address;
  std::optional<StringList> on_build;
  std::optional<std::map<std::string, std::string>> labels;
  std::string stop_signal;
  std::optional<int> stop_timeout;
  std::optional<StringList> shell;
  bool operator==(const RunConfig&) const = default;
};

struct HistoryEntry {
  std::string created;  // RFC 3339
  std::string created_by, author, comment;
  bool empty_layer = false;
};

struct ImageConfig {
  std::string created;  // RFC 3339
  std::string author, architecture = "amd64", os = "linux", variant;
  RunConfig config;
  std::string container;                     // Docker: the container it was committed from
  std::optional<RunConfig> container_config; // Docker: what that container ran; the build cache compares it
  std::string docker_version;
  std::string comment;
  std::string parent;                        // never serialised into the config: kept beside it by the engine
  std::vector<DiffId> diff_ids;
  std::vector<HistoryEntry> history;
};

// Docker's JSON of a run configuration, in Docker's order (as in `docker inspect`). Left out when empty, as Docker does: ExposedPorts, Healthcheck,
// ArgsEscaped, NetworkDisabled, MacAddress, StopSignal, StopTimeout, Shell; a list or map never set is null, an empty one is [] or {}.
Json run_config_to_json(const RunConfig& config);
// Lenient about absent keys, nulls and the case of keys (as Go), strict about types: code config.type names the key.
// Cmd, Entrypoint and Shell may be one string, which is a list of one.
Result<RunConfig> run_config_from_json(const Json& json);

// The bytes whose sha256 is the image id: as Docker 20.10 writes them (Go's encoding, keys in Docker's order).
std::string image_config_bytes(const ImageConfig& config);
// Refuses what the OCI image-spec's config schema refuses, but takes the nulls that Docker writes, and rootfs without diff_ids (no layer at all).
// DiffIDs must be sha256. codes config.syntax, config.schema
Result<ImageConfig> parse_image_config(std::string_view bytes);

}  // namespace strates::image
