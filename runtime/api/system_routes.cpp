#include "api/answers.hpp"
#include "api/container_json.hpp"
#include "api/engine_clock.hpp"
#include "api/handlers.hpp"
#include "api/image_json.hpp"
#include "base/json_full.hpp"

namespace strates::api {

namespace {

// "amd64" for what uname calls x86_64 (Go's GOARCH).
std::string go_architecture(const std::string& machine) {
  if (machine == "x86_64") return "amd64";
  if (machine == "aarch64") return "arm64";
  return machine;
}

// In the form of Docker's: twelve groups of four of base 32 (docker/libtrust, KeyID), here of the machine and the engine's directory.
std::string engine_id(engine::Engine& engine) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const std::string hex = engine.world().hasher.sha256_hex("engine:" + engine.world().machine.hostname + ":" + engine.world().machine.root_directory);
  std::string out;
  for (size_t i = 0; i < 48 && i < hex.size(); ++i) {
    if (i > 0 && i % 4 == 0) out += ':';
    const int nibble = hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10;
    const int next = hex[i + 1] <= '9' ? hex[i + 1] - '0' : hex[i + 1] - 'a' + 10;
    out += kDigits[static_cast<size_t>(nibble * 2 + next % 2)];
  }
  return out;
}

// What the daemon was told of registries, and that loopback is trusted.
Json registry_config(const registry::RegistryOptions& options) {
  Json ranges = {"127.0.0.0/8"}, indexes = Json::object();
  indexes["docker.io"] = {{"Name", "docker.io"}, {"Mirrors", options.mirrors}, {"Secure", true}, {"Official", true}};
  for (const auto& insecure : options.insecure) {
    if (insecure.find('/') != std::string::npos) ranges.push_back(insecure);
    else indexes[insecure] = {{"Name", insecure}, {"Mirrors", Json::array()}, {"Secure", false}, {"Official", false}};
  }
  return {{"AllowNondistributableArtifactsCIDRs", Json::array()}, {"AllowNondistributableArtifactsHostnames", Json::array()}, {"InsecureRegistryCIDRs", ranges},
          {"IndexConfigs", indexes}, {"Mirrors", options.mirrors}};
}

}  // namespace

Result<HttpResponse> ping(const Call& call) {
  return HttpResponse{200, {{"Builder-Version", "1"}, {"Cache-Control", "no-cache, no-store, must-revalidate"}, {"Content-Type", "text/plain; charset=utf-8"}, {"Pragma", "no-cache"}},
                      call.request.method == "HEAD" ? "" : "OK"};
}

Result<HttpResponse> show_version(const Call& call) {
  const auto& machine = call.engine.world().machine;
  const std::string arch = go_architecture(machine.architecture);
  const Json details = {{"ApiVersion", kAnnouncedText}, {"Arch", arch}, {"Experimental", "false"}, {"GitCommit", ""}, {"GoVersion", ""},
                        {"KernelVersion", machine.kernel_version}, {"MinAPIVersion", kOldestText}, {"Os", "linux"}};
  const Json components = Json::array({{{"Name", "Engine"}, {"Version", kDockerVersion}, {"Details", details}},
                                       {{"Name", "strates"}, {"Version", call.engine.options().version}, {"Details", {{"GitCommit", ""}, {"World", call.engine.world().name}}}}});
  return json_answer(200, {{"Platform", {{"Name", ""}}}, {"Components", components}, {"Version", kDockerVersion}, {"ApiVersion", kAnnouncedText},
                           {"MinAPIVersion", kOldestText}, {"GitCommit", ""}, {"GoVersion", ""}, {"Os", "linux"}, {"Arch", arch},
                           {"KernelVersion", machine.kernel_version}});
}

