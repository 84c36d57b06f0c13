// One conversation with one registry: requests go out with what the registry asked to see, and come back as answers that are not redirections, not
// "come back later", and not "who are you". Credentials leave for the registry itself and for the token server that it names, for nobody else.
//
// Threads: `ask` from any number, after `open`.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/fetch.hpp"
#include "registry/client/challenge.hpp"
#include "registry/client/places.hpp"

namespace strates::registry {

struct Credentials {
  std::string username, password;
  std::string identity_token;  // instead of a password (OAuth2's refresh token)
  bool empty() const { return username.empty() && identity_token.empty(); }
};

// What a client needs of the world it runs in.
struct Surroundings {
  Fetcher& fetcher;
  Clock& clock;
  // Waits; false: cancelled meanwhile.
  std::function<bool(Nanos)> pause;
  std::function<bool()> cancelled;
  Nanos silence = 60 * kSecond;
  std::function<void(Nanos)> waits;  // hears how long a registry that is asked too much lets us wait; may be empty
};

struct Ask {
  std::string method = "GET";
  std::string target;  // "/v2/x/tags/list", or an address that the registry gave
  HttpHeaders headers;
  ByteSource* body = nullptr;  // such a request is made once
  std::optional<std::uint64_t> body_length;
  const std::string* bytes = nullptr;  // instead of `body`: kept by the caller, so that a refused token can be followed by another one
  Nanos silence = 0;                   // beyond the session's own: how long the answer alone may take
  bool patient = true;  // false: "come back later" is an answer like another. Else it is waited for; what was sent by `body` is sent again by the caller
  std::vector<std::string> scopes;  // beside the session's own: "repository:other:pull"
};

struct Answer {
  FetchResponse response;
  Url url;  // who answered in the end
  bool waited_enough = false;  // it asks to wait again, after as many waits as there are
  bool ok() const { return response.status >= 200 && response.status < 300; }
};

class Session {
 public:
  // `scopes`: what its requests need, "repository:library/busybox:pull". All referenced objects outlive it.
  Session(Surroundings world, const RegistryOptions& options, Place place, Credentials credentials, std::vector<std::string> scopes)
      : world_(std::move(world)), options_(options), place_(std::move(place)), credentials_(std::move(credentials)), scopes_(std::move(scopes)) {}

  // GET /v2/: is it a registry, and what does it want to see? Errors: `Get "https://x/v2/": dial tcp ...`.
  Result<void> open();
  // Errors: those of the connection and of the token server, with the request in front; registry.no-credentials ("no basic auth credentials").
  // A status is no error: the caller knows what it expects.
  Result<Answer> ask(const Ask& ask);
  // Shows the credentials to the registry: what `docker login` does. Its token is an identity token when the server gave one.
  Result<std::string> log_in();

  const Place& place() const { return place_; }
  const Surroundings& world() const { return world_; }

 private:
  struct Token {
    std::string text;
    Nanos until = 0;
  };
  Result<Answer> send(const Ask& ask, const std::string& authorization, const Url& url);
  // The value of Authorization; empty: nothing is asked for.
  Result<std::string> authorization(const std::vector<std::string>& scopes);
  Result<Token> fetch_token(const Challenge& challenge, const std::vector<std::string>& scopes, bool offline, std::string* identity);
  std::string basic() const;
  // Drops the token that this value of Authorization shows.
  void forget(const std::string& authorization);
  bool asks_for_token();
  // What the registry itself asks to see. Whoever it redirected us to has no say: a realm of theirs would be told our password.
  void learn(const Answer& answer);
  // With the mutex held.
  const Challenge* challenge(std::string_view scheme) const;

  Surroundings world_;
  const RegistryOptions& options_;
  Place place_;
  Credentials credentials_;
  std::vector<std::string> scopes_;
  std::mutex mutex_;
  std::vector<Challenge> challenges_;
  std::map<std::string, Token> tokens_;  // by their scopes
};

}  // namespace strates::registry
