// docker search: cli/command/registry/search.go and formatter_search.go of docker/cli 20.10.
#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/commands/all.hpp"
#include "cli/daemon.hpp"
#include "cli/docker_config.hpp"
#include "cli/listing.hpp"
#include "cli/units.hpp"
#include "image/search_term.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {
    filter_flag(),
    text_flag("format", 0, "Pretty-print search using a Go template"),
    integer_flag("limit", 0, "Max number of search results", "25"),
    bool_flag("no-trunc", 0, "Don't truncate output"),
};

const std::vector<Column> kColumns = {
    {"Name", "NAME"}, {"Description", "DESCRIPTION"}, {"StarCount", "STARS"}, {"IsOfficial", "OFFICIAL"}, {"IsAutomated", "AUTOMATED"},
};

constexpr size_t kDescription = 45;

Json row_of(const Json& hit, bool trunc) {
  std::string description = replace_all(replace_all(json_string(hit, "description"), "\n", " "), "\r", " ");
  if (trunc) description = ellipsis(description, kDescription);
  const auto mark = [&](const char* key) { return json_bool(hit, key) ? "[OK]" : ""; };
  return {{"Name", json_string(hit, "name")}, {"Description", description}, {"StarCount", std::to_string(json_int(hit, "star_count"))}, {"IsOfficial", mark("is_official")}, {"IsAutomated", mark("is_automated")}};
}

// A row that is encoded says true and false where one that is shown has a mark; its keys are in Go's order.
Json encoded(Json row) {
  Json out = Json::object();
  for (const char* key : {"Description", "IsAutomated", "IsOfficial", "Name", "StarCount"}) out[key] = row[key];
  for (const char* key : {"IsAutomated", "IsOfficial"}) out[key] = out[key] == "" ? "false" : "true";
  return out;
}

}  // namespace

std::span<const FlagSpec> search_flags() { return kFlags; }

Result<int> search_handler(Invocation& in) {
  const std::string& term = in.args()[0];
  Query query;
  query.add("term", term).add("limit", std::to_string(in.flags.integer("limit")));
  if (const auto filters = in.flags.list("filter"); !filters.empty()) query.add("filters", TRY(filters_json(filters)));
  api::ClientRequest request;
  request.target = query.on("/images/search");
  const std::string host = image::split_search_term(term).host;
  request.headers.emplace_back("X-Registry-Auth", registry_auth_header(host.empty() ? "docker.io" : host));
  api::ClientResponse response = TRY(daemon(in.session.client.stream(std::move(request))));
  Json hits = TRY(parse_json(TRY(read_stream(*response.stream))));
  if (!hits.is_array()) hits = Json::array();
  std::stable_sort(hits.begin(), hits.end(), [](const Json& a, const Json& b) { return json_int(a, "star_count") > json_int(b, "star_count"); });
  std::vector<Json> rows;
  for (const Json& hit : hits) rows.push_back(row_of(hit, !in.flags.boolean("no-trunc")));
  Listing listing;
  std::transform(rows.begin(), rows.end(), std::back_inserter(listing.encoded), encoded);
  listing.fields = kColumns;
  listing.default_format = "table {{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}\t{{.IsAutomated}}";
  listing.go_type = "*registry.searchContext";
  in.session.console.out(TRY(render_listing(listing, in.flags.text("format"), rows)));
  return 0;
}

}  // namespace strates::cli
