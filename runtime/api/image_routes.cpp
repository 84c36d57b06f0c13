#include <algorithm>
#include <map>
#include <optional>

#include "api/answers.hpp"
#include "api/filters.hpp"
#include "api/handlers.hpp"
#include "api/image_json.hpp"
#include "api/transfer_lines.hpp"
#include "base/byte_sources.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "build/platform.hpp"
#include "image/reference.hpp"

namespace strates::api {

namespace {

// "no such image: x: No such image: x:latest" is what Docker's inspect says; elsewhere it says the second half only.
Error inspect_error(Error error, const std::string& name) {
  if (error.kind == ErrorKind::NotFound && !error.wire.empty()) error.wire = "no such image: " + name + ": " + error.wire;
  return error;
}

// `docker images` with its filters decided (Docker Engine 20.10, daemon/images/images.go).
class Selection {
 public:
  static Result<Selection> make(const Call& call) {
    Selection out(TRY(read_filters(call.request, {"dangling", "label", "before", "since", "reference"})), call.request.query_bool("all"));
    out.dangling_ = TRY(one_truth(out.filters_, "dangling"));
    for (const auto& value : filter_values(out.filters_, "before")) out.before_ = TRY(call.engine.image(value)).created;
    for (const auto& value : filter_values(out.filters_, "since")) out.since_ = TRY(call.engine.image(value)).created;
    out.patterns_ = filter_values(out.filters_, "reference");
    // Before clients sent it as a filter (API 1.40 and older): the argument of `docker images NAME`.
    if (const std::string name = call.request.query_value("filter"); !name.empty() && call.version < ApiVersion{1, 41}) out.patterns_.push_back(name);
    return out;
  }

  // The names to show the image by: with patterns, those that match. none: it is not shown.
  Result<std::optional<std::vector<std::string>>> names(const engine::ImageRecord& image) const {
    using Names = std::optional<std::vector<std::string>>;
    if (before_ && image.created >= *before_) return Names();
    if (since_ && image.created <= *since_) return Names();
    const std::map<std::string, std::string> none;
    const auto& labels = image.config.config.labels;
    for (const auto& value : filter_values(filters_, "label"))
      if (!label_holds(labels ? *labels : none, value)) return Names();
    std::vector<std::string> names;
    for (const auto& tag : image.familiar_names())
      if (TRY(matches(tag))) names.push_back(tag);
    if (names.empty() && (dangling_ == false || !patterns_.empty())) return Names();
    const bool tagged = std::any_of(names.begin(), names.end(), [](const std::string& name) { return name.find('@') == std::string::npos; });
    if (tagged && dangling_ == true) return Names();
    return Names(std::move(names));
  }
  // What hangs loose has no children.
  bool all() const { return all_ && dangling_ != true; }

 private:
  Selection(Filters filters, bool all) : filters_(std::move(filters)), all_(all) {}

  Result<bool> matches(const std::string& tag) const {
    if (patterns_.empty()) return true;
    const auto reference = TRY(image::parse_reference(tag));
    for (const auto& pattern : patterns_) {
      auto match = image::familiar_match(pattern, reference);
      if (!match.ok()) return docker_error(ErrorKind::Invalid, "api.bad-filter", "syntax error in pattern");
      if (match.value()) return true;
    }
    return false;
  }

  Filters filters_;
  bool all_;
  std::optional<bool> dangling_;
  std::optional<Nanos> before_, since_;
  std::vector<std::string> patterns_;
};

}  // namespace

Result<HttpResponse> list_images(const Call& call) {
  const Selection selection = TRY(Selection::make(call));
  Json rows = Json::array();
  for (const auto& image : TRY(call.engine.images(selection.all())))
    if (const auto names = TRY(selection.names(image))) rows.push_back(image_row(image, *names));
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

namespace {

constexpr std::uint64_t kImportLimit = std::uint64_t{16} << 30;  // as a build context

// docker import: the body, or what lies at a URL (Docker Engine 20.10, daemon/images/image_import.go).
struct Import {
  std::string source, repo, tag, message;
  std::vector<std::string> changes;
  std::shared_ptr<Spool> body;
};

Result<void> import_image(engine::Engine& engine, const Import& asked, engine::TransferOutput& output) {
  std::shared_ptr<Spool> bytes = asked.body;
  std::string source = asked.source;
  if (source != "-") {
    if (source.find("://") == std::string::npos) source = "http://" + source;
    auto* remote = engine.world().remote;
    if (remote == nullptr) return unsupported("import from", source, "the simulator has no network", "import a file");
    bytes = TRY(remote->get(source, kImportLimit, [&] { return output.cancelled(); })).bytes;
    output.say("", "Downloading from " + source);
  }
  CountedSource tar(TRY(bytes->open()), [&](std::uint64_t done) {
    if (source != "-") output.progress("", "Importing", done, bytes->size());
  });
  const ImageId id = TRY(engine.import_image(tar, asked.repo, asked.tag, asked.message.empty() ? "Imported from " + source : asked.message, asked.changes));
  output.say("", id.str());
  return success();
}

}  // namespace

Result<HttpResponse> create_image(const Call& call) {
  if (!call.request.query_value("fromImage").empty()) return pull_image(call);
  if (const std::string platform = call.request.query_value("platform"); !platform.empty()) {
    TRY(build::check_platform(platform));
    // Its architecture is not written into the image by Docker either.
    if (platform.starts_with("windows")) return docker_error(ErrorKind::Invalid, "api.platform", "operating system is not supported");
  }
  const auto asked = std::make_shared<Import>();
  *asked = {call.request.query_value("fromSrc"), call.request.query_value("repo"), call.request.query_value("tag"), call.request.query_value("message"), {}, call.request.body};
  asked->changes = call.request.query_values("changes");
  return transfer_answer([&engine = call.engine, asked](engine::TransferOutput& output) { return import_image(engine, *asked, output); });
}

}  // namespace strates::api
