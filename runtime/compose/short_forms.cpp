#include "compose/short_forms.hpp"

#include <charconv>
#include <cmath>

#include "base/strings.hpp"

namespace strates::compose {

namespace {

Error refuse(std::string_view reason, std::string sentence) { return docker_error(ErrorKind::Invalid, "compose." + std::string(reason), std::move(sentence)); }

struct Range {
  int first = 0, last = 0;
  int size() const { return last - first + 1; }
};

bool parse_number(std::string_view text, int& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && error == std::errc() && end == text.data() + text.size() && out >= 0 && out <= 65535;
}

bool parse_range(std::string_view text, Range& out) {
  const size_t dash = text.find('-');
  if (!parse_number(text.substr(0, dash), out.first)) return false;
  out.last = out.first;
  return dash == std::string_view::npos || (parse_number(text.substr(dash + 1), out.last) && out.last >= out.first);
}

}  // namespace

Result<std::vector<Node>> parse_port(const std::string& text, const Place& place) {
  std::string rest = text, protocol = "tcp", host, published;
  if (const size_t slash = rest.rfind('/'); slash != std::string::npos) {
    protocol = to_lower(rest.substr(slash + 1));
    rest.erase(slash);
  }
  if (rest.empty()) return refuse("port", "No port specified: " + text + "<empty>");
  std::string container = rest;
  if (const size_t colon = rest.rfind(':'); colon != std::string::npos) {
    container = rest.substr(colon + 1);
    rest.erase(colon);
    published = rest;
    if (const size_t second = rest.rfind(':'); second != std::string::npos) {
      published = rest.substr(second + 1);
      host = rest.substr(0, second);
      if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
      else if (host.find(':') != std::string::npos && host.find_first_not_of("0123456789abcdefABCDEF:.%") != std::string::npos) return refuse("port", "Invalid ip address: " + host);
    }
  }
  if (container.empty()) return refuse("port", "No port specified: " + text + "<empty>");
  Range inside, outside;
  if (!parse_range(container, inside)) return refuse("port", "Invalid containerPort: " + container);
  if (!published.empty() && !parse_range(published, outside)) return refuse("port", "Invalid hostPort: " + published);
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") return refuse("port", "Invalid proto: " + protocol);
  // One container port and several of the host's: the engine chooses one of them. Otherwise the ranges go side by side.
  const bool choice = !published.empty() && inside.size() == 1 && outside.size() > 1;
  if (!published.empty() && !choice && inside.size() != outside.size()) return refuse("port", "Invalid ranges specified for container and host Ports: " + container + " and " + published);
  std::vector<Node> out;
  for (int i = 0; i < inside.size(); ++i) {
    Node port = Node::map(place);
    port.set("mode", Node::of_text("ingress", place));
    if (!host.empty()) port.set("host_ip", Node::of_text(host, place));
    port.set("target", Node::of_integer(inside.first + i, place));
    if (!published.empty()) port.set("published", Node::of_text(choice ? published : std::to_string(outside.first + i), place));
    port.set("protocol", Node::of_text(protocol, place));
    out.push_back(std::move(port));
  }
  return out;
}

size_t port_count(std::string_view text) {
  text = text.substr(0, text.rfind('/'));
  if (const size_t colon = text.rfind(':'); colon != std::string_view::npos) text.remove_prefix(colon + 1);
  Range inside;
  return parse_range(text, inside) ? static_cast<size_t>(inside.size()) : 1;
}

Result<Node> parse_mount(const std::string& text, const Place& place) {
  // Cut at colons that stand outside ${...}.
  std::vector<std::string> parts{""};
  int braces = 0;
  for (const char c : text) {
    if (c == '{') ++braces;
    if (c == '}') --braces;
    if (c == ':' && braces <= 0) parts.emplace_back();
    else parts.back() += c;
  }
  const auto invalid = [&](const std::string& why) { return refuse("mount", "invalid spec: " + text + ": " + why); };
  if (text.empty()) return refuse("mount", "invalid empty volume spec");
  if (parts.size() > 1)
    for (const std::string& part : parts)
      if (part.empty()) return invalid("empty section between colons");
  if (parts.size() > 3) return invalid("too many colons");
  Node mount = Node::map(place);
  if (parts.size() == 1) {
    mount.set("type", Node::of_text("volume", place));
    mount.set("target", Node::of_text(text, place));
    mount.set("volume", Node::map(place));
    return mount;
  }
  const std::string& source = parts[0];
  const bool bind = source[0] == '/' || source[0] == '.' || source[0] == '~';
  mount.set("type", Node::of_text(bind ? "bind" : "volume", place));
  mount.set("source", Node::of_text(source, place));
  mount.set("target", Node::of_text(parts[1], place));
  Node options = Node::map(place);
  bool read_only = false;
  for (const std::string& option : parts.size() == 3 ? split(parts[2], ',') : std::vector<std::string>()) {
    if (option == "ro") read_only = true;
    else if (option == "rw") read_only = false;
    else if (option == "nocopy" && !bind) options.set("nocopy", Node::of_flag(true, place));
    else if ((option == "z" || option == "Z") && bind) options.set("selinux", Node::of_text(option, place));
    else if (bind && (option == "shared" || option == "rshared" || option == "slave" || option == "rslave" || option == "private" || option == "rprivate")) options.set("propagation", Node::of_text(option, place));
  }
  if (read_only) mount.set("read_only", Node::of_flag(true, place));
  if (bind) options.set("create_host_path", Node::of_flag(true, place));
  mount.set(bind ? "bind" : "volume", std::move(options));
  return mount;
}

Result<Node> parse_device(const std::string& text, const Place& place) {
  const auto parts = split(text, ':');
  if (parts.size() > 3 || parts[0].empty()) return refuse("device", "confusing device mapping, please use long syntax: " + text);
  Node device = Node::map(place);
  device.set("source", Node::of_text(parts[0], place));
  device.set("target", Node::of_text(parts.size() > 1 && !parts[1].empty() ? parts[1] : parts[0], place));
  device.set("permissions", Node::of_text(parts.size() > 2 ? parts[2] : "rwm", place));
  return device;
}

Result<std::vector<std::string>> shell_words(std::string_view text) {
  std::vector<std::string> out;
  std::string word;
  bool in_word = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      if (in_word) out.push_back(std::exchange(word, {}));
      in_word = false;
    } else if (c == '\\') {
      if (i + 1 == text.size()) return refuse("command", "EOF found after escape character");
      word += text[++i];
      in_word = true;
    } else if (c == '\'') {
      const size_t end = text.find('\'', i + 1);
      if (end == std::string_view::npos) return refuse("command", "EOF found when expecting closing quote");
      word += text.substr(i + 1, end - i - 1);
      i = end;
      in_word = true;
    } else if (c == '"') {
      in_word = true;
      for (++i;; ++i) {
        if (i >= text.size()) return refuse("command", "EOF found when expecting closing quote");
        if (text[i] == '"') break;
        if (text[i] == '\\' && i + 1 < text.size()) ++i;
        word += text[i];
      }
    } else if (c == '#' && !in_word) {
      break;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (in_word) out.push_back(std::move(word));
  return out;
}

Result<std::int64_t> parse_size(std::string_view text) {
  const std::string clean = to_lower(trim(text));
  const size_t unit_at = clean.find_first_not_of("0123456789.-");
  const std::string number = clean.substr(0, unit_at);
  std::string unit(trim(unit_at == std::string::npos ? std::string() : clean.substr(unit_at)));
  if (unit.ends_with("ib")) unit.resize(unit.size() - 2);
  else if (unit.size() > 1 && unit.ends_with("b")) unit.pop_back();
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  static constexpr std::string_view kUnits = "bkmgtp";
  const size_t power = unit.empty() ? 0 : kUnits.find(unit);
  if (number.empty() || error != std::errc() || end != number.data() + number.size() || unit.size() > 1 || power == std::string_view::npos)
    return refuse("size", "invalid size: '" + std::string(text) + "'");
  const double bytes = value * std::pow(1024.0, static_cast<double>(power));
  if (!(bytes < 9e18 && bytes > -9e18)) return refuse("size", "invalid size: '" + std::string(text) + "'");
  return static_cast<std::int64_t>(bytes);
}

Result<std::int64_t> parse_duration(std::string_view text) {
  const auto invalid = [&] { return refuse("duration", "time: invalid duration " + go_quote(text)); };
  if (text == "0") return std::int64_t{0};
  struct Unit {
    std::string_view name;
    double nanoseconds;
  };
  static constexpr Unit kUnits[] = {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 6e10}, {"h", 3.6e12}, {"d", 8.64e13}, {"w", 6.048e14}};
  std::string_view rest = text;
  bool negative = false;
  if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
    negative = rest[0] == '-';
    rest.remove_prefix(1);
  }
  if (rest.empty()) return invalid();
  double total = 0;
  while (!rest.empty()) {
    const size_t digits = rest.find_first_not_of("0123456789.");
    double value = 0;
    if (digits == 0) return invalid();
    if (digits == std::string_view::npos) return refuse("duration", "time: missing unit in duration " + go_quote(text));
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + digits, value);
    if (error != std::errc() || end != rest.data() + digits) return invalid();
    rest.remove_prefix(digits);
    const std::string_view name = rest.substr(0, rest.find_first_of("0123456789."));
    const Unit* found = nullptr;
    for (const Unit& unit : kUnits)
      if (unit.name == name) found = &unit;
    if (found == nullptr) return refuse("duration", "time: unknown unit " + go_quote(name) + " in duration " + go_quote(text));
    total += value * found->nanoseconds;
    rest.remove_prefix(name.size());
  }
  if (!(total < 9.2e18)) return invalid();
  return static_cast<std::int64_t>(negative ? -total : total);
}

std::string duration_text(std::int64_t nanoseconds) {
  if (nanoseconds == 0) return "0s";
  std::string out;
  std::int64_t left = nanoseconds;
  if (left < 0) {
    out = "-";
    left = -left;
  }
  const auto fraction = [](std::int64_t value, std::int64_t unit) {
    std::string text = std::to_string(value / unit);
    if (value % unit == 0) return text;
    std::string digits = std::to_string(unit + value % unit).substr(1);
    digits.erase(digits.find_last_not_of('0') + 1);
    return text + "." + digits;
  };
  if (left < 1'000) return out + std::to_string(left) + "ns";
  if (left < 1'000'000) return out + fraction(left, 1'000) + "µs";
  if (left < 1'000'000'000) return out + fraction(left, 1'000'000) + "ms";
  const std::int64_t hours = left / 3'600'000'000'000, minutes = left / 60'000'000'000 % 60;
  if (hours > 0) out += std::to_string(hours) + "h";
  if (hours > 0 || minutes > 0) out += std::to_string(minutes) + "m";
  return out + fraction(left % 60'000'000'000, 1'000'000'000) + "s";
}

}  // namespace strates::compose
