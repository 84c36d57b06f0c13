// docker network: cli/command/network of docker/cli 20.10.
#include <algorithm>

#include "base/ip.hpp"
#include "base/json_full.hpp"
#include "base/names.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/commands/container_network.hpp"
#include "cli/confirmation.hpp"
#include "cli/daemon.hpp"
#include "cli/listing.hpp"
#include "cli/natural_order.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec map_flag(std::string_view name, char shorthand, std::string_view help) { return {name, shorthand, FlagKind::List, "map", help, "map[]"}; }
constexpr FlagSpec texts_flag(std::string_view name, std::string_view help) { return {name, 0, FlagKind::List, "strings", help}; }

constexpr FlagSpec kCreateFlags[] = {
    bool_flag("attachable", 0, "Enable manual container attachment"),
    map_flag("aux-address", 0, "Auxiliary IPv4 or IPv6 addresses used by Network driver"),
    text_flag("config-from", 0, "The network from which to copy the configuration"),
    bool_flag("config-only", 0, "Create a configuration only network"),
    text_flag("driver", 'd', "Driver to manage the Network", "bridge"),
    texts_flag("gateway", "IPv4 or IPv6 Gateway for the master subnet"),
    bool_flag("ingress", 0, "Create swarm routing-mesh network"),
    bool_flag("internal", 0, "Restrict external access to the network"),
    texts_flag("ip-range", "Allocate container ip from a sub-range"),
    text_flag("ipam-driver", 0, "IP Address Management Driver", "default"),
    map_flag("ipam-opt", 0, "Set IPAM driver specific options"),
    bool_flag("ipv6", 0, "Enable IPv6 networking"),
    list_flag("label", 0, "Set metadata on a network", check_label),
    map_flag("opt", 'o', "Set driver specific options"),
    text_flag("scope", 0, "Control the network's scope"),
    texts_flag("subnet", "Subnet in CIDR format that represents a network segment"),
};
constexpr FlagSpec kListFlags[] = {
    {"filter", 'f', FlagKind::List, "filter", "Provide filter values (e.g. 'driver=bridge')", {}, FlagSupport::Yes, check_filter},
    text_flag("format", 0, "Pretty-print networks using a Go template"),
    bool_flag("no-trunc", 0, "Do not truncate the output"),
    bool_flag("quiet", 'q', "Only display network IDs"),
};
constexpr FlagSpec kConnectFlags[] = {
    texts_flag("alias", "Add network-scoped alias for the container"), texts_flag("driver-opt", "driver options for the network"),
    text_flag("ip", 0, "IPv4 address (e.g., 172.30.100.104)"),         text_flag("ip6", 0, "IPv6 address (e.g., 2001:db8::33)"),
    list_flag("link", 0, "Add link to another container"),             texts_flag("link-local-ip", "Add a link-local address for the container"),
};
constexpr FlagSpec kDisconnectFlags[] = {bool_flag("force", 'f', "Force the container to disconnect from a network")};
constexpr FlagSpec kPruneFlags[] = {
    {"filter", 0, FlagKind::List, "filter", "Provide filter values (e.g. 'until=<timestamp>')", {}, FlagSupport::Yes, check_filter},
    bool_flag("force", 'f', "Do not prompt for confirmation"),
};

const std::vector<Column> kColumns = {
    {"ID", "NETWORK ID"}, {"Name", "NAME"}, {"Driver", "DRIVER"}, {"Scope", "SCOPE"}, {"IPv6", "IPV6"}, {"Internal", "INTERNAL"}, {"Labels", "LABELS"}, {"CreatedAt", "CREATED AT"},
};

Error invalid(std::string sentence) { return docker_error(ErrorKind::Invalid, "cli.network", std::move(sentence)); }

Result<bool> matches(const std::string& subnet, const std::string& other) {
  const auto whole = IpPrefix::parse(subnet);
  if (!whole) return invalid("invalid subnet: invalid CIDR address: " + subnet);
  if (other.find('/') == std::string::npos) {
    const auto address = IpAddress::parse(other);
    return address && whole->contains(*address);
  }
  const auto range = IpPrefix::parse(other);
  if (!range) return invalid("invalid subnet: invalid CIDR address: " + other);
  return whole->contains(range->address);
}

