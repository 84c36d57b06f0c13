#include <doctest/doctest.h>

#include "base/json_full.hpp"
#include "fake_engine.hpp"

using namespace strates;
using namespace strates::api::test;

namespace {

// What docker's client 28.2.2 sends for `docker run -i --rm busybox cat`, every key.
constexpr std::string_view kDocker =
    R"({"Hostname":"","Domainname":"","User":"","AttachStdin":true,"AttachStdout":true,"AttachStderr":true,"Tty":false,"OpenStdin":true,"StdinOnce":true,"Env":null,"Cmd":["cat"],"Image":"busybox","Volumes":{},"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":{},"HostConfig":{"Binds":null,"ContainerIDFile":"","LogConfig":{"Type":"","Config":{}},"NetworkMode":"default","PortBindings":{},"RestartPolicy":{"Name":"no","MaximumRetryCount":0},"AutoRemove":true,"VolumeDriver":"","VolumesFrom":null,"ConsoleSize":[24,80],"CapAdd":null,"CapDrop":null,"CgroupnsMode":"","Dns":[],"DnsOptions":[],"DnsSearch":[],"ExtraHosts":null,"GroupAdd":null,"IpcMode":"","Cgroup":"","Links":null,"OomScoreAdj":0,"PidMode":"","Privileged":false,"PublishAllPorts":false,"ReadonlyRootfs":false,"SecurityOpt":null,"UTSMode":"","UsernsMode":"","ShmSize":0,"Isolation":"","CpuShares":0,"Memory":0,"NanoCpus":0,"CgroupParent":"","BlkioWeight":0,"BlkioWeightDevice":[],"BlkioDeviceReadBps":[],"BlkioDeviceWriteBps":[],"BlkioDeviceReadIOps":[],"BlkioDeviceWriteIOps":[],"CpuPeriod":0,"CpuQuota":0,"CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"","Devices":[],"DeviceCgroupRules":null,"DeviceRequests":null,"MemoryReservation":0,"MemorySwap":0,"MemorySwappiness":-1,"OomKillDisable":false,"PidsLimit":0,"Ulimits":[],"CpuCount":0,"CpuPercent":0,"IOMaximumIOps":0,"IOMaximumBandwidth":0,"MaskedPaths":null,"ReadonlyPaths":null},"NetworkingConfig":{"EndpointsConfig":{"default":{"IPAMConfig":null,"Links":null,"Aliases":null,"MacAddress":"","DriverOpts":null,"GwPriority":0,"NetworkID":"","EndpointID":"","Gateway":"","IPAddress":"","IPPrefixLen":0,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"DNSNames":null}}}})";

Answer create(FakeEngine& engine, const std::string& host_config, const std::string& more = {}) {
  return ask(engine, "POST", "/containers/create", R"({"Image":"busybox")" + more + R"(,"HostConfig":)" + host_config + "}");
}

}  // namespace

TEST_CASE("what docker's client always sends is accepted") {
  FakeEngine engine;
  const Answer answer = ask(engine, "POST", "/v1.41/containers/create?name=web", std::string(kDocker));
  CHECK(answer.status == 201);
  CHECK(answer.body == "{\"Id\":\"01aa8c1f533d8030c537e14ef49bab79ab21329a7a399baf6a55327c21b0e265\",\"Warnings\":[]}\n");
  CHECK(engine.created.name == "web");
  CHECK(engine.created.config.image == "busybox");
  CHECK(engine.created.config.cmd == image::StringList{"cat"});
  CHECK(engine.created.config.open_stdin);
  CHECK(engine.created.host.auto_remove);
  CHECK(engine.created.host.network_mode == "default");
  CHECK(engine.created.host.shm_size == 64 << 20);
  CHECK(engine.created.host.limits.pids == 0);
  CHECK(engine.created.host.console_rows == 24);
  CHECK(engine.created.host.console_columns == 80);
}

