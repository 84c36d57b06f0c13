// Networks (Docker Engine API 1.41, "Network").
#include "api/answers.hpp"
#include "api/engine_clock.hpp"
#include "api/filters.hpp"
#include "api/handlers.hpp"
#include "api/host_value.hpp"
#include "api/network_json.hpp"
#include "api/prune_filters.hpp"
#include "base/json_full.hpp"

namespace strates::api {

Result<HttpResponse> list_networks(const Call& call) {
  const Filters filters = TRY(read_filters(call.request, {"dangling", "driver", "id", "label", "name", "scope", "type"}));
  Json rows = Json::array();
  for (const auto& network : TRY(call.engine.networks().networks(filters))) rows.push_back(network_json(network, Members::No));
  return json_answer(200, rows);
}

Result<HttpResponse> show_network(const Call& call) { return json_answer(200, network_json(TRY(call.engine.networks().network(call.name)), Members::Yes)); }

Result<HttpResponse> create_network(const Call& call) {
  const auto reply = TRY(call.engine.networks().create_network(TRY(network_request_from_json(TRY(body_json(call.request))))));
  return json_answer(201, {{"Id", reply.id}, {"Warning", reply.warning}});
}

Result<HttpResponse> remove_network(const Call& call) {
  TRY(call.engine.networks().remove_network(call.name));
  return empty_answer(204);
}

Result<HttpResponse> connect_network(const Call& call) {
  const Json body = TRY(body_json(call.request));
  if (!body.is_object()) return bad_parameter("the body must be a JSON object");
  const auto endpoint = TRY(endpoint_from_json(json_member(body, "EndpointConfig"), call.name));
  TRY(call.engine.networks().connect(call.name, TRY(read_text(json_member(body, "Container"), "Container")), endpoint));
  return empty_answer(200);
}

Result<HttpResponse> disconnect_network(const Call& call) {
  const Json body = TRY(body_json(call.request));
  if (!body.is_object()) return bad_parameter("the body must be a JSON object");
  const bool forced = TRY(read_bool(json_member(body, "Force"), "Force"));
  TRY(call.engine.networks().disconnect(call.name, TRY(read_text(json_member(body, "Container"), "Container")), forced ? engine::Disconnect::Forced : engine::Disconnect::Gently));
  return empty_answer(200);
}

// Those without a running container; one that gets a container meanwhile refuses to go, and stays.
Result<HttpResponse> prune_networks(const Call& call) {
  const PruneFilters which = TRY(PruneFilters::make(TRY(read_filters(call.request, {"label", "label!", "until"})), engine_now(call.engine)));
  Json deleted;
  for (const auto& network : TRY(call.engine.networks().networks({}))) {
    const auto& record = network.record;
    if (record.predefined || !network.members.empty() || !which.takes(record.created, &record.labels)) continue;
    if (call.engine.networks().remove_network(record.id).ok()) deleted.push_back(record.name);
  }
  call.engine.tracer().emit(0, event::Operation(event::Pruned{"network", 0}));
  return json_answer(200, {{"NetworksDeleted", deleted}});
}

}  // namespace strates::api
