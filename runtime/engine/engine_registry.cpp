// What the engine does with registries beside moving images: the ways out, login, search.
#include "engine/engine_impl.hpp"
#include "registry/client/failure.hpp"

namespace strates::engine {

Result<void> EngineImpl::check_network(const std::string& what) const {
  if (world_.fetcher != nullptr && world_.tasks != nullptr && world_.compressor != nullptr) return success();
  return make_error(ErrorKind::NotImplemented, "registry.none", what, "", "this world reaches no network", "use the images that it has: `docker images`");
}

registry::Surroundings EngineImpl::surroundings(std::function<bool()> cancelled) {
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
  return {*world_.fetcher, world_.clock, pause, std::move(cancelled)};
}

Result<LoginReply> EngineImpl::login(const std::string& server, const registry::Credentials& credentials) {
  TRY(check_network("log in"));
  Operation op(tracer_, "registry.login", server);
  const auto run = [&]() -> Result<LoginReply> {
    std::string domain = server;
    for (const std::string_view scheme : {"https://", "http://"})
      if (domain.starts_with(scheme)) domain.erase(0, scheme.size());
    domain = domain.substr(0, domain.find('/'));
    if (domain.empty() || domain == "index.docker.io" || domain == "registry-1.docker.io") domain = registry::kHubName;
    std::optional<Error> last;
    for (const auto& place : TRY(registry::places_of(options_.registries, domain, registry::Mirrors::No))) {
      registry::Session session(surroundings(nullptr), options_.registries, place, credentials, {});
      auto identity = session.log_in();
      if (identity.ok()) return LoginReply{std::move(identity).value(), "Login Succeeded"};
      last = std::move(identity).error();
      if (!is_fetch_failure(*last)) break;  // it answered: plain http would be no better
    }
    return *last;
  };
  return op.ends(run());
}

Result<std::vector<registry::SearchHit>> EngineImpl::search(const std::string& term, int limit, const registry::Credentials& credentials) {
  TRY(check_network("search"));
  Operation op(tracer_, "registry.search", term);
  return op.ends(registry::search(surroundings(nullptr), options_.registries, credentials, term, limit));
}

}  // namespace strates::engine