// Each range, gateway and address belongs to one of the subnets.
Result<Json> pools_json(const ParsedFlags& flags) {
  const auto subnets = comma_values(flags, "subnet"), ranges = comma_values(flags, "ip-range"), gateways = comma_values(flags, "gateway");
  if (subnets.size() < ranges.size() || subnets.size() < gateways.size()) return invalid("every ip-range or gateway must have a corresponding subnet");
  std::vector<Json> pools;
  for (size_t i = 0; i < subnets.size(); ++i) {
    for (size_t k = 0; k < i; ++k)
      if (TRY(matches(subnets[i], subnets[k])) || TRY(matches(subnets[k], subnets[i]))) return invalid("multiple overlapping subnet configuration is not supported");
    pools.push_back({{"Subnet", subnets[i]}, {"AuxiliaryAddresses", Json::object()}});
  }
  struct Kind {
    const std::vector<std::string>* values;
    const char* key;
    const char* many;
    const char* none;
  };
  for (const Kind& kind : {Kind{&ranges, "IPRange", "ranges", "range"}, Kind{&gateways, "Gateway", "gateways", "gateway"}})
    for (const std::string& value : *kind.values) {
      bool found = false;
      for (size_t i = 0; i < subnets.size(); ++i) {
        if (!TRY(matches(subnets[i], value))) continue;
        if (pools[i].contains(kind.key)) {
          const std::string place = std::string(kind.key) == "IPRange" ? "on the same subnet" : "for the same subnet";
          return invalid("cannot configure multiple " + std::string(kind.many) + " (" + value + ", " + json_string(pools[i], kind.key) + ") " + place + " (" + subnets[i] + ")");
        }
        pools[i][kind.key] = value;
        found = true;
      }
      if (!found) return invalid("no matching subnet for " + std::string(kind.none) + " " + value);
    }
  const Json auxiliary = pairs_json(flags.list("aux-address"));
  for (const auto& [name, value] : auxiliary.items()) {
    const std::string address = value.get<std::string>();
    bool found = false;
    for (size_t i = 0; i < subnets.size(); ++i) {
      if (!TRY(matches(subnets[i], address))) continue;
      pools[i]["AuxiliaryAddresses"][name] = address;
      found = true;
    }
    if (!found) return invalid("no matching subnet for aux-address " + address);
  }
  Json out = Json::array();
  for (Json& pool : pools) out.push_back(std::move(pool));
  return out;
}

Json row_of(const Json& network, bool trunc) {
  std::vector<std::string> labels;
  for (const auto& [key, value] : json_member(network, "Labels").items()) labels.push_back(key + "=" + (value.is_string() ? value.get<std::string>() : ""));
  std::sort(labels.begin(), labels.end());
  const std::string id = json_string(network, "Id");
  const auto created = parse_rfc3339(json_string(network, "Created"));
  return {{"CreatedAt", created.ok() ? local_time(created.value()) : ""}, {"Driver", json_string(network, "Driver")}, {"ID", trunc ? short_id(id) : id},
          {"IPv6", json_bool(network, "EnableIPv6") ? "true" : "false"}, {"Internal", json_bool(network, "Internal") ? "true" : "false"}, {"Labels", join(labels, ",")},
          {"Name", json_string(network, "Name")}, {"Scope", json_string(network, "Scope")}};
}

}  // namespace

std::span<const FlagSpec> network_create_flags() { return kCreateFlags; }
std::span<const FlagSpec> network_ls_flags() { return kListFlags; }
std::span<const FlagSpec> network_rm_flags() { return {}; }
std::span<const FlagSpec> network_connect_flags() { return kConnectFlags; }
std::span<const FlagSpec> network_disconnect_flags() { return kDisconnectFlags; }
std::span<const FlagSpec> network_prune_flags() { return kPruneFlags; }

