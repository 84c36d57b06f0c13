// What the engine does with registries beside moving images: the ways out, login, search.
#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "image/search_term.hpp"
#include "registry/client/failure.hpp"

namespace strates::engine {

namespace {

// How long a person at a terminal waits for a login or a search: until they leave, and this long at most, however many requests it takes.
class Patience {
 public:
  Patience(Clock& clock, std::function<bool()> gone) : clock_(clock), gone_(std::move(gone)), until_(clock.now() + kLongest) {}
  bool ended() const { return (gone_ && gone_()) || over(); }
  // What was broken off because time was over did not end by somebody's wish.
  template <typename T>
  Result<T> judged(Result<T> result) const {
    if (result.ok() || !over() || result.error().message().find(kCancelled) == std::string::npos) return result;
    Error error = std::move(result).error();
    error.wire = replace_all(error.message(), kCancelled, "context deadline exceeded");
    error.code = "fetch.timeout";
    error.kind = ErrorKind::Unavailable;
    error.advice = "the registry did not answer within a minute: is it reachable from this machine?";
    return error;
  }

 private:
  static constexpr Nanos kLongest = 60 * kSecond;
  static constexpr std::string_view kCancelled = "context canceled";
  bool over() const { return clock_.now() >= until_; }

  Clock& clock_;
  const std::function<bool()> gone_;
  const Nanos until_;
};

}  // namespace

Result<void> EngineImpl::check_network(const std::string& what) const {
  if (world_.fetcher != nullptr && world_.tasks != nullptr && world_.compressor != nullptr) return success();
  return make_error(ErrorKind::NotImplemented, "registry.none", what, "", "this world reaches no network", "use the images that it has: `docker images`");
}

registry::Surroundings EngineImpl::surroundings(std::function<bool()> cancelled, TransferOutput* output) {
  const auto pause = [this, cancelled](Nanos time) {
    const Locked lock(world_.monitor);
    const Nanos end = world_.clock.now() + time;
    // In slices: somebody who goes away is not waited for.
    while (world_.clock.now() < end) {
      if (cancelled && cancelled()) return false;
      world_.monitor.wait([] { return false; }, std::min<Nanos>(end, world_.clock.now() + 200 * kMillisecond));
    }
    return true;
  };
  registry::Surroundings out{*world_.fetcher, world_.clock, pause, std::move(cancelled)};
  if (output != nullptr)
    out.waits = [output](Nanos time) {
      const Nanos seconds = (time + kSecond - 1) / kSecond;
      output->say("", "The registry asks to wait: retrying in " + std::to_string(seconds) + (seconds == 1 ? " second" : " seconds"));
    };
  return out;
}

Error with_rate_advice(Error error) {
  if ((error.code == "registry.toomanyrequests" || error.code == "registry.later") && !error.advice.empty()) error.wire = error.message() + "\n" + error.advice;
  return error;
}

Result<LoginReply> EngineImpl::login(const std::string& given, const registry::Credentials& credentials, const std::function<bool()>& cancelled) {
  TRY(check_network("log in"));
  const std::string server = image::without_userinfo(given);
  Operation op(tracer_, "registry.login", server);
  const Patience patience(world_.clock, cancelled);
  const auto run = [&]() -> Result<LoginReply> {
    std::string domain = server;
    for (const std::string_view scheme : {"https://", "http://"})
      if (domain.starts_with(scheme)) domain.erase(0, scheme.size());
    domain = domain.substr(0, domain.find('/'));
    if (domain.empty() || domain == "index.docker.io" || domain == "registry-1.docker.io") domain = registry::kHubName;
    std::optional<Error> last;
    for (const auto& place : TRY(registry::places_of(options_.registries, domain, registry::Mirrors::No))) {
      registry::Session session(surroundings([&patience] { return patience.ended(); }, nullptr), options_.registries, place, credentials, {});
      auto identity = session.log_in();
      if (identity.ok()) return LoginReply{std::move(identity).value(), "Login Succeeded"};
      last = std::move(identity).error();
      // It answered: plain http would be no better. Or nobody waits any more.
      if (!is_fetch_failure(*last) || patience.ended()) break;
    }
    return *last;
  };
  return op.ends(patience.judged(run()));
}

Result<std::vector<registry::SearchHit>> EngineImpl::search(const std::string& term, int limit, const registry::Credentials& credentials,
                                                            const std::function<bool()>& cancelled) {
  TRY(check_network("search"));
  Operation op(tracer_, "registry.search", image::without_userinfo(term));
  const Patience patience(world_.clock, cancelled);
  auto found = registry::search(surroundings([&patience] { return patience.ended(); }, nullptr), options_.registries, credentials, term, limit);
  return op.ends(patience.judged(std::move(found)));
}

}  // namespace strates::engine
