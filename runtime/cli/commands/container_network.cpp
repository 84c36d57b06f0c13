#include "cli/commands/container_network.hpp"

#include <charconv>

#include "base/ip.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "build/port_spec.hpp"
#include "cli/daemon.hpp"

namespace strates::cli {

namespace {

Error invalid(std::string sentence) { return docker_error(ErrorKind::Invalid, "cli.network", std::move(sentence)); }

struct Attachment {
  std::string target, ipv4, ipv6;
  std::vector<std::string> aliases, links, driver_opts;
};

bool user_defined(const std::string& target) {
  return target != "default" && target != "bridge" && target != "host" && target != "none" && !target.starts_with("container:") && !target.empty();
}

// "front", or "name=front,alias=web,ip=10.0.0.2".
Result<Attachment> parse_attachment(const std::string& value) {
  Attachment out;
  if (value.find('=') == std::string::npos) {
    out.target = value;
    return out;
  }
  for (const std::string& field : split(value, ',')) {
    const size_t equals = field.find('=');
    if (equals == std::string::npos) return make_error(ErrorKind::Invalid, "cli.network", "read", value, "invalid field " + field);
    const std::string key = to_lower(trim(field.substr(0, equals))), text(trim(field.substr(equals + 1)));
    if (key == "name") out.target = text;
    else if (key == "alias") out.aliases.push_back(text);
    else if (key == "ip") out.ipv4 = text;
    else if (key == "ip6") out.ipv6 = text;
    else if (key == "driver-opt") out.driver_opts.push_back(text);
    else return make_error(ErrorKind::Invalid, "cli.network", "read", value, "invalid field key " + key);
  }
  if (out.target.empty()) return make_error(ErrorKind::Invalid, "cli.network", "read", value, "network name/id is not specified");
  return out;
}

Result<void> take_flags(const ParsedFlags& flags, const std::vector<std::string>& links, Attachment& first) {
  auto aliases = flags.list("network-alias");
  for (std::string& alias : flags.list("net-alias")) aliases.push_back(std::move(alias));
  if (!first.aliases.empty() && !aliases.empty()) return invalid("conflicting options: cannot specify both --network-alias and per-network alias");
  if (!first.links.empty() && !links.empty()) return invalid("conflicting options: cannot specify both --link and per-network links");
  if (!aliases.empty()) first.aliases = aliases;
  if (!links.empty()) first.links = links;
  if (!flags.text("ip").empty()) first.ipv4 = flags.text("ip");
  if (!flags.text("ip6").empty()) first.ipv6 = flags.text("ip6");
  return {};
}

Result<Json> endpoint_json(const Attachment& attachment) {
  if (trim(attachment.target).empty()) return invalid("no name set for network");
  if (!user_defined(attachment.target)) {
    if (!attachment.aliases.empty()) return invalid("network-scoped aliases are only supported for user-defined networks");
    if (!attachment.links.empty()) return invalid("links are only supported for user-defined networks");
  }
  Json out = Json::object();
  if (!attachment.ipv4.empty() || !attachment.ipv6.empty()) {
    out["IPAMConfig"] = Json::object();
    if (!attachment.ipv4.empty()) out["IPAMConfig"]["IPv4Address"] = attachment.ipv4;
    if (!attachment.ipv6.empty()) out["IPAMConfig"]["IPv6Address"] = attachment.ipv6;
  }
  if (!attachment.links.empty()) out["Links"] = attachment.links;
  if (!attachment.aliases.empty()) out["Aliases"] = attachment.aliases;
  if (!attachment.driver_opts.empty()) out["DriverOpts"] = pairs_json(attachment.driver_opts);
  return out;
}

// "target=80,published=8080,protocol=udp" is the long form of "8080:80/udp".
Result<std::string> short_port(const std::string& value) {
  if (value.find('=') == std::string::npos) return value;
  std::string target, published, protocol = "tcp";
  for (const std::string& field : split(value, ',')) {
    const size_t equals = field.find('=');
    const std::string key = to_lower(field.substr(0, equals)), text = equals == std::string::npos ? "" : field.substr(equals + 1);
    if (equals == std::string::npos) return invalid("invalid field " + field);
    if (key == "target") target = text;
    else if (key == "published") published = text;
    else if (key == "protocol") protocol = text;
    else if (key != "mode") return invalid("invalid field key " + key);
  }
  if (target.empty()) return invalid("missing mandatory field \"target\"");
  return (published.empty() ? "" : published + ":") + target + "/" + protocol;
}

Result<std::uint16_t> port_number(const std::string& text) {
  const auto refuse = [&](const char* why) { return invalid("strconv.ParseUint: parsing " + go_quote(text) + ": " + why); };
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size() || error == std::errc::invalid_argument) return refuse("invalid syntax");
  if (error != std::errc()) return refuse("value out of range");
  return number;
}

// nat.SplitProtoPort: the protocol is any word.
Result<std::vector<std::string>> exposed_ports(const std::string& value) {
  const auto parts = split(value, '/');
  const std::string protocol = parts.size() < 2 || parts[1].empty() ? "tcp" : parts[1];
  const PortSpan span = TRY(parse_port_span(parts[0]));
  std::vector<std::string> out;
  for (std::uint32_t port = span.first; port <= span.last; ++port) out.push_back(std::to_string(port) + "/" + protocol);
  return out;
}

Result<void> read_ports(const ParsedFlags& flags, Json& out) {
  for (const std::string& value : flags.list("publish"))
    for (const auto& mapping : TRY(build::parse_port_mappings(TRY(short_port(value))))) {
      out["exposed_ports"][mapping.port] = Json::object();
      out["port_bindings"][mapping.port].push_back({{"HostIp", mapping.host_ip}, {"HostPort", mapping.host_port}});
    }
  for (const std::string& value : flags.list("expose")) {
    if (value.find(':') != std::string::npos) return invalid("invalid port format for --expose: " + value);
    const auto ports = exposed_ports(value);
    if (!ports.ok()) return invalid("invalid range format for --expose: " + value + ", error: " + ports.error().message());
    for (const std::string& port : ports.value()) out["exposed_ports"][port] = Json::object();
  }
  return {};
}

}  // namespace