Result<int> network_create_handler(Invocation& in) {
  const ParsedFlags& flags = in.flags;
  const Json pools = TRY(pools_json(flags));
  const Json body = {{"CheckDuplicate", true}, {"Driver", flags.text("driver")}, {"Scope", flags.text("scope")}, {"EnableIPv6", flags.boolean("ipv6")},
                     {"IPAM", {{"Driver", flags.text("ipam-driver")}, {"Options", pairs_json(flags.list("ipam-opt"))}, {"Config", pools}}},
                     {"Internal", flags.boolean("internal")}, {"Attachable", flags.boolean("attachable")}, {"Ingress", flags.boolean("ingress")},
                     {"ConfigOnly", flags.boolean("config-only")},
                     {"ConfigFrom", flags.text("config-from").empty() ? Json() : Json{{"Network", flags.text("config-from")}}},
                     {"Options", pairs_json(flags.list("opt"))}, {"Labels", pairs_json(flags.list("label"))}, {"Name", in.args()[0]}};
  const Json reply = TRY(daemon(in.session.client.post("/networks/create", body)));
  in.session.console.out(json_string(reply, "Id") + "\n");
  return 0;
}

Result<int> network_ls_handler(Invocation& in) {
  Query query;
  if (in.flags.changed("filter")) query.add("filters", TRY(filters_json(in.flags.list("filter"))));
  const Json reply = TRY(daemon(in.session.client.get(query.on("/networks"))));
  std::vector<Json> networks(reply.begin(), reply.end());
  std::stable_sort(networks.begin(), networks.end(), [](const Json& a, const Json& b) { return natural_less(json_string(a, "Name"), json_string(b, "Name")); });
  std::vector<Json> rows;
  for (const Json& network : networks) rows.push_back(row_of(network, !in.flags.boolean("no-trunc")));
  Listing listing;
  listing.fields = kColumns;
  const bool quiet = in.flags.boolean("quiet");
  listing.raw_format = quiet ? "network_id: {{.ID}}" : "network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n";
  listing.default_format = quiet ? "{{.ID}}" : "table {{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}";
  listing.go_type = "*network.networkContext";
  listing.method = [&](size_t row, std::string_view method, const std::vector<std::string>& arguments) -> std::optional<std::string> {
    if (method != "Label" || arguments.size() != 1) return std::nullopt;
    return json_string(json_member(networks[row], "Labels"), arguments[0]);
  };
  in.session.console.out(TRY(render_listing(listing, in.flags.text("format"), rows)));
  return 0;
}

Result<int> network_rm_handler(Invocation& in) {
  std::vector<std::string> errors;
  for (const std::string& name : in.args()) {
    const auto done = daemon_object(in.session.client.remove("/networks/" + path_name(name)), "network", name);
    if (done.ok()) in.session.console.out(name + "\n");
    else errors.push_back(done.error().message());
  }
  return joined(errors);
}

Result<int> network_connect_handler(Invocation& in) {
  const ParsedFlags& flags = in.flags;
  Json ipam = Json::object();
  if (!flags.text("ip").empty()) ipam["IPv4Address"] = flags.text("ip");
  if (!flags.text("ip6").empty()) ipam["IPv6Address"] = flags.text("ip6");
  if (const auto local = comma_values(flags, "link-local-ip"); !local.empty()) ipam["LinkLocalIPs"] = local;
  const auto links = TRY(links_of(flags.list("link")));
  const Json body = {{"Container", in.args()[1]},
                     {"EndpointConfig", {{"IPAMConfig", ipam}, {"Links", links.empty() ? Json() : Json(links)}, {"Aliases", comma_values(flags, "alias")},
                                         {"DriverOpts", pairs_json(comma_values(flags, "driver-opt"))}}}};
  TRY(daemon(in.session.client.post("/networks/" + path_name(in.args()[0]) + "/connect", body)));
  return 0;
}

Result<int> network_disconnect_handler(Invocation& in) {
  const Json body = {{"Container", in.args()[1]}, {"Force", in.flags.boolean("force")}};
  TRY(daemon(in.session.client.post("/networks/" + path_name(in.args()[0]) + "/disconnect", body)));
  return 0;
}

Result<int> network_prune_handler(Invocation& in) {
  if (!in.flags.boolean("force") &&
      !confirmed(in.session.console, "WARNING! This will remove all custom networks not used by at least one container.\nAre you sure you want to continue?"))
    return 0;
  Query query;
  query.add("filters", in.flags.changed("filter") ? TRY(filters_json(in.flags.list("filter"))) : "{}");
  const Json reply = TRY(daemon(in.session.client.post(query.on("/networks/prune"), Json())));
  const auto names = json_strings(reply, "NetworksDeleted");
  if (!names.empty()) in.session.console.out("Deleted Networks:\n" + join(names, "\n") + "\n\n");
  return 0;
}

}  // namespace strates::cli
