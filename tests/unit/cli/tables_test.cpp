// The lists against what Docker 20.10.24 printed for the same facts.
#include "support.hpp"

using namespace strates;
using namespace strates::cli;
using namespace strates::cli::test;

namespace {

// The reference's own containers, as the engine would tell them at StillClock's time.
const char* kContainers = R"([
 {"Id":"9f9890d08751721fe1800f1f5bdc008d9c4f338bd82a8aa77b480b64ead2bb2e","Names":["/created"],"Image":"busybox","ImageID":"sha256:a569983b1dfc","Command":"true","Created":1795453499,"Ports":[],"Labels":{},"State":"created","Status":"Created"},
 {"Id":"56e0de9f31bc982dc7135debe0a6d388e30c664f200a6d54e4737fef3de25daa","Names":["/stopped"],"Image":"busybox","ImageID":"sha256:a569983b1dfc","Command":"sh -c 'exit 4'","Created":1795453498,"Ports":[],"Labels":{},"State":"exited","Status":"Exited (4) 1 second ago"},
 {"Id":"eb52c0b3466ec07d7bce3a541e498b48ffd2e30db5a1f791a927e52b02049e8d","Names":["/web"],"Image":"busybox","ImageID":"sha256:a569983b1dfc","Command":"sh -c 'mkdir -p /www; echo hi >/www/index.html; rm /etc/group; echo n > /etc/newfile; mkdir /opt2; echo m >> /etc/passwd; echo log-out; echo log-err >&2; httpd -f -p 80 -h /www'","Created":1795453498,
  "Ports":[{"IP":"0.0.0.0","PrivatePort":81,"PublicPort":8093,"Type":"udp"},{"IP":"127.0.0.1","PrivatePort":80,"PublicPort":8092,"Type":"tcp"},{"IP":"::","PrivatePort":81,"PublicPort":8093,"Type":"udp"}],"Labels":{"k":"v"},"State":"running","Status":"Up 1 second","SizeRw":37,"SizeRootFs":1984209},
 {"Id":"45ab473a3601cfee4b57986b27a54a8af386b79c0cca258a357dc371af4da779","Names":["/zen_nobel"],"Image":"sha256:a569983b1dfcf342249ab8fd78f2f7e3d449d808b53ae125eb144d484ca6c452","ImageID":"sha256:a569983b1dfcf342249ab8fd78f2f7e3d449d808b53ae125eb144d484ca6c452","Command":"/bin/sh -c 'echo before; exit 3'","Created":1795453496,"Ports":[],"Labels":{},"State":"exited","Status":"Exited (3) 3 seconds ago"},
 {"Id":"9c9124308a5aa1c0174720d88c37dc5d9c7d62e200e51922639525aea6c53703","Names":["/hardcore_easley"],"Image":"sha256:381ed9233b9528caae0a1e1e0509bba0a537bb00ab908b566e94b4a00a68d077","ImageID":"sha256:381ed9233b9528caae0a1e1e0509bba0a537bb00ab908b566e94b4a00a68d077","Command":"/bin/sh -c '#(nop) ' 'CMD [\"cat\" \"/opt/out/a\"]'","Created":1795453494,"Ports":[],"Labels":{},"State":"created","Status":"Created"},
 {"Id":"66a705f1955f19f208879a1023110bdd85032d9cc4ce0363b7df7a3047e2bd84","Names":["/loving_wozniak"],"Image":"sha256:f673b9c977cae6e6616af80dd21a1c545a0cf261d415c6992455cb8c64d896a5","ImageID":"sha256:f673b9c977cae6e6616af80dd21a1c545a0cf261d415c6992455cb8c64d896a5","Command":"/bin/sh -c '#(nop) ' 'ONBUILD RUN echo triggered'","Created":1795453494,"Ports":[],"Labels":{},"State":"created","Status":"Created"},
 {"Id":"f2a0da537a1d8a9ebf9073b91f38d0d3e42b50ae59fc975d21a6afe38c7e6da4","Names":["/ecstatic_bose"],"Image":"sha256:a569983b1dfcf342249ab8fd78f2f7e3d449d808b53ae125eb144d484ca6c452","ImageID":"sha256:a569983b1dfcf342249ab8fd78f2f7e3d449d808b53ae125eb144d484ca6c452","Command":"/bin/sh -c 'mkdir /out && echo artefact > /out/a && echo unused > /unused'","Created":1795453493,"Ports":[],"Labels":{},"State":"exited","Status":"Exited (0) 6 seconds ago"}
])";

std::string only(const std::vector<size_t>& rows) {
  const Json all = parse_json(kContainers).value();
  Json out = Json::array();
  for (const size_t row : rows) out.push_back(all[row]);
  return dump_json(out);
}

}  // namespace

