#include "api/answers.hpp"
#include "api/container_json.hpp"
#include "api/create_json.hpp"
#include "api/engine_clock.hpp"
#include "api/filters.hpp"
#include "api/handlers.hpp"
#include "api/process_input.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::api {

namespace {

Result<std::uint16_t> dimension(const HttpRequest& request, std::string_view name) {
  const int value = TRY(query_int(request, name)).value_or(0);
  if (value < 0 || value > 65535) return bad_parameter("invalid " + std::string(name) + ": " + std::to_string(value));
  return static_cast<std::uint16_t>(value);
}

}  // namespace

Result<HttpResponse> list_containers(const Call& call) {
  engine::ContainerFilter filter;
  filter.all = call.request.query_bool("all");
  filter.limit = TRY(query_int(call.request, "limit")).value_or(0);
  filter.filters = TRY(read_filters(call.request, {"ancestor", "before", "exited", "expose", "health", "id", "is-task", "isolation", "label", "name", "network",
                                                "publish", "since", "status", "volume"}));
  const Sizes sizes = call.request.query_bool("size") ? Sizes::Yes : Sizes::No;
  Json rows = Json::array();
  const auto links = call.engine.link_names();
  for (const auto& container : TRY(call.engine.containers(filter))) {
    auto row = container_row(call.engine, container, links, sizes);
    if (row.ok()) rows.push_back(std::move(row).value());
    else if (row.error().kind != ErrorKind::NotFound) return std::move(row).error();  // not found: removed since it was listed
  }
  return json_answer(200, rows);
}

Result<HttpResponse> create_container(const Call& call) {
  const std::string type = http_header(call.request.headers, "Content-Type").value_or("");
  if (type.compare(0, 16, "application/json") != 0) return bad_parameter("Content-Type specified (" + type + ") must be 'application/json'");
  const std::string platform = call.request.query_value("platform");
  if (!platform.empty() && platform != "linux" && platform != "linux/amd64" && platform != "linux/x86_64")
    return unsupported("create container with", "platform " + platform, "containers run on linux/amd64 only");
  const auto request = TRY(create_request_from_json(TRY(body_json(call.request)), call.request.query_value("name")));
  const auto reply = TRY(call.engine.create(request));
  return json_answer(201, {{"Id", reply.id.str()}, {"Warnings", Json(reply.warnings)}});
}

Result<HttpResponse> inspect_container(const Call& call) {
  const auto container = TRY(call.engine.container(call.name));
  return json_answer(200, TRY(container_details(call.engine, container, call.request.query_bool("size") ? Sizes::Yes : Sizes::No)));
}

Result<HttpResponse> start_container(const Call& call) {
  if (!call.request.query_value("checkpoint").empty()) return bad_parameter("checkpoint is only supported in experimental mode");
  TRY(call.engine.start(call.name));
  return empty_answer(204);
}

Result<HttpResponse> stop_container(const Call& call) {
  TRY(call.engine.stop(call.name, TRY(query_int(call.request, "t")), call.request.query_value("signal")));
  return empty_answer(204);
}

Result<HttpResponse> restart_container(const Call& call) {
  if (!call.request.query_value("signal").empty()) return unsupported("restart", call.name, "the signal of a restart is the container's own", "stop with a signal, then start");
  TRY(call.engine.restart(call.name, TRY(query_int(call.request, "t"))));
  return empty_answer(204);
}

Result<HttpResponse> kill_container(const Call& call) {
  TRY(call.engine.kill(call.name, call.request.query_value("signal", "KILL")));
  return empty_answer(204);
}

Result<HttpResponse> rename_container(const Call& call) {
  TRY(call.engine.rename(call.name, call.request.query_value("name")));
  return empty_answer(204);
}

Result<HttpResponse> remove_container(const Call& call) {
  if (call.request.query_bool("link")) {
    TRY(call.engine.unlink(call.name));
    return empty_answer(204);
  }
  TRY(call.engine.remove(call.name, call.request.query_bool("force") ? engine::Force::Yes : engine::Force::No,
                         call.request.query_bool("v") ? engine::WithVolumes::Yes : engine::WithVolumes::No));
  return empty_answer(204);
}

Result<HttpResponse> resize_container(const Call& call) {
  TRY(call.engine.resize(call.name, TRY(dimension(call.request, "h")), TRY(dimension(call.request, "w"))));
  return empty_answer(200);
}

Result<HttpResponse> list_changes(const Call& call) {
  const auto changes = TRY(call.engine.diff(call.name));
  if (changes.empty()) return json_answer(200, Json());  // null, as Go's nil slice
  // Written as it goes: a tree of ten thousand rows costs more than finding them did.
  std::string text;
  for (const auto& change : changes) {
    text += text.empty() ? "[{\"Kind\":" : ",{\"Kind\":";
    text += std::to_string(static_cast<int>(change.kind)) + ",\"Path\":" + dump_json(Json(change.path)) + "}";
  }
  return HttpResponse{200, {{"Content-Type", "application/json"}}, text + "]\n"};
}

Result<HttpResponse> commit_container(const Call& call) {
  engine::CommitRequest request;
  request.container = call.request.query_value("container");
  request.repo = call.request.query_value("repo");
  request.tag = call.request.query_value("tag");
  request.comment = call.request.query_value("comment");
  request.author = call.request.query_value("author");
  request.pause = call.request.query_bool("pause", true);
  request.changes = call.request.query_values("changes");
  const Json body = TRY(body_json(call.request));
  if (body.is_object() && !body.empty()) request.config = TRY(image::run_config_from_json(body));
  else if (!body.is_null() && !body.is_object()) return bad_parameter("the body must be a JSON object");
  // TRY inside a braced list would leak what the list holds already (GCC 12).
  const ImageId id = TRY(call.engine.commit(request));
  return json_answer(201, {{"Id", id.str()}});
}

Result<HttpResponse> prune_containers(const Call& call) {
  const auto filters = TRY(read_filters(call.request, {"label", "label!", "until"}));
  engine::PruneFilter filter;
  filter.labels = filter_values(filters, "label");
  filter.labels_not = filter_values(filters, "label!");
  const auto until = filter_values(filters, "until");
  if (until.size() > 1) return bad_parameter("more than one until filter specified");
  if (!until.empty()) filter.until = TRY(parse_until(until.front(), engine_now(call.engine)));
  const auto reply = TRY(call.engine.prune_containers(filter));
  return json_answer(200, {{"ContainersDeleted", reply.deleted.empty() ? Json() : Json(reply.deleted)}, {"SpaceReclaimed", reply.reclaimed}});
}

}  // namespace strates::api
