#include "registry/client/places.hpp"

#include <algorithm>
#include <charconv>

#include "base/strings.hpp"

namespace strates::registry {

namespace {

// "10.1.2.3"; none: not an IPv4 address.
std::optional<std::uint32_t> address_of(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  std::uint32_t out = 0;
  for (const auto& part : parts) {
    unsigned number = 0;
    const auto [end, failed] = std::from_chars(part.data(), part.data() + part.size(), number);
    if (failed != std::errc() || end != part.data() + part.size() || part.empty() || number > 255) return std::nullopt;
    out = out << 8 | number;
  }
  return out;
}

struct Network {
  std::uint32_t address = 0, mask = 0;
};
std::optional<Network> network_of(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = address_of(text.substr(0, slash));
  const std::string_view digits = text.substr(slash + 1);
  unsigned bits = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (!address || failed != std::errc() || end != digits.data() + digits.size() || bits > 32) return std::nullopt;
  return Network{*address, bits == 0 ? 0 : ~std::uint32_t{0} << (32 - bits)};
}

std::string host_of(std::string_view domain) {
  const auto url = parse_url("http://" + std::string(domain));
  return url.ok() ? url.value().host : std::string(domain);
}

}  // namespace

Result<void> check_mirror(const std::string& text) {
  const auto url = parse_url(text);
  if (!url.ok()) return docker_error(ErrorKind::Invalid, "registry.option", "invalid mirror: " + go_quote(text) + " is not a valid URI");
  if (url.value().target != "/") return docker_error(ErrorKind::Invalid, "registry.option", "invalid mirror: path, query, or fragment at end of the URI " + go_quote(text));
  if (text.find('@') != std::string::npos) return docker_error(ErrorKind::Invalid, "registry.option", "invalid mirror: username/password not allowed in URI " + go_quote(text));
  return success();
}

Result<void> check_insecure(const std::string& text) {
  if (text.find("://") != std::string::npos)
    return docker_error(ErrorKind::Invalid, "registry.option", "insecure registry " + text + " should not contain '" + text.substr(0, text.find("://") + 3) + "'");
  if (text.find('/') != std::string::npos && !network_of(text)) return docker_error(ErrorKind::Invalid, "registry.option", "insecure registry " + text + " is not valid: invalid network");
  if (text.find('/') == std::string::npos && !parse_url("http://" + text).ok())
    return docker_error(ErrorKind::Invalid, "registry.option", "insecure registry " + text + " is not valid: invalid host " + go_quote(text));
  return success();
}

bool is_insecure(const RegistryOptions& options, std::string_view domain) {
  const std::string host = host_of(domain);
  if (is_loopback_host(host)) return true;
  const auto address = address_of(host);
  for (const std::string& one : options.insecure) {
    if (equal_ignoring_case(one, domain)) return true;
    const auto network = network_of(one);
    if (network && address && (*address & network->mask) == (network->address & network->mask)) return true;
  }
  return false;
}

Result<std::vector<Place>> places_of(const RegistryOptions& options, const std::string& domain, Mirrors mirrors) {
  std::vector<Place> out;
  if (domain == kHubName || domain == "index.docker.io") {
    for (const std::string& mirror : options.mirrors) {
      if (mirrors == Mirrors::No) break;
      const Url url = TRY(parse_url(mirror));
      out.push_back({url, tls_check_for(options, url), true});
    }
    out.push_back({TRY(parse_url(kHubRegistry)), TlsCheck::Verified, false});
    return out;
  }
  const bool insecure = is_insecure(options, domain);
  out.push_back({TRY(parse_url("https://" + domain)), insecure ? TlsCheck::Unverified : TlsCheck::Verified, false});
  if (insecure) out.push_back({TRY(parse_url("http://" + domain)), TlsCheck::Unverified, false});
  return out;
}

TlsCheck tls_check_for(const RegistryOptions& options, const Url& url) { return is_insecure(options, url.authority()) ? TlsCheck::Unverified : TlsCheck::Verified; }

}  // namespace strates::registry
