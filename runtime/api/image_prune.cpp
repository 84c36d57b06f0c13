// POST /images/prune (Docker Engine 20.10, daemon/images/image_prune.go).

#include <algorithm>
#include <map>

#include "api/answers.hpp"
#include "api/engine_clock.hpp"
#include "api/handlers.hpp"
#include "api/prune_filters.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::api {

Result<HttpResponse> prune_images(const Call& call) {
  const Filters filters = TRY(read_filters(call.request, {"dangling", "until", "label", "label!"}));
  // Docker's client says "dangling=true" of its own, which a user's "dangling=false" overrules.
  const auto asked = filter_values(filters, "dangling");
  const auto has = [&](std::string_view text) { return std::find(asked.begin(), asked.end(), text) != asked.end(); };
  if (!asked.empty() && !has("true") && !has("false") && !has("1") && !has("0"))
    return docker_error(ErrorKind::Invalid, "api.bad-filter", "Invalid filter 'dangling=[" + join(asked, " ") + "]'");
  const bool dangling_only = !has("false") && !has("0");
  const PruneFilters which = TRY(PruneFilters::make(filters, engine_now(call.engine)));
  std::map<std::string, std::uint64_t> bytes;  // by chain: what is freed is said layer by layer
  for (const auto& image : TRY(call.engine.images(true)))
    for (size_t i = 0; i < image.layers.size() && i < image.layer_bytes.size(); ++i) bytes[image.layers[i].str()] = image.layer_bytes[i];
  Json deleted;
  std::uint64_t reclaimed = 0;
  for (const auto& image : TRY(call.engine.images(false))) {
    if (dangling_only && !image.repo_tags().empty()) continue;
    const auto& labels = image.config.config.labels;
    if (!which.takes(image.created, labels ? &*labels : nullptr)) continue;
    // By each of its names, or by its id when it has none. What a container or a child uses refuses to go, and stays.
    std::vector<std::string> names = image.references;
    if (names.empty()) names.push_back(image.id.str().substr(image.id.str().find(':') + 1));
    for (const auto& name : names) {
      const auto removed = call.engine.remove_image(name, engine::Force::No, engine::Prune::Yes);
      if (!removed.ok()) continue;
      for (const auto& removal : removed.value()) {
        const bool gone = removal.what == engine::Removal::What::Deleted;
        deleted.push_back(Json{{gone ? "Deleted" : "Untagged", removal.name}});
        if (const auto layer = bytes.find(removal.name); gone && layer != bytes.end()) reclaimed += layer->second;
      }
    }
  }
  call.engine.tracer().emit(0, event::Operation(event::Pruned{"image", reclaimed}));
  return json_answer(200, {{"ImagesDeleted", deleted}, {"SpaceReclaimed", reclaimed}});
}

}  // namespace strates::api
