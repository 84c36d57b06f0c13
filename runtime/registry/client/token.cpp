// The token server's half of a session (docs/spec/auth/token.md and oauth.md of docker/distribution).
#include <algorithm>

#include "base/base64.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "registry/client/failure.hpp"
#include "registry/client/session.hpp"

namespace strates::registry {

namespace {

constexpr std::int64_t kLeastSeconds = 60;
constexpr std::string_view kClientId = "docker";

std::string pair(std::string_view name, std::string_view value) { return std::string(name) + "=" + percent_encode(value); }

}  // namespace

Result<Session::Token> Session::fetch_token(const Challenge& challenge, const std::vector<std::string>& scopes, bool offline, std::string* identity) {
  const std::string service = challenge.parameter("service");
  const Url realm = TRY(parse_url(challenge.parameter("realm")));
  // The password goes to the realm: not in the clear when the registry itself is not.
  if (place_.url.secure() && !realm.secure() && place_.tls == TlsCheck::Verified)
    return make_error(ErrorKind::Unauthorized, "registry.realm", "ask for a token", realm.authority(), "the registry names a token server without TLS", "do not use this registry");
  const std::string audience_service = service.empty() ? "" : pair("service", service);
  FetchRequest request;
  request.tls = realm.same_place(place_.url) ? place_.tls : tls_check_for(options_, realm);
  request.silence = world_.silence;
  request.cancelled = world_.cancelled;
  const auto by_get = [&]() -> Result<FetchResponse> {
    std::string query = audience_service;
    const auto add = [&](const std::string& text) { query += (query.empty() ? "" : "&") + text; };
    for (const auto& scope : scopes) add(pair("scope", scope));
    if (!credentials_.username.empty()) add(pair("account", credentials_.username));
    if (offline) {
      add("offline_token=true");
      add(pair("client_id", kClientId));
    }
    request.method = "GET";
    request.url = realm.str() + (query.empty() ? "" : (realm.target.find('?') == std::string::npos ? "?" : "&") + query);
    request.headers.clear();
    request.body = nullptr;
    if (!credentials_.username.empty() && !credentials_.password.empty()) request.headers.emplace_back("Authorization", basic());
    return world_.fetcher.fetch(request);
  };
  const auto by_refresh = [&]() -> Result<FetchResponse> {
    std::string form = "grant_type=refresh_token&" + pair("refresh_token", credentials_.identity_token) + "&" + audience_service + "&" + pair("client_id", kClientId);
    if (!scopes.empty()) form += "&" + pair("scope", join(scopes, " "));
    StringSource body(form);
    request.method = "POST";
    request.url = realm.str();
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
    request.body = &body;
    request.body_length = form.size();
    auto answered = world_.fetcher.fetch(request);
    request.body = nullptr;
    return answered;
  };
  auto answered = credentials_.identity_token.empty() ? by_get() : by_refresh();
  if (!answered.ok()) return with_request(std::move(answered).error(), request.method, realm.str());
  FetchResponse response = std::move(answered).value();
  if (response.status < 200 || response.status >= 300) return refusal(response, world_.clock.now());
  const Json json = TRY(parse_json(TRY(read_all(*response.body, 1 << 20)), {.bytes = 1 << 20, .depth = 8}));
  Token out;
  out.text = json_string(json, "token", json_string(json, "access_token"));
  if (out.text.empty() || out.text.find_first_of("\r\n") != std::string::npos)
    return docker_error(ErrorKind::Unauthorized, "registry.no-token", "authorization server did not include a token in the response");
  // A tenth earlier than it says: the request still has to arrive.
  const std::int64_t seconds = std::clamp<std::int64_t>(json_int(json, "expires_in", kLeastSeconds), kLeastSeconds, 24 * 3600);
  out.until = world_.clock.now() + seconds * kSecond * 9 / 10;
  if (identity != nullptr) *identity = json_string(json, "refresh_token");
  return out;
}

Result<std::string> Session::log_in() {
  Url url = place_.url;
  url.target = "/v2/";
  Ask ask;
  ask.target = "/v2/";
  TRY(open());
  std::string identity, secret;
  {
    std::optional<Challenge> bearer;
    {
      const std::lock_guard lock(mutex_);
      if (const Challenge* found = challenge("bearer")) bearer = *found;
      else if (challenge("basic") != nullptr) secret = basic();
    }
    if (bearer) {
      auto token = fetch_token(*bearer, {}, true, &identity);
      if (!token.ok()) return with_request(std::move(token).error(), "GET", url.str());
      secret = "Bearer " + token.value().text;
    }
  }
  Answer answer = TRY(send(ask, secret, url));
  ignore(read_all(*answer.response.body, 64 << 10));
  if (answer.response.status == 200) return identity;
  return docker_error(ErrorKind::Internal, "registry.login",
                      "login attempt to " + url.str() + " failed with status: " + std::to_string(answer.response.status) + " " + answer.response.reason);
}

}  // namespace strates::registry
