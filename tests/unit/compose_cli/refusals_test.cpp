// What a Compose file may say and this engine does not do is refused before anything is made.
#include <doctest/doctest.h>

#include "cli/compose/container_body.hpp"
#include "tests/unit/compose/support.hpp"

using namespace strates;
using namespace strates::cli;

TEST_CASE("hooks and graphics cards are refused by name") {
  for (const auto& [yaml, part] : {std::pair<std::string, std::string>{"post_start: [{command: echo}]", "post_start is not supported"},
                                   {"pre_stop: [{command: echo}]", "pre_stop is not supported"},
                                   {"gpus: all", "could not select device driver"}}) {
    CAPTURE(yaml);
    compose::test::Try attempt("services:\n  web:\n    image: busybox\n    " + yaml + "\n");
    const auto project = attempt.load();
    REQUIRE_MESSAGE(project.ok(), project.error().message());
    const auto body = container_body(project.value().services.front(), BodyContext{project.value(), 1, "p-web-1", "hash", "sha256:1"});
    REQUIRE(!body.ok());
    CHECK_MESSAGE(body.error().message().find(part) != std::string::npos, body.error().message());
  }
}
