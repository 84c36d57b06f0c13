// Another registry over HTTP or HTTPS, as a mirror needs it: the token flow of Docker Hub for anonymous readers, redirections (without what was shown to the
// registry), parts of blobs. TLS is verified with the system's store. Any thread; one connection a request.
#pragma once

#include <memory>
#include <string>

#include "registry/server/upstream.hpp"

namespace strates::http {

// "https://registry-1.docker.io", "http://127.0.0.1:5000"
std::unique_ptr<registry::server::Upstream> registry_upstream(const std::string& url);

}  // namespace strates::http
