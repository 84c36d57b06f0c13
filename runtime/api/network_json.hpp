// Networks and endpoints on the wire (Docker Engine API 1.41, "Network", "EndpointSettings", "NetworkSettings").
#pragma once

#include "base/json.hpp"
#include "engine/engine.hpp"

namespace strates::api {

enum class Members { No, Yes };  // who is in it: told of one network, not in the list
Json network_json(const engine::NetworkView& network, Members members);
Result<engine::NetworkRequest> network_request_from_json(const Json& body);
// One value of EndpointsConfig; null: nothing is asked.
Result<engine::Endpoint> endpoint_from_json(const Json& json, std::string_view name);

// The value of NetworkSettings.Networks.
Json endpoints_json(const engine::Container& container);
Json network_settings_json(const engine::Container& container);
// "Ports" of a row of the list.
Json port_rows_json(const engine::Container& container);
Result<engine::PortMap> port_map_from_json(const Json& json);

}  // namespace strates::api
