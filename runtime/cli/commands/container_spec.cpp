#include "cli/commands/container_spec.hpp"

#include <charconv>
#include <map>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/commands/container_confinement.hpp"
#include "cli/commands/container_devices.hpp"
#include "cli/commands/container_network.hpp"
#include "cli/commands/content_trust.hpp"
#include "cli/commands/mounts.hpp"
#include "cli/key_value_files.hpp"

namespace strates::cli {

namespace {

constexpr std::string_view kCgroupnsHelp =
    "Cgroup namespace to use (host|private)\n'host':    Run the container in the Docker host's cgroup namespace\n'private': Run the container in its own private cgroup "
    "namespace\n'':        Use the cgroup namespace as configured by the\n           default-cgroupns-mode option on the daemon (default)";

constexpr FlagSpec kFlags[] = {
    list_flag("attach", 'a', "Attach to STDIN, STDOUT or STDERR", check_stream),
    text_flag("cidfile", 0, "Write the container ID to the file"),
    integer_flag("cpu-shares", 'c', "CPU shares (relative weight)"),
    {"cpus", 0, FlagKind::Decimal, "decimal", "Number of CPUs"},
    text_flag("entrypoint", 0, "Overwrite the default ENTRYPOINT of the image"),
    list_flag("env", 'e', "Set environment variables", check_variable),
    list_flag("env-file", 0, "Read in a file of environment variables"),
    bool_flag("help", 0, "Print usage"),
    text_flag("hostname", 'h', "Container host name"),
    bool_flag("interactive", 'i', "Keep STDIN open even if not attached"),
    list_flag("label", 'l', "Set meta data on a container", check_label),
    list_flag("label-file", 0, "Read in a line delimited file of labels"),
    bytes_flag("memory", 'm', "Memory limit"),
    // Confinement (container_confinement.cpp).
    {"blkio-weight", 0, FlagKind::Integer, "uint16", "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)", {}, FlagSupport::Yes, check_uint16},
    list_flag("cap-add", 0, "Add Linux capabilities"),
    list_flag("cap-drop", 0, "Drop Linux capabilities"),
    text_flag("cgroup-parent", 0, "Optional parent cgroup for the container"),
    text_flag("cgroupns", 0, kCgroupnsHelp),
    integer_flag("cpu-period", 0, "Limit CPU CFS (Completely Fair Scheduler) period"),
    integer_flag("cpu-quota", 0, "Limit CPU CFS (Completely Fair Scheduler) quota"),
    text_flag("cpuset-cpus", 0, "CPUs in which to allow execution (0-3, 0,1)"),
    text_flag("cpuset-mems", 0, "MEMs in which to allow execution (0-3, 0,1)"),
    list_flag("device", 0, "Add a host device to the container"),
    list_flag("device-cgroup-rule", 0, "Add a rule to the cgroup allowed devices list", check_device_rule),
    list_flag("group-add", 0, "Add additional groups to join"),
    bool_flag("init", 0, "Run an init inside the container that forwards signals and reaps processes"),
    text_flag("ipc", 0, "IPC mode to use"),
    bytes_flag("kernel-memory", 0, "Kernel memory limit"),
    bytes_flag("memory-reservation", 0, "Memory soft limit"),
    {"memory-swap", 0, FlagKind::SwapBytes, "bytes", "Swap limit equal to memory plus swap: '-1' to enable unlimited swap"},
    integer_flag("memory-swappiness", 0, "Tune container memory swappiness (0 to 100)", "-1"),
    bool_flag("oom-kill-disable", 0, "Disable OOM Killer"),
    integer_flag("oom-score-adj", 0, "Tune host's OOM preferences (-1000 to 1000)"),
    text_flag("pid", 0, "PID namespace to use"),
    list_flag("security-opt", 0, "Security Options"),
    {"sysctl", 0, FlagKind::List, "map", "Sysctl options (default map[])", {}, FlagSupport::Yes, check_sysctl},
    list_flag("tmpfs", 0, "Mount a tmpfs directory"),
    {"ulimit", 0, FlagKind::List, "ulimit", "Ulimit options (default [])", {}, FlagSupport::Yes, check_ulimit},
    text_flag("userns", 0, "User namespace to use"),
    text_flag("uts", 0, "UTS namespace to use"),
    text_flag("name", 0, "Assign a name to the container"),
    integer_flag("pids-limit", 0, "Tune container pids limit (set -1 for unlimited)"),
    bool_flag("privileged", 0, "Give extended privileges to this container"),
    bool_flag("read-only", 0, "Mount the container's root filesystem as read only"),
    bool_flag("rm", 0, "Automatically remove the container when it exits"),
    bytes_flag("shm-size", 0, "Size of /dev/shm"),
    text_flag("stop-signal", 0, "Signal to stop a container", "SIGTERM"),
    integer_flag("stop-timeout", 0, "Timeout (in seconds) to stop a container"),
    bool_flag("tty", 't', "Allocate a pseudo-TTY"),
    text_flag("user", 'u', "Username or UID (format: <name|uid>[:<group|gid>])"),
    {"mount", 0, FlagKind::List, "mount", "Attach a filesystem mount to the container", {}, FlagSupport::Yes, check_mount},
    list_flag("volume", 'v', "Bind mount a volume"),
    text_flag("volume-driver", 0, "Optional volume driver for the container"),
    list_flag("volumes-from", 0, "Mount volumes from the specified container(s)"),
    text_flag("workdir", 'w', "Working directory inside the container"),
    // Life of the container.
    text_flag("health-cmd", 0, "Command to run to check health"),
    duration_flag("health-interval", "Time between running the check (ms|s|m|h)"),
    integer_flag("health-retries", 0, "Consecutive failures needed to report unhealthy"),
    duration_flag("health-start-period", "Start period for the container to initialize before starting health-retries countdown (ms|s|m|h)"),
    duration_flag("health-timeout", "Maximum time to allow one check to run (ms|s|m|h)"),
    bool_flag("no-healthcheck", 0, "Disable any container-specified HEALTHCHECK"),
    text_flag("restart", 0, "Restart policy to apply when a container exits", "no"),
    // Names.
    list_flag("add-host", 0, "Add a custom host-to-IP mapping (host:ip)", check_add_host),
    list_flag("dns", 0, "Set custom DNS servers", check_dns),
    list_flag("dns-option", 0, "Set DNS options"),
    hidden_list_flag("dns-opt"),
    list_flag("dns-search", 0, "Set custom DNS search domains", check_dns_search),
    text_flag("domainname", 0, "Container NIS domain name"),
    // Networks (container_network.cpp).
    list_flag("expose", 0, "Expose a port or a range of ports"),
    text_flag("ip", 0, "IPv4 address (e.g., 172.30.100.104)"),
    text_flag("ip6", 0, "IPv6 address (e.g., 2001:db8::33)"),
    list_flag("link", 0, "Add link to another container"),
    list_flag("link-local-ip", 0, "Container IPv4/IPv6 link-local addresses"),
    text_flag("mac-address", 0, "Container MAC address (e.g., 92:d0:c6:0a:29:33)"),
    {"net", 0, FlagKind::List, "network", {}, {}, FlagSupport::Hidden, check_network},
    hidden_list_flag("net-alias"),
    {"network", 0, FlagKind::List, "network", "Connect a container to a network", {}, FlagSupport::Yes, check_network},
    list_flag("network-alias", 0, "Add network-scoped alias for the container"),
    list_flag("publish", 'p', "Publish a container's port(s) to the host"),
    bool_flag("publish-all", 'P', "Publish all exposed ports to random ports"),
    bool_flag("disable-content-trust", 0, "Skip image verification", "true"),
    text_flag("log-driver", 0, "Logging driver for the container"),
    list_flag("log-opt", 0, "Log driver options"),
    text_flag("platform", 0, "Set platform if server is multi-platform capable"),
    text_flag("runtime", 0, "Runtime to use for this container"),
    // Devices and drivers (container_devices.cpp).
    {"blkio-weight-device", 0, FlagKind::List, "list", "Block IO weight (relative device weight) (default [])", {}, FlagSupport::Yes, check_device_weight},
    integer_flag("cpu-rt-period", 0, "Limit CPU real-time period in microseconds"),
    integer_flag("cpu-rt-runtime", 0, "Limit CPU real-time runtime in microseconds"),
    {"device-read-bps", 0, FlagKind::List, "list", "Limit read rate (bytes per second) from a device (default [])", {}, FlagSupport::Yes, check_device_bytes},
    {"device-read-iops", 0, FlagKind::List, "list", "Limit read rate (IO per second) from a device (default [])", {}, FlagSupport::Yes, check_device_operations},
    {"device-write-bps", 0, FlagKind::List, "list", "Limit write rate (bytes per second) to a device (default [])", {}, FlagSupport::Yes, check_device_bytes},
    {"device-write-iops", 0, FlagKind::List, "list", "Limit write rate (IO per second) to a device (default [])", {}, FlagSupport::Yes, check_device_operations},
    {"gpus", 0, FlagKind::List, "gpu-request", "GPU devices to add to the container ('all' to pass all GPUs)", {}, FlagSupport::Yes, check_gpus},
    text_flag("isolation", 0, "Container isolation technology"),
    list_flag("storage-opt", 0, "Storage driver options for the container"),
};

Error invalid(std::string sentence) { return docker_error(ErrorKind::Invalid, "cli.run", std::move(sentence)); }

std::vector<std::string> trimmed(std::vector<std::string> words) {
  for (std::string& word : words) word = std::string(trim(word));
  return words;
}

// Docker's "Healthcheck"; null: nothing was said about it.
Result<Json> health_json(const ParsedFlags& flags) {
  const std::string command = flags.text("health-cmd");
  struct Span {
    const char* flag;
    const char* key;
  };
  constexpr Span kSpans[] = {{"health-interval", "Interval"}, {"health-timeout", "Timeout"}, {"health-start-period", "StartPeriod"}};
  bool settings = !command.empty() || flags.integer("health-retries") != 0;
  for (const Span& span : kSpans) settings = settings || flags.nanoseconds(span.flag) != 0;
  if (flags.boolean("no-healthcheck")) {
    if (settings) return invalid("--no-healthcheck conflicts with --health-* options");
    return Json{{"Test", {"NONE"}}};
  }
  if (!settings) return Json();
  Json health = Json::object();
  if (!command.empty()) health["Test"] = {"CMD-SHELL", command};
  for (const Span& span : kSpans) {
    const std::int64_t value = flags.nanoseconds(span.flag);
    if (value < 0) return invalid("--" + std::string(span.flag) + " cannot be negative");
    if (value != 0) health[span.key] = value;
  }
  const std::int64_t retries = flags.integer("health-retries");
  if (retries < 0) return invalid("--health-retries cannot be negative");
  if (retries != 0) health["Retries"] = retries;
  return health;
}

Result<Json> host_config(const ParsedFlags& flags, const ContainerSpec& spec, const Json& network, TerminalSize size) {
  Json host = Json::object();
  const VolumeFlags volumes = sort_volumes(flags.list("volume"));
  host["Binds"] = nullptr;
  if (!volumes.binds.empty()) host["Binds"] = volumes.binds;
  host["ContainerIDFile"] = spec.cidfile;
  Json log_options = Json::object();
  for (const std::string& option : flags.list("log-opt")) {
    const size_t equals = option.find('=');
    log_options[option.substr(0, equals)] = equals == std::string::npos ? "" : option.substr(equals + 1);
  }
  if (flags.text("log-driver") == "none" && !log_options.empty()) return invalid("invalid logging opts for driver none");
  host["LogConfig"] = {{"Type", flags.text("log-driver")}, {"Config", log_options}};
  host["NetworkMode"] = network["mode"];
  host["PortBindings"] = network["port_bindings"];
  host["RestartPolicy"] = TRY(restart_policy_json(flags.text("restart")));
  if (spec.auto_remove && json_string(host["RestartPolicy"], "Name") != "no" && !json_string(host["RestartPolicy"], "Name").empty())
    return invalid("Conflicting options: --restart and --rm");
  host["AutoRemove"] = spec.auto_remove;
  host["VolumeDriver"] = flags.text("volume-driver");
  host["VolumesFrom"] = nullptr;
  if (flags.changed("volumes-from")) host["VolumesFrom"] = flags.list("volumes-from");
  host["CapAdd"] = nullptr;
  host["CapDrop"] = nullptr;
  host["CgroupnsMode"] = "";
  host["Dns"] = trimmed(flags.list("dns"));
  std::vector<std::string> options = flags.list("dns-option");
  for (std::string& option : flags.list("dns-opt")) options.push_back(std::move(option));
  host["DnsOptions"] = options;
  host["DnsSearch"] = trimmed(flags.list("dns-search"));
  host["ExtraHosts"] = nullptr;
  if (flags.changed("add-host")) host["ExtraHosts"] = flags.list("add-host");
  host["GroupAdd"] = nullptr;
  host["IpcMode"] = "";
  host["Cgroup"] = "";
  host["Links"] = network["links"];
  host["OomScoreAdj"] = 0;
  host["PidMode"] = "";
  host["Privileged"] = flags.boolean("privileged");
  host["PublishAllPorts"] = flags.boolean("publish-all");
  host["ReadonlyRootfs"] = flags.boolean("read-only");
  host["SecurityOpt"] = nullptr;
  host["UTSMode"] = "";
  host["UsernsMode"] = "";
  host["ShmSize"] = flags.bytes("shm-size");
  host["ConsoleSize"] = {size.rows, size.columns};
  host["CpuShares"] = flags.integer("cpu-shares");
  host["Memory"] = flags.bytes("memory");
  host["NanoCpus"] = flags.changed("cpus") ? flags.billionths("cpus") : 0;
  host["CgroupParent"] = "";
  host["BlkioWeight"] = 0;
  for (const char* number : {"CpuPeriod", "CpuQuota"}) host[number] = 0;
  host["CpusetCpus"] = "";
  host["CpusetMems"] = "";
  host["Devices"] = Json::array();
  host["DeviceCgroupRules"] = nullptr;
  for (const char* number : {"KernelMemory", "KernelMemoryTCP", "MemoryReservation", "MemorySwap"}) host[number] = 0;
  host["MemorySwappiness"] = -1;
  host["OomKillDisable"] = false;
  host["PidsLimit"] = flags.integer("pids-limit");
  host["Ulimits"] = nullptr;
  for (const char* number : {"CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth"}) host[number] = 0;
  Json mounts = Json::array();
  for (const std::string& mount : flags.list("mount"))
    if (auto parsed = mount_json(mount); parsed.ok()) mounts.push_back(std::move(parsed).value());  // checked with the flags
  if (!mounts.empty()) host["Mounts"] = mounts;
  if (flags.changed("runtime")) host["Runtime"] = flags.text("runtime");
  host["MaskedPaths"] = nullptr;
  host["ReadonlyPaths"] = nullptr;
  TRY(add_confinement(flags, host));
  TRY(add_devices(flags, host));
  return host;
}

}  // namespace

std::span<const FlagSpec> container_flags() { return kFlags; }

Result<Json> restart_policy_json(const std::string& text) {
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() > 2) return invalid("invalid restart policy format");
  std::int64_t most = 0;
  if (parts.size() == 2) {
    const auto [end, error] = std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), most);
    if (parts[1].empty() || error != std::errc() || end != parts[1].data() + parts[1].size()) return invalid("maximum retry count must be an integer");
  }
  return Json{{"Name", text.empty() ? "" : parts.front()}, {"MaximumRetryCount", most}};
}

