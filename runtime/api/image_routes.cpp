#include <algorithm>

#include "api/answers.hpp"
#include "api/filters.hpp"
#include "api/handlers.hpp"
#include "api/image_json.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "image/path_match.hpp"
#include "image/reference.hpp"

namespace strates::api {

namespace {

// "no such image: x: No such image: x:latest" is what Docker's inspect says; elsewhere it says the second half only.
Error inspect_error(Error error, const std::string& name) {
  if (error.kind == ErrorKind::NotFound && !error.wire.empty()) error.wire = "no such image: " + name + ": " + error.wire;
  return error;
}

Result<bool> truth(const std::string& name, const std::string& value) {
  if (value == "1" || value == "true" || value == "True" || value == "TRUE") return true;
  if (value == "0" || value == "false" || value == "False" || value == "FALSE") return false;
  return docker_error(ErrorKind::Invalid, "api.bad-filter", "Invalid filter '" + name + "=[" + value + "]'");
}

// `docker images --filter reference=`: a pattern against the familiar name, with or without its tag (distribution/reference, FamiliarMatch).
bool reference_matches(const std::string& pattern, const std::string& tag) {
  const auto reference = image::parse_reference(tag);
  if (!reference.ok()) return false;
  return image::path_match(pattern, reference.value().familiar()).value_or(false) || image::path_match(pattern, reference.value().familiar_name()).value_or(false);
}

Result<bool> selected(const Call& call, const Filters& filters, const engine::ImageRecord& image) {
  for (const auto& value : filter_values(filters, "dangling"))
    if (TRY(truth("dangling", value)) != image.references.empty()) return false;
  for (const auto& value : filter_values(filters, "label"))
    if (!image.config.config.labels || !label_holds(*image.config.config.labels, value)) return false;
  for (const auto& value : filter_values(filters, "before"))
    if (image.created >= TRY(call.engine.image(value)).created) return false;
  for (const auto& value : filter_values(filters, "since"))
    if (image.created <= TRY(call.engine.image(value)).created) return false;
  const auto patterns = filter_values(filters, "reference");
  if (patterns.empty()) return true;
  const auto tags = image.repo_tags();
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) { return reference_matches(pattern, tag); });
  });
}

}  // namespace

Result<HttpResponse> list_images(const Call& call) {
  const Filters filters = TRY(read_filters(call.request, {"dangling", "label", "before", "since", "reference"}));
  Json rows = Json::array();
  for (const auto& image : TRY(call.engine.images(call.request.query_bool("all"))))
    if (TRY(selected(call, filters, image))) rows.push_back(image_row(image));
  return json_answer(200, rows);
}

Result<HttpResponse> inspect_image(const Call& call) {
  auto image = call.engine.image(call.name);
  if (!image.ok()) return inspect_error(std::move(image).error(), call.name);
  return json_answer(200, image_details(call.engine, image.value()));
}

Result<HttpResponse> image_history(const Call& call) { return json_answer(200, history_json(TRY(call.engine.history(call.name)))); }

Result<HttpResponse> tag_image(const Call& call) {
  TRY(call.engine.tag(call.name, call.request.query_value("repo"), call.request.query_value("tag")));
  return empty_answer(201);
}

Result<HttpResponse> remove_image(const Call& call) {
  const auto force = call.request.query_bool("force") ? engine::Force::Yes : engine::Force::No;
  const auto prune = call.request.query_bool("noprune") ? engine::Prune::No : engine::Prune::Yes;
  Json rows = Json::array();
  for (const auto& removal : TRY(call.engine.remove_image(call.name, force, prune)))
    rows.push_back(Json{{removal.what == engine::Removal::What::Untagged ? "Untagged" : "Deleted", removal.name}});
  return json_answer(200, rows);
}

Result<HttpResponse> create_image(const Call& call) {
  const std::string from_image = call.request.query_value("fromImage"), from_source = call.request.query_value("fromSrc");
  if (!from_image.empty()) {
    const std::string tag = call.request.query_value("tag");
    return make_error(ErrorKind::NotFound, "image.no-registry", "pull", tag.empty() ? from_image : from_image + (tag.find(':') == std::string::npos ? ":" : "@") + tag,
                      "registries come in a later version", "prepare a base image with `strates images prepare NAME`");
  }
  if (from_source != "-") return unsupported("import from", from_source, "only the body of the request is imported", "download it first and import the file");
  std::vector<std::string> changes;
  for (const auto& change : call.request.query_values("changes"))
    for (const auto& line : split_lines(change))
      if (!trim(line).empty()) changes.push_back(line);
  const auto tar = TRY(call.request.body->open());
  // Docker's own default: "Imported from -".
  const std::string message = call.request.query_value("message");
  const ImageId id = TRY(call.engine.import_image(*tar, call.request.query_value("repo"), call.request.query_value("tag"), message.empty() ? "Imported from -" : message, changes));
  return HttpResponse{200, {{"Content-Type", "application/json"}}, dump_json_go({{"status", id.str()}}) + "\r\n"};
}

Result<HttpResponse> prune_images(const Call& call) {
  const Filters filters = TRY(read_filters(call.request, {"dangling", "until", "label", "label!"}));
  bool dangling_only = true;
  for (const auto& [name, value] : filters) {
    if (name != "dangling") return unsupported("prune images with the filter", name, "this version prunes by dangling only", "leave it out");
    dangling_only = TRY(truth(name, value));
  }
  Json deleted;
  std::uint64_t reclaimed = 0;
  engine::ContainerFilter everything;
  everything.all = true;
  const auto containers = TRY(call.engine.containers(everything));
  for (const auto& image : TRY(call.engine.images(false))) {
    if (dangling_only && !image.references.empty()) continue;
    if (std::any_of(containers.begin(), containers.end(), [&](const engine::Container& container) { return container.image == image.id; })) continue;
    // By each of its names, or by its id when it has none; what a child uses stays.
    std::vector<std::string> names = image.repo_tags();
    if (names.empty()) names.push_back(image.id.str());
    for (const auto& name : names) {
      const auto removed = call.engine.remove_image(name, engine::Force::No, engine::Prune::Yes);
      if (!removed.ok()) continue;
      for (const auto& removal : removed.value()) {
        const bool gone = removal.what == engine::Removal::What::Deleted;
        deleted.push_back(Json{{gone ? "Deleted" : "Untagged", removal.name}});
        if (gone && removal.name == image.id.str() && !image.layer_bytes.empty()) reclaimed += image.layer_bytes.back();
      }
    }
  }
  return json_answer(200, {{"ImagesDeleted", deleted}, {"SpaceReclaimed", reclaimed}});
}

}  // namespace strates::api
