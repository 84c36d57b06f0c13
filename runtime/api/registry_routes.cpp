// POST /images/create?fromImage=, POST /images/X/push, POST /auth, GET /images/search.
#include <memory>

#include "api/answers.hpp"
#include "api/build_json.hpp"
#include "api/filters.hpp"
#include "api/handlers.hpp"
#include "api/registry_json.hpp"
#include "api/transfer_lines.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "engine/platform.hpp"
#include "image/reference.hpp"

namespace strates::api {

namespace {

// An answer in one piece that another machine lets us wait for: the work hears whether its client has gone.
using Work = std::function<Result<HttpResponse>(const std::function<bool()>& gone)>;

HttpResponse awaited_answer(Work work) {
  HttpStreamBody body;
  body.lazy = true;
  body.start = [work = std::move(work)](std::shared_ptr<HttpChannel> channel) {
    auto done = work([channel] { return channel->gone(); });
    HttpResponse response = done.ok() ? std::move(done).value() : error_answer(done.error());
    add_headers(response, true);
    if (!channel->replace(std::move(response))) channel->end();
  };
  return HttpResponse{200, {}, std::move(body)};
}

}  // namespace

Result<HttpResponse> pull_image(const Call& call) {
  engine::PullRequest pull;
  pull.name = call.request.query_value("fromImage");
  pull.tag = call.request.query_value("tag");
  pull.platform = call.request.query_value("platform");
  pull.credentials = registry_auth(call.request);
  // What cannot be a name is refused before the stream begins.
  const auto reference = TRY(image::parse_reference(pull.name));
  if (!pull.tag.empty() && pull.tag.find(':') == std::string::npos) TRY(image::with_tag(reference, pull.tag));
  if (!pull.tag.empty() && pull.tag.find(':') != std::string::npos) TRY(image::with_digest(reference, pull.tag));
  TRY(engine::parse_platform(pull.platform, call.engine.world().machine.architecture));
  return transfer_answer([&engine = call.engine, pull](engine::TransferOutput& output) { return engine.pull(pull, output); });
}

Result<HttpResponse> push_image(const Call& call) {
  if (!http_header(call.request.headers, "X-Registry-Auth") && call.request.body->size() == 0) return bad_parameter("Bad parameters and missing X-Registry-Auth: EOF");
  engine::PushRequest push;
  push.name = call.name;
  push.tag = call.request.query_value("tag");
  push.credentials = registry_auth(call.request);
  TRY(image::parse_reference(push.name));
  return transfer_answer([&engine = call.engine, push](engine::TransferOutput& output) { return engine.push(push, output); });
}

Result<HttpResponse> log_in(const Call& call) {
  const AuthConfig auth = auth_from_json(TRY(body_json(call.request)));
  return awaited_answer([&engine = call.engine, auth](const std::function<bool()>& gone) -> Result<HttpResponse> {
    const auto reply = TRY(engine.login(auth.server, auth.credentials, gone));
    return json_answer(200, {{"IdentityToken", reply.identity_token}, {"Status", reply.status}});
  });
}

Result<HttpResponse> search_images(const Call& call) {
  const Filters filters = TRY(read_filters(call.request, {"is-automated", "is-official", "stars"}));
  constexpr int kDefault = 25;
  const int limit = TRY(query_int(call.request, "limit")).value_or(kDefault);
  if (limit < 1 || limit > 100) return bad_parameter("Limit " + std::to_string(limit) + " is outside the range of [1, 100]");
  const auto automated = TRY(one_truth(filters, "is-automated")), official = TRY(one_truth(filters, "is-official"));
  std::int64_t stars = 0;
  for (const auto& value : filter_values(filters, "stars")) {
    char* end = nullptr;
    const long long number = std::strtoll(value.c_str(), &end, 10);
    if (value.empty() || *end != '\0') return bad_parameter("Invalid filter 'stars=" + value + "'");
    stars = std::max<std::int64_t>(stars, number);
  }
  const auto wanted = [automated, official, stars](const registry::SearchHit& hit) {
    return (!automated || hit.automated == *automated) && (!official || hit.official == *official) && hit.stars >= stars;
  };
  return awaited_answer([&engine = call.engine, term = call.request.query_value("term"), limit, credentials = registry_auth(call.request),
                         wanted](const std::function<bool()>& gone) -> Result<HttpResponse> {
    Json rows = Json::array();
    const auto hits = TRY(engine.search(term, limit, credentials, gone));
    for (const auto& hit : hits)
      if (wanted(hit)) rows.push_back({{"star_count", hit.stars}, {"is_official", hit.official}, {"name", hit.name}, {"is_automated", hit.automated}, {"description", hit.description}});
    return json_answer(200, rows);
  });
}

}  // namespace strates::api
