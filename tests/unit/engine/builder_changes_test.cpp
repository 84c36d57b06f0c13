#include <doctest/doctest.h>

#include "engine/commit_changes.hpp"

using namespace strates;
using namespace strates::engine;

TEST_CASE("changes of a commit are applied to the configuration") {
  image::RunConfig config;
  config.env = image::StringList{"PATH=/bin", "A=0"};
  REQUIRE(apply_changes({"CMD [\"a\", \"b\"]", "ENTRYPOINT [\"e\"]", "ENV X=1 A=2", "EXPOSE 80", "LABEL l=1", "ONBUILD RUN x", "USER 1", "VOLUME /v",
                         "WORKDIR /w", "WORKDIR sub", "HEALTHCHECK CMD true"},
                        config)
              .ok());
  CHECK(config.cmd == image::StringList{"a", "b"});
  CHECK(config.entrypoint == image::StringList{"e"});
  CHECK(config.env == image::StringList{"PATH=/bin", "A=2", "X=1"});
  CHECK(config.exposed_ports == std::set<std::string>{"80/tcp"});
  CHECK(config.labels->at("l") == "1");
  CHECK(config.on_build == image::StringList{"RUN x"});
  CHECK(config.user == "1");
  CHECK(config.volumes->contains("/v"));
  CHECK(config.working_dir == "/w/sub");
  CHECK(config.healthcheck->test == image::StringList{"CMD-SHELL", "true"});
}

TEST_CASE("variables of the configuration are seen by a change") {
  image::RunConfig config;
  config.env = image::StringList{"HOME=/root"};
  REQUIRE(apply_changes({"ENV A=$HOME/x", "WORKDIR $A"}, config).ok());
  CHECK(config.working_dir == "/root/x");
}

TEST_CASE("other instructions are refused with Docker's sentence, and nothing changes") {
  image::RunConfig config;
  for (const auto& [change, sentence] : std::vector<std::pair<std::string, std::string>>{{"RUN ls", "run is not a valid change command"},
                                                                                        {"STOPSIGNAL 9", "stopsignal is not a valid change command"},
                                                                                        {"FROM x", "from is not a valid change command"},
                                                                                        {"COPY a b", "copy is not a valid change command"},
                                                                                        {"FROB x", "frob is not a valid change command"},
                                                                                        {"USER", "USER requires exactly one argument"}}) {
    const auto applied = apply_changes({"CMD [\"x\"]", change}, config);
    REQUIRE_FALSE(applied.ok());
    CHECK(applied.error().message() == sentence);
    CHECK(config == image::RunConfig{});
  }
}
