// Networks at the start of a daemon and at its end: what lives is taken up, what nobody uses goes.
#include <algorithm>

#include "linux/network/linux_networks.hpp"
#include "linux/network/namespaces.hpp"
#include "linux/network/nft_plan.hpp"

namespace strates::linux_world {

Result<void> LinuxNetworks::recover(const std::vector<engine::BridgeSpec>& networks, const std::vector<Alive>& alive) {
  {
    const std::lock_guard lock(mutex_);
    const auto used = [&](const engine::BridgeSpec& bridge) {
      return std::any_of(alive.begin(), alive.end(), [&](const Alive& one) {
        return std::any_of(one.spec.interfaces.begin(), one.spec.interfaces.end(), [&](const auto& interface) { return interface.network.id == bridge.id; });
      });
    };
    // Rules of a daemon that died: ours begin anew when somebody needs them.
    if (auto rules = PacketRules::open(); rules.ok() && !rules.value().list("table ip " + table_).value_or("").empty()) ignore(rules.value().apply(plan_no_table(table_)));
    no_longer_pass("");
    for (const auto& bridge : networks) {
      if (used(bridge)) ignore(ensure_bridge(bridge, {}));
      else drop_bridge(bridge);
    }
  }
  for (const auto& one : alive) {
    // Taken again, as far as nobody else has taken them meanwhile; the rules lead there in any case.
    for (const auto& port : one.spec.ports) ignore(relay_.hold(one.spec.container, port));
    if (one.spec.resolver) {
      const auto space = open_network_namespace(one.host_pid);
      Resolver::Sockets sockets;
      const auto listening = space.ok() ? inside_namespace(space.value(), [&]() -> Result<void> {
        sockets = TRY(Resolver::listen());
        return success();
      }) : Result<void>(space.error());
      if (listening.ok()) resolver_.serve(one.spec.container, std::move(sockets), one.spec.name_servers, {});
    }
    const std::lock_guard lock(mutex_);
    change_rules(plan_ports(table_, one.spec.ports));
    Sandbox& sandbox = sandboxes_[one.spec.container];
    sandbox.spec = one.spec;
    sandbox.host_pid = one.host_pid;
  }
  return success();
}

void LinuxNetworks::leave(const std::vector<engine::BridgeSpec>& networks) {
  const std::lock_guard lock(mutex_);
  for (const auto& [container, sandbox] : sandboxes_) resolver_.stop(container);  // whom it tells goes
  bool used = false;
  for (const auto& bridge : networks) {
    if (!bridges_.contains(bridge.id)) continue;
    const bool busy = std::any_of(sandboxes_.begin(), sandboxes_.end(), [&](const auto& entry) {
      return std::any_of(entry.second.spec.interfaces.begin(), entry.second.spec.interfaces.end(), [&](const auto& interface) { return interface.network.id == bridge.id; });
    });
    used = used || busy;
    if (!busy) drop_bridge(bridge);
  }
  if (!used && table_made_) {
    ignore(rules_->apply(plan_no_table(table_)));
    table_made_ = false;
  }
}

}  // namespace strates::linux_world
