#include <doctest/doctest.h>

#include "base/strings.hpp"
#include "build/port_spec.hpp"

using namespace strates;
using namespace strates::build;

namespace {

// The ports separated by spaces, or the refusal.
std::string ports(std::string_view text) {
  const auto parsed = parse_port_spec(text);
  if (parsed.ok()) return join(parsed.value(), " ");
  CHECK(parsed.error().code == "port.spec");
  CHECK(parsed.error().kind == ErrorKind::Invalid);
  return parsed.error().message();
}

}  // namespace

TEST_CASE("a port has its protocol, a range all its ports") {
  CHECK(ports("80") == "80/tcp");
  CHECK(ports("80/") == "80/tcp");
  CHECK(ports("53/udp") == "53/udp");
  CHECK(ports("53/UDP") == "53/udp");
  CHECK(ports("9899/sctp") == "9899/sctp");
  CHECK(ports("8000-8002/udp") == "8000/udp 8001/udp 8002/udp");
  CHECK(ports("7-7") == "7/tcp");
  CHECK(ports("080") == "80/tcp");
  CHECK(ports("0") == "0/tcp");
  CHECK(ports("65535") == "65535/tcp");
  CHECK(ports("80/tcp/udp") == "80/tcp");
  CHECK(ports("1-2-x") == "1/tcp 2/tcp");
  const auto all = parse_port_spec("0-65535");
  REQUIRE(all.ok());
  CHECK(all.value().size() == 65536);
  CHECK(all.value().back() == "65535/tcp");
}

TEST_CASE("where a port would be published is checked and dropped") {
  CHECK(ports("8080:80") == "80/tcp");
  CHECK(ports("8080-8090:80") == "80/tcp");
  CHECK(ports("8080-8081:80-81/udp") == "80/udp 81/udp");
  CHECK(ports("127.0.0.1:8080:80") == "80/tcp");
  CHECK(ports("127.0.0.1::80") == "80/tcp");
  CHECK(ports("[::1]:8080:80") == "80/tcp");
  CHECK(ports("::80") == "80/tcp");
}

TEST_CASE("refusals are Docker's sentences") {
  CHECK(ports("99999") == "Invalid containerPort: 99999");
  CHECK(ports("65536") == "Invalid containerPort: 65536");
  CHECK(ports("18446744073709551696") == "Invalid containerPort: 18446744073709551696");
  CHECK(ports("http") == "Invalid containerPort: http");
  CHECK(ports("-80") == "Invalid containerPort: -80");
  CHECK(ports("+80") == "Invalid containerPort: +80");
  CHECK(ports("80-") == "Invalid containerPort: 80-");
  CHECK(ports("90-80") == "Invalid containerPort: 90-80");
  CHECK(ports("80 ") == "Invalid containerPort: 80 ");
  CHECK(ports("80/icmp") == "Invalid proto: icmp");
  CHECK(ports("80/ICMP") == "Invalid proto: ICMP");
  CHECK(ports("") == "No port specified: <empty>");
  CHECK(ports("/tcp") == "No port specified: /tcp<empty>");
  CHECK(ports("80:") == "No port specified: 80:<empty>");
  CHECK(ports("x:80") == "Invalid hostPort: x");
  CHECK(ports("70000:80") == "Invalid hostPort: 70000");
  CHECK(ports("8080-8081:80-90") == "Invalid ranges specified for container and host Ports: 80-90 and 8080-8081");
  CHECK(ports("8080:80-90") == "Invalid ranges specified for container and host Ports: 80-90 and 8080");
  CHECK(ports("localhost:8080:80") == "Invalid ip address: localhost");
  CHECK(ports("1.2.3:8080:80") == "Invalid ip address: 1.2.3");
  CHECK(ports("::1:8080:80") == "Invalid ip address ::1: address ::1:: too many colons in address");
  CHECK(ports("[::1:8080:80") == "Invalid ip address [::1: address [::1:: missing ']' in address");
  CHECK(ports("[::1]x:8080:80") == "Invalid ip address [::1]x: address [::1]x:: missing port in address");
  CHECK(ports("[a[]:1:80") == "Invalid ip address [a[]: address [a[]:: unexpected '[' in address");
  CHECK(ports("a]:1:80") == "Invalid ip address a]: address a]:: unexpected ']' in address");
  CHECK(ports(std::string_view("80\0", 3)) == std::string("Invalid containerPort: 80\0", 26));
  CHECK(ports(std::string_view("127.0.0.1\0:1:80", 15)) == std::string("Invalid ip address: 127.0.0.1\0", 30));
}

TEST_CASE("a very long port costs one pass") {
  CHECK(ports(std::string(1'000'000, '9')).starts_with("Invalid containerPort: 999"));
  CHECK(ports(std::string(1'000'000, '-')).starts_with("Invalid containerPort: ---"));
  CHECK(ports(std::string(1'000'000, '/')).starts_with("No port specified: ///"));
  CHECK(ports(std::string(1'000'000, ':')).starts_with("Invalid ip address :::"));
}
