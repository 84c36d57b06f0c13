// Addresses of the Internet Protocol and their ranges, as values: no look-up, no socket.
//
// Text of version 4 is four decimal numbers; version 6 is written as RFC 5952 says (lower case, the longest run of zeros as "::").
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace strates {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  // network order; version 4 uses the first four
  bool v6 = false;

  static std::optional<IpAddress> parse(std::string_view text);
  std::string text() const;
  int bits() const { return v6 ? 128 : 32; }
  // The address `distance` further on; wraps round at the end.
  IpAddress plus(std::uint64_t distance) const;
  bool loopback() const;
  auto operator<=>(const IpAddress&) const = default;
};

// "172.17.0.5/16": an address and how many of its bits name the network.
struct IpPrefix {
  IpAddress address;
  int length = 0;

  static std::optional<IpPrefix> parse(std::string_view text);
  IpAddress first() const;  // every other bit 0: the network's own address
  IpAddress last() const;   // every other bit 1
  IpPrefix network() const { return {first(), length}; }
  bool contains(const IpAddress& other) const;
  bool overlaps(const IpPrefix& other) const { return contains(other.first()) || other.contains(first()); }
  std::string text() const { return address.text() + "/" + std::to_string(length); }
  auto operator<=>(const IpPrefix&) const = default;
};

// "02:42:ac:11:00:02": locally administered, made from an address of version 4 as Docker makes it.
std::string mac_of(const IpAddress& address);
// Six bytes in any of the three ways Go's net.ParseMAC reads; none when it is not one. The text comes back with colons, lower case.
std::optional<std::string> parse_mac(std::string_view text);

}  // namespace strates