Result<PortSpan> parse_port_span(const std::string& text) {
  if (text.empty()) return invalid("Empty string specified for ports.");
  const size_t dash = text.find('-');
  const std::uint16_t first = TRY(port_number(text.substr(0, dash)));
  const std::uint16_t last = dash == std::string::npos ? first : TRY(port_number(text.substr(dash + 1)));
  if (last < first) return invalid("Invalid range specified for the Port: " + text);
  return PortSpan{first, last};
}

Result<void> check_network(const std::string& value) {
  TRY(parse_attachment(value));
  return {};
}

Result<std::vector<std::string>> links_of(const std::vector<std::string>& values) {
  std::vector<std::string> out;
  for (const std::string& value : values) {
    const auto parts = split(value, ':');
    if (value.empty() || parts.size() > 2 || parts.front().empty()) return invalid("bad format for links: " + value);
    out.push_back(parts.size() == 2 ? value : value + ":" + value);
  }
  return out;
}

Result<Json> container_network(const ParsedFlags& flags) {
  Json out = {{"mode", "default"}, {"endpoints", Json::object()}, {"port_bindings", Json::object()}, {"exposed_ports", Json::object()}};
  const std::string mac = flags.text("mac-address");
  out["mac_address"] = mac;
  if (!mac.empty() && !parse_mac(trim(mac))) return invalid(mac + " is not a valid mac address");
  TRY(read_ports(flags, out));
  const auto links = TRY(links_of(flags.list("link")));
  out["links"] = links;
  Json& endpoints = out["endpoints"];
  if (!flags.list("link-local-ip").empty()) return invalid("--link-local-ip: this version does not give addresses of the link");
  std::vector<std::string> networks = flags.list("network");
  for (std::string& network : flags.list("net")) networks.push_back(std::move(network));
  bool some_user_defined = false, some_other = false;
  for (size_t i = 0; i < networks.size(); ++i) {
    Attachment attachment = TRY(parse_attachment(networks[i]));
    (user_defined(attachment.target) ? some_user_defined : some_other) = true;
    if (i == 0) {
      out["mode"] = attachment.target.empty() ? "default" : attachment.target;
      TRY(take_flags(flags, links, attachment));
    }
    Json endpoint = TRY(endpoint_json(attachment));
    if (endpoints.contains(attachment.target)) return invalid("network " + go_quote(attachment.target) + " is specified multiple times");
    // One network of which nothing more is said is the daemon's to make.
    if (networks.size() == 1 && endpoint.empty()) continue;
    endpoints[attachment.target] = std::move(endpoint);
  }
  if (some_user_defined && some_other) return invalid("conflicting options: cannot attach both user-defined and non-user-defined network-modes");
  return out;
}

}  // namespace strates::cli
