#include "registry/upstream/registry_upstream.hpp"

#include <charconv>
#include <condition_variable>
#include <map>
#include <mutex>

#include "base/strings.hpp"
#include "registry/client/failure.hpp"
#include "registry/client/repository.hpp"

namespace strates::registry::server {

namespace {

constexpr size_t kMostNames = 256;       // whose tokens are kept
constexpr size_t kPiece = 128 << 10;
constexpr Nanos kSilence = 10 * kSecond;  // somebody waits behind us

Error failure(std::string_view code, const std::string& object, std::string_view why) {
  const ErrorKind kind = code == "upstream.not-found" ? ErrorKind::NotFound : ErrorKind::Unavailable;
  return make_error(kind, code, "ask the registry for", object, why);
}

Error status_failure(FetchResponse& answer, const std::string& object, Nanos now) {
  const int status = answer.status;
  const std::string why = "it answered " + std::to_string(status) + ": " + registry::refusal(answer, now).message();
  if (status == 404) return failure("upstream.not-found", object, why);
  if (status == 401 || status == 403) return failure("upstream.refused", object, why);
  if (status == 429) return failure("upstream.rate-limited", object, "too many requests; a login, or a while of patience, helps");
  return failure(status >= 500 ? "upstream.unreachable" : "upstream.answer", object, why);
}

// What the client could not do.
Error client_failure(const Error& error, const std::string& object) {
  const std::string_view code = error.code;
  if (code == "fetch.truncated") return failure("upstream.cut-short", object, error.message());
  if (is_fetch_failure(error)) return failure("upstream.unreachable", object, error.message());
  if (code == "registry.no-credentials" || code == "registry.unauthorized" || code == "registry.denied") return failure("upstream.refused", object, error.message());
  if (code == "registry.unavailable") return failure("upstream.unreachable", object, error.message());
  if (code == "registry.toomanyrequests" || code == "registry.later") return failure("upstream.rate-limited", object, error.message());
  return failure("upstream.answer", object, error.message());
}

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failed == std::errc() && end == text.data() + text.size() && !text.empty() ? std::optional(number) : std::nullopt;
}

// Waits that a server which stops need not sit through.
class Waits {
 public:
  bool pause(Nanos length) {
    std::unique_lock lock(mutex_);
    return !changed_.wait_for(lock, std::chrono::nanoseconds(length), [this] { return stopped_; });
  }
  bool stopped() {
    const std::lock_guard guard(mutex_);
    return stopped_;
  }
  void stop() {
    const std::lock_guard guard(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
};

// One name of that registry: its tokens are its own.
struct Conversation {
  Conversation(Surroundings world, const RegistryOptions& options, const Place& place, const Credentials& credentials, const std::string& name)
      : session(std::move(world), options, place, credentials, {"repository:" + name + ":pull"}), repository(session, name) {}
  std::mutex opening;
  bool open = false;
  Session session;
  Repository repository;
};

class RegistryUpstream final : public Upstream {
 public:
  RegistryUpstream(UpstreamPorts ports, Place place, Credentials credentials) : ports_(ports), place_(std::move(place)), credentials_(std::move(credentials)) {}

  Result<UpstreamManifest> manifest(const std::string& name, const std::string& reference) override {
    const auto conversation = TRY(talk(name));
    Ask ask;
    ask.target = "/v2/" + name + "/manifests/" + reference;
    for (const std::string& type : manifest_types()) ask.headers.emplace_back("Accept", type);
    Answer answer = TRY(asked(*conversation, ask, name + ":" + reference));
    UpstreamManifest out;
    out.media_type = http_header(answer.response.headers, "Content-Type").value_or("");
    auto bytes = read_all(*answer.response.body, kManifestLimit);
    if (!bytes.ok()) return client_failure(bytes.error(), name + ":" + reference);
    out.bytes = std::move(bytes).value();
    return out;
  }

  Result<std::optional<Digest>> resolve(const std::string& name, const std::string& tag) override {
    const auto conversation = TRY(talk(name));
    Ask ask;
    ask.method = "HEAD";
    ask.patient = false;  // what is here is served instead
    ask.target = "/v2/" + name + "/manifests/" + tag;
    for (const std::string& type : manifest_types()) ask.headers.emplace_back("Accept", type);
    const Answer answer = TRY(asked(*conversation, ask, name + ":" + tag));
    const auto digest = http_header(answer.response.headers, "Docker-Content-Digest");
    return digest ? std::optional(Digest(*digest)) : std::optional<Digest>();
  }

  Result<std::vector<std::string>> tags(const std::string& name) override {
    const auto conversation = TRY(talk(name));
    auto tags = conversation->repository.tags();
    if (tags.ok()) return tags;
    if (tags.error().code == "registry.name-unknown") return failure("upstream.not-found", name, tags.error().message());
    return client_failure(tags.error(), name);
  }

  Result<void> blob(const std::string& name, const Digest& digest, std::uint64_t offset, ByteSink& to, const std::function<void(std::optional<std::uint64_t>)>& begins,
                    const std::function<bool()>& stopped) override {
    const auto conversation = TRY(talk(name));
    Ask ask;
    ask.target = "/v2/" + name + "/blobs/" + digest.str();
    if (offset > 0) ask.headers.emplace_back("Range", "bytes=" + std::to_string(offset) + "-");
    Answer answer = TRY(asked(*conversation, ask, digest.str()));
    const bool part = answer.response.status == 206;
    if (part && !http_header(answer.response.headers, "Content-Range").value_or("").starts_with("bytes " + std::to_string(offset) + "-"))
      return failure("upstream.answer", digest.str(), "it sent another part than the one that was asked for");
    const auto length = number_of(http_header(answer.response.headers, "Content-Length").value_or(""));
    if (length) begins(part ? offset + *length : *length);
    std::uint64_t skip = part ? 0 : offset;  // it does not know ranges: what is here already is passed over
    std::vector<char> buffer(kPiece);
    while (!stopped()) {
      auto got = answer.response.body->read(buffer);
      if (!got.ok()) return client_failure(got.error(), digest.str());
      if (got.value() == 0) return success();
      std::string_view piece(buffer.data(), got.value());
      const size_t passed = static_cast<size_t>(std::min<std::uint64_t>(skip, piece.size()));
      skip -= passed;
      piece.remove_prefix(passed);
      if (!piece.empty()) TRY(to.write(piece));
    }
    return failure("upstream.unreachable", digest.str(), "the server is stopping");
  }

  void stop() override { waits_.stop(); }

 private:
  // Its answer, when it is a success.
  Result<Answer> asked(Conversation& conversation, const Ask& ask, const std::string& object) {
    auto answer = conversation.session.ask(ask);
    if (!answer.ok()) return client_failure(answer.error(), object);
    // What was to come safely does not come in the clear.
    if (place_.url.secure() && !answer.value().url.secure()) return failure("upstream.refused", object, "it sends us from https to http://" + answer.value().url.authority());
    if (!answer.value().ok()) return status_failure(answer.value().response, object, ports_.clock.now());
    return answer;
  }

  Result<std::shared_ptr<Conversation>> talk(const std::string& name) {
    std::shared_ptr<Conversation> out;
    {
      const std::lock_guard guard(mutex_);
      auto& slot = conversations_[name];
      if (!slot) {
        Surroundings world{ports_.fetcher, ports_.clock, [this](Nanos length) { return waits_.pause(length); }, [this] { return waits_.stopped(); }, kSilence};
        slot = std::make_shared<Conversation>(std::move(world), options_, place_, credentials_, name);
      }
      out = slot;
      if (conversations_.size() > kMostNames)
        conversations_.erase(conversations_.begin()->first == name ? std::next(conversations_.begin()) : conversations_.begin());
    }
    const std::lock_guard guard(out->opening);
    if (!out->open) {
      auto opened = out->session.open();
      if (!opened.ok()) return client_failure(opened.error(), name);
      out->open = true;
    }
    return out;
  }

  UpstreamPorts ports_;
  const RegistryOptions options_;
  const Place place_;
  const Credentials credentials_;
  Waits waits_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Conversation>> conversations_;
};

}  // namespace

Result<std::unique_ptr<Upstream>> registry_upstream(UpstreamPorts ports, const std::string& url, Credentials credentials) {
  Place place;
  place.url = TRY(parse_url(url));
  place.url.target = "/";
  place.tls = tls_check_for({}, place.url);
  return std::unique_ptr<Upstream>(std::make_unique<RegistryUpstream>(ports, std::move(place), std::move(credentials)));
}

}  // namespace strates::registry::server
