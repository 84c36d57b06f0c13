#include "linux/network/docker_rules.hpp"

#include <doctest/doctest.h>

using namespace strates::linux_world;

TEST_CASE("a bridge passes another Docker's table by a rule for each direction, with our mark") {
  CHECK(plan_passage("strates_1", "br-1") ==
        "insert rule ip filter DOCKER-USER iifname \"br-1\" counter accept comment \"strates_1 br-1\"\n"
        "insert rule ip filter DOCKER-USER oifname \"br-1\" counter accept comment \"strates_1 br-1\"\n");
}

TEST_CASE("only rules with our mark are taken away, of one bridge or of all") {
  const std::string chain =
      "table ip filter {\n\tchain DOCKER-USER { # handle 2\n"
      "\t\toifname \"br-1\" counter packets 0 bytes 0 accept comment \"strates_1 br-1\" # handle 6\n"
      "\t\tiifname \"br-10\" counter packets 0 bytes 0 accept comment \"strates_1 br-10\" # handle 7\n"
      "\t\tiifname \"br-1\" counter packets 0 bytes 0 accept comment \"strates_12 br-1\" # handle 8\n"
      "\t\tiifname \"br-1\" accept # handle 9\n"
      "\t\tcounter packets 0 bytes 0 accept comment \"strates_1 br-1\" # handle x\n"
      "\t\tcounter packets 0 bytes 0 return # handle 3\n\t}\n}\n";
  CHECK(plan_no_passage("strates_1", "br-1", chain) == "delete rule ip filter DOCKER-USER handle 6\n");
  CHECK(plan_no_passage("strates_1", "", chain) == "delete rule ip filter DOCKER-USER handle 6\ndelete rule ip filter DOCKER-USER handle 7\n");
  CHECK(plan_no_passage("strates_2", "", chain).empty());
  CHECK(plan_no_passage("strates_1", "", "").empty());
}
