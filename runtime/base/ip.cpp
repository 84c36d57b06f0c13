#include "base/ip.hpp"

#include <charconv>
#include <vector>

#include "base/strings.hpp"

namespace strates {

namespace {

std::optional<unsigned> number(std::string_view text, int base, unsigned most) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || text.size() > 5 || error != std::errc() || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

std::optional<IpAddress> parse_v4(std::string_view text) {
  const auto parts = split(text, '.');
  if (parts.size() != 4) return std::nullopt;
  IpAddress out;
  for (size_t i = 0; i < 4; ++i) {
    const auto value = number(parts[i], 10, 255);
    if (!value) return std::nullopt;
    out.bytes[i] = static_cast<std::uint8_t>(*value);
  }
  return out;
}

// Groups of one side of "::"; a last group may be an address of version 4.
bool read_groups(std::string_view text, std::vector<std::uint8_t>& out) {
  if (text.empty()) return true;
  const auto groups = split(text, ':');
  for (size_t i = 0; i < groups.size(); ++i) {
    if (i + 1 == groups.size() && groups[i].find('.') != std::string::npos) {
      const auto v4 = parse_v4(groups[i]);
      if (!v4) return false;
      out.insert(out.end(), v4->bytes.begin(), v4->bytes.begin() + 4);
      return true;
    }
    const auto value = groups[i].size() > 4 ? std::nullopt : number(groups[i], 16, 0xffff);
    if (!value) return false;
    out.push_back(static_cast<std::uint8_t>(*value >> 8));
    out.push_back(static_cast<std::uint8_t>(*value & 0xff));
  }
  return true;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
  IpAddress out;
  out.v6 = true;
  std::vector<std::uint8_t> head, tail;
  const size_t gap = text.find("::");
  if (!read_groups(text.substr(0, gap), head)) return std::nullopt;
  if (gap != std::string_view::npos && !read_groups(text.substr(gap + 2), tail)) return std::nullopt;
  const size_t count = head.size() + tail.size();
  if (gap == std::string_view::npos ? count != 16 : count > 14) return std::nullopt;
  for (size_t i = 0; i < head.size(); ++i) out.bytes[i] = head[i];
  for (size_t i = 0; i < tail.size(); ++i) out.bytes[16 - tail.size() + i] = tail[i];
  return out;
}

std::string text_v6(const IpAddress& address) {
  std::array<unsigned, 8> groups{};
  for (size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(address.bytes[2 * i] << 8 | address.bytes[2 * i + 1]);
  size_t best = 8, length = 1;  // a single zero is not worth "::"
  for (size_t i = 0; i < 8; ++i) {
    size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > length) best = i, length = end - i;
  }
  std::string out;
  char digits[8];
  for (size_t i = 0; i < 8; ++i) {
    if (i == best) {
      out += "::";
      i += length - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    const auto end = std::to_chars(digits, digits + sizeof digits, groups[i], 16).ptr;
    out.append(digits, end);
  }
  return out;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) { return text.find(':') == std::string_view::npos ? parse_v4(text) : parse_v6(text); }

std::string IpAddress::text() const {
  if (v6) return text_v6(*this);
  return std::to_string(bytes[0]) + "." + std::to_string(bytes[1]) + "." + std::to_string(bytes[2]) + "." + std::to_string(bytes[3]);
}

IpAddress IpAddress::plus(std::uint64_t distance) const {
  IpAddress out = *this;
  for (size_t i = v6 ? 16 : 4; i > 0 && distance > 0; --i) {
    const std::uint64_t sum = out.bytes[i - 1] + (distance & 0xff);
    out.bytes[i - 1] = static_cast<std::uint8_t>(sum & 0xff);
    distance = (distance >> 8) + (sum >> 8);
  }
  return out;
}

bool IpAddress::loopback() const {
  if (!v6) return bytes[0] == 127;
  IpAddress one;
  one.v6 = true;
  one.bytes[15] = 1;
  return *this == one;
}

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const auto length = number(text.substr(slash + 1), 10, static_cast<unsigned>(address->bits()));
  if (!length) return std::nullopt;
  return IpPrefix{*address, static_cast<int>(*length)};
}

IpAddress IpPrefix::first() const {
  IpAddress out = address;
  for (int bit = length; bit < address.bits(); ++bit) out.bytes[static_cast<size_t>(bit / 8)] &= static_cast<std::uint8_t>(~(0x80 >> (bit % 8)));
  return out;
}

IpAddress IpPrefix::last() const {
  IpAddress out = address;
  for (int bit = length; bit < address.bits(); ++bit) out.bytes[static_cast<size_t>(bit / 8)] |= static_cast<std::uint8_t>(0x80 >> (bit % 8));
  return out;
}

bool IpPrefix::contains(const IpAddress& other) const { return other.v6 == address.v6 && other >= first() && other <= last(); }

std::string mac_of(const IpAddress& address) {
  std::string raw{'\x02', '\x42'};
  for (size_t i = 0; i < 4; ++i) raw += static_cast<char>(address.bytes[i]);
  return *parse_mac(to_hex(raw.substr(0, 2)) + "." + to_hex(raw.substr(2, 2)) + "." + to_hex(raw.substr(4, 2)));
}

std::optional<std::string> parse_mac(std::string_view text) {
  const char separator = text.find(':') != std::string_view::npos ? ':' : text.find('-') != std::string_view::npos ? '-' : '.';
  const auto groups = split(text, separator);
  const size_t digits = separator == '.' ? 4 : 2;
  if (groups.size() * digits != 12) return std::nullopt;
  std::string hex;
  for (const auto& group : groups) {
    if (group.size() != digits || !is_hex(to_lower(group))) return std::nullopt;
    hex += to_lower(group);
  }
  std::string out;
  for (size_t i = 0; i < 12; i += 2) out += (i == 0 ? "" : ":") + hex.substr(i, 2);
  return out;
}

}  // namespace strates