Result<HttpResponse> show_info(const Call& call) {
  const auto& world = call.engine.world();
  const auto& machine = world.machine;
  engine::ContainerFilter everything;
  everything.all = true;
  const auto containers = TRY(call.engine.containers(everything));
  int running = 0, paused = 0;
  for (const auto& container : containers) running += container.state.running() && !container.state.paused ? 1 : 0;
  for (const auto& container : containers) paused += container.state.paused ? 1 : 0;
  const int total = static_cast<int>(containers.size());
  const auto images = TRY(call.engine.images(false));
  const std::string runtime = "strates";
  Json storage = Json::array();
  for (const auto& [name, value] : machine.storage_status) storage.push_back({name, value});
  Json runtimes = Json::object();
  runtimes[runtime] = {{"path", runtime}};
  return json_answer(200, {
      {"ID", engine_id(call.engine)}, {"Containers", total}, {"ContainersRunning", running}, {"ContainersPaused", paused}, {"ContainersStopped", total - running - paused},
      {"Images", images.size()}, {"Driver", machine.storage_driver}, {"DriverStatus", storage},
      {"Plugins", {{"Volume", {"local"}}, {"Network", {"bridge", "host", "null"}}, {"Authorization", nullptr}, {"Log", {"json-file"}}}},
      {"MemoryLimit", machine.has_memory_limit}, {"SwapLimit", machine.has_swap_limit}, {"KernelMemory", machine.has_kernel_memory}, {"KernelMemoryTCP", false}, {"CpuCfsPeriod", machine.has_cpu_cfs}, {"CpuCfsQuota", machine.has_cpu_cfs},
      {"CPUShares", machine.has_cpu_shares}, {"CPUSet", machine.has_cpuset}, {"PidsLimit", machine.has_pids}, {"IPv4Forwarding", true}, {"BridgeNfIptables", false}, {"BridgeNfIp6tables", false},
      {"Debug", false}, {"NFd", 0}, {"OomKillDisable", machine.has_oom_kill_disable}, {"NGoroutines", 0}, {"SystemTime", rfc3339(engine_now(call.engine))}, {"LoggingDriver", "json-file"},
      {"CgroupDriver", "cgroupfs"}, {"CgroupVersion", machine.cgroup_version}, {"NEventsListener", 0}, {"KernelVersion", machine.kernel_version},
      {"OperatingSystem", machine.operating_system}, {"OSVersion", ""}, {"OSType", "linux"}, {"Architecture", machine.architecture},
      {"IndexServerAddress", "https://index.docker.io/v1/"},
      {"RegistryConfig", registry_config(call.engine.options().registries)},
      {"NCPU", machine.cpus}, {"MemTotal", machine.memory}, {"GenericResources", nullptr}, {"DockerRootDir", machine.root_directory}, {"HttpProxy", ""},
      {"HttpsProxy", ""}, {"NoProxy", ""}, {"Name", machine.hostname}, {"Labels", Json::array()}, {"ExperimentalBuild", false},
      {"ServerVersion", kDockerVersion}, {"Runtimes", runtimes}, {"DefaultRuntime", runtime},
      {"Swarm", {{"NodeID", ""}, {"NodeAddr", ""}, {"LocalNodeState", "inactive"}, {"ControlAvailable", false}, {"Error", ""}, {"RemoteManagers", nullptr}}},
      {"LiveRestoreEnabled", true}, {"Isolation", ""}, {"InitBinary", ""}, {"ContainerdCommit", {{"ID", ""}, {"Expected", ""}}},
      {"RuncCommit", {{"ID", ""}, {"Expected", ""}}}, {"InitCommit", {{"ID", ""}, {"Expected", ""}}},
      {"SecurityOptions", world.name == "linux" ? Json::array({"name=seccomp,profile=default"}) : Json::array()}, {"Warnings", nullptr}});
}

Result<HttpResponse> list_plugins(const Call&) { return json_answer(200, Json::array()); }

// `docker inspect NAME` asks for one last: it is not there, as in a Docker without plugins.
Result<HttpResponse> show_plugin(const Call& call) { return docker_error(ErrorKind::NotFound, "plugin.not-found", "plugin \"" + call.name + "\" not found"); }

}  // namespace strates::api
