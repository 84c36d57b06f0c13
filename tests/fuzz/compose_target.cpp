#include "tests/fuzz/compose_target.hpp"

#include <optional>

#include "compose/dotenv.hpp"
#include "compose/project.hpp"
#include "compose/short_forms.hpp"
#include "compose/yaml_reader.hpp"
#include "compose/yaml_writer.hpp"

namespace strates::fuzz {

namespace {

template <typename T>
bool speaks(const Result<T>& result) {
  return result.ok() || !result.error().explanation().empty();
}

// One file that everybody finds under every name: what it includes or extends is itself.
class OneFile : public compose::Files {
 public:
  explicit OneFile(std::string text) : text_(std::move(text)) {}
  Result<std::string> read(const std::string&) override {
    ++reads;
    return text_;
  }
  bool exists(const std::string&) override { return true; }
  size_t reads = 0;

 private:
  std::string text_;
};

compose::ProjectOptions options() {
  compose::ProjectOptions out;
  out.load.files = {"/app/compose.yaml"};
  out.load.working_dir = "/app";
  out.load.home = "/home/me";
  out.load.environment = {{"A", "1"}, {"LONG", std::string(500, 'x')}, {"E", ""}};
  out.name = "app";
  out.profiles = {"*"};
  return out;
}

std::optional<std::string> variable(const std::string& name) {
  const auto known = options().load.environment;
  const auto found = known.find(name);
  return found == known.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

bool read_compose(std::string_view bytes) {
  OneFile file{std::string(bytes)};
  const auto project = compose::load_project(file, options());
  if (file.reads > 10'000) return false;  // a file that includes itself is found out
  if (!project.ok()) return speaks(project);
  const auto document = compose::project_document(project.value());
  const std::string written = compose::write_yaml(document);
  const auto again = compose::read_yaml("written.yaml", written, {.bytes = 64 << 20, .depth = 200, .nodes = 10'000'000});
  if (!again.ok() || again.value().size() != 1) return false;
  for (const compose::Service& service : project.value().services) compose::hash_input(service);
  return true;
}
std::vector<std::string> compose_files() {
  return {
      "services:\n  web:\n    image: busybox:${TAG:-latest}\n    command: [sh, -c, 'echo hi']\n    ports: ['8080-8082:80-82/tcp', '127.0.0.1::53/udp', '[::1]:1:2']\n    environment:\n      A: ${A}\n      B: \"$$x\"\n"
      "    deploy: {replicas: 2, resources: {limits: {cpus: '0.5', memory: 64m}}}\n    depends_on: {db: {condition: service_healthy}}\n    healthcheck: {test: [CMD, 'true'], interval: 1m30s, timeout: 2s}\n  db:\n    image: busybox\n    stop_grace_period: 1h2m\n",
      "x-base: &base\n  image: busybox\n  labels: &l {a: b}\nservices:\n  a:\n    <<: *base\n    mem_limit: 1.5gb\n    shm_size: 64k\n  b:\n    <<: [*base, {tty: true}]\n    volumes: ['data:/data:ro', './x:/y', {type: tmpfs, target: /t, tmpfs: {size: 1m}}]\nvolumes:\n  data: {}\n",
      "a: &a [x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ne: [*d, *d, *d, *d, *d, *d, *d, *d]\n",
      "include: [other.yaml]\nservices:\n  a:\n    extends: {file: compose.yaml, service: b}\n  b: {image: x, env_file: [{path: .env, required: false}], ulimits: {nofile: {soft: 1, hard: 2}}, ports: !reset []}\n",
      "name: demo\nservices:\n  a:\n    image: x\n    profiles: [dev]\n    secrets: [s, {source: s, target: t, mode: 0440}]\n    configs: [c]\n    networks: {n: {aliases: [z], ipv4_address: 10.0.0.2}}\n    command: \"sh -c 'a b' \\\"c\\\"\"\n"
      "secrets: {s: {environment: A}}\nconfigs: {c: {content: \"${LONG}\"}}\nnetworks: {n: {ipam: {config: [{subnet: 10.0.0.0/24}]}, enable_ipv4: false}}\n",
      "{\"services\": {\"a\": {\"image\": \"b\", \"expose\": [\"80\", 81], \"extra_hosts\": [\"a=b\", \"c:::1\"], \"blkio_config\": {\"weight\": 300}}}}\n",
  };
}

bool read_interpolation(std::string_view bytes) {
  std::vector<std::string> unset;
  const auto result = compose::interpolate(bytes.substr(0, 16 * 1024), {variable, &unset});
  compose::Node node = compose::Node::of_text(std::string(bytes.substr(0, 16 * 1024)));
  compose::variables_of(node);
  return speaks(result) && (!result.ok() || result.value().size() <= (8u << 20));
}
std::vector<std::string> interpolations() {
  return {"${A:-x} $LONG $$A ${E:+y} ${E-z}", "${Z:?no ${A}} ${Z?}", "${A:-${Z:-${E:-deep}}}", "${LONG}${LONG}$LONG", "${", "$1 ${1} ${a b} $"};
}

bool read_dotenv(std::string_view bytes) {
  const auto variables = compose::parse_dotenv(bytes, variable);
  if (variables.ok()) {
    size_t total = 0;
    for (const auto& [name, value] : variables.value()) total += value.size();
    if (total > (32u << 20)) return false;
  }
  return speaks(variables) && speaks(compose::parse_raw_env(bytes));
}
std::vector<std::string> dotenvs() {
  return {"A=b\nexport C='d e' # c\nE=\"x\\n${A}\"\n\n# c\nF: g\nALONE\n", "A=\"many\nlines\"\nB=${A:-x}\nC=$B$B$B$B\nD=$C$C$C$C\nE=$D$D$D$D\n", "A!=x\n", "Q='un", "\xef\xbb\xbf" "A=1\r\nB=2\r\n"};
}

bool read_short_forms(std::string_view bytes) {
  const std::string text(bytes.substr(0, 4096));
  const auto ports = compose::parse_port(text);
  if (ports.ok() && (ports.value().empty() || ports.value().size() > 65536)) return false;
  const auto duration = compose::parse_duration(text);
  if (duration.ok() && !compose::parse_duration(compose::duration_text(duration.value())).ok()) return false;
  return speaks(ports) && speaks(duration) && speaks(compose::parse_size(text)) && speaks(compose::parse_mount(text)) && speaks(compose::parse_device(text)) && speaks(compose::shell_words(text));
}
std::vector<std::string> short_forms() {
  return {"127.0.0.1:8080-8081:80-81/tcp", "[::1]:53:53/udp", "1-65535", "1h2m3.5s", "-2562047h47m16.854775808s", "9223372036854775807ns", "1.5gb", "64m", "data:/x:ro,z", "/a:/b:rw", "C:\\x:/y", "/dev/a:/dev/b:rwm", "sh -c 'a b' \"c\\\"\" d\\ e"};
}

}  // namespace strates::fuzz
