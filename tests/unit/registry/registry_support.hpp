// What the tests of the registry's client share: surroundings whose clock does not wait, and a repository of a fake registry.
#pragma once

#include <doctest/doctest.h>

#include "fake_registry.hpp"
#include "http/tls_client/tls.hpp"
#include "registry/client/patience.hpp"
#include "registry/client/repository.hpp"

namespace strates::tests {

class StillClock final : public Clock {
 public:
  Nanos now() override { return at; }
  Nanos at = 1'700'000'000 * kSecond;
};

struct Place {
  explicit Place(FakeRegistry& fake, registry::Credentials credentials = {}, Nanos silence = 2 * kSecond)
      : session({transport, clock, [this](Nanos time) { pauses.push_back(time); return true; }, nullptr, silence}, options,
                registry::Place{parse_url(fake.url()).value(), TlsCheck::Unverified, false}, std::move(credentials), {"repository:team/app:pull"}) {}
  StillClock clock;
  http::Transport transport{{.tls = http::tls_dialer()}};
  registry::RegistryOptions options;
  std::vector<Nanos> pauses;  // what was waited for, without waiting
  registry::Session session;
  registry::Repository repository{session, "team/app"};
};

inline const Digest kSomeDigest("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

inline std::string words_of_size(size_t size) {
  std::string out(size, '\0');
  for (size_t i = 0; i < size; ++i) out[i] = static_cast<char>('a' + (i * 7 + i / 251) % 26);
  return out;
}

}  // namespace strates::tests
