// The variables of a process, as Docker puts them together.
#include "engine/environment.hpp"

#include <doctest/doctest.h>

using namespace strates;
using namespace strates::engine;

namespace {

using Words = std::vector<std::string>;

Words merged(Words variables, const Words& asked) {
  merge_environment(variables, asked);
  return variables;
}

}  // namespace

TEST_CASE("a variable that is asked for takes its place, comes last, or takes away") {
  CHECK(merged({"PATH=/bin", "HOSTNAME=a"}, {"A=1", "PATH=/x"}) == Words{"PATH=/x", "HOSTNAME=a", "A=1"});
  CHECK(merged({"A=1", "B=2", "C=3"}, {"B"}) == Words{"A=1", "C=3"});
  CHECK(merged({"A=1"}, {"B"}) == Words{"A=1"});
  CHECK(merged({"A=1"}, {"A="}) == Words{"A="});
  CHECK(merged({"AB=1"}, {"A=2"}) == Words{"AB=1", "A=2"});
  CHECK(merged({}, {"A=1", "A=2"}) == Words{"A=1", "A=2"});
  CHECK(merged({"A=0"}, {"A=1", "A=2"}) == Words{"A=2"});
}
