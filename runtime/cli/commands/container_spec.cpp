#include "cli/commands/container_spec.hpp"

#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdlib>
#include <map>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/file_source.hpp"

namespace strates::cli {

namespace {

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
    text_flag("name", 0, "Assign a name to the container"),
    text_flag("network", 0, "Connect a container to a network", {}, "network"),
    integer_flag("pids-limit", 0, "Tune container pids limit (set -1 for unlimited)"),
    bool_flag("privileged", 0, "Give extended privileges to this container"),
    bool_flag("read-only", 0, "Mount the container's root filesystem as read only"),
    bool_flag("rm", 0, "Automatically remove the container when it exits"),
    bytes_flag("shm-size", 0, "Size of /dev/shm"),
    text_flag("stop-signal", 0, "Signal to stop a container", "SIGTERM"),
    integer_flag("stop-timeout", 0, "Timeout (in seconds) to stop a container"),
    bool_flag("tty", 't', "Allocate a pseudo-TTY"),
    text_flag("user", 'u', "Username or UID (format: <name|uid>[:<group|gid>])"),
    text_flag("workdir", 'w', "Working directory inside the container"),
    // Docker's, not ours yet.
    not_yet_value("add-host"), not_yet_value("blkio-weight"), not_yet_value("blkio-weight-device"), not_yet_value("cap-add"), not_yet_value("cap-drop"),
    not_yet_value("cgroup-parent"), not_yet_value("cgroupns"), not_yet_value("cpu-period"), not_yet_value("cpu-quota"), not_yet_value("cpu-rt-period"),
    not_yet_value("cpu-rt-runtime"), not_yet_value("cpuset-cpus"), not_yet_value("cpuset-mems"), not_yet_value("device"),
    not_yet_value("device-cgroup-rule"), not_yet_value("device-read-bps"), not_yet_value("device-read-iops"), not_yet_value("device-write-bps"),
    not_yet_value("device-write-iops"), not_yet_bool("disable-content-trust"), not_yet_value("dns"), not_yet_value("dns-option"), not_yet_value("dns-opt"),
    not_yet_value("dns-search"), not_yet_value("domainname"), not_yet_value("expose"), not_yet_value("gpus"), not_yet_value("group-add"),
    not_yet_value("health-cmd"), not_yet_value("health-interval"), not_yet_value("health-retries"), not_yet_value("health-start-period"),
    not_yet_value("health-timeout"), not_yet_bool("init"), not_yet_value("ip"), not_yet_value("ip6"), not_yet_value("ipc"), not_yet_value("isolation"),
    not_yet_value("kernel-memory"), not_yet_value("link"), not_yet_value("link-local-ip"), not_yet_value("log-driver"), not_yet_value("log-opt"),
    not_yet_value("mac-address"), not_yet_value("memory-reservation"), not_yet_value("memory-swap"), not_yet_value("memory-swappiness"),
    not_yet_value("mount"), not_yet_value("net"), not_yet_value("network-alias"), not_yet_bool("no-healthcheck"), not_yet_bool("oom-kill-disable"),
    not_yet_value("oom-score-adj"), not_yet_value("pid"), not_yet_value("platform"), not_yet_value("publish", 'p'), not_yet_bool("publish-all", 'P'),
    not_yet_value("restart"), not_yet_value("runtime"), not_yet_value("security-opt"), not_yet_value("storage-opt"), not_yet_value("sysctl"),
    not_yet_value("tmpfs"), not_yet_value("ulimit"), not_yet_value("userns"), not_yet_value("uts"), not_yet_value("volume", 'v'),
    not_yet_value("volume-driver"), not_yet_value("volumes-from"),
};

Error invalid(std::string sentence) { return docker_error(ErrorKind::Invalid, "cli.run", std::move(sentence)); }

// A variable without value takes this process's; one that is not set here is sent as it is, which unsets it.
std::string with_value(const std::string& variable) {
  if (variable.find('=') != std::string::npos) return variable;
  const char* value = std::getenv(variable.c_str());
  return value == nullptr ? variable : variable + "=" + value;
}

Result<std::vector<std::string>> key_value_file(const std::string& path, bool environment) {
  constexpr std::uint64_t kLargest = 1 << 20;
  auto text = read_file(path, kLargest);
  if (!text.ok()) return invalid("open " + path + ": " + (text.error().code == "system.ENOENT" ? "no such file or directory" : text.error().message()));
  std::vector<std::string> out;
  for (const std::string& raw : split_lines(text.value())) {
    const std::string line(raw.substr(std::min(raw.find_first_not_of(" \t"), raw.size())));
    if (line.empty() || line.front() == '#') continue;
    const std::string key = line.substr(0, line.find('='));
    if (key.find_first_of(" \t") != std::string::npos) return invalid("poorly formatted environment: variable '" + key + "' contains whitespaces");
    if (key.empty()) return invalid("poorly formatted environment: no variable name on line '" + line + "'");
    if (line.find('=') != std::string::npos) out.push_back(line);
    else if (!environment) out.push_back(line);
    else if (const char* value = std::getenv(line.c_str()); value != nullptr) out.push_back(line + "=" + value);
  }
  return out;
}

Result<std::vector<std::string>> with_files(const std::vector<std::string>& files, const std::vector<std::string>& values, bool environment) {
  std::vector<std::string> out;
  for (const std::string& file : files)
    for (std::string& line : TRY(key_value_file(file, environment))) out.push_back(std::move(line));
  for (const std::string& value : values) {
    out.push_back(environment ? with_value(value) : value);
  }
  return out;
}

Json host_config(const ParsedFlags& flags, const ContainerSpec& spec, TerminalSize size) {
  const std::string network = flags.text("network");
  Json host = Json::object();
  host["Binds"] = nullptr;
  host["ContainerIDFile"] = spec.cidfile;
  host["LogConfig"] = {{"Type", ""}, {"Config", Json::object()}};
  host["NetworkMode"] = network.empty() ? "default" : network;
  host["PortBindings"] = Json::object();
  host["RestartPolicy"] = {{"Name", "no"}, {"MaximumRetryCount", 0}};
  host["AutoRemove"] = spec.auto_remove;
  host["VolumeDriver"] = "";
  host["VolumesFrom"] = nullptr;
  host["CapAdd"] = nullptr;
  host["CapDrop"] = nullptr;
  host["CgroupnsMode"] = "";
  for (const char* list : {"Dns", "DnsOptions", "DnsSearch"}) host[list] = Json::array();
  host["ExtraHosts"] = nullptr;
  host["GroupAdd"] = nullptr;
  host["IpcMode"] = "";
  host["Cgroup"] = "";
  host["Links"] = nullptr;
  host["OomScoreAdj"] = 0;
  host["PidMode"] = "";
  host["Privileged"] = flags.boolean("privileged");
  host["PublishAllPorts"] = false;
  host["ReadonlyRootfs"] = flags.boolean("read-only");
  host["SecurityOpt"] = nullptr;
  host["UTSMode"] = "";
  host["UsernsMode"] = "";
  host["ShmSize"] = flags.bytes("shm-size");
  host["ConsoleSize"] = {size.rows, size.columns};
  host["Isolation"] = "";
  host["CpuShares"] = flags.integer("cpu-shares");
  host["Memory"] = flags.bytes("memory");
  host["NanoCpus"] = flags.changed("cpus") ? flags.billionths("cpus") : 0;
  host["CgroupParent"] = "";
  host["BlkioWeight"] = 0;
  for (const char* list : {"BlkioWeightDevice", "BlkioDeviceReadBps", "BlkioDeviceWriteBps", "BlkioDeviceReadIOps", "BlkioDeviceWriteIOps"})
    host[list] = Json::array();
  for (const char* number : {"CpuPeriod", "CpuQuota", "CpuRealtimePeriod", "CpuRealtimeRuntime"}) host[number] = 0;
  host["CpusetCpus"] = "";
  host["CpusetMems"] = "";
  host["Devices"] = Json::array();
  host["DeviceCgroupRules"] = nullptr;
  host["DeviceRequests"] = nullptr;
  for (const char* number : {"KernelMemory", "KernelMemoryTCP", "MemoryReservation", "MemorySwap"}) host[number] = 0;
  host["MemorySwappiness"] = -1;
  host["OomKillDisable"] = false;
  host["PidsLimit"] = flags.integer("pids-limit");
  host["Ulimits"] = nullptr;
  for (const char* number : {"CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth"}) host[number] = 0;
  host["MaskedPaths"] = nullptr;
  host["ReadonlyPaths"] = nullptr;
  return host;
}

}  // namespace

