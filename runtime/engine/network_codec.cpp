// Records of networks, and what a container's record says of its networks, as they are kept.
#include "base/json_full.hpp"
#include "engine/network_rules.hpp"

namespace strates::engine {

namespace {

TextMap texts_of(const Json& json) {
  TextMap out;
  if (json.is_object())
    for (const auto& [key, value] : json.items())
      if (value.is_string()) out[key] = value.get<std::string>();
  return out;
}

Json prefix_json(const std::optional<IpPrefix>& prefix) { return prefix ? Json(prefix->text()) : Json(); }
Json address_json(const std::optional<IpAddress>& address) { return address ? Json(address->text()) : Json(); }

Json list_or_null(const std::optional<std::vector<std::string>>& list) { return list ? Json(*list) : Json(); }

std::optional<std::vector<std::string>> list_from(const Json& json, const char* key) {
  if (!json_member(json, key).is_array()) return std::nullopt;
  return json_strings(json, key);
}

struct TextField {
  const char* key;
  std::string Endpoint::* member;
};
constexpr TextField kEndpointTexts[] = {
    {"ipv4", &Endpoint::ipv4},           {"ipv6", &Endpoint::ipv6},         {"network_id", &Endpoint::network_id}, {"endpoint_id", &Endpoint::endpoint_id},
    {"gateway", &Endpoint::gateway},     {"address", &Endpoint::address},   {"gateway6", &Endpoint::gateway6},     {"address6", &Endpoint::address6},
    {"mac", &Endpoint::mac},             {"interface", &Endpoint::interface},
};

}  // namespace

std::string encode_network(const NetworkRecord& record) {
  Json pools = Json::array();
  for (const auto& pool : record.pools) pools.push_back({{"subnet", pool.subnet}, {"ip_range", pool.ip_range}, {"gateway", pool.gateway}, {"auxiliary", pool.auxiliary}});
  return dump_json({{"id", record.id}, {"name", record.name}, {"driver", record.driver}, {"created", record.created}, {"internal", record.internal}, {"attachable", record.attachable},
                    {"enable_ipv6", record.enable_ipv6}, {"predefined", record.predefined}, {"asked_subnet", record.asked_subnet}, {"pools", pools},
                    {"ipam_options", record.ipam_options ? Json(*record.ipam_options) : Json()}, {"options", record.options}, {"labels", record.labels}, {"bridge", record.bridge},
                    {"subnet", prefix_json(record.subnet)}, {"subnet6", prefix_json(record.subnet6)}, {"gateway", address_json(record.gateway)}, {"gateway6", address_json(record.gateway6)}});
}

Result<NetworkRecord> decode_network(std::string_view text) {
  const Json json = TRY(parse_json(text));
  if (!json.is_object() || json_string(json, "id").size() != 64)
    return make_error(ErrorKind::Internal, "store.corrupt", "read a network's record", std::string(text.substr(0, 40)), "not a record");
  NetworkRecord record;
  record.id = json_string(json, "id");
  record.name = json_string(json, "name");
  record.driver = json_string(json, "driver");
  record.created = json_int(json, "created");
  record.internal = json_bool(json, "internal");
  record.attachable = json_bool(json, "attachable");
  record.enable_ipv6 = json_bool(json, "enable_ipv6");
  record.predefined = json_bool(json, "predefined");
  record.asked_subnet = json_bool(json, "asked_subnet");
  for (const Json& pool : json_member(json, "pools"))
    record.pools.push_back({json_string(pool, "subnet"), json_string(pool, "ip_range"), json_string(pool, "gateway"), texts_of(json_member(pool, "auxiliary"))});
  if (const Json& options = json_member(json, "ipam_options"); options.is_object()) record.ipam_options = texts_of(options);
  record.options = texts_of(json_member(json, "options"));
  record.labels = texts_of(json_member(json, "labels"));
  record.bridge = json_string(json, "bridge");
  record.subnet = IpPrefix::parse(json_string(json, "subnet"));
  record.subnet6 = IpPrefix::parse(json_string(json, "subnet6"));
  record.gateway = IpAddress::parse(json_string(json, "gateway"));
  record.gateway6 = IpAddress::parse(json_string(json, "gateway6"));
  return record;
}

Json networks_to_json(const std::map<std::string, Endpoint>& networks) {
  Json out = Json::object();
  for (const auto& [name, endpoint] : networks) {
    Json one = {{"has_ipam", endpoint.has_ipam}, {"link_local", endpoint.link_local}, {"aliases", list_or_null(endpoint.aliases)}, {"links", list_or_null(endpoint.links)},
                {"driver_opts", endpoint.driver_opts ? Json(*endpoint.driver_opts) : Json()}, {"prefix", endpoint.prefix}, {"prefix6", endpoint.prefix6}};
    for (const auto& field : kEndpointTexts) one[field.key] = endpoint.*field.member;
    out[name] = std::move(one);
  }
  return out;
}

std::map<std::string, Endpoint> networks_from_json(const Json& json) {
  std::map<std::string, Endpoint> out;
  if (!json.is_object()) return out;
  for (const auto& [name, one] : json.items()) {
    Endpoint& endpoint = out[name];
    endpoint.has_ipam = json_bool(one, "has_ipam");
    endpoint.link_local = json_strings(one, "link_local");
    endpoint.aliases = list_from(one, "aliases");
    endpoint.links = list_from(one, "links");
    if (const Json& options = json_member(one, "driver_opts"); options.is_object()) endpoint.driver_opts = texts_of(options);
    endpoint.prefix = static_cast<int>(json_int(one, "prefix"));
    endpoint.prefix6 = static_cast<int>(json_int(one, "prefix6"));
    for (const auto& field : kEndpointTexts) endpoint.*field.member = json_string(one, field.key);
  }
  return out;
}

Json ports_to_json(const PortMap& ports) {
  Json out = Json::object();
  for (const auto& [port, bindings] : ports) {
    Json list = Json::array();
    for (const auto& binding : bindings) list.push_back({{"HostIp", binding.host_ip}, {"HostPort", binding.host_port}});
    out[port] = std::move(list);
  }
  return out;
}

PortMap ports_from_json(const Json& json) {
  PortMap out;
  if (!json.is_object()) return out;
  for (const auto& [port, list] : json.items()) {
    auto& bindings = out[port];
    for (const Json& one : list) bindings.push_back({json_string(one, "HostIp"), json_string(one, "HostPort")});
  }
  return out;
}

}  // namespace strates::engine
