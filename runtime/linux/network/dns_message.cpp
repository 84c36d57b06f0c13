#include "linux/network/dns_message.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace strates::linux_world {

namespace {

constexpr size_t kHeader = 12;
constexpr size_t kMostName = 255, kMostLabel = 63;
constexpr std::uint32_t kTimeToLive = 600;
constexpr std::uint16_t kInternet = 1;

std::uint16_t read16(std::string_view bytes, size_t at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(bytes[at]) << 8 | static_cast<unsigned char>(bytes[at + 1]));
}

void put16(std::string& out, std::uint32_t value) {
  out += static_cast<char>(value >> 8 & 0xff);
  out += static_cast<char>(value & 0xff);
}

std::string labels_of(const std::string& name) {
  std::string out;
  for (const auto& label : split(name, '.')) {
    if (label.empty() || label.size() > kMostLabel) continue;
    out += static_cast<char>(label.size());
    out += label;
  }
  return out + '\0';
}

std::string head(std::string_view query, const DnsQuestion& question, DnsCode code, size_t answers) {
  std::string out;
  put16(out, question.id);
  out += static_cast<char>(0x80 | (question.recursion ? 1 : 0));  // an answer
  out += static_cast<char>(0x80 | static_cast<std::uint8_t>(code));  // recursion is available
  put16(out, 1);
  put16(out, static_cast<std::uint32_t>(answers));
  put16(out, 0);
  put16(out, 0);
  out += query.substr(kHeader, question.end - kHeader);
  return out;
}

void put_record(std::string& out, DnsType type, std::string_view data) {
  put16(out, 0xc00c);  // the question's name
  put16(out, static_cast<std::uint32_t>(type));
  put16(out, kInternet);
  put16(out, kTimeToLive >> 16);
  put16(out, kTimeToLive & 0xffff);
  put16(out, static_cast<std::uint32_t>(data.size()));
  out += data;
}

// After a name that may be compressed; npos: it does not end.
size_t skip_name(std::string_view bytes, size_t at) {
  while (at < bytes.size()) {
    const auto length = static_cast<unsigned char>(bytes[at]);
    if (length == 0) return at + 1;
    if ((length & 0xc0) == 0xc0) return at + 2;
    at += length + 1u;
  }
  return std::string_view::npos;
}

}  // namespace

std::optional<DnsQuestion> read_question(std::string_view message) {
  if (message.size() < kHeader) return std::nullopt;
  const auto flags = static_cast<unsigned char>(message[2]);
  if ((flags & 0xf8) != 0 || read16(message, 4) != 1) return std::nullopt;  // an answer, another operation, or not one question
  DnsQuestion out;
  out.id = read16(message, 0);
  out.recursion = (flags & 1) != 0;
  size_t at = kHeader;
  for (;;) {
    if (at >= message.size()) return std::nullopt;
    const auto length = static_cast<unsigned char>(message[at++]);
    if (length == 0) break;
    if (length > kMostLabel || at + length > message.size() || out.name.size() + length + 1 > kMostName) return std::nullopt;
    if (!out.name.empty()) out.name += '.';
    out.name += message.substr(at, length);
    at += length;
  }
  if (at + 4 > message.size()) return std::nullopt;
  out.type = read16(message, at);
  out.klass = read16(message, at + 2);
  out.end = at + 4;
  return out;
}

std::string type_name(std::uint16_t type) {
  switch (static_cast<DnsType>(type)) {
    case DnsType::A: return "A";
    case DnsType::Aaaa: return "AAAA";
    case DnsType::Ptr: return "PTR";
  }
  return "TYPE" + std::to_string(type);
}

std::optional<IpAddress> reverse_name(std::string_view name) {
  const std::string lower = to_lower(name);
  constexpr std::string_view kFour = ".in-addr.arpa", kSix = ".ip6.arpa";
  if (lower.ends_with(kFour)) {
    auto parts = split(std::string_view(lower).substr(0, lower.size() - kFour.size()), '.');
    std::reverse(parts.begin(), parts.end());
    return IpAddress::parse(join(parts, "."));
  }
  if (!lower.ends_with(kSix)) return std::nullopt;
  const auto digits = split(std::string_view(lower).substr(0, lower.size() - kSix.size()), '.');
  if (digits.size() != 32) return std::nullopt;
  std::string text;
  for (size_t i = 0; i < 32; ++i) {
    if (digits[31 - i].size() != 1) return std::nullopt;
    text += digits[31 - i] + (i % 4 == 3 && i != 31 ? ":" : "");
  }
  return IpAddress::parse(text);
}

std::string answer_addresses(std::string_view query, const DnsQuestion& question, const std::vector<IpAddress>& addresses) {
  // What a datagram without extensions holds (RFC 1035, 4.2.1).
  const size_t most = (512 - question.end) / (12 + (question.type == static_cast<std::uint16_t>(DnsType::Aaaa) ? 16 : 4));
  const size_t count = std::min(addresses.size(), most);
  std::string out = head(query, question, DnsCode::Ok, count);
  for (size_t i = 0; i < count; ++i) {
    const auto& address = addresses[i];
    put_record(out, address.v6 ? DnsType::Aaaa : DnsType::A, std::string_view(reinterpret_cast<const char*>(address.bytes.data()), address.v6 ? 16 : 4));
  }
  return out;
}

std::string answer_name(std::string_view query, const DnsQuestion& question, const std::string& name) {
  std::string out = head(query, question, DnsCode::Ok, 1);
  put_record(out, DnsType::Ptr, labels_of(name));
  return out;
}

std::string answer_code(std::string_view query, const DnsQuestion& question, DnsCode code) { return head(query, question, code, 0); }

std::vector<std::string> read_addresses(std::string_view answer) {
  std::vector<std::string> out;
  if (answer.size() < kHeader) return out;
  size_t at = kHeader;
  for (int left = read16(answer, 4); left > 0; --left) {
    at = skip_name(answer, at);
    if (at == std::string_view::npos || at + 4 > answer.size()) return out;
    at += 4;
  }
  for (int left = read16(answer, 6); left > 0; --left) {
    at = skip_name(answer, at);
    if (at == std::string_view::npos || at + 10 > answer.size()) return out;
    const auto type = static_cast<DnsType>(read16(answer, at));
    const size_t length = read16(answer, at + 8);
    at += 10;
    if (at + length > answer.size()) return out;
    IpAddress address;
    address.v6 = type == DnsType::Aaaa;
    if ((type == DnsType::A && length == 4) || (type == DnsType::Aaaa && length == 16)) {
      std::copy(answer.begin() + static_cast<std::ptrdiff_t>(at), answer.begin() + static_cast<std::ptrdiff_t>(at + length), address.bytes.begin());
      out.push_back(address.text());
    }
    at += length;
  }
  return out;
}

}  // namespace strates::linux_world
