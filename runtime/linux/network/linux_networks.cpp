#include "linux/network/linux_networks.hpp"

#include <net/if.h>
#include <sys/random.h>

#include <algorithm>
#include <cstdio>

#include "base/strings.hpp"
#include "engine/network_facts.hpp"
#include "linux/network/docker_rules.hpp"
#include "linux/network/namespaces.hpp"
#include "linux/network/nft_plan.hpp"

namespace strates::linux_world {

namespace {

constexpr int kTries = 64;  // names of interfaces

std::string alias_of(const std::string& table, const engine::BridgeSpec& bridge) { return table + " " + bridge.id; }

// "veth" and seven random digits, as Docker's.
std::string random_peer() {
  unsigned value = 0;
  if (::getrandom(&value, sizeof value, 0) != sizeof value) value = static_cast<unsigned>(::getpid());
  char text[16];
  std::snprintf(text, sizeof text, "veth%07x", value & 0xfffffffu);
  return text;
}

Error setup_error(Error error) {
  if (error.code == "network.netlink" && error.kind == ErrorKind::Forbidden) error.advice = "the daemon needs CAP_NET_ADMIN in its network namespace";
  error.code = "network.setup";
  error.kind = ErrorKind::Internal;
  return error;
}

}  // namespace

std::string LinuxNetworks::table_of(const std::string& root) {
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : root) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  char text[24];
  std::snprintf(text, sizeof text, "strates_%08x", hash);
  return text;
}

Result<std::unique_ptr<LinuxNetworks>> LinuxNetworks::open(const std::string& root) {
  return std::unique_ptr<LinuxNetworks>(new LinuxNetworks(table_of(root), TRY(Reactor::start())));
}

LinuxNetworks::LinuxNetworks(std::string table, std::unique_ptr<Reactor> reactor)
    : table_(std::move(table)), reactor_(std::move(reactor)), relay_(*reactor_), resolver_(*reactor_) {}

// ------------------------------------------------------------------------------------------------------------------------- the machine's side

Result<Netlink*> LinuxNetworks::machine() {
  if (!netlink_) netlink_ = TRY(Netlink::open());
  return &*netlink_;
}

bool LinuxNetworks::rules_work() {
  if (table_made_) return true;
  if (!no_rules_.empty()) return false;
  auto opened = PacketRules::open();
  if (opened.ok()) rules_ = std::move(opened).value();
  const auto made = rules_ ? rules_->apply(plan_table(table_)) : Result<void>(std::move(opened).error());
  table_made_ = made.ok();
  if (!made.ok()) no_rules_ = made.error().cause;
  return table_made_;
}

// What cannot be changed any more (somebody took the table away) is made whole at the next start.
void LinuxNetworks::change_rules(const std::string& commands) {
  if (!commands.empty() && rules_work()) ignore(rules_->apply(commands));
}

void LinuxNetworks::let_pass(const std::string& interface) {
  if (!rules_work() || passing_.contains(interface) || rules_->list(std::string(kDockerChain)).value_or("").empty()) return;
  if (rules_->apply(plan_passage(table_, interface)).ok()) passing_.insert(interface);
}

void LinuxNetworks::no_longer_pass(const std::string& interface) {
  if (!interface.empty() && passing_.erase(interface) == 0) return;
  auto rules = PacketRules::open();
  if (!rules.ok()) return;
  const std::string chain = rules.value().list(std::string(kDockerChain), PacketRules::Handles::Yes).value_or("");
  ignore(rules.value().apply(plan_no_passage(table_, interface, chain)));
}

std::string LinuxNetworks::without_rules() {
  const std::lock_guard lock(mutex_);
  return rules_work() ? std::string() : no_rules_;
}

std::vector<IpPrefix> LinuxNetworks::taken() {
  const std::lock_guard lock(mutex_);
  const auto netlink = machine();
  if (!netlink.ok()) return {};
  std::vector<std::string> ours;
  for (const auto& [id, name] : bridges_) ours.push_back(name);
  return netlink.value()->routed(ours).value_or({});
}

