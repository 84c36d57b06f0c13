#include "registry/client/session.hpp"

#include <algorithm>

#include "base/base64.hpp"
#include "base/strings.hpp"
#include "registry/client/failure.hpp"
#include "registry/client/patience.hpp"

namespace strates::registry {

namespace {

constexpr int kMostRedirects = 10;
constexpr int kMostWaits = 4;

bool is_redirection(int status) { return status == 301 || status == 302 || status == 303 || status == 307 || status == 308; }

// How long "come back later" is; none: this is no such answer, or it asks for more patience than a person at a terminal has. Without a time to wait a
// registry is in trouble, and what that is worth its caller knows: a layer is asked for again, a manifest is not.
std::optional<Nanos> wait_asked(const FetchResponse& answer, Nanos now) {
  const auto wait = retry_after(answer, now);
  if (!wait || *wait > kLongestWait) return std::nullopt;
  return std::max<Nanos>(*wait, 100 * kMillisecond);
}

}  // namespace

std::string Session::basic() const { return "Basic " + base64_encode(credentials_.username + ":" + credentials_.password); }

const Challenge* Session::challenge(std::string_view scheme) const {
  for (const Challenge& one : challenges_)
    if (one.scheme == scheme) return &one;
  return nullptr;
}

void Session::learn(const Answer& answer) {
  if (!answer.url.same_place(place_.url)) return;
  auto found = challenges_of(answer.response.headers);
  const std::lock_guard lock(mutex_);
  if (!found.empty()) challenges_ = std::move(found);
}

Result<Answer> Session::send(const Ask& ask, const std::string& authorization, const Url& first) {
  Url url = first;
  FetchRequest request;
  request.method = ask.method;
  const bool sends = ask.body != nullptr || ask.bytes != nullptr;
  request.silence = std::max(world_.silence, ask.silence);
  request.cancelled = world_.cancelled;
  for (int redirects = 0, waits = 0;;) {
    StringSource kept(ask.bytes != nullptr ? *ask.bytes : std::string());
    request.body = ask.bytes != nullptr ? &kept : ask.body;
    request.body_length = ask.bytes != nullptr ? std::optional<std::uint64_t>(ask.bytes->size()) : ask.body_length;
    request.url = url.str();
    request.headers = ask.headers;
    // Only the registry itself hears the secret, never whoever it sends us to.
    const bool home = url.same_place(place_.url);
    if (home && !authorization.empty()) request.headers.emplace_back("Authorization", authorization);
    request.tls = home ? place_.tls : tls_check_for(options_, url);
    auto answered = world_.fetcher.fetch(request);
    if (!answered.ok()) return with_request(std::move(answered).error(), ask.method, request.url);
    FetchResponse response = std::move(answered).value();
    if (is_redirection(response.status) && !sends) {
      const auto location = http_header(response.headers, "Location");
      if (!location) return Answer{std::move(response), url};
      if (++redirects > kMostRedirects)
        return with_request(docker_error(ErrorKind::Unavailable, "registry.redirects", "stopped after 10 redirects"), ask.method, request.url);
      auto next = resolve_url(url, *location);
      if (!next.ok()) return with_request(std::move(next).error(), ask.method, request.url);
      ignore(read_all(*response.body, 64 << 10));  // so that the connection can be used again
      url = std::move(next).value();
      continue;
    }
    const auto wait = ask.patient ? wait_asked(response, world_.clock.now()) : std::nullopt;
    if (!wait || waits == kMostWaits) return Answer{std::move(response), url, wait.has_value()};
    ++waits;
    std::string said = read_all(*response.body, 64 << 10).value_or("");
    if (world_.waits) world_.waits(*wait);
    if (!world_.pause(*wait)) return docker_error(ErrorKind::Conflict, "fetch.cancelled", "context canceled");
    if (ask.body == nullptr) continue;
    // The bytes are gone: whoever sent them begins anew, and knows why.
    response.body = std::make_unique<StringSource>(std::move(said));
    return Answer{std::move(response), url};
  }
}

Result<void> Session::open() {
  Ask ask;
  ask.target = "/v2/";
  Url url = place_.url;
  url.target = "/v2/";
  Answer answer = TRY(send(ask, "", url));
  learn(answer);
  ignore(read_all(*answer.response.body, 64 << 10));
  // Docker looks at nothing else here: what is no registry says so at the first real question.
  return success();
}

Result<std::string> Session::authorization(const std::vector<std::string>& scopes) {
  Challenge bearer;
  const std::string key = join(scopes, " ");
  {
    const std::lock_guard lock(mutex_);
    if (challenges_.empty()) return std::string();
    const Challenge* found = challenge("bearer");
    if (found == nullptr) {
      if (challenge("basic") == nullptr) return std::string();
      if (credentials_.username.empty() || credentials_.password.empty())
        return docker_error(ErrorKind::Unauthorized, "registry.no-credentials", "no basic auth credentials");
      return basic();
    }
    const auto kept = tokens_.find(key);
    if (kept != tokens_.end() && kept->second.until > world_.clock.now()) return "Bearer " + kept->second.text;
    bearer = *found;
  }
  Token token = TRY(fetch_token(bearer, scopes, false, nullptr));
  const std::lock_guard lock(mutex_);
  tokens_[key] = token;
  return "Bearer " + token.text;
}

void Session::forget(const std::string& authorization) {
  const std::lock_guard lock(mutex_);
  std::erase_if(tokens_, [&](const auto& kept) { return "Bearer " + kept.second.text == authorization; });
}

bool Session::asks_for_token() {
  const std::lock_guard lock(mutex_);
  return challenge("bearer") != nullptr;
}

Result<Answer> Session::ask(const Ask& ask) {
  const bool given = ask.target.find("://") != std::string::npos;
  Url url = place_.url;
  if (given) url = TRY(parse_url(ask.target));
  else url.target = ask.target;
  std::vector<std::string> scopes = scopes_;
  scopes.insert(scopes.end(), ask.scopes.begin(), ask.scopes.end());
  std::string used;
  for (int attempt = 0;; ++attempt) {
    if (url.same_place(place_.url)) {
      auto authorized = authorization(scopes);
      if (!authorized.ok()) return with_request(std::move(authorized).error(), ask.method, url.str());
      used = std::move(authorized).value();
    }
    Answer answer = TRY(send(ask, used, url));
    // A token may have run out before its time, and a registry may ask only here: once more with what it wants.
    if (answer.response.status != 401 || !answer.url.same_place(place_.url)) return answer;
    // Nobody is to use this token again, whether this request can be made once more or not.
    if (used.starts_with("Bearer ")) forget(used);
    if (attempt > 0 || ask.body != nullptr) return answer;
    if (challenges_of(answer.response.headers).empty() || (!used.empty() && !used.starts_with("Bearer "))) return answer;
    if (used.empty()) learn(answer);
    if (credentials_.empty() && used.empty() && !asks_for_token()) return answer;
    ignore(read_all(*answer.response.body, 64 << 10));
  }
}

}  // namespace strates::registry
