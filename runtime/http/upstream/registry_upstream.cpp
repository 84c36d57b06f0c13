#include "http/upstream/registry_upstream.hpp"

#include <httplib.h>

#include <charconv>
#include <map>
#include <mutex>

#include "base/http.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::http {

namespace {

using registry::server::Upstream;
using registry::server::UpstreamManifest;

constexpr int kMostRedirects = 5;
constexpr size_t kMostText = 8 << 20;  // of a manifest or a list of tags
constexpr int kMostPages = 1000;
constexpr char kAccept[] =
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.oci.image.manifest.v1+json, "
    "application/vnd.oci.image.index.v1+json";

Error failure(std::string_view code, const std::string& object, std::string_view why) {
  const ErrorKind kind = code == "upstream.not-found" ? ErrorKind::NotFound : ErrorKind::Unavailable;
  return make_error(kind, code, "ask the registry for", object, why);
}

Error status_failure(int status, const std::string& object) {
  const std::string why = "it answered " + std::to_string(status);
  if (status == 404) return failure("upstream.not-found", object, why);
  if (status == 401 || status == 403) return failure("upstream.refused", object, why);
  if (status == 429) return failure("upstream.rate-limited", object, "too many requests; a login, or a while of patience, helps");
  return failure(status >= 500 ? "upstream.unreachable" : "upstream.answer", object, why);
}

// "key=\"value\"" of a challenge.
std::string parameter(const std::string& challenge, const std::string& key) {
  const size_t at = challenge.find(key + "=\"");
  if (at == std::string::npos) return "";
  const size_t begin = at + key.size() + 2;
  return challenge.substr(begin, challenge.find('"', begin) - begin);
}

// "https://host:port" and "/path?query"
std::pair<std::string, std::string> cut_url(const std::string& url) {
  const size_t scheme = url.find("://");
  const size_t path = scheme == std::string::npos ? std::string::npos : url.find('/', scheme + 3);
  return {url.substr(0, path), path == std::string::npos ? "/" : url.substr(path)};
}

std::uint64_t number_of(const std::string& text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

struct Wanted {
  const char* method = "GET";
  std::string target, name;  // "/v2/library/x/..." of repository "library/x"
  std::string accept;
  std::uint64_t offset = 0;
};

struct Got {
  int status = 0;
  httplib::Headers headers;
  std::string value(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

class RegistryUpstream : public Upstream {
 public:
  explicit RegistryUpstream(const std::string& url) : origin_(cut_url(url).first) {}

  Result<UpstreamManifest> manifest(const std::string& name, const std::string& reference) override {
    UpstreamManifest out;
    const Got got = TRY(text({"GET", "/v2/" + name + "/manifests/" + reference, name, kAccept, 0}, out.bytes));
    if (got.status != 200) return status_failure(got.status, name + ":" + reference);
    out.media_type = got.value("Content-Type");
    return out;
  }

  Result<std::optional<Digest>> resolve(const std::string& name, const std::string& tag) override {
    std::string nothing;
    const Got got = TRY(text({"HEAD", "/v2/" + name + "/manifests/" + tag, name, kAccept, 0}, nothing));
    if (got.status != 200) return status_failure(got.status, name + ":" + tag);
    const std::string digest = got.value("Docker-Content-Digest");
    return digest.empty() ? std::optional<Digest>() : std::optional(Digest(digest));
  }

  Result<std::vector<std::string>> tags(const std::string& name) override {
    std::vector<std::string> out;
    std::string target = "/v2/" + name + "/tags/list";
    for (int page = 0; page < kMostPages && !target.empty(); ++page) {
      std::string body;
      const Got got = TRY(text({"GET", target, name, "application/json", 0}, body));
      if (got.status != 200) return status_failure(got.status, name);
      const Json json = TRY(parse_json(body));
      const auto tags = json_strings(json, "tags");
      out.insert(out.end(), tags.begin(), tags.end());
      const std::string link = got.value("Link");
      target = link.starts_with("</") ? link.substr(1, link.find('>') - 1) : "";
    }
    return out;
  }

  Result<void> blob(const std::string& name, const Digest& digest, std::uint64_t offset, ByteSink& to, const std::function<void(std::optional<std::uint64_t>)>& begins,
                    const std::function<bool()>& stopped) override {
    std::uint64_t skip = 0, expected = 0, came = 0;
    bool known = false;
    Result<void> written = success();
    const auto head = [&](const Got& got) {
      if (got.status != 200 && got.status != 206) return got.status;
      const std::string length = got.value("Content-Length");
      known = !length.empty();
      expected = number_of(length);
      skip = got.status == 200 ? offset : 0;
      if (known) begins(got.status == 206 ? offset + expected : expected);
      return got.status;
    };
    const auto receive = [&](const char* bytes, size_t size) {
      if (stopped()) return false;
      came += size;
      std::string_view piece(bytes, size);
      const size_t skipped = static_cast<size_t>(std::min<std::uint64_t>(skip, piece.size()));
      skip -= skipped;
      piece.remove_prefix(skipped);
      if (!piece.empty()) written = to.write(piece);
      return written.ok();
    };
    auto got = ask({"GET", "/v2/" + name + "/blobs/" + digest.str(), name, "*/*", offset}, head, receive);
    TRY(std::move(written));
    if (!got.ok()) return std::move(got).error();
    if (got.value().status != 200 && got.value().status != 206) return status_failure(got.value().status, digest.str());
    if (known && came < expected) return failure("upstream.cut-short", digest.str(), "the answer ended too early");
    return success();
  }

 private:
  using Head = std::function<int(const Got&)>;
  using Receive = std::function<bool(const char*, size_t)>;

  Result<Got> text(const Wanted& wanted, std::string& body) {
    bool large = false;
    auto got = ask(wanted, [](const Got& answer) { return answer.status; }, [&](const char* bytes, size_t size) {
      large = large || body.size() + size > kMostText;
      if (!large) body.append(bytes, size);
      return !large;
    });
    if (large) return failure("upstream.answer", wanted.target, "the answer is too large");
    return got;
  }

  // Follows redirections, and asks again with a token when the registry wants one.
  Result<Got> ask(const Wanted& wanted, const Head& head, const Receive& receive) {
    std::string origin = origin_, target = wanted.target, token = token_for(wanted.name);
    bool asked_for_token = false;
    for (int hop = 0; hop <= kMostRedirects; ++hop) {
      Got got = TRY(once(origin, target, wanted, origin == origin_ ? token : "", head, receive));
      const std::string challenge = got.value("WWW-Authenticate");
      if (got.status == 401 && origin == origin_ && !asked_for_token && to_lower(challenge).starts_with("bearer ")) {
        asked_for_token = true;
        token = TRY(fetch_token(challenge, wanted.name));
        continue;
      }
      const std::string location = got.value("Location");
      if (got.status < 300 || got.status >= 400 || got.status == 304 || location.empty()) return got;
      if (location.find("://") == std::string::npos) target = location;
      else std::tie(origin, target) = cut_url(location);
      // What came safely is not asked for again in the clear.
      if (origin_.starts_with("https://") && !origin.starts_with("https://")) return failure("upstream.refused", wanted.target, "it sends us from https to " + origin);
    }
    return failure("upstream.answer", wanted.target, "it sends us around in circles");
  }

  Result<Got> once(const std::string& origin, const std::string& target, const Wanted& wanted, const std::string& token, const Head& head, const Receive& receive) {
    httplib::Client client(origin);
    if (!client.is_valid()) return failure("upstream.unreachable", origin, "not an address");
    client.set_connection_timeout(5);
    client.set_read_timeout(30);
    client.set_write_timeout(30);
    client.set_follow_location(false);
    client.set_decompress(false);
    client.set_url_encode(false);
    httplib::Headers headers{{"Accept", wanted.accept}, {"User-Agent", "strates/" STRATES_VERSION}, {"Accept-Encoding", "identity"}};
    if (!token.empty()) headers.emplace("Authorization", "Bearer " + token);
    if (wanted.offset > 0) headers.emplace("Range", "bytes=" + std::to_string(wanted.offset) + "-");
    Got got;
    bool wanted_body = false;
    const auto on_head = [&](const httplib::Response& response) {
      got = {response.status, response.headers};
      wanted_body = response.status >= 200 && response.status < 300;
      if (wanted_body) head(got);
      return true;
    };
    const auto result = std::string_view(wanted.method) == "HEAD"
                            ? client.Head(target, headers)
                            : client.Get(target, headers, on_head, [&](const char* bytes, size_t size) { return !wanted_body || receive(bytes, size); });
    if (result) return got.status == 0 ? Got{result->status, result->headers} : got;
    if (got.status == 0) return failure("upstream.unreachable", origin, httplib::to_string(result.error()));
    return failure("upstream.cut-short", wanted.target, "the answer ended too early");
  }

  std::string token_for(const std::string& name) {
    const std::lock_guard guard(mutex_);
    const auto found = tokens_.find(name);
    return found == tokens_.end() ? "" : found->second;
  }

  // Docker's token protocol (distribution, "Token Authentication Specification"), as nobody in particular.
  Result<std::string> fetch_token(const std::string& challenge, const std::string& name) {
    const auto [origin, path] = cut_url(parameter(challenge, "realm"));
    if (origin.empty() || (origin_.starts_with("https://") && !origin.starts_with("https://"))) return failure("upstream.refused", name, "its token server has no safe address");
    const std::string target = path + (path.find('?') == std::string::npos ? "?" : "&") + "service=" + percent_encode(parameter(challenge, "service")) +
                               "&scope=" + percent_encode("repository:" + name + ":pull");
    std::string body;
    const Got got = TRY(once(origin, target, {"GET", target, name, "application/json", 0}, "", [](const Got& answer) { return answer.status; },
                             [&](const char* bytes, size_t size) {
                               body.append(bytes, size);
                               return body.size() <= kMostText;
                             }));
    if (got.status != 200) return status_failure(got.status, "a token");
    const Json json = TRY(parse_json(body));
    const std::string token = json_string(json, "token", json_string(json, "access_token"));
    if (token.empty() || token.find_first_of("\r\n") != std::string::npos) return failure("upstream.answer", name, "its token server gave no token");
    const std::lock_guard guard(mutex_);
    tokens_[name] = token;
    return token;
  }

  const std::string origin_;
  std::mutex mutex_;
  std::map<std::string, std::string> tokens_;
};

}  // namespace

std::unique_ptr<registry::server::Upstream> registry_upstream(const std::string& url) { return std::make_unique<RegistryUpstream>(url); }

}  // namespace strates::http
