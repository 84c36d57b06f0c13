// Questions and answers of the Domain Name System (RFC 1035), as far as a resolver for containers reads and writes them. Bytes come from containers:
// everything is bounded and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip.hpp"

namespace strates::linux_world {

enum class DnsType : std::uint16_t { A = 1, Ptr = 12, Aaaa = 28 };
enum class DnsCode : std::uint8_t { Ok = 0, ServerFailure = 2, NoName = 3, NotImplemented = 4 };

struct DnsQuestion {
  std::uint16_t id = 0;
  std::string name;  // "web", without the dot at its end; as it was written
  std::uint16_t type = 0, klass = 0;
  bool recursion = false;
  size_t end = 0;    // where the question ends in the message
};

// A query with one question; none when it is anything else.
std::optional<DnsQuestion> read_question(std::string_view message);
// "A", "AAAA", "PTR", "TYPE16"
std::string type_name(std::uint16_t type);
// "2.0.18.172.in-addr.arpa" is 172.18.0.2; also ip6.arpa.
std::optional<IpAddress> reverse_name(std::string_view name);

// `query`: the message that holds the question. Seconds to live: 600, as Docker's.
std::string answer_addresses(std::string_view query, const DnsQuestion& question, const std::vector<IpAddress>& addresses);
std::string answer_name(std::string_view query, const DnsQuestion& question, const std::string& name);
std::string answer_code(std::string_view query, const DnsQuestion& question, DnsCode code);
// The addresses of an answer that came from elsewhere, as text, for whoever watches; nothing is believed of them.
std::vector<std::string> read_addresses(std::string_view answer);

}  // namespace strates::linux_world