Result<int> LinuxNetworks::ensure_bridge(const engine::BridgeSpec& bridge, const Emit& emit) {
  Netlink& netlink = *TRY(machine());
  const std::string alias = alias_of(table_, bridge);
  if (const auto known = bridges_.find(bridge.id); known != bridges_.end())
    if (const auto index = netlink.index(known->second)) return *index;
  // One with our mark is ours, of an earlier daemon. Another's keeps its name: the default bridge takes the next number.
  std::string name = bridge.interface;
  for (int i = 1; netlink.index(name).has_value() && netlink.alias(name).value_or("") != alias; ++i) {
    const size_t digits = bridge.interface.find_last_not_of("0123456789") + 1;
    if (!bridge.interface.starts_with("strates") || i > kTries)
      return make_error(ErrorKind::Conflict, "network.interface", "make bridge", name, "an interface of this name is there already, and not ours");
    name = bridge.interface.substr(0, digits) + std::to_string(i);
  }
  auto index = netlink.index(name);
  const bool made = !index;
  const auto set_up = [&]() -> Result<int> {
    if (made) {
      TRY(netlink.make_bridge(name, mac_of(bridge.gateway), bridge.mtu));
      index = netlink.index(name);
      if (!index) return make_error(ErrorKind::Internal, "network.setup", "make bridge", name, "it is gone");
      TRY(netlink.set_alias(*index, alias));
      TRY(netlink.add_address(*index, {bridge.gateway, bridge.subnet.length}));
      if (bridge.gateway6 && bridge.subnet6) TRY(netlink.add_address(*index, {*bridge.gateway6, bridge.subnet6->length}));
      TRY(netlink.set_up(*index));
    }
    // 127.0.0.1:PORT of the machine leads into a container by this bridge; the table's guard keeps everybody else out.
    ignore(write_setting("net/ipv4/conf/" + name + "/route_localnet", "1"));
    ignore(write_setting("net/ipv4/ip_forward", "1"));
    return *index;
  };
  auto ready = set_up();
  if (!ready.ok()) {
    if (made && index) ignore(netlink.remove_link(*index));
    return setup_error(std::move(ready).error());
  }
  bridges_[bridge.id] = name;
  engine::BridgeSpec actual = bridge;
  actual.interface = name;
  change_rules(plan_network(table_, actual));
  let_pass(name);
  if (made) engine::tell_bridge(actual, emit);
  return ready;
}

Result<void> LinuxNetworks::make(const engine::BridgeSpec& bridge, const Emit& emit) {
  const std::lock_guard lock(mutex_);
  TRY(ensure_bridge(bridge, emit));
  return success();
}

std::optional<engine::BridgeSpec> LinuxNetworks::drop_bridge(const engine::BridgeSpec& bridge) {
  const auto known = bridges_.find(bridge.id);
  engine::BridgeSpec actual = bridge;
  if (known != bridges_.end()) actual.interface = known->second;
  const auto netlink = machine();
  std::optional<engine::BridgeSpec> dropped;
  if (netlink.ok() && netlink.value()->alias(actual.interface).value_or("") == alias_of(table_, bridge))
    if (const auto index = netlink.value()->index(actual.interface); index && netlink.value()->remove_link(*index).ok()) dropped = actual;
  if (known == bridges_.end()) return dropped;
  no_longer_pass(actual.interface);
  if (table_made_) change_rules(plan_no_network(table_, actual));
  bridges_.erase(known);
  return dropped;
}

Result<void> LinuxNetworks::remove(const engine::BridgeSpec& bridge, const Emit& emit) {
  const std::lock_guard lock(mutex_);
  if (const auto dropped = drop_bridge(bridge)) engine::tell_bridge_gone(*dropped, emit);
  return success();
}

Result<void> LinuxNetworks::hold(const ContainerId& container, const engine::Publication& port) { return relay_.hold(container, port); }

void LinuxNetworks::let_go(const ContainerId& container) { relay_.let_go(container); }

// ------------------------------------------------------------------------------------------------------------------------- a container's side

