#include <doctest/doctest.h>

#include "adapters/openssl_hasher.hpp"
#include "base/json_full.hpp"
#include "image/config.hpp"

using namespace strates;
using namespace strates::image;

namespace {

std::string as_json(const RunConfig& config) { return dump_json(run_config_to_json(config)); }

Result<RunConfig> from_json(std::string_view text) { return run_config_from_json(TRY(parse_json(text))); }

std::string wrong_key(std::string_view text) {
  const auto config = from_json(text);
  return config.ok() ? "accepted" : config.error().code == "config.type" ? config.error().object : config.error().code;
}

std::string minimal(std::string_view more) {
  return R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]})" + std::string(more) + "}";
}

std::string schema_code(std::string_view more) {
  const auto config = parse_image_config(minimal(more));
  return config.ok() ? "" : config.error().code;
}

}  // namespace

TEST_CASE("a run configuration that says nothing has Docker's keys, in Docker's order") {
  CHECK(as_json({}) ==
        R"({"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"Tty":false,"OpenStdin":false,)"
        R"("StdinOnce":false,"Env":null,"Cmd":null,"Image":"","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":null})");
}

TEST_CASE("a run configuration that says everything survives its JSON") {
  RunConfig config;
  config.hostname = "h";
  config.domainname = "d";
  config.user = "1:2";
  config.attach_stdin = config.attach_stdout = config.attach_stderr = config.tty = config.open_stdin = config.stdin_once = true;
  config.exposed_ports = {"80/tcp", "53/udp"};
  config.env = {"A=1", "B="};
  config.cmd = StringList{};
  config.healthcheck = Healthcheck{{"CMD-SHELL", "true"}, 5 * kSecond, 3 * kSecond, kSecond, 2};
  config.args_escaped = true;
  config.image = "i";
  config.volumes = {"/v"};
  config.working_dir = "/w";
  config.entrypoint = {"e"};
  config.network_disabled = true;
  config.mac_address = "02:42:ac:11:00:02";
  config.on_build = {"RUN x"};
  config.labels = std::map<std::string, std::string>{{"k", "v"}};
  config.stop_signal = "SIGINT";
  config.stop_timeout = 0;
  config.shell = {"/bin/bash", "-c"};
  const std::string text = as_json(config);
  CHECK(text ==
        R"({"Hostname":"h","Domainname":"d","User":"1:2","AttachStdin":true,"AttachStdout":true,"AttachStderr":true,"ExposedPorts":{"53/udp":{},"80/tcp":{}},)"
        R"("Tty":true,"OpenStdin":true,"StdinOnce":true,"Env":["A=1","B="],"Cmd":[],"Healthcheck":{"Test":["CMD-SHELL","true"],"Interval":5000000000,)"
        R"("Timeout":3000000000,"StartPeriod":1000000000,"Retries":2},"ArgsEscaped":true,"Image":"i","Volumes":{"/v":{}},"WorkingDir":"/w","Entrypoint":["e"],)"
        R"("NetworkDisabled":true,"MacAddress":"02:42:ac:11:00:02","OnBuild":["RUN x"],"Labels":{"k":"v"},"StopSignal":"SIGINT","StopTimeout":0,)"
        R"("Shell":["/bin/bash","-c"]})");
  const auto back = from_json(text);
  REQUIRE(back.ok());
  CHECK(back.value() == config);
}

TEST_CASE("absent and null are the same; a wrong type names its key") {
  CHECK(from_json("{}").value() == RunConfig{});
  CHECK(from_json("null").value() == RunConfig{});
  CHECK(from_json(as_json({})).value() == RunConfig{});
  CHECK(from_json(R"({"Cmd":"ls -l","entrypoint":["x"]})").value().cmd == StringList{"ls -l"});
  CHECK(from_json(R"({"entrypoint":["x"]})").value().entrypoint == StringList{"x"});
  CHECK(wrong_key("[]") == "Config");
  CHECK(wrong_key(R"({"User":1})") == "Config.User");
  CHECK(wrong_key(R"({"Tty":"yes"})") == "Config.Tty");
  CHECK(wrong_key(R"({"Env":["A",1]})") == "Config.Env");
  CHECK(wrong_key(R"({"Env":"A=1"})") == "Config.Env");
  CHECK(wrong_key(R"({"Cmd":{}})") == "Config.Cmd");
  CHECK(wrong_key(R"({"Volumes":["/v"]})") == "Config.Volumes");
  CHECK(wrong_key(R"({"ExposedPorts":{"80/tcp":1}})") == "Config.ExposedPorts");
  CHECK(wrong_key(R"({"Labels":{"a":1}})") == "Config.Labels");
  CHECK(wrong_key(R"({"StopTimeout":1.5})") == "Config.StopTimeout");
  CHECK(wrong_key(R"({"StopTimeout":4294967296})") == "Config.StopTimeout");
  CHECK(wrong_key(R"({"StopTimeout":-4294967296})") == "Config.StopTimeout");
  CHECK(wrong_key(R"({"Healthcheck":[]})") == "Config.Healthcheck");
  CHECK(wrong_key(R"({"Healthcheck":{"Retries":"2"}})") == "Config.Healthcheck.Retries");
}

