#include "linux/network/dns_message.hpp"

#include <doctest/doctest.h>

using namespace strates;
using namespace strates::linux_world;

namespace {

std::string query(const std::string& labels, char type) {
  return std::string("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12) + labels + std::string({'\0', '\0', type, '\0', '\1'});
}
const std::string kWeb = std::string("\3web\5front", 10);

}  // namespace

TEST_CASE("a question is read, and its answer holds it again") {
  const std::string asked = query(kWeb, 1);
  const auto question = read_question(asked).value();
  CHECK(question.id == 0x1234);
  CHECK(question.name == "web.front");
  CHECK(question.type == 1);
  CHECK(question.recursion);
  const std::string answer = answer_addresses(asked, question, {*IpAddress::parse("172.18.0.2"), *IpAddress::parse("172.18.0.3")});
  CHECK(answer.substr(0, 8) == std::string("\x12\x34\x81\x80\x00\x01\x00\x02", 8));
  CHECK(answer.substr(12, question.end - 12) == asked.substr(12));
  CHECK(answer.substr(question.end, 16) == std::string("\xc0\x0c\x00\x01\x00\x01\x00\x00\x02\x58\x00\x04\xac\x12\x00\x02", 16));
  CHECK(read_addresses(answer) == std::vector<std::string>{"172.18.0.2", "172.18.0.3"});
  CHECK(static_cast<unsigned char>(answer_code(asked, question, DnsCode::NoName)[3]) == 0x83);
  CHECK(answer_name(asked, question, "db.front").ends_with(std::string("\2db\5front\0", 10)));
}

TEST_CASE("what is no question is not taken for one, wherever it is cut") {
  const std::string whole = query(kWeb, 1);
  for (size_t length = 0; length < whole.size(); ++length) CHECK(!read_question(whole.substr(0, length)));
  std::string reply = whole;
  reply[2] = '\x81';
  CHECK(!read_question(reply));
  std::string two = whole;
  two[5] = '\2';
  CHECK(!read_question(two));
  CHECK(!read_question(query(std::string("\xc0\x0c", 2), 1)));                 // a pointer in a question
  CHECK(!read_question(query(std::string(70, '\x40'), 1)));                    // a label that is too long
  std::string deep;
  for (int i = 0; i < 130; ++i) deep += "\1a";
  CHECK(!read_question(query(deep, 1)));
}

TEST_CASE("answers from elsewhere are read within their bounds") {
  const std::string asked = query(kWeb, 28);
  const auto question = read_question(asked).value();
  const std::string answer = answer_addresses(asked, question, {*IpAddress::parse("fd00::2")});
  CHECK(read_addresses(answer) == std::vector<std::string>{"fd00::2"});
  for (size_t length = 0; length < answer.size(); ++length) CHECK(read_addresses(answer.substr(0, length)).empty());
}

TEST_CASE("a long list is cut to what a datagram holds") {
  const std::string asked = query(kWeb, 1);
  const auto question = read_question(asked).value();
  const std::string answer = answer_addresses(asked, question, std::vector<IpAddress>(200, *IpAddress::parse("10.0.0.1")));
  CHECK(answer.size() <= 512);
  CHECK(read_addresses(answer).size() > 20);
}

TEST_CASE("names for looking up by address are turned round") {
  CHECK(reverse_name("2.0.18.172.in-addr.arpa") == IpAddress::parse("172.18.0.2"));
  CHECK(reverse_name("2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa") == IpAddress::parse("fd00::2"));
  for (const char* wrong : {"2.0.18.in-addr.arpa", "web.front", "x.0.18.172.in-addr.arpa", ".ip6.arpa"}) CHECK_MESSAGE(!reverse_name(wrong), wrong);
}
