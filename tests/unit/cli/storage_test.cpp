// save, load, prune, df, layers: what is asked, what is said, what is refused.
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.hpp"
#include "cli/layers_text.hpp"
#include "support.hpp"

using namespace strates;
using namespace strates::cli;
using namespace strates::cli::test;

namespace {

using Lines = std::vector<std::string>;

struct Folder {
  Folder() { REQUIRE(::mkdtemp(path) != nullptr); }
  ~Folder() {
    for (const char* name : {"/out.tar", "/in.tar"}) ::unlink((path + std::string(name)).c_str());
    ::rmdir(path);
  }
  std::string file(const std::string& name) const { return path + ("/" + name); }
  char path[64] = "/tmp/strates-storage-XXXXXX";
};

std::string content(const std::string& path) {
  std::ifstream file(path);
  std::stringstream out;
  out << file.rdbuf();
  return out.str();
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

constexpr const char* kUsage =
    R"({"LayersSize":2005968,"Images":[{"Containers":0,"Created":1795453440,"Id":"sha256:b05d3c0c40aa74c154c2df24649d7cb0063af549793ce286a0fec96ff7c878e6","Labels":null,"ParentId":"","RepoDigests":["<none>@<none>"],"RepoTags":["<none>:<none>"],"SharedSize":1984172,"Size":1984210,"VirtualSize":1984210},
{"Containers":1,"Created":1795453440,"Id":"sha256:8ff2686f9325c62235546cd4dfc677fefb6fc045d7a865137cca17dee9e91699","Labels":null,"ParentId":"","RepoDigests":null,"RepoTags":["busybox:latest","busybox:two"],"SharedSize":1984172,"Size":1984172,"VirtualSize":1984172}],
"Containers":[{"Id":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","Names":["/web"],"Image":"busybox","ImageID":"sha256:8ff2686f9325c62235546cd4dfc677fefb6fc045d7a865137cca17dee9e91699","Command":"sh","Created":1795453440,"Ports":[],"Labels":{},"State":"exited","Status":"Exited (0) 3 seconds ago","SizeRw":52,"SizeRootFs":60,"Mounts":[]}],
"Volumes":[{"Name":"vol1","Driver":"local","UsageData":{"RefCount":0,"Size":10}}],"BuildCache":null,"BuilderSize":0})";

}  // namespace

TEST_CASE("docker save writes a file only when it is whole, and refuses a terminal in Docker's words") {
  const Folder folder;
  Stage stage;
  stage.answers["GET /images/get"] = {200, "a tar of more than seven bytes"};
  const Ran out = stage.docker({"save", "b", "a:1"});
  CHECK(out.out == "a tar of more than seven bytes");
  CHECK(out.lines() == Lines{"GET /images/get?names=b&names=a%3A1"});
  CHECK(stage.docker({"image", "save", "-o", folder.file("out.tar"), "a"}).code == 0);
  CHECK(content(folder.file("out.tar")) == "a tar of more than seven bytes");
  stage.console.terminal = true;
  const Ran refused = stage.docker({"save", "a"});
  CHECK(refused.code == 1);
  CHECK(refused.err == "cowardly refusing to save to a terminal. Use the -o flag or redirect\n");
  CHECK(refused.asked.empty());
}

TEST_CASE("docker save checks where it is to write before it asks") {
  Stage stage;
  stage.answers["GET /images/get"] = {404, "{\"message\":\"No such image: x\"}"};
  const Folder folder;
  CHECK(stage.docker({"save", "-o", "/nonexistent/x", "a"}).err == "failed to save image: invalid output path: directory \"/nonexistent\" does not exist\n");
  CHECK(stage.docker({"save", "-o", "/dev/null", "a"}).err == "failed to save image: invalid output path: \"/dev/null\" must be a directory or a regular file: got a device\n");
  const Ran absent = stage.docker({"save", "-o", folder.file("out.tar"), "x"});
  CHECK(absent.err == "Error response from daemon: No such image: x\n");
  CHECK_FALSE(exists(folder.file("out.tar")));
  CHECK(stage.docker({"save"}).err.find("\"docker save\" requires at least 1 argument.") == 0);
}

