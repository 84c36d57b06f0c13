#include "daemon/catalogue_route.hpp"

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "sim/catalogue.hpp"

namespace strates::daemon {

namespace {

constexpr std::string_view kPath = "/strates/v1/catalogue/";

Result<ImageId> prepare(engine::Engine& engine, const std::string& name) {
  const auto image = TRY(sim::catalogue_image(name));
  std::vector<std::string> changes;
  if (image.config.cmd) changes.push_back("CMD " + dump_json(Json(*image.config.cmd)));
  for (const auto& variable : image.config.env.value_or(image::StringList{})) changes.push_back("ENV " + variable);
  StringSource tar(image.tar);
  return engine.import_image(tar, name, "latest", tr(Text::DaemonCatalogueComment), changes);
}

HttpResponse answer(int status, const Json& body) { return {status, {{"Content-Type", "application/json"}}, dump_json(body) + "\n"}; }

}  // namespace

HttpHandler with_catalogue(engine::Engine& engine, HttpHandler next) {
  return [&engine, next = std::move(next)](const HttpRequest& request) -> HttpResponse {
    if (request.method != "POST" || !request.path.starts_with(kPath)) return next(request);
    const auto id = prepare(engine, request.path.substr(kPath.size()));
    if (id.ok()) return answer(200, {{"Id", id.value().str()}});
    return answer(http_status(id.error().kind), {{"message", id.error().message()}});
  };
}

}  // namespace strates::daemon
