// POST /containers/X/update: one reader a part of the request; what no reader knows is refused by name.
#include "api/answers.hpp"
#include "api/handlers.hpp"
#include "api/host_config_json.hpp"
#include "base/json_full.hpp"

namespace strates::api {

namespace {

struct Part {
  std::string_view key;
  Result<void> (*read)(const Json& value, engine::UpdateRequest& request);
};

constexpr Part kParts[] = {
    {"RestartPolicy", [](const Json& value, engine::UpdateRequest& request) -> Result<void> {
       const auto policy = TRY(restart_policy_from_json(value));
       if (policy.when != engine::RestartWhen::Unset) request.restart = policy;
       return {};
     }},
};

}  // namespace

Result<HttpResponse> update_container(const Call& call) {
  const Json body = TRY(body_json(call.request));
  if (!body.is_object()) return bad_parameter("the body must be a JSON object");
  engine::UpdateRequest request;
  for (const auto& [key, value] : body.items()) {
    const std::string name = key;
    const Part* part = nullptr;
    for (const auto& row : kParts)
      if (row.key == name) part = &row;
    if (part != nullptr) TRY(part->read(value, request));
    else if (!says_nothing(value)) return unsupported("update", name, "this version cannot change it on a container that exists");
  }
  const auto warnings = TRY(call.engine.update(call.name, request));
  return json_answer(200, {{"Warnings", warnings.empty() ? Json() : Json(warnings)}});
}

}  // namespace strates::api