TEST_CASE("docker load sends a file or its input, and says what the engine says") {
  const Folder folder;
  std::ofstream(folder.file("in.tar")) << "TAR";
  Stage stage;
  stage.answers["POST /images/load"] = {200, "{\"stream\":\"Loaded image: a:1\\n\"}\r\n"};
  const Ran file = stage.docker({"load", "-i", folder.file("in.tar")});
  CHECK(file.out == "Loaded image: a:1\n");
  CHECK(file.lines() == Lines{"POST /images/load?quiet=1"});
  CHECK(file.asked[0].body == "TAR");
  stage.console.input = StringSource("FROM INPUT");
  CHECK(stage.docker({"image", "load", "-q"}).asked[0].body == "FROM INPUT");
  const Ran absent = stage.docker({"load", "-i", "/nonexist"});
  CHECK(absent.code == 1);
  CHECK(absent.err == "open /nonexist: no such file or directory\n");
  stage.answers["POST /images/load"] = {200, "{\"errorDetail\":{\"message\":\"invalid diffID\"},\"error\":\"invalid diffID\"}\r\n"};
  const Ran failed = stage.docker({"load"});
  CHECK(failed.code == 1);
  CHECK(failed.err == "invalid diffID\n");
  stage.console.terminal = true;
  const Ran terminal = stage.docker({"load"});
  CHECK(terminal.err == "requested load from stdin, but stdin is empty\n");
  CHECK(terminal.asked.empty());
}

TEST_CASE("docker image prune asks first, and only y is a yes") {
  Stage stage;
  stage.answers["POST /images/prune"] = {200, R"({"ImagesDeleted":[{"Untagged":"a:1"},{"Deleted":"sha256:1"}],"SpaceReclaimed":1985628})"};
  stage.console.input = StringSource("n\n");
  const Ran no = stage.docker({"image", "prune"});
  CHECK(no.code == 0);
  CHECK(no.asked.empty());
  CHECK(no.out == "WARNING! This will remove all dangling images.\nAre you sure you want to continue? [y/N] Total reclaimed space: 0B\n");
  for (const char* word : {"", "yes\n", "\n"}) {
    stage.console.input = StringSource(word);
    CHECK(stage.docker({"image", "prune"}).asked.empty());
  }
  stage.console.input = StringSource("Y\n");
  const Ran yes = stage.docker({"image", "prune", "-a"});
  CHECK(yes.out ==
        "WARNING! This will remove all images without at least one container associated to them.\nAre you sure you want to continue? [y/N] "
        "Deleted Images:\nuntagged: a:1\ndeleted: sha256:1\n\nTotal reclaimed space: 1.986MB\n");
  CHECK(yes.lines() == Lines{"POST /images/prune?filters=%7B%22dangling%22%3A%7B%22false%22%3Atrue%7D%7D"});
  const Ran forced = stage.docker({"image", "prune", "-f", "--filter", "until=1h"});
  CHECK(forced.asked[0].line.find("until") != std::string::npos);
  stage.answers["POST /images/prune"] = {200, R"({"ImagesDeleted":null,"SpaceReclaimed":0})"};
  CHECK(stage.docker({"image", "prune", "-f"}).out == "Total reclaimed space: 0B\n");
}

TEST_CASE("docker system prune says all that it will remove, and prunes what the engine has") {
  Stage stage;
  const Ran no = stage.docker({"system", "prune"});
  CHECK(no.out ==
        "WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n  - all dangling images\n"
        "  - all dangling build cache\n\nAre you sure you want to continue? [y/N] ");
  CHECK(no.asked.empty());
  const Ran all = stage.docker({"system", "prune", "-a", "--volumes", "--filter", "label=x"});
  CHECK(all.out ==
        "WARNING! This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n  - all volumes not used by at least one container\n"
        "  - all images without at least one container associated to them\n  - all build cache\n\n  Items to be pruned will be filtered with:\n  - label=x\n\n"
        "Are you sure you want to continue? [y/N] ");
  CHECK(stage.docker({"system", "prune", "--volumes", "--filter", "until=1h"}).err == "ERROR: The \"until\" filter is not supported with \"--volumes\"\n");
  stage.answers["POST /containers/prune"] = {200, R"({"ContainersDeleted":["c1"],"SpaceReclaimed":10})"};
  stage.answers["POST /networks/prune"] = {501, R"({"message":"networks come in a later version"})"};
  stage.answers["POST /images/prune"] = {200, R"({"ImagesDeleted":[{"Deleted":"sha256:1"}],"SpaceReclaimed":5})"};
  stage.answers["POST /build/prune"] = {200, R"({"CachesDeleted":null,"SpaceReclaimed":0})"};
  const Ran done = stage.docker({"system", "prune", "-f"});
  CHECK(done.code == 0);
  CHECK(done.out == "Deleted Containers:\nc1\n\nDeleted Images:\ndeleted: sha256:1\n\nTotal reclaimed space: 15B\n");
  CHECK(done.asked.size() == 4);
}

