#include "build/port_spec.hpp"

#include <arpa/inet.h>

#include <charconv>
#include <cstdint>
#include <optional>

#include "base/strings.hpp"

namespace strates::build {

namespace {

Error refusal(std::string sentence) { return docker_error(ErrorKind::Invalid, "port.spec", std::move(sentence)); }

struct Parts {
  std::string_view ip, host, container;
};

// The two last colons separate; an address may hold more.
Parts split_parts(std::string_view text) {
  const size_t last = text.rfind(':');
  if (last == std::string_view::npos) return {{}, {}, text};
  const size_t before = last == 0 ? std::string_view::npos : text.rfind(':', last - 1);
  if (before == std::string_view::npos) return {{}, text.substr(0, last), text.substr(last + 1)};
  return {text.substr(0, before), text.substr(before + 1, last - before - 1), text.substr(last + 1)};
}

struct PortRange {
  unsigned first = 0, last = 0;
  unsigned more() const { return last - first; }
};

std::optional<unsigned> read_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return port;
}

std::optional<PortRange> read_range(std::string_view text) {
  const std::vector<std::string> ends = split(text, '-');
  const auto first = read_port(ends[0]);
  // A third part is not looked at: "1-2-x" is 1 to 2, as in Docker.
  const auto last = ends.size() == 1 ? first : read_port(ends[1]);
  if (!first || !last || *last < *first) return std::nullopt;
  return PortRange{*first, *last};
}

// Why Go's net.SplitHostPort refuses `address` + ":"; empty: it does not, and `address` loses its brackets.
std::string_view strip_brackets(std::string_view& address) {
  std::string_view inner = address;
  if (address.starts_with('[')) {
    const size_t end = address.find(']');
    if (end == std::string_view::npos) return "missing ']' in address";
    const std::string_view rest = address.substr(end + 1);
    if (!rest.empty()) return rest[0] == ':' ? "too many colons in address" : "missing port in address";
    inner = address.substr(1, end - 1);
  } else if (address.find(':') != std::string_view::npos) {
    return "too many colons in address";
  }
  if (inner.find('[') != std::string_view::npos) return "unexpected '[' in address";
  if (inner.find(']') != std::string_view::npos) return "unexpected ']' in address";
  address = inner;
  return {};
}

// Without its brackets.
Result<std::string> read_address(std::string_view text) {
  std::string_view address = text;
  if (const std::string_view why = strip_brackets(address); !why.empty())
    return refusal("Invalid ip address " + std::string(text) + ": address " + std::string(text) + ":: " + std::string(why));
  const std::string plain(address);
  in6_addr parsed;
  // An embedded zero byte would end the text early.
  const bool good = plain.find('\0') == std::string::npos &&
                    (inet_pton(AF_INET, plain.c_str(), &parsed) == 1 || inet_pton(AF_INET6, plain.c_str(), &parsed) == 1);
  if (!plain.empty() && !good) return refusal("Invalid ip address: " + plain);
  return plain;
}

}  // namespace

Result<std::vector<PortMapping>> parse_port_mappings(std::string_view text) {
  const Parts parts = split_parts(text);
  const std::vector<std::string> halves = split(parts.container, '/');
  const std::string& container = halves[0];
  const std::string protocol = halves.size() > 1 && !halves[1].empty() ? halves[1] : "tcp";
  const std::string address = TRY(read_address(parts.ip));
  if (container.empty()) return refusal("No port specified: " + std::string(text) + "<empty>");
  const auto range = read_range(container);
  if (!range) return refusal("Invalid containerPort: " + container);
  std::optional<PortRange> host;
  if (!parts.host.empty()) {
    host = read_range(parts.host);
    if (!host) return refusal("Invalid hostPort: " + std::string(parts.host));
    // One port may be published on any of a range; a range only on a range as long.
    if (host->more() != range->more() && range->more() != 0)
      return refusal("Invalid ranges specified for container and host Ports: " + container + " and " + std::string(parts.host));
  }
  const std::string lower = to_lower(protocol);
  if (lower != "tcp" && lower != "udp" && lower != "sctp") return refusal("Invalid proto: " + protocol);
  std::vector<PortMapping> out;
  out.reserve(range->more() + 1);
  for (unsigned port = range->first; port <= range->last; ++port) {
    PortMapping mapping{std::to_string(port) + "/" + lower, address, {}};
    if (host && host->more() == range->more()) mapping.host_port = std::to_string(host->first + (port - range->first));
    else if (host) mapping.host_port = std::string(parts.host);  // any of them
    out.push_back(std::move(mapping));
  }
  return out;
}

Result<std::vector<std::string>> parse_port_spec(std::string_view text) {
  const auto mappings = TRY(parse_port_mappings(text));
  std::vector<std::string> out;
  out.reserve(mappings.size());
  for (const auto& mapping : mappings) out.push_back(mapping.port);
  return out;
}

}  // namespace strates::build