Result<ContainerSpec> container_spec(const ParsedFlags& flags, Detach detach) {
  ContainerSpec spec;
  spec.image = flags.arguments[0];
  spec.name = flags.text("name");
  spec.platform = flags.text("platform");
  spec.cidfile = flags.text("cidfile");
  spec.pull = flags.text("pull");
  spec.tty = flags.boolean("tty");
  spec.open_stdin = flags.boolean("interactive");
  spec.auto_remove = flags.boolean("rm");
  for (const std::string& stream : flags.list("attach")) {
    const std::string name = to_lower(stream);
    spec.attach_in = spec.attach_in || name == "stdin";
    spec.attach_out = spec.attach_out || name == "stdout";
    spec.attach_err = spec.attach_err || name == "stderr";
  }
  if (detach == Detach::Yes) {
    if (flags.changed("attach")) return docker_error(ErrorKind::Invalid, "cli.conflict", "Conflicting options: -a and -d");
    spec.attach_in = spec.attach_out = spec.attach_err = false;
  } else if (!flags.changed("attach")) {
    spec.attach_out = spec.attach_err = true;
    spec.attach_in = spec.open_stdin;
  }
  TRY(check_content_trust(flags, "run"));
  // Before anything is asked of the daemon: a mistake here is answered with the way to the help.
  Json unused = Json::object();
  TRY(add_confinement(flags, unused));
  TRY(add_devices(flags, unused));
  TRY(container_network(flags));
  return spec;
}

