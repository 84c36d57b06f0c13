// From what was asked for (HostConfig) to how a container is kept apart (ContainerSpec).
#include <algorithm>

#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "engine/host_rules.hpp"
#include "engine/init_entries.hpp"

namespace strates::engine {

namespace {

Error conflict(std::string sentence) { return docker_error(ErrorKind::Conflict, "container.namespace", std::move(sentence)); }

// Which namespaces are not the machine's.
struct OwnNamespaces {
  bool ipc = true, network = true, uts = true;
};

// Only what a namespace has for itself: anything else would be the machine's (runc 1.1, libcontainer/configs/validate, sysctl, with its words).
Result<void> check_sysctl(const std::string& name, const OwnNamespaces& own) {
  constexpr std::string_view kIpc[] = {"kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem", "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};
  const auto refuse = [&](const std::string& why) { return make_error(ErrorKind::Internal, "process.sysctl", "set", name, "sysctl " + go_quote(name) + why); };
  // It becomes a path below /proc/sys.
  const bool path = name.find('/') != std::string::npos || name.find("..") != std::string::npos;
  if (!path && (name.starts_with("fs.mqueue.") || std::find(std::begin(kIpc), std::end(kIpc), name) != std::end(kIpc)))
    return own.ipc ? success() : Result<void>(refuse(" is not allowed in the hosts ipc namespace"));
  if (!path && name.starts_with("net.")) return own.network ? success() : Result<void>(refuse(" not allowed in host network namespace"));
  if (own.uts && name == "kernel.domainname") return success();
  if (own.uts && name == "kernel.hostname") return refuse(" is not allowed as it conflicts with the OCI \"hostname\" field");
  return refuse(" is not in a separate kernel namespace");
}

}  // namespace

// At creation: a container that is named must exist. The name stays as it was given.
Result<void> EngineImpl::resolve_modes(HostConfig& host) const {
  for (const auto* mode : {&host.isolation.ipc_mode, &host.isolation.pid_mode}) {
    const auto choice = namespace_choice(*mode);
    if (choice.mode != NamespaceMode::Container || choice.container.empty()) continue;
    // A bad request: clients take "not found" for an absent image, and pull it (Docker Engine, generateSecurityOpt).
    if (const auto other = find(choice.container); !other.ok()) return docker_error(ErrorKind::Invalid, "container.not-found", other.error().message());
  }
  return {};
}

Result<void> EngineImpl::confine(const Container& container, ContainerSpec& spec) {
  const Isolation& asked = container.host.isolation;
  const bool privileged = container.host.privileged;
  const CapabilityChoice capabilities = choose_capabilities(asked, privileged);
  spec.capabilities = capabilities.names;
  spec.apart.capabilities_within_bounds = capabilities.all;
  spec.limits = container.host.limits;
  spec.process.confinement = TRY(parse_security_options(asked.security_opt));
  if (privileged) spec.process.confinement.seccomp = SeccompMode::Unconfined;
  spec.process.confinement.ulimits = asked.ulimits;
  spec.process.confinement.oom_score_adj = asked.oom_score_adj;
  if (privileged) {
    spec.masked_paths.clear();
    spec.readonly_paths.clear();
  } else {
    spec.masked_paths = asked.masked_paths.value_or(default_masked_paths());
    spec.readonly_paths = asked.readonly_paths.value_or(default_readonly_paths());
  }
  Apartness& apart = spec.apart;
  apart.shared_memory = asked.ipc_mode != "none";
  apart.cgroup_parent = asked.cgroup_parent;
  apart.devices = asked.devices;
  apart.device_rules = asked.device_rules;
  apart.sysctls = asked.sysctls;
  apart.init = asked.init.value_or(false);
  apart.uts = asked.uts_mode == "host" ? NamespaceMode::Host : NamespaceMode::Own;
  if (asked.cgroupns_mode == "private" && world_.machine.cgroup_version == "1")
    return make_error(ErrorKind::NotImplemented, "process.setup", "start process with", "--cgroupns private",
                      "a control group namespace of its own is made on machines with control groups version 2 only", "leave it out");
  apart.cgroup = asked.cgroupns_mode == "host" ? NamespaceMode::Host : NamespaceMode::Own;
  return {};
}

Result<void> EngineImpl::join_others(const Container& container, ContainerSpec& spec) const {
  const Isolation& asked = container.host.isolation;
  // The container's full id, when it runs.
  const auto running_id = [&](const NamespaceChoice& choice) -> Result<std::string> { return TRY(find_running(choice.container))->data.id.str(); };
  if (asked.ipc_mode.starts_with("container:")) {
    const Entry other = TRY(find(namespace_choice(asked.ipc_mode).container));
    const std::string cannot = "can't join IPC of container " + other->data.id.str() + ": ", theirs = other->data.host.isolation.ipc_mode;
    if (const auto runs = find_running(other->data.id.str()); !runs.ok()) return conflict(cannot + "c" + runs.error().wire.substr(1));
    if (theirs != "shareable" && theirs != "host") return conflict(cannot + "non-shareable IPC (hint: use IpcMode:shareable for the donor container)");
    spec.apart.ipc = {theirs == "host" ? NamespaceMode::Host : NamespaceMode::Container, other->data.id.str()};
  } else if (const std::string_view known[] = {"", "none", "private", "shareable", "host"}; std::find(std::begin(known), std::end(known), asked.ipc_mode) == std::end(known)) {
    return docker_error(ErrorKind::Invalid, "container.namespace", "Invalid IPC mode: " + asked.ipc_mode);
  } else {
    spec.apart.ipc = namespace_choice(asked.ipc_mode);
  }
  bool machine_network = container.host.network_mode == "host";
  if (const std::string& mode = container.host.network_mode; is_container_mode(mode)) {
    const Entry other = TRY(find(mode.substr(mode.find(':') + 1)));
    if (!other->process.live) return conflict("cannot join network of a non running container: " + other->data.id.str());
    spec.network_place = other->data.id.str();
    machine_network = other->data.host.network_mode == "host";
  }
  for (const auto& [name, value] : asked.sysctls) TRY(check_sysctl(name, {spec.apart.ipc.mode != NamespaceMode::Host, !machine_network, asked.uts_mode != "host"}));
  spec.apart.pid = namespace_choice(asked.pid_mode);
  if (spec.apart.pid.mode == NamespaceMode::Container) {
    auto id = running_id(spec.apart.pid);
    if (!id.ok() && id.error().kind == ErrorKind::Conflict) return conflict("c" + id.error().wire.substr(1));
    spec.apart.pid.container = TRY(std::move(id));
  }
  return {};
}

}  // namespace strates::engine
