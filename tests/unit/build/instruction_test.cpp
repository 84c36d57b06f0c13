#include <doctest/doctest.h>

#include "base/strings.hpp"
#include "build/instruction.hpp"

using namespace strates;
using namespace strates::build;

namespace {

using Words = std::vector<std::string>;

std::string refusal(std::string_view text) {
  const auto file = parse_dockerfile(text);
  if (!file.ok()) return file.error().message();
  const auto stages = parse_stages(file.value());
  return stages.ok() ? "accepted" : stages.error().message();
}

template <typename T>
T only(std::string_view text) {
  const auto file = parse_dockerfile(text);
  REQUIRE(file.ok());
  auto step = parse_instruction(file.value().nodes.front());
  REQUIRE_MESSAGE(step.ok(), step.error().message());
  REQUIRE(std::holds_alternative<T>(step.value().instruction));
  return std::get<T>(step.value().instruction);
}

}  // namespace

TEST_CASE("stages hold their steps, with their lines and texts") {
  const auto file = parse_dockerfile("ARG V=1\nFROM a AS Build\nRUN x \\\n  y\nFROM scratch\nCOPY --from=build /x /\n");
  const auto stages = parse_stages(file.value());
  REQUIRE(stages.ok());
  REQUIRE(stages.value().arguments.size() == 1);
  REQUIRE(stages.value().stages.size() == 2);
  CHECK(stages.value().stages[0].from.name == "build");
  CHECK(stages.value().stages[0].text == "FROM a AS Build");
  CHECK(stages.value().stages[0].steps[0].line == 3);
  CHECK(stages.value().stages[0].steps[0].text == "RUN x   y");
  CHECK(std::get<Copy>(stages.value().stages[1].steps[0].instruction).from == "build");
}

TEST_CASE("a refusal names its line") {
  CHECK(refusal("FROM a\nFROBNICATE x\n") == "dockerfile parse error line 2: unknown instruction: FROBNICATE");
  CHECK(refusal("FROM a\n\n\nCOPY x\n") ==
        "dockerfile parse error line 4: COPY requires at least two arguments, but only one was provided. Destination could not be determined");
  CHECK(refusal("FROM a b\n") == "dockerfile parse error line 1: FROM requires either one or three arguments");
  CHECK(refusal("FROM a AS 9\n") ==
        "dockerfile parse error line 1: invalid name for build stage: \"9\", name can't start with a number or contain symbols");
  CHECK(refusal("RUN x\n") == "no build stage in current context");
  CHECK(refusal("FROM a\nSHELL x\n") == "dockerfile parse error line 2: SHELL requires the arguments to be in JSON form");
  CHECK(refusal("FROM a\nCOPY --from=a --from=b x y\n") == "dockerfile parse error line 2: Duplicate flag specified: from");
  CHECK(refusal("FROM a\nARG =x\n") == "dockerfile parse error line 2: ARG names can not be blank");
}

TEST_CASE("HEALTHCHECK") {
  const auto health = only<Health>("HEALTHCHECK --interval=5m --retries=3 CMD curl -f http://x\n");
  CHECK(health.check.test == Words{"CMD-SHELL", "curl -f http://x"});
  CHECK(health.check.interval == 300 * kSecond);
  CHECK(health.check.retries == 3);
  CHECK(only<Health>("HEALTHCHECK none\n").check.test == Words{"NONE"});
  CHECK(only<Health>("HEALTHCHECK CMD [\"a\"]\n").check.test == Words{"CMD", "a"});
  CHECK(refusal("FROM a\nHEALTHCHECK CMD\n") == "dockerfile parse error line 2: Missing command after HEALTHCHECK CMD");
  CHECK(refusal("FROM a\nHEALTHCHECK --retries=0 CMD x\n") == "dockerfile parse error line 2: --retries must be at least 1 (not 0)");
  CHECK(refusal("FROM a\nHEALTHCHECK --retries=1x CMD x\n") ==
        "dockerfile parse error line 2: strconv.ParseInt: parsing \"1x\": invalid syntax");
  CHECK(refusal("FROM a\nHEALTHCHECK --interval=1us CMD x\n") == "dockerfile parse error line 2: Interval \"interval\" cannot be less than 1ms");
  CHECK(refusal("FROM a\nHEALTHCHECK --interval=0s CMD x\n") == "dockerfile parse error line 2: Interval \"interval\" cannot be less than 1ms");
  CHECK(refusal("FROM a\nHEALTHCHECK PING x\n") == "dockerfile parse error line 2: Unknown type \"PING\" in HEALTHCHECK (try CMD)");
}

TEST_CASE("ONBUILD keeps its instruction's text") {
  CHECK(only<Onbuild>("ONBUILD  RUN  make \\\n all\n").expression == "RUN  make  all");
  CHECK(refusal("FROM a\nONBUILD ONBUILD ONBUILD RUN x\n") == "dockerfile parse error line 2: Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  CHECK(refusal("FROM a\nMAINTAINER --boo x\n") == "dockerfile parse error line 2: Unknown flag: boo");
  CHECK(refusal("FROM a\nfoo bar\n") == "dockerfile parse error line 2: unknown instruction: FOO");
  CHECK(refusal("FROM a\nONBUILD FROM b\n") == "dockerfile parse error line 2: FROM isn't allowed as an ONBUILD trigger");
}

TEST_CASE("only the words that may hold variables are expanded") {
  const ExpandWord shout = [](std::string_view word) -> Result<std::string> { return to_upper(word); };
  const auto expanded = [&](std::string_view text) {
    return expand_instruction(parse_instruction(parse_dockerfile(text).value().nodes.front()).value().instruction, shout).value();
  };
  const Copy copy = std::get<Copy>(expanded("COPY --from=b --chown=u a c\n"));
  CHECK(copy.sources == Words{"A"});
  CHECK(copy.chown == "U");
  CHECK(copy.from == "b");
  CHECK(std::get<Run>(expanded("RUN x\n")).command.words == Words{"x"});
  CHECK(std::get<Env>(expanded("ENV a=b\n")).values == Pairs{{"A", "B"}});
  CHECK(std::get<Maintainer>(expanded("MAINTAINER me\n")).name == "me");
  const Step label = label_step("k", "$v");
  CHECK(std::get<Label>(expand_instruction(label.instruction, shout).value()).values == Pairs{{"k", "$v"}});
  CHECK(label.text == "LABEL k=$v");
  const ExpandWord refuse = [](std::string_view) -> Result<std::string> { return docker_error(ErrorKind::Invalid, "x", "no"); };
  CHECK_FALSE(expand_instruction(label.instruction, refuse).ok() == false);
  CHECK_FALSE(expand_instruction(Instruction(Workdir{"/a"}), refuse).ok());
}
