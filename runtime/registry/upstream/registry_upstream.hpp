// Another registry as a mirror needs it, by our own client: its tokens, its redirections (without what was shown to the registry), its patience.
// TLS is verified with the system's store and certs.d; on loopback nothing is verified. Any thread.
#pragma once

#include <memory>
#include <string>

#include "registry/client/session.hpp"
#include "registry/server/upstream.hpp"

namespace strates::registry::server {

struct UpstreamPorts {
  Fetcher& fetcher;
  Clock& clock;
};

// `url`: "https://registry-1.docker.io", "http://127.0.0.1:5000". Empty credentials: as nobody in particular. The ports outlive it. code url.syntax
Result<std::unique_ptr<Upstream>> registry_upstream(UpstreamPorts ports, const std::string& url, Credentials credentials);

}  // namespace strates::registry::server
