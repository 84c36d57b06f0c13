// Volumes (Docker Engine API 1.41, "Volume").
#include "api/answers.hpp"
#include "api/filters.hpp"
#include "api/handlers.hpp"
#include "api/mount_json.hpp"
#include "base/json_full.hpp"

namespace strates::api {

Result<HttpResponse> list_volumes(const Call& call) {
  const Filters filters = TRY(read_filters(call.request, {"dangling", "driver", "label", "name"}));
  Json rows = Json::array();
  for (const auto& volume : TRY(call.engine.volumes(filters))) rows.push_back(volume_json(volume));
  return json_answer(200, {{"Volumes", rows}, {"Warnings", nullptr}});
}

Result<HttpResponse> show_volume(const Call& call) { return json_answer(200, volume_json(TRY(call.engine.volume(call.name)))); }

Result<HttpResponse> create_volume(const Call& call) {
  const Json body = TRY(body_json(call.request));
  if (!body.is_null() && !body.is_object()) return bad_parameter("the body must be a JSON object");
  for (const char* key : {"Name", "Driver"})
    if (const Json& value = json_member(body, key); !value.is_null() && !value.is_string()) return bad_parameter(std::string(key) + " must be a text");
  engine::VolumeRequest request;
  request.name = json_string(body, "Name");
  request.driver = json_string(body, "Driver");
  request.labels = TRY(text_map(json_member(body, "Labels"), "Labels"));
  request.options = TRY(text_map(json_member(body, "DriverOpts"), "DriverOpts"));
  const auto volume = TRY(call.engine.create_volume(request));
  return json_answer(201, volume_json(volume));
}

Result<HttpResponse> remove_volume(const Call& call) {
  TRY(call.engine.remove_volume(call.name, call.request.query_bool("force") ? engine::Force::Yes : engine::Force::No));
  return empty_answer(204);
}

Result<HttpResponse> prune_volumes(const Call& call) {
  const auto pruned = TRY(call.engine.prune_volumes(TRY(read_filters(call.request, {"label", "label!"}))));
  return json_answer(200, {{"VolumesDeleted", pruned.names.empty() ? Json() : Json(pruned.names)}, {"SpaceReclaimed", pruned.bytes}});
}

}  // namespace strates::api
