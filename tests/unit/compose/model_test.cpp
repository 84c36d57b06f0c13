// What a Compose file may say, what is refused and how, what two files make together.
#include <chrono>

#include "compose/yaml_writer.hpp"
#include "tests/unit/compose/support.hpp"

using namespace strates;
using namespace strates::compose;
using namespace strates::compose::test;

namespace {

const std::string kWeb = "services:\n  web:\n    image: nginx\n";

struct Refusal {
  std::string text, message;
};

}  // namespace

TEST_CASE("what the specification does not know is refused with its line and the nearest key") {
  const Refusal kRefusals[] = {
      {"services:\n  web:\n    imag: nginx\n", "/app/compose.yaml:3: services.web additional properties 'imag' not allowed"},
      {"service:\n  web: {}\n", "/app/compose.yaml:1: additional properties 'service' not allowed"},
      {"services:\n  web:\n    image: nginx\n    deploy:\n      resources:\n        limit: {}\n", "/app/compose.yaml:6: services.web.deploy.resources additional properties 'limit' not allowed"},
      {"services:\n  web:\n    image: [a, b]\n", "/app/compose.yaml:3: services.web.image must be a string"},
      {"services:\n  web:\n    image: a\n    environment: A=1\n", "/app/compose.yaml:4: services.web.environment must be a mapping"},
      {"services:\n  web:\n    image: a\n    environment:\n      A: [1]\n", "/app/compose.yaml:5: services.web.environment.A must be a boolean, null, number or string"},
      {"services:\n  web:\n    image: a\n    ports: 80\n", "/app/compose.yaml:4: services.web.ports must be a list"},
      {"services:\n  web:\n    image: a\n    ports: ['80/xyz']\n", "/app/compose.yaml:4: services.web.ports.0: Invalid proto: xyz"},
      {"services:\n  web:\n    image: a\n    tty: maybe\n", "/app/compose.yaml:4: services.web.tty must be a boolean"},
      {"services:\n  web:\n    image: a\n    mem_limit: lots\n", "/app/compose.yaml:4: services.web.mem_limit: invalid size: 'lots'"},
      {"services:\n  web:\n    image: a\n    stop_grace_period: soon\n", "/app/compose.yaml:4: services.web.stop_grace_period: time: invalid duration \"soon\""},
      {"services:\n  web:\n    image: a\n    depends_on:\n      web: {condition: service_ready}\n", "/app/compose.yaml:5: services.web.depends_on.web.condition must be one of the following"},
      {"services:\n  web:\n    image: a\n    image: b\n", "/app/compose.yaml:4: yaml: line 4: mapping key \"image\" already defined at line 3"},
      {"services:\n  web: {image: a}\n  b@d: {image: a}\n", "/app/compose.yaml:3: services additional properties 'b@d' not allowed"},
      {"- services\n", "/app/compose.yaml:1: top-level object must be a mapping"},
      {"", "/app/compose.yaml:1: empty compose file"},
      {"services:\n  web:\n    build: .\n    volumes:\n      - {target: /a}\n", "/app/compose.yaml:5: services.web.volumes.0 missing property 'type'"},
  };
  for (const Refusal& refusal : kRefusals) {
    CAPTURE(refusal.text);
    const std::string error = Try(refusal.text).error();
    CHECK_MESSAGE(error.starts_with(refusal.message), error);
  }
  CHECK(Try(kRefusals[0].text).error().find("image") != std::string::npos);  // what was meant
}

