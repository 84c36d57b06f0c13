// What a Compose file may say and this engine does not do is refused before anything is made.
#include <doctest/doctest.h>

#include <algorithm>
#include <tuple>

#include "cli/compose/container_body.hpp"
#include "cli/compose/host_body.hpp"
#include "cli/compose/images.hpp"
#include "cli/compose/refusals.hpp"
#include "tests/unit/compose/support.hpp"

using namespace strates;
using namespace strates::cli;

namespace {

compose::Project of_web(const std::string& yaml, const std::string& below = "") { return compose::test::Try("services:\n  web:\n    image: busybox\n    " + yaml + "\n" + below).project(); }

}  // namespace

TEST_CASE("what nothing here does is refused by name") {
  for (const auto& [yaml, part] : {std::pair<std::string, std::string>{"pre_start: [{command: echo}]", "service \"web\": pre_start is not supported; leave it out"},
                                   {"post_start: [{command: echo}]", "post_start is not supported"},
                                   {"pre_stop: [{command: echo}]", "pre_stop is not supported"},
                                   {"use_api_socket: true", "use_api_socket is not supported"},
                                   {"healthcheck: {test: [CMD, a], start_interval: 1s}", "healthcheck.start_interval is not supported"},
                                   {"blkio_config: {weight_device: [{path: /dev/sda, weight: 400}]}", "blkio_config.weight_device is not supported"},
                                   {"networks: {default: {interface_name: eth7}}", "networks.default.interface_name is not supported"},
                                   {"networks: {default: {gw_priority: 1}}", "networks.default.gw_priority is not supported"},
                                   {"volumes: [{type: volume, target: /data, volume: {subpath: a}}]", "volumes.volume.subpath is not supported"},
                                   {"volumes: [{type: bind, source: /a, target: /data, bind: {recursive: disabled}}]", "volumes.bind.recursive is not supported"},
                                   {"gpus: all", "could not select device driver"}}) {
    CAPTURE(yaml);
    const compose::Project project = of_web(yaml);
    const auto refused = refuse_unsupported(project.services.front());
    REQUIRE(!refused.ok());
    CHECK_MESSAGE(refused.error().message().find(part) != std::string::npos, refused.error().message());
    CHECK_FALSE(container_body(project.services.front(), BodyContext{project, 1, "p-web-1", "hash", "sha256:1"}).ok());
  }
  CHECK(refuse_unsupported(of_web("use_api_socket: false").services.front()).ok());
}

TEST_CASE("networks, secrets and configs that nothing here does are refused with their line") {
  for (const auto& [service, definition, part] : {std::tuple<std::string, std::string, std::string>{"configs: [c]", "configs:\n  c:\n    content: x\n    driver: vault\n", "compose.yaml:8: unsupported driver of config c"},
                                                  {"configs: [c]", "configs:\n  c:\n    content: x\n    template_driver: golang\n", "compose.yaml:8: unsupported template_driver of config c"},
                                                  {"secrets: [s]", "secrets:\n  s:\n    file: ./x\n    driver: vault\n", "compose.yaml:8: unsupported driver of secret s"},
                                                  {"secrets: [s]", "secrets:\n  s: {external: true}\n", "compose.yaml:6: unsupported external secret s"},
                                                  {"secrets: [s]", "secrets:\n  s: {environment: ABSENT}\n", "compose.yaml:6: environment variable \"ABSENT\" required by secret \"s\" is not set"},
                                                  {"networks: [n]", "networks:\n  n:\n    internal: true\n    enable_ipv4: false\n", "compose.yaml:8: network n: enable_ipv4: false is not supported; leave it out"}}) {
    CAPTURE(definition);
    const compose::Project project = of_web(service, definition);
    CHECK(compose::project_document(project).find("services") != nullptr);  // `config` shows it
    const auto refused = refuse_unsupported(project, {"web"});
    REQUIRE(!refused.ok());
    CHECK_MESSAGE(refused.error().message().find(part) != std::string::npos, refused.error().message());
  }
  CHECK(refuse_unsupported(of_web("networks: [n]", "networks:\n  n: {external: true, name: other}\n"), {"web"}).ok());
  CHECK(refuse_unsupported(of_web("networks: [n]", "networks:\n  n: {}\n  unused: {enable_ipv4: false}\n"), {"web"}).ok());
}

TEST_CASE("a pull policy is one that is known, and --build goes before it") {
  const compose::Project daily = of_web("pull_policy: daily");
  const auto refused = pull_policy(daily.services.front(), {});
  REQUIRE(!refused.ok());
  CHECK(refused.error().message() == "service \"web\": pull policy \"daily\" is not supported; use always, missing, never or build");
  const compose::Project built = of_web("pull_policy: always\n    build: .");
  ImageOptions options;
  CHECK(pull_policy(built.services.front(), options).value() == "always");
  options.build = BuildWhen::Always;
  CHECK(pull_policy(built.services.front(), options).value() == "build");
  CHECK(pull_words(of_web("platform: linux/arm64").services.front(), "busybox", true) == std::vector<std::string>{"pull", "--quiet", "--platform", "linux/arm64", "busybox"});
}

TEST_CASE("a build's limits reach the builder, and what it lacks is refused") {
  const compose::Project limits = of_web("build: {context: ., isolation: default, ulimits: {nproc: 5, nofile: {soft: 1, hard: 2}}}");
  const auto words = build_words(limits, limits.services.front());
  REQUIRE_MESSAGE(words.ok(), words.error().message());
  for (const std::string word : {"nproc=5:5", "nofile=1:2", "--isolation"}) CHECK(std::find(words.value().begin(), words.value().end(), word) != words.value().end());
  for (const std::string key : {"privileged: true", "no_cache_filter: [a]"}) {
    CAPTURE(key);
    const compose::Project project = of_web("build: {context: ., " + key + "}");
    CHECK_FALSE(build_words(project, project.services.front()).ok());
  }
}
