#include "registry/client/search.hpp"

#include "base/base64.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "image/search_term.hpp"
#include "registry/client/failure.hpp"

namespace strates::registry {

namespace {

constexpr std::uint64_t kAnswerLimit = 4 << 20;

Result<FetchResponse> get(Surroundings& world, const std::string& url, TlsCheck tls, const std::string& authorization) {
  FetchRequest request;
  request.url = url;
  request.tls = tls;
  request.silence = world.silence;
  request.cancelled = world.cancelled;
  request.headers = {{"X-Docker-Token", "true"}};
  if (!authorization.empty()) request.headers.emplace_back("Authorization", authorization);
  auto answered = world.fetcher.fetch(request);
  if (!answered.ok()) return with_request(std::move(answered).error(), "GET", url);
  return answered;
}

// Which scheme the index speaks; Docker's sentences when neither.
Result<std::string> find_index(Surroundings& world, const RegistryOptions& options, const std::string& host) {
  const bool insecure = is_insecure(options, host);
  const std::string https = "https://" + host + "/v1/", http = "http://" + host + "/v1/";
  const auto secure = get(world, https + "_ping", insecure ? TlsCheck::Unverified : TlsCheck::Verified, "");
  if (secure.ok()) return https;
  if (!insecure)
    return docker_error(ErrorKind::Unavailable, "registry.index", "invalid registry endpoint " + https + ": " + secure.error().message() +
                                                                     ". If this private registry supports only HTTP or HTTPS with an unknown CA certificate, please add `--insecure-registry " + host +
                                                                     "` to the daemon's arguments. In the case of HTTPS, if you have access to the registry's CA certificate, no need for the flag; simply place the CA certificate at /etc/docker/certs.d/" +
                                                                     host + "/ca.crt");
  const auto plain = get(world, http + "_ping", TlsCheck::Unverified, "");
  if (plain.ok()) return http;
  return docker_error(ErrorKind::Unavailable, "registry.index",
                      "invalid registry endpoint " + go_quote(http) + ". HTTPS attempt: " + secure.error().message() + ". HTTP attempt: " + plain.error().message());
}

}  // namespace

Result<std::vector<SearchHit>> search(Surroundings world, const RegistryOptions& options, const Credentials& credentials, const std::string& term, int limit) {
  if (term.find("://") != std::string::npos) return docker_error(ErrorKind::Invalid, "registry.search", "invalid repository name (ex: \"registry.domain.tld/myrepos\")");
  const image::SearchTerm parts = image::split_search_term(term);
  // A class's mirror answers for Docker Hub: there is no other in a room without network.
  std::vector<std::string> indexes;
  if (parts.host.empty()) {
    for (const auto& mirror : options.mirrors) indexes.push_back(TRY(parse_url(mirror)).str() + "v1/");
    indexes.emplace_back(kHubIndex);
  } else {
    indexes.push_back(TRY(find_index(world, options, parts.host)));
  }
  for (size_t i = 0; i < indexes.size(); ++i) {
    const Url index = TRY(parse_url(indexes[i]));
    const std::string url = index.str() + "search?q=" + percent_encode(parts.words) + "&n=" + std::to_string(limit);
    const bool last = i + 1 == indexes.size();
    const bool known = !credentials.username.empty() && !credentials.password.empty() && (last || !parts.host.empty());
    auto answered = get(world, url, tls_check_for(options, index), known ? "Basic " + base64_encode(credentials.username + ":" + credentials.password) : "");
    if (!answered.ok()) {
      if (!last) continue;
      return std::move(answered).error();
    }
    FetchResponse& response = answered.value();
    if (response.status != 200) {
      if (!last) continue;
      return docker_error(ErrorKind::Internal, "registry.search", "Unexpected status code " + std::to_string(response.status));
    }
    const Json json = TRY(parse_json(TRY(read_all(*response.body, kAnswerLimit)), {.bytes = kAnswerLimit, .depth = 16}));
    std::vector<SearchHit> out;
    const Json& results = json_member(json, "results");
    for (size_t at = 0; results.is_array() && at < results.size() && at < 1000; ++at) {
      const Json& row = results[at];
      if (!row.is_object()) continue;
      out.push_back({json_string(row, "name"), json_string(row, "description"), json_int(row, "star_count"), json_bool(row, "is_official"), json_bool(row, "is_automated")});
    }
    return out;
  }
  return docker_error(ErrorKind::Internal, "registry.search", "no index to search");
}

}  // namespace strates::registry