TEST_CASE("what must agree within a project is checked") {
  const Refusal kRefusals[] = {
      {"services:\n  web: {}\n", "service \"web\" has neither an image nor a build context specified: invalid compose project"},
      {"services:\n  web: {image: a, depends_on: [db]}\n", "service \"web\" depends on undefined service \"db\": invalid compose project"},
      {"services:\n  web: {image: a, networks: [front]}\n", "service \"web\" refers to undefined network front: invalid compose project"},
      {"services:\n  web: {image: a, volumes: ['data:/d']}\n", "service \"web\" refers to undefined volume data: invalid compose project"},
      {"services:\n  web: {image: a, secrets: [key]}\n", "service \"web\" refers to undefined secret key: invalid compose project"},
      {"services:\n  web: {image: a, networks: [n], network_mode: host}\nnetworks: {n: {}}\n", "declares mutually exclusive `network_mode` and `networks`: invalid compose project"},
      {"services:\n  a: {image: a, depends_on: [b]}\n  b: {image: a, depends_on: [c]}\n  c: {image: a, links: [a]}\n", "dependency cycle detected: a -> b -> c -> a"},
      {"services:\n  a: {image: a, container_name: x, deploy: {replicas: 2}}\n", "can't set container_name"},
      {"services:\n  a: {image: a, scale: 2, deploy: {replicas: 3}}\n", "can't set distinct values on 'scale' and 'deploy.replicas'"},
      {"services:\n  a: {image: a, container_name: x}\n  b: {image: a, container_name: x}\n", "container name \"x\" is already in use"},
      {"services:\n  a: {image: a}\nsecrets: {s: {}}\n", "secret \"s\" must declare either `file` or `environment`"},
      {"services:\n  a: {image: a}\nvolumes: {v: {external: true, driver: x}}\n", "conflicting parameters \"external\" and \"driver\" specified"},
      {"services:\n  a: {image: a, env_file: no.env}\n", "env file /app/no.env not found"},
      {"services:\n  a: {extends: {service: z}}\n", "service \"z\" not found"},
      {"services:\n  a: {image: x, extends: b}\n  b: {image: x, extends: a}\n", "Circular reference"},
      {"include: [compose.yaml]\nservices: {a: {image: x}}\n", "include cycle detected"},
      {"services:\n  a: {image: '${TAG:?give a tag}'}\n", "required variable TAG is missing a value: give a tag"},
      {"services:\n  a: {image: '${TAG'}\n", "invalid interpolation format for services.a.image"},
  };
  for (const Refusal& refusal : kRefusals) {
    CAPTURE(refusal.text);
    const std::string error = Try(refusal.text).error();
    CHECK_MESSAGE(error.find(refusal.message) != std::string::npos, error);
  }
}