std::span<const FlagSpec> container_flags() { return kFlags; }

Result<ContainerSpec> container_spec(const ParsedFlags& flags, Detach detach) {
  ContainerSpec spec;
  spec.image = flags.arguments[0];
  spec.name = flags.text("name");
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
  return spec;
}

Result<Json> create_body(const ParsedFlags& flags, const ContainerSpec& spec, TerminalSize size) {
  const auto env = TRY(with_files(flags.list("env-file"), flags.list("env"), true));
  std::map<std::string, std::string> labels;
  for (const std::string& label : TRY(with_files(flags.list("label-file"), flags.list("label"), false))) {
    const size_t equals = label.find('=');
    labels[label.substr(0, equals)] = equals == std::string::npos ? "" : label.substr(equals + 1);
  }
  Json body = Json::object();
  body["Hostname"] = flags.text("hostname");
  body["Domainname"] = "";
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
  body["Image"] = spec.image;
  body["Volumes"] = Json::object();
  body["WorkingDir"] = flags.text("workdir");
  body["Entrypoint"] = nullptr;
  // An empty --entrypoint resets the image's: Docker says so with a list of one empty string.
  if (flags.changed("entrypoint")) body["Entrypoint"] = std::vector<std::string>{flags.text("entrypoint")};
  body["OnBuild"] = nullptr;
  body["Labels"] = Json::object();
  for (const auto& [key, value] : labels) body["Labels"][key] = value;
  if (flags.changed("stop-signal")) body["StopSignal"] = flags.text("stop-signal");
  if (flags.changed("stop-timeout")) body["StopTimeout"] = flags.integer("stop-timeout");
  body["HostConfig"] = host_config(flags, spec, spec.tty ? size : TerminalSize{});
  body["NetworkingConfig"] = {{"EndpointsConfig", Json::object()}};
  return body;
}

}  // namespace strates::cli