TEST_CASE("docker ps prints what Docker prints") {
  const auto recorded = reference("ps");
  if (recorded.empty()) return;
  Stage stage;
  const auto with = [&](const std::string& containers, const std::vector<std::string>& words) {
    stage.answers["GET /containers/json"] = {200, containers};
    return stage.docker(words);
  };
  CHECK(with(only({2}), {"ps"}).out == recorded.at("docker ps").out);
  CHECK(with(kContainers, {"ps", "-a"}).out == recorded.at("docker ps -a").out);
  CHECK(with(kContainers, {"container", "ls", "-aq"}).out == recorded.at("docker ps -aq").out);
  CHECK(with(kContainers, {"ps", "--no-trunc", "-a"}).out == recorded.at("docker ps --no-trunc -a").out);
  CHECK(with(only({2}), {"ps", "-s"}).out == recorded.at("docker ps -s").out);
  CHECK(with(only({0}), {"ps", "-l"}).out == recorded.at("docker ps -l").out);
  CHECK(with(only({0, 1}), {"ps", "-n", "2"}).out == recorded.at("docker ps -n 2").out);
  CHECK(with(only({1, 3, 6}), {"ps", "-a", "--filter", "status=exited"}).out == recorded.at("docker ps -a --filter status=exited").out);
  CHECK(with(only({2}), {"ps", "--format", "{{.ID}}: {{.Names}} {{.Ports}} {{.Labels}}"}).out ==
        recorded.at("docker ps --format '{{.ID}}: {{.Names}} {{.Ports}} {{.Labels}}'").out);
}

TEST_CASE("docker ps asks as Docker's client asks") {
  Stage stage;
  stage.answers["GET /containers/json"] = {200, "[]"};
  CHECK(stage.docker({"ps"}).lines() == std::vector<std::string>{"GET /containers/json"});
  CHECK(stage.docker({"ps", "-a", "-n", "3", "-s", "--filter", "status=exited", "--filter", "name=fo", "--no-trunc"}).lines() ==
        std::vector<std::string>{
            "GET /containers/json?all=1&filters=%7B%22name%22%3A%7B%22fo%22%3Atrue%7D%2C%22status%22%3A%7B%22exited%22%3Atrue%7D%7D&limit=3&size=1"});
  CHECK(stage.docker({"ps", "-l"}).lines() == std::vector<std::string>{"GET /containers/json?limit=1"});
  CHECK(stage.docker({"ps", "--format", "{{.Size}}"}).lines() == std::vector<std::string>{"GET /containers/json?size=1"});
  CHECK(stage.docker({"images", "-a", "busybox", "--filter", "dangling=false"}).lines().size() == 1);
  const Ran bad = stage.docker({"ps", "--filter", "x"});
  CHECK(bad.code == 125);
  CHECK(bad.err == "invalid argument \"x\" for \"-f, --filter\" flag: bad format of filter (expected name=value)\nSee 'docker ps --help'.\n");
}

TEST_CASE("labels, headers and JSON of a list are Docker's") {
  Stage stage;
  stage.answers["GET /containers/json"] = {200, only({2})};
  CHECK(stage.docker({"ps", "--format", "table {{.Names}}\\t{{.Label \"k\"}}\\t{{upper .State}}"}).out == "NAMES     k         STATE\nweb       v         RUNNING\n");
  CHECK(stage.docker({"ps", "--format", "{{json .}}"}).out.starts_with("{\"Command\":\"\\\"sh -c 'mkdir -p /ww…\\\"\",\"CreatedAt\":"));
  CHECK(stage.docker({"ps", "--format", "{{.Foo}}"}).err ==
        "failed to execute template: template: :1:2: executing \"\" at <.Foo>: can't evaluate field Foo in type *formatter.ContainerContext\n");
}

TEST_CASE("the alias of a link is no name, except untruncated") {
  Stage stage;
  stage.answers["GET /containers/json"] = {200, R"([{"Id":"aa","Names":["/other/alias","/web"],"Image":"x","Command":"c","Created":1,"Status":"Up"}])"};
  CHECK(stage.docker({"ps", "--format", "{{.Names}}"}).out == "web\n");
  CHECK(stage.docker({"ps", "--no-trunc", "--format", "{{.Names}}"}).out == "other/alias,web\n");
}

TEST_CASE("neighbouring ports are shown as ranges") {
  Stage stage;
  stage.answers["GET /containers/json"] = {200, R"([{"Id":"aa","Names":["/p"],"Image":"x","Command":"c","Created":1,"Status":"Up","Ports":[
    {"PrivatePort":80,"Type":"tcp"},{"PrivatePort":81,"Type":"tcp"},{"PrivatePort":90,"Type":"tcp"},
    {"IP":"0.0.0.0","PrivatePort":7000,"PublicPort":7000,"Type":"tcp"},{"IP":"0.0.0.0","PrivatePort":7001,"PublicPort":7001,"Type":"tcp"},
    {"IP":"0.0.0.0","PrivatePort":8080,"PublicPort":9090,"Type":"tcp"}]}])"};
  CHECK(stage.docker({"ps", "--format", "{{.Ports}}"}).out == "80-81/tcp, 90/tcp, 0.0.0.0:7000-7001->7000-7001/tcp, 0.0.0.0:9090->8080/tcp\n");
}

