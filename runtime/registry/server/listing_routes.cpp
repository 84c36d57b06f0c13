// Lists: tags, repositories, referrers, and what `docker search` asks for.
#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "image/manifest.hpp"
#include "registry/server/registry.hpp"

namespace strates::registry::server {

namespace {

constexpr size_t kMostNames = 1000;      // of a catalogue at once; 100 when the client does not say
constexpr size_t kMostTags = 10'000;
constexpr size_t kMostFound = 100;

HttpResponse json_answer(const Json& json, std::string_view media_type = "application/json; charset=utf-8") {
  return {200, {{"Content-Type", std::string(media_type)}}, dump_json(json) + "\n"};
}

// A page and whether more follows: one more than asked for was looked up.
void link_next(HttpResponse& response, std::string_view path, const std::vector<std::string>& page, size_t asked) {
  response.headers.emplace_back("Link", "<" + std::string(path) + "?last=" + percent_encode(page.back()) + "&n=" + std::to_string(asked) + ">; rel=\"next\"");
}

// Cuts the page to what was asked for; true when something follows.
bool cut(std::vector<std::string>& page, size_t asked) {
  if (page.size() <= asked) return false;
  page.resize(asked);
  return asked > 0;
}

struct Fact {
  std::string description;
  std::int64_t stars = 0;
  bool official = false;
};

// search.json: [{"name":"class/web","description":"...","stars":3,"official":true}]
std::map<std::string, Fact> read_facts(const std::string& text) {
  std::map<std::string, Fact> facts;
  const auto json = parse_json(text.empty() ? "[]" : text);
  if (!json.ok() || !json.value().is_array()) return facts;
  for (const auto& item : json.value())
    if (const std::string name = json_string(item, "name"); !name.empty())
      facts[name] = {json_string(item, "description"), json_int(item, "stars"), json_bool(item, "official")};
  return facts;
}

}  // namespace

HttpResponse Registry::tags(const HttpRequest& request, const Route& route) {
  const auto number = query_number(request, "n");
  if (!number.ok()) return refuse(Code::PaginationNumberInvalid, {}, detail("n", request.query_value("n")));
  const size_t asked = static_cast<size_t>(std::min<std::uint64_t>(number.value().value_or(kMostTags), kMostTags));
  const std::string last = request.query_value("last");
  std::vector<std::string> page;
  if (parts_.mirror != nullptr) {
    auto all = parts_.mirror->tags(route.name);
    if (!all.ok()) return refuse_upstream(all.error(), Code::NameUnknown);
    for (const auto& tag : all.value())
      if (tag > last && page.size() <= asked) page.push_back(tag);
  } else {
    if (!contents_.records().has_repository(route.name)) return refuse(Code::NameUnknown, {}, detail("name", route.name));
    page = contents_.records().tags(route.name, last, asked + 1);
  }
  const bool more = cut(page, asked);
  HttpResponse response = json_answer({{"name", route.name}, {"tags", page}});
  if (more) link_next(response, "/v2/" + route.name + "/tags/list", page, asked);
  return response;
}

HttpResponse Registry::catalog(const HttpRequest& request, const Route&) {
  const auto number = query_number(request, "n");
  if (!number.ok()) return refuse(Code::PaginationNumberInvalid, {}, detail("n", request.query_value("n")));
  const size_t asked = static_cast<size_t>(std::min<std::uint64_t>(number.value().value_or(100), kMostNames));
  auto page = contents_.records().names(request.query_value("last"), asked + 1);
  const bool more = cut(page, asked);
  HttpResponse response = json_answer({{"repositories", page}});
  if (more) link_next(response, "/v2/_catalog", page, asked);
  return response;
}

HttpResponse Registry::referrers(const HttpRequest& request, const Route& route) {
  const std::string wanted = request.query_value("artifactType");
  image::Index index;
  const auto found = contents_.records().referrers(route.name, Digest(route.reference));
  for (const auto& [digest, record] : found) {
    if (!wanted.empty() && record.artifact_type != wanted) continue;
    image::Descriptor descriptor;
    descriptor.media_type = record.media_type;
    descriptor.digest = digest;
    descriptor.size = record.size;
    descriptor.artifact_type = record.artifact_type;
    descriptor.annotations = record.annotations;
    index.manifests.push_back(std::move(descriptor));
  }
  HttpResponse response{200, {{"Content-Type", std::string(image::kIndexMediaType)}}, image::index_bytes(index)};
  if (!wanted.empty()) response.headers.emplace_back("OCI-Filters-Applied", "artifactType");
  return response;
}

// Docker Hub's first interface, which `docker search` still speaks (Docker Engine, registry/types.go: SearchResults).
HttpResponse Registry::search(const HttpRequest& request, const Route&) {
  const auto number = query_number(request, "n");
  if (!number.ok()) return refuse(Code::PaginationNumberInvalid);
  const size_t most = static_cast<size_t>(std::clamp<std::uint64_t>(number.value().value_or(25), 1, kMostFound));
  const std::string query = request.query_value("q"), words = to_lower(query.starts_with("library/") ? query.substr(8) : query);
  auto facts = read_facts(parts_.search_facts ? parts_.search_facts() : "");
  const auto names = contents_.records().names("", SIZE_MAX);
  for (const auto& name : names) facts.try_emplace(name);
  std::vector<std::pair<std::string, Fact>> found;
  for (const auto& [name, fact] : facts)
    if (to_lower(name).find(words) != std::string::npos || to_lower(fact.description).find(words) != std::string::npos) found.emplace_back(name, fact);
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.second.stars > b.second.stars; });
  Json results = Json::array();
  for (const auto& [name, fact] : found)
    if (results.size() < most)
      results.push_back({{"name", name}, {"description", fact.description}, {"star_count", fact.stars}, {"is_official", fact.official}, {"is_automated", false}});
  return json_answer({{"num_pages", 1}, {"num_results", results.size()}, {"page", 1}, {"page_size", most}, {"query", query}, {"results", results}}, "application/json");
}

}  // namespace strates::registry::server
