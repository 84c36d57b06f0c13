// HostConfig's limits and isolation in both directions; pause, update and stats as requests.
#include "base/json_full.hpp"
#include "fake_engine.hpp"

#include <doctest/doctest.h>

using namespace strates;
using namespace strates::api;
using namespace strates::api::test;

namespace {

Answer create(FakeEngine& engine, const std::string& host) {
  return ask(engine, "POST", "/containers/create", R"({"Image":"busybox","HostConfig":)" + host + "}");
}

Json host_of(FakeEngine& engine) {
  engine::Container container;
  container.id = ContainerId(std::string(64, 'a'));
  container.host = engine.created.host;
  engine.all_containers = {container};
  return parse_json(ask(engine, "GET", "/containers/" + std::string(64, 'a') + "/json").body).value()["HostConfig"];
}

engine::Statistics reading(std::int64_t at) {
  engine::Statistics read;
  read.read_at = at;
  read.cpu_total = at / 4;
  read.system_cpu = at * 2;
  read.online_cpus = 2;
  read.cpu_each = {1, 2};
  read.pids = 3;
  read.memory_usage = 1000;
  read.memory_max_usage = 2000;
  read.memory_limit = 4000;
  read.memory = {{"cache", 5}, {"total_inactive_file", 6}, {"not_docker's", 7}};
  read.block_bytes = {{8, 0, "Read", 4096}};
  read.interfaces = {{"eth0", 1, 2, 3, 4, 5, 6, 7, 8}};
  return read;
}

}  // namespace

TEST_CASE("what confines a container is read, and shown by inspect as it was asked for") {
  FakeEngine engine;
  const std::string asked =
      R"({"CapAdd":["chown"],"CapDrop":["all"],"SecurityOpt":["no-new-privileges"],"Ulimits":[{"Name":"nofile","Hard":6,"Soft":5}],"Tmpfs":{"/x":"size=1m"},"Init":true,"GroupAdd":["5"],)"
      R"("Devices":[{"PathOnHost":"/dev/null","PathInContainer":"/dev/n","CgroupPermissions":"rw"}],"DeviceCgroupRules":["c 1:3 rw"],"Sysctls":{"kernel.shmmax":"1"},"OomScoreAdj":5,)"
      R"("MemorySwappiness":50,"PidMode":"host","UTSMode":"host","UsernsMode":"host","IpcMode":"shareable","CgroupnsMode":"private","CgroupParent":"/x/y","Memory":20971520,)"
      R"("MemorySwap":-1,"MemoryReservation":10485760,"KernelMemory":50,"CpuPeriod":1000,"CpuQuota":2000,"CpusetCpus":"0","CpusetMems":"0","BlkioWeight":500,"OomKillDisable":true,"PidsLimit":9,)"
      R"("MaskedPaths":[],"ReadonlyPaths":["/proc/sys"]})";
  REQUIRE(create(engine, asked).status == 201);
  const Json shown = host_of(engine), wanted = parse_json(asked).value();
  for (const auto& [key, value] : wanted.items()) CHECK_MESSAGE(shown[key] == value, key);
  CHECK(engine.created.host.limits.memory_swap == -1);
  CHECK(engine.created.host.isolation.init == true);
}

TEST_CASE("what nobody asked for is shown as Docker shows it") {
  FakeEngine engine;
  REQUIRE(create(engine, R"({"PidsLimit":-1,"MemorySwappiness":-1,"Init":null,"Ulimits":[],"Devices":[],"Tmpfs":{}})").status == 201);
  const Json shown = host_of(engine);
  for (const char* key : {"CapAdd", "CapDrop", "SecurityOpt", "GroupAdd", "PidsLimit", "MemorySwappiness", "Ulimits", "DeviceCgroupRules"}) CHECK_MESSAGE(shown[key].is_null(), key);
  for (const char* key : {"Tmpfs", "Sysctls", "Init"}) CHECK_MESSAGE(!shown.contains(key), key);
  CHECK(shown["Devices"] == Json::array());
  CHECK(shown["MaskedPaths"].size() == 10);
  REQUIRE(create(engine, R"({"Privileged":true})").status == 201);
  CHECK(host_of(engine)["SecurityOpt"] == Json::array({"label=disable"}));
  CHECK(host_of(engine)["MaskedPaths"].is_null());
}

