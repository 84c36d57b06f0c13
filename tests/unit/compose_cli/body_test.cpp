// What a service becomes in the request that creates its container.
#include <doctest/doctest.h>

#include "cli/compose/container_body.hpp"
#include "tests/unit/cli/own_config.hpp"
#include "tests/unit/compose/support.hpp"

using namespace strates;
using namespace strates::cli;

namespace {

Json body_of(const std::string& yaml, bool auto_remove = false) {
  const compose::Project project = compose::test::Try("services:\n  db: {image: busybox}\n  web:\n    image: busybox\n    " + yaml + "\n").project();
  BodyContext context{project, 1, "app-web-1", "hash", "sha256:1"};
  context.auto_remove = auto_remove;
  context.container_of = [](const std::string& service) -> Result<ProjectContainer> {
    ProjectContainer out;
    out.id = "0123";
    out.name = "app-" + service + "-1";
    return out;
  };
  const auto body = container_body(*project.find("web"), context);
  REQUIRE_MESSAGE(body.ok(), body.error().message());
  auto parsed = parse_json(body.value().create);
  REQUIRE(parsed.ok());
  return std::move(parsed).value();
}

}  // namespace

TEST_CASE("links go by the name, in the network or, where there is none, in the host's part") {
  const Json within = body_of("links: [\"db:database\"]");
  CHECK(within["NetworkingConfig"]["EndpointsConfig"]["app_default"]["Links"][0] == "app-db-1:database");
  const Json bridge = body_of("links: [\"db:database\"]\n    network_mode: bridge");
  CHECK(bridge["HostConfig"]["Links"][0] == "app-db-1:database");
  CHECK(body_of("network_mode: \"service:db\"")["HostConfig"]["NetworkMode"] == "container:0123");
}

TEST_CASE("the first network's MAC address is the container's, unless the service has its own") {
  CHECK(body_of("networks: {default: {mac_address: \"02:42:ac:11:00:07\"}}")["MacAddress"] == "02:42:ac:11:00:07");
  CHECK(body_of("mac_address: \"02:42:ac:11:00:08\"\n    networks: {default: {mac_address: \"02:42:ac:11:00:07\"}}")["MacAddress"] == "02:42:ac:11:00:08");
}

TEST_CASE("a detached run with --rm is removed by the engine") {
  CHECK(body_of("tty: false", true)["HostConfig"]["AutoRemove"] == true);
  CHECK(body_of("tty: false")["HostConfig"]["AutoRemove"] == false);
}

TEST_CASE("an image's name is shown with its tag, a port is none") {
  CHECK(with_tag_shown("busybox") == "busybox:latest");
  CHECK(with_tag_shown("localhost:5000/app") == "localhost:5000/app:latest");
  CHECK(with_tag_shown("busybox:1.36") == "busybox:1.36");
}

TEST_CASE("a service's container gets the proxies of the client's configuration, but for those that its environment speaks of") {
  test::OwnConfig own;
  own.write("config.json", R"({"proxies": {"default": {"httpProxy": "http://proxy:3128"}}})");
  CHECK(dump_json(body_of("environment: {A: b, HTTP_PROXY: mine}")["Env"]) == R"(["A=b","HTTP_PROXY=mine","http_proxy=http://proxy:3128"])");
}
