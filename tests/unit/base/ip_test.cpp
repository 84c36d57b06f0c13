#include "base/ip.hpp"

#include <doctest/doctest.h>

using namespace strates;

namespace {

std::string round(std::string_view text) {
  const auto parsed = IpAddress::parse(text);
  return parsed ? parsed->text() : "none";
}

}  // namespace

TEST_CASE("addresses are read and written as RFC 5952 says") {
  for (const char* same : {"0.0.0.0", "172.17.0.2", "::", "::1", "fd00:abcd::2", "1:0:0:2::3", "2001:db8:0:1:1:1:1:1"}) CHECK(round(same) == same);
  CHECK(round("FD00:0:0::0001") == "fd00::1");
  CHECK(round("::ffff:1.2.3.4") == "::ffff:102:304");
  for (const char* wrong : {"", "1.2.3", "1.2.3.256", "1.2.3.4.5", "01234.1.1.1", ":", "1::2::3", "12345::", "1:2:3:4:5:6:7", "g::1", "1.2.3.4 "}) CHECK_MESSAGE(round(wrong) == "none", wrong);
}

TEST_CASE("ranges know their ends, what is in them, and whom they touch") {
  const auto range = IpPrefix::parse("172.17.5.9/16").value();
  CHECK(range.first().text() == "172.17.0.0");
  CHECK(range.last().text() == "172.17.255.255");
  CHECK(range.network().text() == "172.17.0.0/16");
  CHECK(range.contains(IpAddress::parse("172.17.200.1").value()));
  CHECK(!range.contains(IpAddress::parse("172.18.0.1").value()));
  CHECK(range.overlaps(IpPrefix::parse("172.17.4.0/24").value()));
  CHECK(!range.overlaps(IpPrefix::parse("172.18.0.0/16").value()));
  CHECK(IpPrefix::parse("0.0.0.0/0").value().contains(IpAddress::parse("9.9.9.9").value()));
  CHECK(!IpPrefix::parse("0.0.0.0/0").value().contains(IpAddress::parse("::1").value()));
  for (const char* wrong : {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "/8", "::/129"}) CHECK_MESSAGE(!IpPrefix::parse(wrong), wrong);
}

TEST_CASE("counting on carries over, and wraps at the end") {
  CHECK(IpAddress::parse("10.0.0.255").value().plus(1).text() == "10.0.1.0");
  CHECK(IpAddress::parse("10.0.0.1").value().plus(65536).text() == "10.1.0.1");
  CHECK(IpAddress::parse("255.255.255.255").value().plus(1).text() == "0.0.0.0");
  CHECK(IpAddress::parse("fd00::ffff").value().plus(1).text() == "fd00::1:0");
}

TEST_CASE("a MAC address is made from an address, and read in each of its ways") {
  CHECK(mac_of(IpAddress::parse("172.17.0.2").value()) == "02:42:ac:11:00:02");
  for (const char* text : {"02:42:DE:AD:be:ef", "02-42-de-ad-be-ef", "0242.dead.beef"}) CHECK(parse_mac(text) == "02:42:de:ad:be:ef");
  for (const char* text : {"", "zz", "02:42:de:ad:be", "02:42:de:ad:be:e", "02:42:de:ad:be:eg"}) CHECK_MESSAGE(!parse_mac(text), text);
}