TEST_CASE("docker system df counts kinds, and -v lists them, as Docker lays them out") {
  Stage stage;
  stage.answers["GET /system/df"] = {200, kUsage};
  CHECK(stage.docker({"system", "df"}).out ==
        "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
        "Images          2         1         2.006MB   2.006MB (100%)\n"
        "Containers      1         0         52B       52B (100%)\n"
        "Local Volumes   1         0         10B       10B (100%)\n"
        "Build Cache     0         0         0B        0B\n");
  const std::string first = R"x({"Active":"1","Reclaimable":"2.006MB (100%)","Size":"2.006MB","TotalCount":"2","Type":"Images"})x";
  CHECK(stage.docker({"system", "df", "--format", "{{json .}}"}).out.starts_with(first));
  CHECK(stage.docker({"system", "df", "--format", "table {{.Type}}\\t{{.Active}}"}).out.starts_with("TYPE            ACTIVE\nImages          1\n"));
  CHECK(stage.docker({"system", "df", "-v"}).out ==
        "Images space usage:\n\n"
        "REPOSITORY   TAG       IMAGE ID       CREATED              SIZE      SHARED SIZE   UNIQUE SIZE   CONTAINERS\n"
        "<none>       <none>    b05d3c0c40aa   About a minute ago   1.984MB   1.984MB       38B           0\n"
        "busybox      latest    8ff2686f9325   About a minute ago   1.984MB   1.984MB       0B            1\n"
        "\nContainers space usage:\n\n"
        "CONTAINER ID   IMAGE     COMMAND   LOCAL VOLUMES   SIZE      CREATED              STATUS                     NAMES\n"
        "cccccccccccc   busybox   \"sh\"      0               52B       About a minute ago   Exited (0) 3 seconds ago   web\n"
        "\nLocal Volumes space usage:\n\n"
        "VOLUME NAME   LINKS     SIZE\n"
        "vol1          0         10B\n"
        "\nBuild cache usage: 0B\n\n"
        "CACHE ID   CACHE TYPE   SIZE      CREATED   LAST USED   USAGE     SHARED\n");
}

TEST_CASE("the layers of an image are told in both languages, the files only when asked for") {
  const Json report = parse_json(R"({"Id":"sha256:1","RepoTags":["a:1"],"Layers":[{"DiffID":"sha256:0123456789abcdef","CreatedBy":"RUN x","Bytes":1500,"Added":1,"Changed":2,
    "Removed":3,"WastedBytes":40,"SharedByImages":["b:1","c:1"],"SharedByContainers":["web"],"Files":[{"What":"changed","Path":"/etc/x","Bytes":12}]}],
    "TotalBytes":1500,"MinimumBytes":1499,"WastedBytes":40,"Efficiency":0.9999,"Wasted":[{"Path":"/etc/x","Copies":2,"TotalBytes":52,"WastedBytes":40}]})").value();
  set_language(Language::English);
  CHECK(layers_text(report, LayerFiles::Hidden) ==
        "a:1: layers: 1, bytes: 1.5 kB\n\n1  0123456789ab  1.5 kB  RUN x\n   files: +1 ~2 -3  wasted: 40 bytes\n   also in: b:1, c:1\n   under the containers: web\n"
        "\nefficiency: 99.9%; wasted: 40 bytes\n  40 bytes  /etc/x (2 versions, 52 bytes in all)\n");
  CHECK(layers_text(report, LayerFiles::Shown).find("     ~ /etc/x  12 bytes\n") != std::string::npos);
  set_language(Language::French);
  CHECK(layers_text(report, LayerFiles::Hidden).find("efficacité\u00a0: 99,9\u00a0%\u00a0; gaspillé\u00a0: 40 octets\n") != std::string::npos);
  set_language(Language::English);
}

TEST_CASE("the other names of a command are told in its help, and lead to its one name") {
  Stage stage;
  for (const Lines& words : {Lines{"image", "ls", "--help"}, Lines{"image", "list", "--help"}})
    CHECK(stage.docker(words).out.starts_with("\nUsage:  docker image ls [OPTIONS] [REPOSITORY[:TAG]]\n\nList images\n\nAliases:\n  ls, list\n\nOptions:\n"));
  CHECK(stage.docker({"image", "rm", "--help"}).out.find("\nAliases:\n  rm, rmi, remove\n") != std::string::npos);
  CHECK(stage.docker({"container", "ls", "--help"}).out.find("\nAliases:\n  ls, ps, list\n") != std::string::npos);
  CHECK(stage.docker({"images", "--help"}).out.find("Aliases") == std::string::npos);
  CHECK(stage.docker({"container", "rm", "--help"}).out.find("Aliases") == std::string::npos);
}
