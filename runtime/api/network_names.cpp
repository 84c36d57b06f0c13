#include "api/network_names.hpp"

#include "base/json_full.hpp"

namespace strates::api {

std::string network_of(const std::string& mode) { return mode == "host" ? "host" : "none"; }

std::string network_id(engine::Engine& engine, std::string_view name) {
  return engine.world().hasher.sha256_hex("network:" + engine.world().machine.root_directory + ":" + std::string(name));
}

Json network_json(engine::Engine& engine, std::string_view name) {
  return {{"Name", name}, {"Id", network_id(engine, name)}, {"Created", kZeroTime}, {"Scope", "local"}, {"Driver", name == "none" ? "null" : "host"},
          {"EnableIPv6", false}, {"IPAM", {{"Driver", "default"}, {"Options", nullptr}, {"Config", Json::array()}}}, {"Internal", false},
          {"Attachable", false}, {"Ingress", false}, {"ConfigFrom", {{"Network", ""}}}, {"ConfigOnly", false}, {"Containers", Json::object()},
          {"Options", Json::object()}, {"Labels", Json::object()}};
}

Json endpoints_json(engine::Engine& engine, const std::string& mode) {
  const std::string name = network_of(mode);
  Json endpoint = {{"IPAMConfig", nullptr}, {"Links", nullptr}, {"Aliases", nullptr}, {"NetworkID", network_id(engine, name)}, {"EndpointID", ""}, {"Gateway", ""},
                   {"IPAddress", ""}, {"IPPrefixLen", 0}, {"IPv6Gateway", ""}, {"GlobalIPv6Address", ""}, {"GlobalIPv6PrefixLen", 0}, {"MacAddress", ""},
                   {"DriverOpts", nullptr}};
  Json out = Json::object();
  out[name] = std::move(endpoint);
  return out;
}

}  // namespace strates::api