TEST_CASE("a configuration Docker 20.10 wrote comes out with the same bytes, hence the same image id") {
  // What `docker save` gave for an image made by `docker commit --change ...`; its id is the digest of these bytes.
  const std::string bytes =
      R"({"architecture":"amd64","author":"auth","config":{"Hostname":"ceed39b243d0","Domainname":"","User":"1","AttachStdin":false,"AttachStdout":true,"AttachStderr":true,"ExposedPorts":{"80/tcp":{}},"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin","X=1"],"Cmd":["a","b"],"Healthcheck":{"Test":["CMD-SHELL","true"]},"Image":"busybox","Volumes":{"/v":{}},"WorkingDir":"/w","Entrypoint":["e"],"OnBuild":["RUN x"],"Labels":{"l":"1"}},"container":"ceed39b243d09970d5aee4f57b635ec774f61436fa0cb125466c0c6a34ada43a","container_config":{"Hostname":"ceed39b243d0","Domainname":"","User":"","AttachStdin":false,"AttachStdout":true,"AttachStderr":true,"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["sh","-c","echo x\u003e/etc/new; rm /etc/group; mkdir -p /a/b/c; echo y\u003e\u003e/etc/passwd; rm -r /usr/sbin; mkdir /usr/sbin; touch /usr/sbin/z; chmod 700 /root; ln -s /x /tmp/l; touch /tmp/t; rm /tmp/t"],"Image":"busybox","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":{}},"created":"2026-11-23T16:43:01.859287443Z","docker_version":"20.10.24+dfsg1","history":[{"created":"2026-11-23T16:38:48.011874812Z","comment":"Imported from -"},{"created":"2026-11-23T16:43:01.859287443Z","author":"auth","created_by":"sh -c echo x\u003e/etc/new; rm /etc/group; mkdir -p /a/b/c; echo y\u003e\u003e/etc/passwd; rm -r /usr/sbin; mkdir /usr/sbin; touch /usr/sbin/z; chmod 700 /root; ln -s /x /tmp/l; touch /tmp/t; rm /tmp/t","comment":"msg"}],"os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:8027c4ff2507c7710315fdb432d79f15a0e101b62e17f2a03808a65b09c787ca","sha256:9152deae722c36797cf89044ccf268bd04662e5c296f560ff5dc89a9c7517779"]}})";
  CHECK(adapters::OpensslHasher().sha256_hex(bytes) == "a5038f640054b4cbf3fb2a6630c6c32f68ff888213636bade3f4115c37682470");
  const auto config = parse_image_config(bytes);
  REQUIRE_MESSAGE(config.ok(), (config.ok() ? "" : config.error().explanation()));
  CHECK(config.value().diff_ids.size() == 2);
  CHECK(config.value().history[1].author == "auth");
  CHECK(image_config_bytes(config.value()) == bytes);
}

TEST_CASE("an image without layers has a rootfs without diff_ids, and can be read again") {
  const ImageConfig empty;
  const std::string bytes = image_config_bytes(empty);
  CHECK(bytes.find(R"("created":"0001-01-01T00:00:00Z")") != std::string::npos);
  CHECK(bytes.find(R"("rootfs":{"type":"layers"})") != std::string::npos);
  const auto back = parse_image_config(bytes);
  REQUIRE(back.ok());
  CHECK(image_config_bytes(back.value()) == bytes);
}

TEST_CASE("a configuration that breaks the schema is refused") {
  CHECK(schema_code("") == "");
  CHECK(schema_code(R"(,"config":null,"history":null)") == "");
  CHECK(parse_image_config("{").error().code == "config.syntax");
  CHECK(parse_image_config("[]").error().code == "config.schema");
  CHECK(parse_image_config("{}").error().code == "config.schema");
  CHECK(parse_image_config(R"({"architecture":"amd64","os":"linux"})").error().object == "rootfs");
  CHECK(parse_image_config(R"({"architecture":"amd64","os":"linux","rootfs":{"type":"tree"}})").error().object == "rootfs.type");
  CHECK(parse_image_config(R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:../../etc"]}})").error().object == "rootfs.diff_ids");
  for (const char* time : {"yesterday", "2026-11-23", "2026-13-23T16:43:01Z", "2026-11-23T24:43:01Z", "2026-11-23T16:43:01", "2026-11-23T16:43:01.Z",
                           "2026-11-23T16:43:01.5", "2026-11-23T16:43:01+1:00", "2026-11-23 16:43:01Z", "2026-11-23T16:43:01ZZ"}) {
    CAPTURE(time);
    CHECK(schema_code(R"(,"created":")" + std::string(time) + "\"") == "config.schema");
  }
  for (const char* time : {"0001-01-01T00:00:00Z", "9999-12-31T23:59:60z", "2026-11-23T16:43:01.859287443Z", "2026-11-23t16:43:01.5-05:30"}) {
    CAPTURE(time);
    CHECK(schema_code(R"(,"created":")" + std::string(time) + "\"") == "");
  }
  CHECK(schema_code(R"(,"history":[{"created_by":1}])") == "config.schema");
  CHECK(schema_code(R"(,"history":[{"empty_layer":"true"}])") == "config.schema");
  CHECK(schema_code(R"(,"config":{"Env":["=x"]})") == "config.schema");
  CHECK(schema_code(R"(,"config":{"Env":["A="]})") == "");
  CHECK(parse_image_config(std::string(9 << 20, ' ')).error().code == "config.syntax");
  CHECK(parse_image_config(std::string(100'000, '[')).error().code == "config.syntax");
}