TEST_CASE("nonsense is 400 and never reaches the engine") {
  FakeEngine engine;
  for (const auto* bad : {R"({"Memory":"x"})", R"({"CapAdd":"ALL"})", R"({"CapAdd":[1]})", R"({"Tmpfs":["/x"]})", R"({"Tmpfs":{"/x":1}})", R"({"Ulimits":[{"Soft":1}]})",
                          R"({"Ulimits":{"a":1}})", R"({"Devices":[{"PathOnHost":"relative"}]})", R"({"Devices":[{"PathOnHost":"/dev/a","CgroupPermissions":"x"}]})",
                          R"({"OomKillDisable":1})", R"({"Init":"yes"})", R"({"PidMode":1})", R"({"Sysctls":[]})", R"({"MaskedPaths":"x"})"})
    CHECK_MESSAGE(create(engine, bad).status == 400, bad);
  CHECK(engine.calls.empty());
}

TEST_CASE("pause, unpause and update are requests") {
  FakeEngine engine;
  CHECK(ask(engine, "POST", "/containers/a/pause").status == 204);
  CHECK(ask(engine, "POST", "/containers/a/unpause").status == 204);
  const Answer updated = ask(engine, "POST", "/containers/a/update",
                             R"({"CpuShares":0,"Memory":20971520,"NanoCpus":500000000,"CgroupParent":"","BlkioWeight":0,"BlkioWeightDevice":null,"CpusetCpus":"0","MemorySwap":-1,"PidsLimit":-1,)"
                             R"("OomKillDisable":null,"MemorySwappiness":null,"Devices":null,"RestartPolicy":{"Name":"","MaximumRetryCount":0}})");
  CHECK(updated.status == 200);
  CHECK(updated.body == "{\"Warnings\":null}\n");
  CHECK(engine.calls == std::vector<std::string>{"pause a", "unpause a", "update a"});
  CHECK(engine.updated.limits.memory == 20 << 20);
  CHECK(engine.updated.limits.memory_swap == -1);
  CHECK(engine.updated.limits.cpuset_cpus == "0");
  CHECK(engine.updated.pids_set);
  CHECK(ask(engine, "POST", "/containers/a/update", R"({"PidsLimit":null})").status == 200);
  CHECK_FALSE(engine.updated.pids_set);
  CHECK(ask(engine, "POST", "/containers/a/update", R"({"Devices":[{"PathOnHost":"/dev/a"}]})").status == 501);
  CHECK(ask(engine, "POST", "/containers/a/update", "[]").status == 400);
}

TEST_CASE("statistics are Docker's: one reading, two readings, none") {
  FakeEngine engine;
  engine::Container container;
  container.id = ContainerId("c0ffee");
  container.name = "web";
  engine.all_containers = {container};
  engine.readings = {reading(4 * kSecond), reading(8 * kSecond)};
  const Json two = parse_json(ask(engine, "GET", "/containers/c0ffee/stats?stream=0").body).value();
  CHECK(two["read"] == "1970-01-01T00:00:08Z");
  CHECK(two["preread"] == "1970-01-01T00:00:04Z");
  CHECK(two["cpu_stats"]["cpu_usage"]["total_usage"] == 2 * kSecond);
  CHECK(two["precpu_stats"]["cpu_usage"]["total_usage"] == kSecond);
  CHECK(two["pids_stats"] == Json{{"current", 3}});
  CHECK(two["memory_stats"]["limit"] == 4000);
  CHECK(two["networks"]["eth0"]["tx_dropped"] == 8);
  CHECK(two["name"] == "/web");
  engine.readings = {reading(4 * kSecond)};
  const Json one = parse_json(ask(engine, "GET", "/containers/c0ffee/stats?stream=0&one-shot=1").body).value();
  CHECK(one["preread"] == "0001-01-01T00:00:00Z");
  CHECK_FALSE(one["precpu_stats"].contains("system_cpu_usage"));
  engine.readings.clear();
  const Json none = parse_json(ask(engine, "GET", "/containers/c0ffee/stats?stream=false").body).value();
  CHECK(none["read"] == "0001-01-01T00:00:00Z");
  CHECK(none["pids_stats"] == Json::object());
  CHECK(none["memory_stats"] == Json::object());
  std::vector<std::string> keys;
  for (const auto& [key, value] : two.items()) keys.push_back(key);
  CHECK(keys == std::vector<std::string>{"read", "preread", "pids_stats", "blkio_stats", "num_procs", "storage_stats", "cpu_stats", "precpu_stats", "memory_stats", "name", "id", "networks"});
}