TEST_CASE("what the engine acts on is read") {
  FakeEngine engine;
  CHECK(create(engine, R"({"Memory":67108864,"MemorySwap":134217728,"NanoCpus":1500000000,"CpuShares":5,"PidsLimit":7,"ShmSize":33554432,"Privileged":true,"ReadonlyRootfs":true,"NetworkMode":"host","LogConfig":{"Type":"none","Config":{"max-size":"1m"}}})", R"(,"Cmd":"ls","Labels":{"a":"b"})").status == 201);
  const auto& host = engine.created.host;
  CHECK(host.limits.memory == 64 << 20);
  CHECK(host.limits.nano_cpus == 1'500'000'000);
  CHECK(host.limits.cpu_shares == 5);
  CHECK(host.limits.pids == 7);
  CHECK(host.log.driver == "none");
  CHECK(host.log.options == std::map<std::string, std::string>{{"max-size", "1m"}});
  CHECK(host.shm_size == 32 << 20);
  CHECK(host.privileged);
  CHECK(host.readonly_root);
  CHECK(host.network_mode == "host");
  CHECK(engine.created.config.cmd == image::StringList{"ls"});
}

TEST_CASE("what would change behaviour and is not done is refused by name") {
  FakeEngine engine;
  for (const auto& [field, host] : {std::pair{"CpuRealtimePeriod", R"({"CpuRealtimePeriod":1000})"},
                                    {"FutureThing", R"({"FutureThing":"on"})"}}) {
    const Answer answer = create(engine, host);
    CHECK_MESSAGE(answer.status == 501, std::string(host));
    CHECK_MESSAGE(answer.body.find("HostConfig." + std::string(field)) != std::string::npos, answer.body);
  }
  CHECK(ask(engine, "POST", "/containers/create?platform=linux%2Farm64", R"({"Image":"busybox"})").status == 501);
  CHECK(create(engine, R"({"Runtime":"kata"})").body == "{\"message\":\"Unknown runtime specified kata\"}\n");
  CHECK(engine.calls.empty());
  CHECK(create(engine, "{}", R"(,"Healthcheck":{"Test":["NONE"]})").status == 201);
  CHECK(create(engine, R"({"NetworkMode":"net1"})").status == 201);  // as in Docker, its start says that there is no such network
  CHECK(engine.created.host.network_mode == "net1");
  CHECK(create(engine, R"({"RestartPolicy":{"Name":""},"Init":false,"FutureThing":[]})").status == 201);
}

TEST_CASE("bodies that are not what they should be are 400") {
  FakeEngine engine;
  const auto status = [&](const std::string& body) { return ask(engine, "POST", "/containers/create", body).status; };
  CHECK(status("{") == 400);
  CHECK(status("[]") == 400);
  CHECK(status("{}") == 400);
  CHECK(status(R"({"Image":"x","Cmd":5})") == 400);
  CHECK(status(R"({"Image":"x","HostConfig":[]})") == 400);
  CHECK(status(R"({"Image":"x","HostConfig":{"Memory":"much"}})") == 400);
  CHECK(status(R"({"Image":"x","HostConfig":{"Memory":1.5}})") == 400);
  CHECK(status(R"({"Image":"x","HostConfig":{"ConsoleSize":[1]}})") == 400);
  CHECK(status(R"({"Image":"x","HostConfig":{"ConsoleSize":[-1,70000]}})") == 400);
  CHECK(status(R"({"Image":"x","HostConfig":{"ShmSize":-1}})") == 400);
  CHECK(status(std::string(200, '[')) == 400);
  const Answer empty = ask(engine, "POST", "/containers/create");
  CHECK(empty.body == "{\"message\":\"Content-Type specified () must be 'application/json'\"}\n");
  CHECK(ask(engine, "POST", "/containers/create", " ").body == "{\"message\":\"config cannot be empty in order to create a container\"}\n");
  CHECK(engine.calls.empty());
}

TEST_CASE("an exec is created as asked") {
  FakeEngine engine;
  const Answer answer = ask(engine, "POST", "/containers/px/exec",
                            R"({"User":"u","Privileged":true,"Tty":true,"AttachStdin":true,"AttachStderr":true,"AttachStdout":true,"Detach":false,"DetachKeys":"","Env":["A=1"],"WorkingDir":"/w","Cmd":["cat","-n"]})");
  CHECK(answer.status == 201);
  CHECK(answer.body == "{\"Id\":\"e1\"}\n");
  CHECK(engine.exec_asked.command == std::vector<std::string>{"cat", "-n"});
  CHECK(engine.exec_asked.env == std::vector<std::string>{"A=1"});
  CHECK(engine.exec_asked.user == "u");
  CHECK(engine.exec_asked.working_dir == "/w");
  CHECK(engine.exec_asked.tty);
  CHECK(engine.exec_asked.privileged);
  CHECK(engine.exec_asked.attach_stdin);
  CHECK(ask(engine, "POST", "/containers/px/exec", R"({"Cmd":[]})").body == "{\"message\":\"No exec command specified\"}\n");
  CHECK(ask(engine, "POST", "/containers/px/exec", R"({"Cmd":[1]})").status == 400);
}