// A pair of interfaces: one end on the bridge, the other in the container, with its address, up.
Result<std::string> LinuxNetworks::join(const UniqueFd& space, const engine::InterfaceSpec& interface, int bridge) {
  VethSpec veth;
  veth.bridge = bridge;
  veth.peer_name = interface.name;
  veth.peer_mac = interface.mac;
  veth.peer_namespace = space.get();
  veth.mtu = interface.network.mtu;
  {
    const std::lock_guard lock(mutex_);
    Netlink& netlink = *TRY(machine());
    Result<void> made;
    for (int i = 0; i < kTries; ++i) {
      veth.name = random_peer();
      made = netlink.make_veth(veth);
      if (made.ok() || made.error().kind == ErrorKind::Forbidden || !netlink.index(veth.name)) break;
    }
    if (!made.ok()) return setup_error(std::move(made).error());
  }
  auto inside = inside_namespace(space, [&]() -> Result<void> {
    if (interface.address6)
      for (const auto& which : {std::string("lo"), interface.name}) ignore(write_setting("net/ipv6/conf/" + which + "/disable_ipv6", "0"));
    Netlink netlink = TRY(Netlink::open());
    const auto index = netlink.index(interface.name);
    if (!index) return make_error(ErrorKind::Internal, "network.setup", "find interface", interface.name, "it is not in the container");
    TRY(netlink.add_address(*index, interface.address));
    TRY(netlink.set_up(*index));
    if (interface.address6) TRY(netlink.add_address(*index, *interface.address6));
    return success();
  });
  if (inside.ok()) return veth.name;
  const std::lock_guard lock(mutex_);
  if (const auto left = netlink_->index(veth.name)) ignore(netlink_->remove_link(*left));
  return setup_error(std::move(inside).error());
}

// The default routes. Without version 6 there is no way of it.
static Result<void> add_ways(Netlink& netlink, const engine::SandboxSpec& spec) {
  for (const auto& interface : spec.interfaces) {
    const auto index = netlink.index(interface.name);
    if (!index) continue;
    if (spec.gateway && interface.network.gateway == *spec.gateway) TRY(netlink.add_default_route(*index, *spec.gateway));
    if (spec.gateway6 && interface.network.gateway6 == *spec.gateway6) ignore(netlink.add_default_route(*index, *spec.gateway6));
  }
  return success();
}

Result<std::string> LinuxNetworks::open(const engine::SandboxSpec& spec, const Emit& emit) {
  const bool six = std::any_of(spec.interfaces.begin(), spec.interfaces.end(), [](const auto& interface) { return interface.address6.has_value(); });
  Sandbox sandbox;
  sandbox.spec = spec;
  auto space = make_network_namespace(six ? Version6::Yes : Version6::No);
  if (!space.ok()) return setup_error(std::move(space).error());
  sandbox.space = std::move(space).value();
  for (const auto& interface : spec.interfaces) {
    int bridge = 0;
    {
      const std::lock_guard lock(mutex_);
      bridge = TRY(ensure_bridge(interface.network, emit));
    }
    // What was made before goes with the namespace when a later step fails.
    const std::string peer = TRY(join(sandbox.space, interface, bridge));
    engine::tell_interface(spec.container, interface, peer, emit);
  }
  Resolver::Sockets sockets;
  auto ways = inside_namespace(sandbox.space, [&]() -> Result<void> {
    if (spec.resolver) sockets = TRY(Resolver::listen());
    if (!spec.gateway && !spec.gateway6) return success();
    Netlink netlink = TRY(Netlink::open());
    return add_ways(netlink, spec);
  });
  if (!ways.ok()) return setup_error(std::move(ways).error());
  engine::tell_ways(spec, emit);
  if (spec.resolver) resolver_.serve(spec.container, std::move(sockets), spec.name_servers, emit);
  if (!spec.ports.empty()) relay_.update(spec.container, spec.ports);  // numbers that were tried and given up are free again
  const std::string path = namespace_path(sandbox.space);
  const std::lock_guard lock(mutex_);
  change_rules(plan_ports(table_, spec.ports));
  engine::tell_ports(spec, emit);
  sandboxes_[spec.container] = std::move(sandbox);
  return path;
}

