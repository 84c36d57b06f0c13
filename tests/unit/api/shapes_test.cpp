// The bytes of answers, as Docker 20.10.24 sent them for the same container and image (its own paths and network identifiers aside).
#include <doctest/doctest.h>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "fake_engine.hpp"

using namespace strates;
using namespace strates::api::test;

namespace {

struct Gold {
  Gold() {
    engine.all_containers = {gold_container()};
    engine.all_images = {gold_image()};
    engine::NetworkRecord none;
    none.id = none_id;
    none.name = "none";
    none.driver = "null";
    none.predefined = true;
    engine.nets.all = {{none, {}}};
  }
  std::string none_network() const {
    return R"({"none":{"IPAMConfig":null,"Links":null,"Aliases":null,"NetworkID":")" + none_id +
           R"(","EndpointID":"","Gateway":"","IPAddress":"","IPPrefixLen":0,"IPv6Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"MacAddress":"","DriverOpts":null}})";
  }
  FakeEngine engine;
  std::string none_id = "c4efc31be7f5";
};

}  // namespace

TEST_CASE("a container is inspected with all of Docker's keys, in its order, null and empty as it has them") {
  Gold gold;
  const Answer answer = ask(gold.engine, "GET", "/v1.41/containers/gold/json");
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Type") == "application/json");
  CHECK(answer.body ==
        R"({"Id":"01aa8c1f533d8030c537e14ef49bab79ab21329a7a399baf6a55327c21b0e265","Created":"2026-11-23T16:34:14.127365367Z","Path":"sleep","Args":["300"],"State":{"Status":"running","Running":true,"Paused":false,"Restarting":false,"OOMKilled":false,"Dead":false,"Pid":23422,"ExitCode":0,"Error":"","StartedAt":"2026-11-23T16:34:14.364839188Z","FinishedAt":"0001-01-01T00:00:00Z"},"Image":"sha256:70fa9cfe2e04dccccfba9fea5539e8857fda9b195a4071feb28a9f693fb3de03","ResolvConfPath":"/logs/resolv.conf","HostnamePath":"/logs/hostname","HostsPath":"/logs/hosts","LogPath":"/logs/01aa8c1f533d8030c537e14ef49bab79ab21329a7a399baf6a55327c21b0e265","Name":"/gold","RestartCount":0,"Driver":"overlay2","Platform":"linux","MountLabel":"","ProcessLabel":"","AppArmorProfile":"","ExecIDs":null,"HostConfig":{"Binds":null,"ContainerIDFile":"","LogConfig":{"Type":"json-file","Config":{}},"NetworkMode":"none","PortBindings":{},"RestartPolicy":{"Name":"no","MaximumRetryCount":0},"AutoRemove":false,"VolumeDriver":"","VolumesFrom":null,"CapAdd":null,"CapDrop":null,"CgroupnsMode":"private","Dns":[],"DnsOptions":[],"DnsSearch":[],"ExtraHosts":null,"GroupAdd":null,"IpcMode":"private","Cgroup":"","Links":null,"OomScoreAdj":0,"PidMode":"","Privileged":false,"PublishAllPorts":false,"ReadonlyRootfs":false,"SecurityOpt":null,"UTSMode":"","UsernsMode":"","ShmSize":67108864,"Runtime":"runc","ConsoleSize":[0,0],"Isolation":"","CpuShares":0,"Memory":0,"NanoCpus":0,"CgroupParent":"","BlkioWeight":0,"BlkioWeightDevice":[],"BlkioDeviceReadBps":null,"BlkioDeviceWriteBps":null,"BlkioDeviceReadIOps":null,"BlkioDeviceWriteIOps":null,"CpuPeriod":0,"CpuQuota":0,"CpuRealtimePeriod":0,"CpuRealtimeRuntime":0,"CpusetCpus":"","CpusetMems":"","Devices":[],"DeviceCgroupRules":null,"DeviceRequests":null,"KernelMemory":0,"KernelMemoryTCP":0,"MemoryReservation":0,"MemorySwap":0,"MemorySwappiness":null,"OomKillDisable":false,"PidsLimit":null,"Ulimits":null,"CpuCount":0,"CpuPercent":0,"IOMaximumIOps":0,"IOMaximumBandwidth":0,"MaskedPaths":["/proc/asound","/proc/acpi","/proc/kcore","/proc/keys","/proc/latency_stats","/proc/timer_list","/proc/timer_stats","/proc/sched_debug","/proc/scsi","/sys/firmware"],"ReadonlyPaths":["/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"]},"GraphDriver":{"Data":{"LowerDir":"/o/init/diff:/o/1/diff","MergedDir":"/o/2/merged","UpperDir":"/o/2/diff","WorkDir":"/o/2/work"},"Name":"overlay2"},"Mounts":[],"Config":{"Hostname":"01aa8c1f533d","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":["A=1","PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["sleep","300"],"Image":"busybox","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":{}},"NetworkSettings":{"Bridge":"","SandboxID":"","HairpinMode":false,"LinkLocalIPv6Address":"","LinkLocalIPv6PrefixLen":0,"Ports":{},"SandboxKey":"","SecondaryIPAddresses":null,"SecondaryIPv6Addresses":null,"EndpointID":"","Gateway":"","GlobalIPv6Address":"","GlobalIPv6PrefixLen":0,"IPAddress":"","IPPrefixLen":0,"IPv6Gateway":"","MacAddress":"","Networks":)" +
            gold.none_network() + "}}\n");
}

