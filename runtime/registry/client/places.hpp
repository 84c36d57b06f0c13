// Where a registry's name leads: which addresses are tried, in which order, and how far each is trusted (Docker Engine 20.10, registry/service_v2.go).
#pragma once

#include <string>
#include <vector>

#include "base/fetch.hpp"
#include "base/url.hpp"

namespace strates::registry {

constexpr std::string_view kHubName = "docker.io";
constexpr std::string_view kHubRegistry = "https://registry-1.docker.io";
constexpr std::string_view kHubIndex = "https://index.docker.io/v1/";  // the name that credentials of Docker Hub go by, and where its search is

struct RegistryOptions {
  std::vector<std::string> mirrors;   // of docker.io, tried first: "http://10.0.0.1:5000"
  std::vector<std::string> insecure;  // "host:port" or "10.0.0.0/8": http, or https without a look at the certificate
};
// Errors in Docker's words: what is no address for a mirror. code registry.option
Result<void> check_mirror(const std::string& text);
Result<void> check_insecure(const std::string& text);

struct Place {
  Url url;  // target "/"
  TlsCheck tls = TlsCheck::Verified;
  bool mirror = false;
};

// `domain`: of an image name, "docker.io", "127.0.0.1:5000".
bool is_insecure(const RegistryOptions& options, std::string_view domain);
enum class Mirrors { No, Yes };
Result<std::vector<Place>> places_of(const RegistryOptions& options, const std::string& domain, Mirrors mirrors);
// How the certificate of an address that a registry sent us to is to be looked at.
TlsCheck tls_check_for(const RegistryOptions& options, const Url& url);

}  // namespace strates::registry