Result<Json> create_body(const ParsedFlags& flags, const ContainerSpec& spec, TerminalSize size) {
  const auto env = TRY(key_values(flags.list("env-file"), flags.list("env"), KeyValues::Variables));
  std::map<std::string, std::string> labels;
  for (const std::string& label : TRY(key_values(flags.list("label-file"), flags.list("label"), KeyValues::Labels))) {
    const size_t equals = label.find('=');
    labels[label.substr(0, equals)] = equals == std::string::npos ? "" : label.substr(equals + 1);
  }
  Json body = Json::object();
  body["Hostname"] = flags.text("hostname");
  body["Domainname"] = flags.text("domainname");
  body["User"] = flags.text("user");
  body["AttachStdin"] = spec.attach_in;
  body["AttachStdout"] = spec.attach_out;
  body["AttachStderr"] = spec.attach_err;
  body["Tty"] = spec.tty;
  body["OpenStdin"] = spec.open_stdin;
  body["StdinOnce"] = spec.open_stdin && spec.attach_in;
  body["Env"] = nullptr;
  if (!env.empty()) body["Env"] = env;
  body["Cmd"] = nullptr;
  if (flags.arguments.size() > 1) body["Cmd"] = std::vector<std::string>(flags.arguments.begin() + 1, flags.arguments.end());
  if (Json health = TRY(health_json(flags)); !health.is_null()) body["Healthcheck"] = std::move(health);
  body["Image"] = spec.image;
  body["Volumes"] = Json::object();
  for (const std::string& volume : sort_volumes(flags.list("volume")).volumes) body["Volumes"][volume] = Json::object();
  body["WorkingDir"] = flags.text("workdir");
  body["Entrypoint"] = nullptr;
  // An empty --entrypoint resets the image's: Docker says so with a list of one empty string.
  if (flags.changed("entrypoint")) body["Entrypoint"] = std::vector<std::string>{flags.text("entrypoint")};
  body["OnBuild"] = nullptr;
  body["Labels"] = Json::object();
  for (const auto& [key, value] : labels) body["Labels"][key] = value;
  if (flags.changed("stop-signal")) body["StopSignal"] = flags.text("stop-signal");
  if (flags.changed("stop-timeout")) body["StopTimeout"] = flags.integer("stop-timeout");
  const Json network = TRY(container_network(flags));
  if (!network["exposed_ports"].empty()) body["ExposedPorts"] = network["exposed_ports"];
  if (!json_string(network, "mac_address").empty()) body["MacAddress"] = network["mac_address"];
  body["HostConfig"] = TRY(host_config(flags, spec, network, spec.tty ? size : TerminalSize{}));
  body["NetworkingConfig"] = {{"EndpointsConfig", network["endpoints"]}};
  return body;
}

}  // namespace strates::cli