TEST_CASE("docker images and docker history print what Docker prints") {
  const auto images = reference("images");
  const auto history = reference("history");
  if (images.empty() || history.empty()) return;
  Stage stage;
  stage.answers["GET /images/json"] = {200, R"([
    {"Id":"sha256:e4c7935a17af7a33d97d94cbe0c1fb086cfa1b9329c5c7a1191c30f8e52d4de7","RepoTags":["app:4"],"RepoDigests":null,"Created":1795453494,"Size":1984239},
    {"Id":"sha256:89f6a2b36b06276e66095004f036657d7e1303e7f4b685c96ef37447f7ad3f2e","RepoTags":["app:3"],"RepoDigests":null,"Created":1795453491,"Size":1984239},
    {"Id":"sha256:d796c5baf71e1f699e785514776f5c692a2b72363b9daad6e2cd4c6540a6b47c","RepoTags":["app:2"],"RepoDigests":null,"Created":1795453488,"Size":1984239},
    {"Id":"sha256:021f12a3cb74afa1e4576e2041a1f9b31677e8cbc74d12f99f567fabc2c3720d","RepoTags":["app:1"],"RepoDigests":null,"Created":1795453485,"Size":1984239}])"};
  CHECK(stage.docker({"images", "app"}).out == images.at("docker images app").out);
  stage.answers["GET /images/json"] = {200, R"([
    {"Id":"sha256:d6dcf4ead112bdad7dbd2f60d13af8219f606396e6aeefbbbbe3b396f1cf130b","RepoTags":["<none>:<none>"],"RepoDigests":["<none>@<none>"],"Created":1795453496,"Size":1984239},
    {"Id":"sha256:66d30fb4b2acc0f460e8a8944aeaba5ddc8c05dcf1c76344611b328715c62930","RepoTags":null,"RepoDigests":null,"Created":1795453494,"Size":1984239}])"};
  CHECK(stage.docker({"images", "--filter", "dangling=true"}).out == images.at("docker images --filter dangling=true").out);

  stage.answers["GET /images/multi:1/history"] = {200, R"([
    {"Id":"sha256:f47d75d1708d558b7d6b3577a31c2ce73729e22940c9701526ae92ad6451b3e0","Created":1795453496,"CreatedBy":"/bin/sh -c #(nop)  CMD [\"cat\" \"/opt/out/a\"]","Size":0,"Comment":""},
    {"Id":"sha256:3801a7fbff96","Created":1795453496,"CreatedBy":"/bin/sh -c #(nop)  ONBUILD RUN echo triggered","Size":0,"Comment":""},
    {"Id":"sha256:f5fca07454f0","Created":1795453496,"CreatedBy":"/bin/sh -c #(nop) ADD file:0e95ee2cb0ac76243ffffffffffffffffffff in /arch/ ","Size":2,"Comment":""},
    {"Id":"sha256:f25fe4ffd96b","Created":1795453496,"CreatedBy":"/bin/sh -c #(nop) COPY dir:87f6fa949eaa07f0effffffffffffffffffff in /opt/out ","Size":9,"Comment":""},
    {"Id":"sha256:a569983b1dfc","Created":1795450380,"CreatedBy":"","Size":1984172,"Comment":"Imported from -"}])"};
  CHECK(stage.docker({"history", "--format", "{{.ID}} {{.Size}} {{.CreatedBy}}", "multi:1"}).out ==
        history.at("docker history --format '{{.ID}} {{.Size}} {{.CreatedBy}}' multi:1").out);
  CHECK(stage.docker({"history", "multi:1"}).out.ends_with("a569983b1dfc   52 minutes ago                                                   1.98MB    Imported from -\n"));
}

TEST_CASE("digests have rows of their own when they are asked for") {
  Stage stage;
  stage.answers["GET /images/json"] = {200, R"([{"Id":"sha256:6db5d1330684","RepoTags":["r:5000/l30:latest"],"RepoDigests":["r:5000/l30@sha256:65","r:5000/l30@sha256:c7","other@sha256:99"],"Created":1,"Size":1}])"};
  CHECK(stage.docker({"images", "--digests", "--format", "{{.Repository}} {{.Tag}} {{.Digest}}"}).out ==
        "r:5000/l30 latest sha256:65\nr:5000/l30 latest sha256:c7\nother <none> sha256:99\n");
  CHECK(stage.docker({"images", "--format", "{{.Repository}} {{.Tag}}"}).out == "r:5000/l30 latest\nother <none>\n");
}

