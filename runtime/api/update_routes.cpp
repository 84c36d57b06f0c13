// POST /containers/X/update: limits and the restart policy; what cannot be changed on a container that exists is refused by name.
#include "api/answers.hpp"
#include "api/confinement_json.hpp"
#include "api/handlers.hpp"
#include "api/host_config_json.hpp"
#include "base/json_full.hpp"

namespace strates::api {

namespace {

struct Part {
  std::string_view key;
  Result<void> (*read)(const Json& value, engine::UpdateRequest& request);
};

// Besides the limits, which have a table of their own (confinement_json.cpp).
constexpr Part kParts[] = {
    {"RestartPolicy", [](const Json& value, engine::UpdateRequest& request) -> Result<void> {
       const auto policy = TRY(restart_policy_from_json(value));
       if (policy.when != engine::RestartWhen::Unset) request.restart = policy;
       return {};
     }},
    // Docker's update takes these and does not change them.
    {"MemorySwappiness", [](const Json&, engine::UpdateRequest&) -> Result<void> { return {}; }},
    {"OomKillDisable", [](const Json&, engine::UpdateRequest&) -> Result<void> { return {}; }},
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
    else if (TRY(read_limit_change(name, value, request))) continue;
    else if (!says_nothing(value)) return unsupported("update", name, "it cannot be changed while the container exists", "leave it out");
  }
  const auto warnings = TRY(call.engine.update(call.name, request));
  return json_answer(200, {{"Warnings", warnings.empty() ? Json() : Json(warnings)}});
}

}  // namespace strates::api
