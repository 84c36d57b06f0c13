// Other tables' drops, in network namespaces that the test makes: the machine's rules are not touched.
#include <doctest/doctest.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <optional>
#include <thread>

#include "base/text.hpp"
#include "cli/doctor/checks.hpp"

using namespace strates;
using namespace strates::cli;

namespace {

// What doctor finds after nft(8) was told `rules`; nothing when this machine cannot try.
std::optional<Finding> found_with(const std::string& rules) {
  if (geteuid() != 0 || std::system("command -v nft >/dev/null 2>&1") != 0) {
    std::cout << "skipped: root and nft(8) are needed" << std::endl;
    return std::nullopt;
  }
  std::optional<Finding> out;
  std::thread([&] {
    if (unshare(CLONE_NEWNET) != 0 || std::system(("nft '" + rules + "'").c_str()) != 0) return;
    out = check_forwarding();
  }).join();
  return out;
}

constexpr const char* kDropping = "{ type filter hook forward priority 0; policy drop; }";

}  // namespace

TEST_CASE("doctor finds the tables that drop what containers send") {
  set_language(Language::English);
  const std::string drop = std::string("add table inet wall; add chain inet wall pass ") + kDropping;
  const auto walled = found_with(drop + "; add table ip open; add chain ip open pass { type filter hook forward priority 1; policy accept; }");
  if (!walled) return;
  CHECK(walled->verdict == Verdict::No);
  CHECK(walled->detail == "dropped by: inet wall pass");
  CHECK(walled->advice.find("nft add chain inet wall pass '{ policy accept ; }'") != std::string::npos);
  const auto input = found_with("add table ip own; add chain ip own in { type filter hook input priority 0; policy drop; }");
  REQUIRE(input);
  CHECK(input->verdict == Verdict::Yes);  // not what is forwarded
  const auto docker = found_with(std::string("add table ip filter; add chain ip filter FORWARD ") + kDropping + "; add chain ip filter DOCKER-USER");
  REQUIRE(docker);
  CHECK(docker->verdict == Verdict::Yes);
  CHECK(docker->detail.find("DOCKER-USER") != std::string::npos);
  const auto six = found_with(std::string("add table ip6 filter; add chain ip6 filter FORWARD ") + kDropping);
  REQUIRE(six);
  CHECK(six->verdict == Verdict::Yes);  // containers' packets of version 6 stay on their bridge
}

TEST_CASE("doctor says that the older iptables has filters here, which nftables does not show") {
  CHECK(has_legacy_filter("mangle\nfilter\n"));
  CHECK_FALSE(has_legacy_filter("nat\nfilters\n"));
  CHECK_FALSE(has_legacy_filter(""));
  if (geteuid() != 0 || std::system("command -v iptables-legacy >/dev/null 2>&1") != 0) {
    std::cout << "skipped: root and iptables-legacy(8) are needed" << std::endl;
    return;
  }
  set_language(Language::English);
  std::optional<Finding> before, after;
  std::thread([&] {
    if (unshare(CLONE_NEWNET) != 0) return;
    before = check_forwarding();
    if (std::system("iptables-legacy -P FORWARD DROP 2>/dev/null") == 0) after = check_forwarding();
  }).join();
  if (!before || !after) {
    std::cout << "skipped: the kernel has no iptables of old" << std::endl;
    return;
  }
  CHECK(before->verdict == Verdict::Yes);
  CHECK(after->verdict == Verdict::No);
  CHECK(after->detail.find("iptables-legacy") != std::string::npos);
  CHECK(after->advice.find("iptables-legacy -I FORWARD -i strates0 -j ACCEPT") != std::string::npos);
}