void LinuxNetworks::entered(const ContainerId& container, std::int64_t host_pid) {
  const std::lock_guard lock(mutex_);
  Sandbox& sandbox = sandboxes_[container];
  sandbox.spec.container = container;
  sandbox.host_pid = host_pid;
  sandbox.space.reset();
}

Result<UniqueFd> LinuxNetworks::space_of(const ContainerId& container) {
  const std::lock_guard lock(mutex_);
  const auto found = sandboxes_.find(container);
  if (found == sandboxes_.end() || found->second.host_pid == 0) return make_error(ErrorKind::Conflict, "network.setup", "find network of", container.str(), "it does not run");
  return open_network_namespace(found->second.host_pid);
}

Result<void> LinuxNetworks::plug(const ContainerId& container, const engine::InterfaceSpec& interface, const Emit& emit) {
  const UniqueFd space = TRY(space_of(container));
  int bridge = 0;
  {
    const std::lock_guard lock(mutex_);
    bridge = TRY(ensure_bridge(interface.network, emit));
  }
  const std::string peer = TRY(join(space, interface, bridge));
  engine::tell_interface(container, interface, peer, emit);
  return success();
}

Result<void> LinuxNetworks::unplug(const ContainerId& container, const engine::InterfaceSpec& interface, const Emit& emit) {
  const UniqueFd space = TRY(space_of(container));
  auto removed = inside_namespace(space, [&]() -> Result<void> {
    Netlink netlink = TRY(Netlink::open());
    const auto index = netlink.index(interface.name);
    return index ? netlink.remove_link(*index) : success();
  });
  if (!removed.ok()) return setup_error(std::move(removed).error());
  engine::tell_interface_gone(container, interface, emit);
  return success();
}

Result<void> LinuxNetworks::update(const engine::SandboxSpec& spec, const Emit& emit) {
  const UniqueFd space = TRY(space_of(spec.container));
  bool had_resolver = false;
  std::vector<engine::Publication> before;
  {
    const std::lock_guard lock(mutex_);
    had_resolver = sandboxes_[spec.container].spec.resolver;
    before = sandboxes_[spec.container].spec.ports;
  }
  Resolver::Sockets sockets;
  auto ways = inside_namespace(space, [&]() -> Result<void> {
    // First what may fail for a reason of the container's own: its way out stays then.
    if (spec.resolver && !had_resolver) sockets = TRY(Resolver::listen());
    Netlink netlink = TRY(Netlink::open());
    TRY(netlink.remove_default_routes(false));
    ignore(netlink.remove_default_routes(true));  // none where the kernel has no version 6
    return add_ways(netlink, spec);
  });
  if (!ways.ok()) return setup_error(std::move(ways).error());
  if (spec.resolver && !had_resolver) resolver_.serve(spec.container, std::move(sockets), spec.name_servers, emit);
  if (!spec.resolver && had_resolver) resolver_.stop(spec.container);
  relay_.update(spec.container, spec.ports);
  engine::tell_ways(spec, emit);
  const std::lock_guard lock(mutex_);
  if (before != spec.ports) {
    change_rules(plan_no_ports(table_, before) + plan_ports(table_, spec.ports));
    engine::tell_ports(spec, emit);
  }
  sandboxes_[spec.container].spec = spec;
  return success();
}

void LinuxNetworks::close(const ContainerId& container, const Emit& emit) {
  resolver_.stop(container);
  relay_.let_go(container);
  Sandbox sandbox;
  {
    const std::lock_guard lock(mutex_);
    const auto found = sandboxes_.find(container);
    if (found == sandboxes_.end()) return;
    sandbox = std::move(found->second);
    sandboxes_.erase(found);
    if (table_made_) change_rules(plan_no_ports(table_, sandbox.spec.ports));
  }
  for (const auto& interface : sandbox.spec.interfaces) engine::tell_interface_gone(container, interface, emit);
}

void LinuxNetworks::set_names(std::vector<engine::NetworkNames> networks, std::vector<engine::ContainerNames> containers) {
  resolver_.set_names(std::move(networks), std::move(containers));
}

}  // namespace strates::linux_world
