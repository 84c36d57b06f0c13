#include "api/network_json.hpp"

#include <algorithm>
#include <charconv>

#include "api/answers.hpp"
#include "api/host_value.hpp"
#include "api/mount_json.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "engine/network_rules.hpp"

namespace strates::api {

namespace {

Json map_or_empty(const engine::TextMap& map) { return map.empty() ? Json::object() : Json(map); }

Json pool_json(const engine::AddressPool& pool) {
  Json out = Json::object();
  if (!pool.subnet.empty()) out["Subnet"] = pool.subnet;
  if (!pool.ip_range.empty()) out["IPRange"] = pool.ip_range;
  if (!pool.gateway.empty()) out["Gateway"] = pool.gateway;
  if (!pool.auxiliary.empty()) out["AuxiliaryAddresses"] = pool.auxiliary;
  return out;
}

Result<engine::TextMap> texts(const Json& json, std::string_view key) {
  auto map = TRY(text_map(json, key));
  return map.value_or(engine::TextMap{});
}

}  // namespace

Json network_json(const engine::NetworkView& network, Members members) {
  const engine::NetworkRecord& record = network.record;
  Json pools = Json::array();
  for (const auto& pool : record.pools) pools.push_back(pool_json(pool));
  Json containers = Json::object();
  if (members == Members::Yes)
    for (const auto& member : network.members)
      containers[member.container.str()] = {{"Name", member.name}, {"EndpointID", member.endpoint_id}, {"MacAddress", member.mac}, {"IPv4Address", member.ipv4}, {"IPv6Address", member.ipv6}};
  return {{"Name", record.name}, {"Id", record.id}, {"Created", rfc3339(record.created)}, {"Scope", "local"}, {"Driver", record.driver}, {"EnableIPv6", record.enable_ipv6},
          {"IPAM", {{"Driver", "default"}, {"Options", record.ipam_options ? map_or_empty(*record.ipam_options) : Json()}, {"Config", pools}}},
          {"Internal", record.internal}, {"Attachable", record.attachable}, {"Ingress", false}, {"ConfigFrom", {{"Network", ""}}}, {"ConfigOnly", false},
          {"Containers", containers}, {"Options", map_or_empty(record.options)}, {"Labels", map_or_empty(record.labels)}};
}

Result<engine::NetworkRequest> network_request_from_json(const Json& body) {
  if (!body.is_object()) return bad_parameter("the body must be a JSON object");
  engine::NetworkRequest out;
  out.name = TRY(read_text(json_member(body, "Name"), "Name"));
  out.driver = TRY(read_text(json_member(body, "Driver"), "Driver"));
  out.scope = TRY(read_text(json_member(body, "Scope"), "Scope"));
  out.internal = TRY(read_bool(json_member(body, "Internal"), "Internal"));
  out.attachable = TRY(read_bool(json_member(body, "Attachable"), "Attachable"));
  out.ingress = TRY(read_bool(json_member(body, "Ingress"), "Ingress"));
  out.enable_ipv6 = TRY(read_bool(json_member(body, "EnableIPv6"), "EnableIPv6"));
  out.config_only = TRY(read_bool(json_member(body, "ConfigOnly"), "ConfigOnly"));
  out.config_from = json_string(json_member(body, "ConfigFrom"), "Network");
  out.options = TRY(texts(json_member(body, "Options"), "Options"));
  out.labels = TRY(texts(json_member(body, "Labels"), "Labels"));
  const Json& ipam = json_member(body, "IPAM");
  if (!ipam.is_null() && !ipam.is_object()) return bad_parameter("IPAM must be an object");
  out.ipam_driver = TRY(read_text(json_member(ipam, "Driver"), "IPAM.Driver"));
  out.ipam_options = TRY(text_map(json_member(ipam, "Options"), "IPAM.Options"));
  const Json& pools = json_member(ipam, "Config");
  if (!pools.is_null() && !pools.is_array()) return bad_parameter("IPAM.Config must be a list");
  if (pools.size() > kMostHostEntries) return bad_parameter("IPAM.Config has too many entries");
  for (const Json& pool : pools) {
    if (!pool.is_object()) return bad_parameter("IPAM.Config must hold objects");
    out.pools.push_back({TRY(read_text(json_member(pool, "Subnet"), "Subnet")), TRY(read_text(json_member(pool, "IPRange"), "IPRange")),
                         TRY(read_text(json_member(pool, "Gateway"), "Gateway")), TRY(texts(json_member(pool, "AuxiliaryAddresses"), "AuxiliaryAddresses"))});
  }
  return out;
}

Result<engine::Endpoint> endpoint_from_json(const Json& json, std::string_view name) {
  engine::Endpoint out;
  if (json.is_null()) return out;
  const std::string key = "EndpointsConfig." + std::string(name);
  if (!json.is_object()) return bad_parameter(key + " must be an object");
  const auto list = [&](const char* member) -> Result<std::optional<std::vector<std::string>>> {
    const Json& value = json_member(json, member);
    if (value.is_null()) return std::optional<std::vector<std::string>>();
    return std::optional(TRY(read_texts(value, key + "." + member)));
  };
  const Json& ipam = json_member(json, "IPAMConfig");
  if (!ipam.is_null() && !ipam.is_object()) return bad_parameter(key + ".IPAMConfig must be an object");
  out.has_ipam = ipam.is_object();
  out.ipv4 = TRY(read_text(json_member(ipam, "IPv4Address"), key + ".IPAMConfig.IPv4Address"));
  out.ipv6 = TRY(read_text(json_member(ipam, "IPv6Address"), key + ".IPAMConfig.IPv6Address"));
  if (!json_member(ipam, "LinkLocalIPs").empty()) return unsupported("connect with", "LinkLocalIPs", "addresses of the link alone are not given here", "leave it out");
  out.aliases = TRY(list("Aliases"));
  out.links = TRY(list("Links"));
  out.driver_opts = TRY(text_map(json_member(json, "DriverOpts"), key + ".DriverOpts"));
  return out;
}

Json endpoints_json(const engine::Container& container) {
  Json out = Json::object();
  for (const auto& [name, endpoint] : container.networks) {
    Json ipam;
    if (endpoint.has_ipam) ipam = Json::object();
    if (!endpoint.ipv4.empty()) ipam["IPv4Address"] = endpoint.ipv4;
    if (!endpoint.ipv6.empty()) ipam["IPv6Address"] = endpoint.ipv6;
    const auto list = [](const auto& values) { return values ? Json(*values) : Json(); };
    out[name] = {{"IPAMConfig", ipam}, {"Links", list(endpoint.links)}, {"Aliases", list(endpoint.aliases)}, {"NetworkID", endpoint.network_id}, {"EndpointID", endpoint.endpoint_id},
                 {"Gateway", endpoint.gateway}, {"IPAddress", endpoint.address}, {"IPPrefixLen", endpoint.prefix}, {"IPv6Gateway", endpoint.gateway6},
                 {"GlobalIPv6Address", endpoint.address6}, {"GlobalIPv6PrefixLen", endpoint.prefix6}, {"MacAddress", endpoint.mac},
                 {"DriverOpts", endpoint.driver_opts ? map_or_empty(*endpoint.driver_opts) : Json()}};
  }
  return out;
}

// Docker's older members speak of the default bridge only.
Json network_settings_json(const engine::Container& container) {
  Json ports = Json::object();
  for (const auto& [port, bindings] : container.ports) ports[port] = bindings.empty() ? Json() : engine::ports_to_json({{port, bindings}})[port];
  static const engine::Endpoint kNone;
  const auto bridge = container.networks.find("bridge");
  const engine::Endpoint& endpoint = bridge == container.networks.end() ? kNone : bridge->second;
  return {{"Bridge", ""}, {"SandboxID", container.sandbox_id}, {"HairpinMode", false}, {"LinkLocalIPv6Address", ""}, {"LinkLocalIPv6PrefixLen", 0}, {"Ports", ports},
          {"SandboxKey", container.sandbox_id.empty() ? "" : "/var/run/docker/netns/" + container.sandbox_id.substr(0, 12)}, {"SecondaryIPAddresses", nullptr},
          {"SecondaryIPv6Addresses", nullptr}, {"EndpointID", endpoint.endpoint_id}, {"Gateway", endpoint.gateway}, {"GlobalIPv6Address", endpoint.address6},
          {"GlobalIPv6PrefixLen", endpoint.prefix6}, {"IPAddress", endpoint.address}, {"IPPrefixLen", endpoint.prefix}, {"IPv6Gateway", endpoint.gateway6},
          {"MacAddress", endpoint.mac}, {"Networks", endpoints_json(container)}};
}

Json port_rows_json(const engine::Container& container) {
  Json out = Json::array();
  const auto number = [](const std::string& text) {
    int value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  };
  for (const auto& [port, bindings] : container.ports) {
    const std::string type = port.substr(port.find('/') + 1);
    if (bindings.empty()) out.push_back({{"PrivatePort", number(port)}, {"Type", type}});
    for (const auto& binding : bindings) out.push_back({{"IP", binding.host_ip}, {"PrivatePort", number(port)}, {"PublicPort", number(binding.host_port)}, {"Type", type}});
  }
  return out;
}

Result<engine::PortMap> port_map_from_json(const Json& json) {
  engine::PortMap out;
  if (json.is_null()) return out;
  if (!json.is_object()) return wrong_type("PortBindings", "an object");
  constexpr size_t kMostPorts = 65'536;
  if (json.size() > kMostPorts) return wrong_type("PortBindings", "smaller");
  for (const auto& [port, list] : json.items()) {
    auto& bindings = out[port.find('/') == std::string::npos ? port + "/tcp" : port];
    if (list.is_null()) continue;
    if (!list.is_array() || list.size() > kMostHostEntries) return wrong_type("PortBindings." + port, "a list of bindings");
    for (const Json& binding : list)
      bindings.push_back({TRY(read_text(json_member(binding, "HostIp"), "PortBindings.HostIp")), TRY(read_text(json_member(binding, "HostPort"), "PortBindings.HostPort"))});
    if (bindings.empty()) bindings.emplace_back();
  }
  return out;
}

}  // namespace strates::api
