// Docker's events of a morning's work with images and containers: what Docker 20.10.24 told of the same commands, in both worlds.
#include <doctest/doctest.h>

#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;

namespace {

constexpr const char* kCommands = R"(
sleep 1.1; since=$(date +%s)
mkdir -p ctx; printf 'FROM busybox\nLABEL a=b\nCOPY f /f\nRUN echo 1 > /one\n' > ctx/Dockerfile; echo x > ctx/f
docker build -q --network none -t isev:1 ctx >/dev/null
docker tag isev:1 isev:2
docker save -o ev.tar isev:1 isev:2
docker rmi isev:2 >/dev/null
docker rmi isev:1 >/dev/null
docker load -q -i ev.tar >/dev/null
docker create --name isevc --network none -l own=1 isev:1 true >/dev/null
docker export isevc | docker import -c 'LABEL z=1' - isev:3 >/dev/null
docker commit isevc isev:4 >/dev/null
docker tag isev:4 isev:3
docker update --restart no isevc >/dev/null
docker start -a isevc
docker rm isevc >/dev/null
docker rmi isev:4 isev:3 isev:2 >/dev/null
docker rmi isev:1 >/dev/null
docker rmi $(docker images -q --filter dangling=true --filter label=z=1) >/dev/null
sleep 1.1
docker events --since $since --until $(date +%s) --format '{{.Type}} {{.Action}} {{json .Actor.Attributes}}' | sed -E 's/sha256:[0-9a-f]{64}/<image>/g; s/"container":"[0-9a-f]{64}"/"container":"<id>"/; s/"name":"[a-z]+_[a-z]+[0-9]?"/"name":"<random>"/'
)";

// Ids and names drawn at random are marked by the script's last line.
constexpr const char* kDocker = R"(container create {"a":"b","image":"<image>","name":"<random>"}
container destroy {"a":"b","image":"<image>","name":"<random>"}
container create {"a":"b","image":"<image>","name":"<random>"}
container attach {"a":"b","image":"<image>","name":"<random>"}
network connect {"container":"<id>","name":"none","type":"null"}
container start {"a":"b","image":"<image>","name":"<random>"}
container die {"a":"b","exitCode":"0","image":"<image>","name":"<random>"}
network disconnect {"container":"<id>","name":"none","type":"null"}
container destroy {"a":"b","image":"<image>","name":"<random>"}
image tag {"a":"b","name":"isev:1"}
image tag {"a":"b","name":"isev:2"}
image save {"a":"b","name":"<image>"}
image untag {"a":"b","name":"<image>"}
image untag {"a":"b","name":"<image>"}
image delete {"name":"<image>"}
image delete {"name":"<image>"}
image delete {"name":"<image>"}
image load {"a":"b","name":"<image>"}
container create {"a":"b","image":"isev:1","name":"isevc","own":"1"}
container export {"a":"b","image":"isev:1","name":"isevc","own":"1"}
image tag {"name":"isev:3","z":"1"}
image import {"name":"<image>","z":"1"}
image tag {"a":"b","name":"isev:4","own":"1"}
container commit {"a":"b","comment":"","image":"isev:1","imageID":"<image>","imageRef":"isev:4","name":"isevc","own":"1"}
image tag {"a":"b","name":"isev:3","own":"1"}
container update {"a":"b","image":"isev:1","name":"isevc","own":"1"}
container attach {"a":"b","image":"isev:1","name":"isevc","own":"1"}
network connect {"container":"<id>","name":"none","type":"null"}
container start {"a":"b","image":"isev:1","name":"isevc","own":"1"}
container die {"a":"b","exitCode":"0","image":"isev:1","name":"isevc","own":"1"}
network disconnect {"container":"<id>","name":"none","type":"null"}
container destroy {"a":"b","image":"isev:1","name":"isevc","own":"1"}
image untag {"a":"b","name":"<image>","own":"1"}
image untag {"a":"b","name":"<image>","own":"1"}
image delete {"name":"<image>"}
image untag {"a":"b","name":"<image>"}
image untag {"a":"b","name":"<image>"}
image delete {"name":"<image>"}
image delete {"name":"<image>"}
)";

}  // namespace

TEST_CASE("the events of images and containers are Docker's, with their attributes and in its order") {
  for (const World world : {World::Sim, World::Linux}) {
    if (skipped(why_not(world))) continue;
    const TemporaryRoot root;
    LeakWatch watch(root);
    Daemon daemon(root, world);
    daemon.prepare({"busybox"});
    const auto told = daemon.docker(kCommands);
    CHECK_MESSAGE(told.exit == 0, told.all());
    CHECK_MESSAGE(told.err.empty(), told.err);
    CHECK(told.out == kDocker);
    CHECK(daemon.stop() == 0);
    const auto left = watch.left();
    CHECK_MESSAGE(left.empty(), "left behind:\n" << joined(left));
  }
}