TEST_CASE("sizes come with size=1, between the graph driver and the mounts") {
  Gold gold;
  CHECK(ask(gold.engine, "GET", "/containers/gold/json?size=1").body.find(R"("Name":"overlay2"},"SizeRw":12,"SizeRootFs":1985640,"Mounts":[])") != std::string::npos);
  CHECK(ask(gold.engine, "GET", "/containers/json?size=1").body.find(R"("Ports":[],"SizeRw":12,"SizeRootFs":1985640,"Labels":{})") != std::string::npos);
}

TEST_CASE("containers are listed as Docker lists them") {
  Gold gold;
  const std::string body = ask(gold.engine, "GET", "/containers/json?all=1&limit=3&filters=" + percent_encode(R"({"label":{"a=b":true,"c":false},"status":["running"]})")).body;
  CHECK(gold.engine.filter.all);
  CHECK(gold.engine.filter.limit == 3);
  CHECK(gold.engine.filter.filters == std::vector<std::pair<std::string, std::string>>{{"label", "a=b"}, {"status", "running"}});
  const std::string expected =
      R"([{"Id":"01aa8c1f533d8030c537e14ef49bab79ab21329a7a399baf6a55327c21b0e265","Names":["/gold"],"Image":"busybox","ImageID":"sha256:70fa9cfe2e04dccccfba9fea5539e8857fda9b195a4071feb28a9f693fb3de03","Command":"sleep 300","Created":1795451654,"Ports":[],"Labels":{},"State":"running","Status":"Up Less than a second","HostConfig":{"NetworkMode":"none"},"NetworkSettings":{"Networks":)" +
      gold.none_network() + R"(},"Mounts":[]}])" + "\n";
  CHECK(body == expected);
}

TEST_CASE("a list names the image by its id once its name means another") {
  Gold gold;
  gold.engine.all_images[0].id = ImageId("sha256:other");
  CHECK(ask(gold.engine, "GET", "/containers/json").body.find(R"("Image":"sha256:70fa9cfe2e04dccccfba9fea5539e8857fda9b195a4071feb28a9f693fb3de03")") != std::string::npos);
}

TEST_CASE("an argument with a space is quoted in a list's command") {
  Gold gold;
  gold.engine.all_containers[0].args = {"-c", "echo hi"};
  CHECK(ask(gold.engine, "GET", "/containers/json").body.find(R"("Command":"sleep -c 'echo hi'")") != std::string::npos);
}

TEST_CASE("an image is inspected, listed and told its history as Docker does") {
  Gold gold;
  CHECK(ask(gold.engine, "GET", "/images/busybox/json").body ==
        R"({"Id":"sha256:70fa9cfe2e04dccccfba9fea5539e8857fda9b195a4071feb28a9f693fb3de03","RepoTags":["busybox:latest"],"RepoDigests":[],"Parent":"","Comment":"Imported from -","Created":"2026-11-23T16:33:43.630676938Z","Container":"","ContainerConfig":{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":null,"Cmd":null,"Image":"","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":null},"DockerVersion":"20.10.24","Author":"","Config":{"Hostname":"","Domainname":"","User":"","AttachStdin":false,"AttachStdout":false,"AttachStderr":false,"Tty":false,"OpenStdin":false,"StdinOnce":false,"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"Cmd":["sh"],"Image":"","Volumes":null,"WorkingDir":"","Entrypoint":null,"OnBuild":null,"Labels":null},"Architecture":"amd64","Os":"linux","Size":1985628,"VirtualSize":1985628,"GraphDriver":{"Data":null,"Name":"overlay2"},"RootFS":{"Type":"layers","Layers":["sha256:8802d371f17ae04f17da0d0a4d3a649b09045ab0dcb37ab19eca2938309e66d0"]},"Metadata":{"LastTagTime":"2026-11-23T16:33:43.631761439Z"}})"
        "\n");
  CHECK(ask(gold.engine, "GET", "/images/json").body ==
        R"([{"Containers":-1,"Created":1795451623,"Id":"sha256:70fa9cfe2e04dccccfba9fea5539e8857fda9b195a4071feb28a9f693fb3de03","Labels":null,"ParentId":"","RepoDigests":null,"RepoTags":["busybox:latest"],"SharedSize":-1,"Size":1985628,"VirtualSize":1985628}])"
        "\n");
  gold.engine.rows = {{"sha256:70fa9cfe2e04dccccfba9fea5539e8857fda9b195a4071feb28a9f693fb3de03", gold_image().created, "", "Imported from -", 1985628, {"busybox:latest"}}, {"<missing>", 0, "x", "", 0, {}}};
  CHECK(ask(gold.engine, "GET", "/images/busybox/history").body ==
        R"([{"Comment":"Imported from -","Created":1795451623,"CreatedBy":"","Id":"sha256:70fa9cfe2e04dccccfba9fea5539e8857fda9b195a4071feb28a9f693fb3de03","Size":1985628,"Tags":["busybox:latest"]},{"Comment":"","Created":0,"CreatedBy":"x","Id":"<missing>","Size":0,"Tags":null}])"
        "\n");
}

