// `docker search`: the index of the first registry protocol, which Docker Hub still answers (GET /v1/search?q=&n=).
#pragma once

#include <string>
#include <vector>

#include "registry/client/session.hpp"

namespace strates::registry {

struct SearchHit {
  std::string name, description;
  std::int64_t stars = 0;
  bool official = false, automated = false;
};

// `term`: "busybox", or "registry.example.com/busybox" for another index than Docker Hub's. Errors in Docker's words.
Result<std::vector<SearchHit>> search(Surroundings world, const RegistryOptions& options, const Credentials& credentials, const std::string& term, int limit);

}  // namespace strates::registry