TEST_CASE("a hostile document ends soon") {
  std::string bomb = "x-0: &a0 [k]\n";
  for (int i = 1; i < 30; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "x-" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before + ", " + before + ", " + before + ", " + before + "]\n";
  }
  const auto begun = std::chrono::steady_clock::now();
  CHECK(Try(bomb + kWeb).error().find("excessive aliasing") != std::string::npos);
  CHECK(Try(std::string(5000, '[')).error().find("yaml: line 1: ") != std::string::npos);
  CHECK(Try(kWeb + "#" + std::string(2 << 20, 'x')).error().find("1024 Ki") != std::string::npos);
  CHECK(Try("x-a: &a {<<: *a}\n" + kWeb).error().find("cycle detected") != std::string::npos);
  CHECK(Try("services:\n  w: {image: '" + std::string(41, '$') + "{A:-" + "'}\n").error().find("invalid interpolation format") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
}

TEST_CASE("anchors and merge keys are written out, the nearer key winning") {
  const Project project = Try("x-base: &base\n  restart: always\n  environment: {A: 1, B: 2}\nservices:\n  one:\n    <<: *base\n    image: a\n    restart: 'no'\n  two:\n    <<: [{image: first}, *base, {image: second}]\n").project();
  CHECK(of(project, "one", {"restart"}) == "\"no\"");
  CHECK(of(project, "one", {"environment"}) == "{\"A\":\"1\",\"B\":\"2\"}");
  CHECK(of(project, "two", {"image"}) == "\"first\"");
  CHECK(of(project, "two", {"restart"}) == "\"always\"");
}

TEST_CASE("short forms mean what their long forms say") {
  const Project project = Try(
      "services:\n  web:\n    build: ./web\n    command: sh -c 'echo \"a b\"'\n    ports: ['127.0.0.1:8080:80']\n    volumes: ['data:/d:ro', './conf:/c', /anon]\n    healthcheck: {test: curl x, interval: 90s}\n    env_file: v.env\n    environment: [A=1, B]\n"
      "    depends_on: [db]\n    ulimits: {nofile: 10}\n    mem_limit: 64m\n    extra_hosts: ['a:1.2.3.4']\n  db: {image: pg, network_mode: none}\nvolumes: {data: }\n").file("v.env", "C=\"c d\"\nA=9\n").variable("B", "around").project();
  CHECK(of(project, "web", {"build", "context"}) == "\"/app/web\"");
  CHECK(of(project, "web", {"build", "dockerfile"}) == "\"Dockerfile\"");
  CHECK(of(project, "web", {"command"}) == "[\"sh\",\"-c\",\"echo \\\"a b\\\"\"]");
  CHECK(of(project, "web", {"ports"}) == "[{\"mode\":\"ingress\",\"host_ip\":\"127.0.0.1\",\"target\":80,\"published\":\"8080\",\"protocol\":\"tcp\"}]");
  CHECK(of(project, "web", {"volumes"}) ==
        "[{\"type\":\"volume\",\"source\":\"data\",\"target\":\"/d\",\"read_only\":true,\"volume\":{}},{\"type\":\"bind\",\"source\":\"/app/conf\",\"target\":\"/c\",\"bind\":{\"create_host_path\":true}},{\"type\":\"volume\",\"target\":\"/anon\",\"volume\":{}}]");
  CHECK(of(project, "web", {"healthcheck"}) == "{\"test\":[\"CMD-SHELL\",\"curl x\"],\"interval\":\"1m30s\"}");
  CHECK(of(project, "web", {"environment"}) == "{\"A\":\"1\",\"B\":\"around\",\"C\":\"c d\"}");
  CHECK(of(project, "web", {"depends_on"}) == "{\"db\":{\"condition\":\"service_started\",\"required\":true}}");
  CHECK(of(project, "web", {"mem_limit"}) == "67108864");
  CHECK(of(project, "web", {"extra_hosts"}) == "{\"a\":[\"1.2.3.4\"]}");
  CHECK(of(project, "web", {"networks"}) == "{\"default\":null}");
  CHECK(json_at(project.networks, {"default", "name"}) == "\"app_default\"");
  CHECK(json_at(project.volumes, {"data", "name"}) == "\"app_data\"");
  CHECK(project.image_of(*project.find("web")) == "app-web");
}

TEST_CASE("a later file overrides, adds, resets and replaces") {
  const Project project = Try("services:\n  web:\n    image: a\n    command: [one]\n    ports: ['80:80']\n    environment: {A: 1, B: 1}\n    volumes: ['a:/x', 'b:/y']\n    labels: [k=1]\n    dns: 1.1.1.1\nvolumes: {a: , b: , c: }\n")
                              .override_with("services:\n  web:\n    image: b\n    command: two\n    ports: ['81:81']\n    environment: [B=2]\n    volumes: ['c:/x']\n    labels: !override {z: 1}\n    dns: !reset null\n  more: {image: m}\n").project();
  CHECK(of(project, "web", {"image"}) == "\"b\"");
  CHECK(of(project, "web", {"command"}) == "[\"two\"]");
  CHECK(project.find("web")->node.find("ports")->items.size() == 2);
  CHECK(of(project, "web", {"environment"}) == "{\"A\":\"1\",\"B\":\"2\"}");
  REQUIRE(project.find("web")->node.find("volumes")->items.size() == 2);
  CHECK(project.find("web")->node.find("volumes")->items[0].text_of("source") == "c");
  CHECK(of(project, "web", {"labels"}) == "{\"z\":\"1\"}");
  CHECK(of(project, "web", {"dns"}) == "absent");
  CHECK(project.find("more") != nullptr);
}

TEST_CASE("extends and include take from other files, with their own folders") {
  const Project project = Try("include: [sub/compose.yaml]\nservices:\n  web:\n    extends: {file: base/base.yaml, service: b}\n    environment: {B: 2}\n")
                              .file("base/base.yaml", "services:\n  b:\n    extends: c\n    build: ctx\n    environment: {A: 1, B: 1}\n  c: {init: true}\n")
                              .file("sub/compose.yaml", "services:\n  side:\n    image: '${TAG}'\n    volumes: ['./x:/x']\n").file("sub/.env", "TAG=from-sub\n").project();
  CHECK(of(project, "web", {"build", "context"}) == "\"/app/base/ctx\"");
  CHECK(of(project, "web", {"environment"}) == "{\"A\":\"1\",\"B\":\"2\"}");
  CHECK(of(project, "web", {"init"}) == "true");
  CHECK(of(project, "side", {"image"}) == "\"from-sub\"");
  CHECK(project.find("side")->node.find("volumes")->items[0].text_of("source") == "/app/sub/x");
}

TEST_CASE("profiles keep services out until they are asked for") {
  const std::string text = "services:\n  web: {image: a}\n  debug: {image: a, profiles: [dev], depends_on: [tools]}\n  tools: {image: a, profiles: [dev]}\n";
  CHECK(Try(text).project().services.size() == 1);
  Try with(text);
  with.options.profiles = {"dev"};
  CHECK(with.project().services.size() == 3);
  Project named = Try(text).project();
  REQUIRE(enable_services(named, {"debug"}).ok());
  CHECK(selected_services(named, {"debug"}, WithDependencies::Yes).value() == std::vector<std::string>{"debug", "tools"});
  CHECK(enable_services(named, {"nobody"}).error().message() == "no such service: nobody");
}

TEST_CASE("services start after what they depend on, whatever says so") {
  const Project project = Try("services:\n  a: {image: x, depends_on: {b: {condition: service_healthy}}}\n  b: {image: x, links: ['c:alias']}\n  c: {image: x, network_mode: 'service:d'}\n  d: {image: x, volumes_from: ['e:ro']}\n  e: {image: x}\n").project();
  CHECK(start_order(project, {"a", "b", "c", "d", "e"}) == std::vector<std::string>{"e", "d", "c", "b", "a"});
  CHECK(start_order(project, {"a", "e"}) == std::vector<std::string>{"e", "a"});
  CHECK(project.find("a")->depends_on[0].condition == Condition::Healthy);
}

TEST_CASE("a project's name comes from the option, the files or the folder") {
  Try nameless(kWeb);
  nameless.options.name.clear();
  CHECK(nameless.project().name == "app");
  Try in_file("name: from-${WHO}\n" + kWeb);
  in_file.options.name.clear();
  CHECK(in_file.variable("WHO", "file").project().name == "from-file");
  CHECK(Try("name: other\n" + kWeb).project().name == "app");
  Try wrong(kWeb);
  wrong.options.name = "My App";
  CHECK(wrong.error() == "invalid project name \"My App\": must consist only of lowercase alphanumeric characters, hyphens, and underscores as well as start with a letter or number");
  CHECK(normal_project_name("_My App.2") == "myapp2");
  CHECK(of(Try("services: {w: {image: '${COMPOSE_PROJECT_NAME}'}}").project(), "w", {"image"}) == "\"app\"");
}

TEST_CASE("only what changes a container changes its hash") {
  const auto hash = [](const std::string& more) { return hash_input(*Try("services:\n  w:\n    image: a\n    " + more + "\n  d: {image: d}\n").project().find("w")); };
  const std::string plain = hash("tty: false");
  for (const char* same_one : {"tty: false\n    scale: 3", "tty: false\n    depends_on: [d]", "tty: false\n    pull_policy: always", "tty: false\n    deploy: {replicas: 2}", "tty: no"}) CHECK(hash(same_one) == plain);
  for (const char* other : {"tty: true", "tty: false\n    environment: {A: 1}", "tty: false\n    ports: ['1:1']", "tty: false\n    deploy: {resources: {limits: {memory: 1m}}}"}) CHECK(hash(other) != plain);
}

TEST_CASE("a warning names each variable that nobody set") {
  const Project project = Try("services: {w: {image: 'a${TAG}', command: '$$HOME ${TAG}'}}").project();
  CHECK(project.warnings == std::vector<std::string>{"The \"TAG\" variable is not set. Defaulting to a blank string."});
  CHECK(of(project, "w", {"command"}) == "[\"$HOME\"]");
}

TEST_CASE("YAML that is written is read as the same") {
  const std::string text = "a: \"8080\"\nb: 'x: y'\nc: |-\n  one\n  two\nd:\n  - e: true\n    f: null\n  - 12\ng: \"yes\"\nh: \"\"\ni: {}\nj: '*star'\nk: it's\nl: \"a\\tb\"\n";
  const auto read = read_yaml("x", text);
  REQUIRE(read.ok());
  const std::string written = write_yaml(read.value()[0]);
  CHECK(written == text);
  const auto again = read_yaml("x", written);
  REQUIRE(again.ok());
  CHECK(same(read.value()[0], again.value()[0]));
}