TEST_CASE("top, diff, inspect, version and info print what Docker prints") {
  Stage stage;
  if (const auto recorded = reference("top"); !recorded.empty()) {
    stage.answers["GET /containers/web/top"] = {200, R"({"Processes":[["root","15274","15253","0","17:04","?","00:00:00","httpd -f -p 80 -h /www"]],"Titles":["UID","PID","PPID","C","STIME","TTY","TIME","CMD"]})"};
    CHECK(stage.docker({"top", "web"}).out == recorded.at("docker top web").out);
    CHECK(stage.docker({"top", "web", "-eo", "pid"}).lines() == std::vector<std::string>{"GET /containers/web/top?ps_args=-eo+pid"});
  }
  if (const auto recorded = reference("diff"); !recorded.empty()) {
    stage.answers["GET /containers/web/changes"] = {200, R"([{"Path":"/www","Kind":1},{"Path":"/www/index.html","Kind":1},{"Path":"/data","Kind":1},{"Path":"/etc","Kind":0},{"Path":"/etc/passwd","Kind":0},{"Path":"/etc/newfile","Kind":1},{"Path":"/etc/group","Kind":2},{"Path":"/opt2","Kind":1}])"};
    CHECK(stage.docker({"diff", "web"}).out == recorded.at("docker diff web").out);
  }
  if (const auto recorded = reference("inspect-image-full"); !recorded.empty()) {
    const std::string text = recorded.begin()->second.out;
    Json image = parse_json(text).value()[0];
    stage.answers["GET /images/app:4/json"] = {200, dump_json(image)};
    CHECK(stage.docker({"inspect", "app:4"}).out == text);
    CHECK(stage.docker({"image", "inspect", "-f", "{{.Id}} {{.Size}}", "app:4"}).out == "sha256:e4c7935a17af7a33d97d94cbe0c1fb086cfa1b9329c5c7a1191c30f8e52d4de7 1984239\n");
  }
  if (const auto recorded = reference("inspect-missing"); !recorded.empty()) {
    const Ran ran = stage.docker({"inspect", "nosuch"});
    CHECK(ran.out == recorded.at("docker inspect nosuch").out);
    CHECK(ran.err == recorded.at("docker inspect nosuch").err);
    CHECK(ran.code == 1);
  }
  if (const auto recorded = reference("system"); !recorded.empty()) {
    const std::string info = R"json({"ID":"QXCT:ULWO:R6G3:UXVM:GOBA:P5KB:EIQD:W53O:D7SZ:J74F:VDSG:7Y4B","Containers":7,"ContainersRunning":1,"ContainersPaused":0,"ContainersStopped":6,"Images":66,"Driver":"overlay2","DriverStatus":[["Backing Filesystem","extfs"],["Supports d_type","true"],["Native Overlay Diff","true"],["userxattr","false"]],"Plugins":{"Volume":["local"],"Network":["bridge","host","ipvlan","macvlan","null","overlay"],"Authorization":null,"Log":["awslogs","fluentd","gcplogs","gelf","journald","json-file","local","logentries","splunk","syslog"]},"Debug":false,"LoggingDriver":"json-file","CgroupDriver":"cgroupfs","CgroupVersion":"1","KernelVersion":"6.18.44-fc-v657","OperatingSystem":"Debian GNU/Linux 12 (bookworm)","OSType":"linux","Architecture":"x86_64","RegistryConfig":{"InsecureRegistryCIDRs":["127.0.0.0/8"]},"NCPU":2,"MemTotal":25276510208,"DockerRootDir":"/srv/engine","Name":"vm","Labels":[],"ExperimentalBuild":false,"ServerVersion":"20.10.24+dfsg1","Runtimes":{"io.containerd.runc.v2":{},"io.containerd.runtime.v1.linux":{},"runc":{}},"DefaultRuntime":"runc","Swarm":{"LocalNodeState":"inactive"},"LiveRestoreEnabled":false,"InitBinary":"docker-init","ContainerdCommit":{"ID":"1.6.20~ds1-1+deb12u3"},"RuncCommit":{"ID":"1.1.5+ds1-1+deb12u1"},"InitCommit":{"ID":""},"SecurityOptions":["name=seccomp,profile=default"],"Warnings":null})json";
    stage.answers["GET /info"] = {200, info};
    const std::string shown = stage.docker({"info"}).out;
    for (const std::string& line : split_lines(recorded.at("docker info").out)) {
      if (line.starts_with(" Registry:") || line == " init version: ") continue;
      INFO(line);
      CHECK(shown.find(line + "\n") != std::string::npos);
    }
  }
}