TEST_CASE("an image without a name is listed as none, and filters choose") {
  Gold gold;
  gold.engine.all_images.push_back(gold_image());
  gold.engine.all_images[1].references.clear();
  gold.engine.all_images[1].config.config.labels = std::map<std::string, std::string>{{"a", "b"}};
  const auto count = [&](const std::string& filters) {
    const Answer answer = ask(gold.engine, "GET", "/images/json?filters=" + percent_encode(filters));
    REQUIRE(answer.status == 200);
    return parse_json(answer.body).value().size();
  };
  CHECK(ask(gold.engine, "GET", "/images/json").body.find(R"("RepoDigests":["<none>@<none>"],"RepoTags":["<none>:<none>"])") != std::string::npos);
  CHECK(count(R"({"dangling":{"true":true}})") == 1);
  CHECK(count(R"({"dangling":{"false":true}})") == 1);
  CHECK(count(R"({"label":{"a=b":true}})") == 1);
  CHECK(count(R"({"label":{"a=c":true}})") == 0);
  CHECK(count(R"({"reference":{"busy*":true}})") == 1);
  CHECK(count(R"({"reference":{"busybox:1*":true}})") == 0);
  CHECK(ask(gold.engine, "GET", "/images/json?filters=" + percent_encode(R"({"colour":{"red":true}})")).body == "{\"message\":\"Invalid filter 'colour'\"}\n");
}

TEST_CASE("an exec is inspected as Docker does") {
  Gold gold;
  gold.engine.one_exec.id = ExecId("e1");
  gold.engine.one_exec.container = ContainerId("c1");
  gold.engine.one_exec.command = {"sh", "-c", "echo e >&2"};
  gold.engine.one_exec.attach_stdout = gold.engine.one_exec.attach_stderr = true;
  gold.engine.one_exec.exit_code = 5;
  gold.engine.one_exec.pid = 16467;
  CHECK(ask(gold.engine, "GET", "/exec/e1/json").body ==
        R"({"ID":"e1","Running":false,"ExitCode":5,"ProcessConfig":{"tty":false,"entrypoint":"sh","arguments":["-c","echo e >&2"],"privileged":false},"OpenStdin":false,"OpenStderr":true,"OpenStdout":true,"CanRemove":false,"ContainerID":"c1","DetachKeys":"","Pid":16467})"
        "\n");
  gold.engine.one_exec.exit_code.reset();
  CHECK(ask(gold.engine, "GET", "/exec/e1/json").body.find(R"("ExitCode":null)") != std::string::npos);
  CHECK(ask(gold.engine, "GET", "/exec/e2/json").status == 404);
}

TEST_CASE("networks, volumes and plugins are what is there") {
  Gold gold;
  const std::string networks = ask(gold.engine, "GET", "/networks").body;
  CHECK(networks.find(R"("Scope":"local","Driver":"null","EnableIPv6":false,"IPAM":{"Driver":"default","Options":null,"Config":[]},"Internal":false,"Attachable":false,"Ingress":false,"ConfigFrom":{"Network":""},"ConfigOnly":false,"Containers":{},"Options":{},"Labels":{}})") != std::string::npos);
  CHECK(ask(gold.engine, "GET", "/networks/none").status == 200);
  CHECK(ask(gold.engine, "GET", "/networks/nosuch").body == "{\"message\":\"network nosuch not found\"}\n");
  CHECK(ask(gold.engine, "GET", "/volumes").body == "{\"Volumes\":[],\"Warnings\":null}\n");
  CHECK(ask(gold.engine, "GET", "/volumes/nosuch").body == "{\"message\":\"get nosuch: no such volume\"}\n");
  CHECK(ask(gold.engine, "GET", "/plugins").body == "[]\n");
}
