#include "base/url.hpp"

#include <algorithm>
#include <charconv>

#include "base/strings.hpp"

namespace strates {

namespace {

Error syntax(std::string_view text, std::string_view why) {
  return docker_error(ErrorKind::Invalid, "url.syntax", "parse " + go_quote(text) + ": " + std::string(why));
}

}  // namespace

std::string Url::authority() const {
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == (secure() ? "443" : "80") ? shown : shown + ":" + port;
}

bool Url::same_place(const Url& other) const { return scheme == other.scheme && equal_ignoring_case(host, other.host) && port == other.port; }

Result<Url> parse_url(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) return syntax(text, "net/url: invalid control character in URL");
  Url out;
  const size_t colon = text.find("://");
  out.scheme = to_lower(text.substr(0, std::min(colon, text.find(':'))));
  if (colon == std::string_view::npos || (out.scheme != "http" && out.scheme != "https"))
    return docker_error(ErrorKind::Invalid, "url.scheme", "unsupported protocol scheme " + go_quote(colon == std::string_view::npos ? "" : out.scheme));
  std::string_view rest = text.substr(colon + 3);
  rest = rest.substr(0, rest.find('#'));
  const size_t path = std::min(rest.find_first_of("/?"), rest.size());
  out.target = rest.substr(path);
  if (!out.target.starts_with('/')) out.target.insert(0, "/");
  out.target = replace_all(out.target, " ", "%20");
  std::string_view place = rest.substr(0, path);
  if (const size_t at = place.rfind('@'); at != std::string_view::npos) place.remove_prefix(at + 1);
  const size_t mark = place.rfind(':');
  const bool has_port = mark != std::string_view::npos && place.find(']', mark) == std::string_view::npos;
  out.host = to_lower(has_port ? place.substr(0, mark) : place);
  out.port = has_port ? place.substr(mark + 1) : "";
  if (out.port.empty()) out.port = out.secure() ? "443" : "80";
  unsigned number = 0;
  const auto [end, failed] = std::from_chars(out.port.data(), out.port.data() + out.port.size(), number);
  if (failed != std::errc() || end != out.port.data() + out.port.size() || number == 0 || number > 65535) return syntax(text, "invalid port " + go_quote(":" + out.port) + " after host");
  if (out.host.starts_with('[') && out.host.ends_with(']')) out.host = out.host.substr(1, out.host.size() - 2);
  if (out.host.empty()) return docker_error(ErrorKind::Invalid, "url.syntax", "http: no Host in request URL");
  if (out.host.find_first_of(" \"<>\\^`{|}") != std::string::npos) return syntax(text, "invalid character in host name");
  return out;
}

Result<Url> resolve_url(const Url& base, std::string_view location) {
  if (location.starts_with("//")) return parse_url(base.scheme + ":" + std::string(location));
  const size_t scheme = location.find("://");
  if (scheme != std::string_view::npos && location.find_first_of("/?#") > scheme) return parse_url(location);
  const std::string place = base.scheme + "://" + base.authority();
  if (location.starts_with('/')) return parse_url(place + std::string(location));
  const std::string path = base.target.substr(0, base.target.find('?'));
  if (location.starts_with('?')) return parse_url(place + path + std::string(location));
  return parse_url(place + path.substr(0, path.rfind('/') + 1) + std::string(location));
}

bool is_loopback_host(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  if (!host.starts_with("127.")) return false;
  // Four numbers: "127.example.com" is somebody else's machine.
  const auto parts = split(host, '.');
  return parts.size() == 4 && std::all_of(parts.begin(), parts.end(), [](const std::string& part) {
           return !part.empty() && part.size() <= 3 && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
         });
}

}  // namespace strates
