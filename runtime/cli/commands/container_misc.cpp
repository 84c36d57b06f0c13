// container prune, port: cli/command/container of docker/cli 20.10.
#include "base/json_full.hpp"
#include "cli/commands/all.hpp"
#include "cli/commands/container_network.hpp"
#include "cli/confirmation.hpp"
#include "cli/daemon.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kPruneFlags[] = {
    {"filter", 0, FlagKind::List, "filter", "Provide filter values (e.g. 'until=<timestamp>')", {}, FlagSupport::Yes, check_filter},
    bool_flag("force", 'f', "Do not prompt for confirmation"),
};

// "80", "80/udp", as the daemon calls it: "80/tcp".
Result<std::string> container_port(const std::string& text) {
  const size_t slash = text.find('/');
  const bool named = slash != std::string::npos && slash + 1 < text.size();
  const PortSpan span = TRY(parse_port_span(named ? text.substr(0, slash) : text));
  return std::to_string(span.first) + (span.last == span.first ? "" : "-" + std::to_string(span.last)) + "/" + (named ? text.substr(slash + 1) : "tcp");
}

}  // namespace

std::span<const FlagSpec> container_prune_flags() { return kPruneFlags; }
std::span<const FlagSpec> port_flags() { return {}; }

Result<int> container_prune_handler(Invocation& in) {
  Console& console = in.session.console;
  Query query;
  query.add("filters", TRY(filters_json(in.flags.list("filter"))));
  std::string deleted;
  std::int64_t reclaimed = 0;
  if (in.flags.boolean("force") || confirmed(console, "WARNING! This will remove all stopped containers.\nAre you sure you want to continue?")) {
    const Json reply = TRY(daemon(in.session.client.post(query.on("/containers/prune"), Json())));
    for (const std::string& id : json_strings(reply, "ContainersDeleted")) deleted += id + "\n";
    reclaimed = json_int(reply, "SpaceReclaimed");
  }
  if (!deleted.empty()) console.out("Deleted Containers:\n" + deleted + "\n");
  console.out("Total reclaimed space: " + human_size(static_cast<double>(reclaimed)) + "\n");
  return 0;
}

Result<int> port_handler(Invocation& in) {
  const std::string& name = in.args()[0];
  const Json container = TRY(daemon_object(in.session.client.get("/containers/" + path_name(name) + "/json"), "container", name));
  const Json& ports = json_member(json_member(container, "NetworkSettings"), "Ports");
  const auto address = [](const Json& binding) { return json_string(binding, "HostIp") + ":" + json_string(binding, "HostPort"); };
  std::string out;
  if (in.args().size() == 1 || in.args()[1].empty()) {
    for (const auto& [port, bindings] : ports.items())
      for (const Json& binding : bindings) out += port + " -> " + address(binding) + "\n";
    in.session.console.out(out);
    return 0;
  }
  const std::string wanted = TRY(container_port(in.args()[1]));
  for (const Json& binding : json_member(ports, wanted)) out += address(binding) + "\n";
  if (out.empty()) return docker_error(ErrorKind::NotFound, "cli.port", "Error: No public port '" + wanted + "' published for " + name);
  in.session.console.out(out);
  return 0;
}

}  // namespace strates::cli
