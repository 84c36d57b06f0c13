// nginx, redis and postgresql in containers, as the course uses them: images made by `strates images prepare` from the recipes in assets/base-images.
#include <doctest/doctest.h>

#include <sstream>

#include "tests/system/application/lab.hpp"

using namespace strates::system_test;

namespace {

// Every version that a tag promises is what the program says of itself.
void check_versions(Lab& lab, const std::string& image, const std::string& command) {
  std::istringstream tags(lab.run("docker images --format '{{.Tag}}' " + image));
  const std::string says = lab.result("docker run --rm " + image + " " + command).all();
  size_t versions = 0;
  for (std::string tag; std::getline(tags, tag);) {
    CHECK(lab.run("docker image inspect -f '{{.Id}}' " + image + ":" + tag) == lab.run("docker image inspect -f '{{.Id}}' " + image));
    if (tag.find_first_not_of("0123456789.") != std::string::npos) continue;
    ++versions;
    CHECK_MESSAGE((has(says, "/" + tag + ".") || has(says, "=" + tag + ".") || has(says, " " + tag + ".")), image << ":" << tag << " is " << says);
  }
  CHECK_MESSAGE(versions > 0, image << " has no tag that says its version");
}

bool is_up(Lab& lab, const std::string& container) {
  return eventually([&] { return lab.result("docker exec " + container + " pg_isready -q -h 127.0.0.1").exit == 0; }, Milliseconds(60'000));
}

}  // namespace

TEST_CASE("images prepare tells what it does, and makes each server once") {
  Lab* lab = Lab::get();
  if (lab == nullptr) return;
  for (const char* part : {"nginx: preparing\n  Sending build context", "  Step 1/", "  Successfully tagged postgres:latest\n", "redis: ready\n"}) CHECK_MESSAGE(has(lab->prepared(), part), part << "\nin\n" << lab->prepared());
  check_versions(*lab, "nginx", "nginx -v");
  check_versions(*lab, "redis", "redis-server --version");
  check_versions(*lab, "postgres", "postgres --version");
  CHECK(lab->run("docker history --no-trunc nginx postgres 2>/dev/null | grep -c proxy", 1) == "0\n");  // how this machine fetches is nobody's business
}

TEST_CASE("an archive that does not answer is told from a failure, and nothing stays of the attempt") {
  Lab* lab = Lab::get();
  if (lab == nullptr) return;
  const std::string before = lab->run("docker images -aq --no-trunc");
  CHECK(has(lab->strates({"images", "prepare", "redis"}).out, "redis: already there"));
  lab->set_proxy(Lab::Proxy::Nowhere);
  const auto failed = lab->strates({"images", "prepare", "--force", "redis"});
  lab->set_proxy(Lab::Proxy::None);
  CHECK(failed.exit == 1);
  CHECK_MESSAGE(has(failed.err, "Debian’s archive does not answer"), failed.all());
  CHECK(lab->run("docker ps -aq").empty());
  CHECK(lab->run("docker images -aq --no-trunc") == before);
}

TEST_CASE("nginx serves a page on a published port and writes its logs where docker logs finds them") {
  Lab* lab = Lab::get();
  if (lab == nullptr) return;
  lab->run("docker run -d --name page -p 127.0.0.1:8081:80 nginx");
  std::string page;
  CHECK_MESSAGE(eventually([&] { return has(page = lab->fetch("http://127.0.0.1:8081/"), "Welcome to nginx!"); }), page);
  CHECK(has(lab->fetch("http://127.0.0.1:8081/no-such-page"), "404 Not Found"));
  const auto logs = lab->result("docker logs page");
  CHECK_MESSAGE(has(logs.out, "\"GET / HTTP/1.1\" 200 "), logs.out);
  CHECK_MESSAGE(has(logs.err, "/usr/share/nginx/html/no-such-page"), logs.err);
  CHECK(lab->run("docker exec page stat -c %U /proc/1") == "root\n");
  CHECK(has(lab->run("docker top page -o pid,user,args"), "nginx: worker process"));
  // A page of one's own, from the machine.
  lab->run("mkdir site && echo 'my own page' > site/index.html && docker run -d --name mine -p 127.0.0.1:8082:80 -v $PWD/site:/usr/share/nginx/html:ro nginx");
  CHECK_MESSAGE(eventually([&] { return (page = lab->fetch("http://127.0.0.1:8082/")) == "my own page\n"; }), page);
  // Both end by themselves, on the signal of their image.
  CHECK(lab->run("docker stop page mine") == "page\nmine\n");
  CHECK(lab->run("docker inspect -f '{{.Config.StopSignal}} {{.State.ExitCode}}' page mine") == "SIGQUIT 0\nSIGQUIT 0\n");
  lab->run("docker rm page mine");
}

TEST_CASE("redis keeps values for the containers of its network, and in its volume for the next container") {
  Lab* lab = Lab::get();
  if (lab == nullptr) return;
  const std::string ask = "docker run --rm --network shelf redis redis-cli -h cache ";
  lab->run("docker network create shelf; docker run -d --name cache --network shelf -v values:/data redis");
  CHECK(eventually([&] { return lab->result(ask + "ping").out == "PONG\n"; }));
  CHECK(lab->run(ask + "set color blue") == "OK\n");
  CHECK(lab->run(ask + "get color") == "blue\n");
  CHECK(lab->run("docker exec cache stat -c '%U %u' /proc/1 /data") == "redis 999\nredis 999\n");
  lab->run("docker stop cache; docker rm cache");
  // Options of the server, as of Docker Hub's image; a password is one.
  lab->run("docker run -d --name cache --network shelf -v values:/data redis --requirepass secret");
  CHECK(eventually([&] { return lab->result(ask + "--no-auth-warning -a secret ping").out == "PONG\n"; }));
  CHECK(lab->run(ask + "--no-auth-warning -a secret get color") == "blue\n");
  CHECK(has(lab->run(ask + "get color"), "NOAUTH"));
  lab->run("docker rm -f cache");
  // A configuration of one's own, in the place of options.
  lab->run("echo 'maxmemory 7mb' > my.conf; docker run -d --name cache --network shelf -v values:/data -v $PWD/my.conf:/etc/my.conf redis /etc/my.conf");
  CHECK(eventually([&] { return lab->result(ask + "get color").out == "blue\n"; }));
  CHECK(lab->run(ask + "config get maxmemory") == "maxmemory\n7340032\n");
  lab->run("docker rm -f cache; docker volume rm values; docker network rm shelf");
}

TEST_CASE("postgresql wants a password, and says how to give one") {
  Lab* lab = Lab::get();
  if (lab == nullptr) return;
  const auto refused = lab->result("docker run --rm postgres");
  CHECK(refused.exit == 1);
  CHECK_MESSAGE((has(refused.err, "superuser password is not specified") && has(refused.err, "POSTGRES_PASSWORD")), refused.all());
  CHECK(lab->result("docker run --rm -e POSTGRES_PASSWORD=a -e POSTGRES_PASSWORD_FILE=/etc/hostname postgres").exit == 1);
  CHECK(has(lab->run("docker run --rm postgres postgres --version"), "postgres (PostgreSQL) "));  // other commands need none
  CHECK(lab->run("docker volume ls -q").empty());
  // Whoever wants none says so.
  lab->run("docker network create open; docker run -d --name db --network open -e POSTGRES_HOST_AUTH_METHOD=trust postgres -c work_mem=5MB");
  REQUIRE_MESSAGE(is_up(*lab, "db"), lab->result("docker logs db").all());
  CHECK(lab->run("docker run --rm --network open postgres psql -h db -U postgres -Atc 'SHOW work_mem'") == "5MB\n");
  lab->run("docker rm -fv db; docker network rm open");
}

TEST_CASE("a database keeps its data when its container is removed and another one comes, of another version of the image") {
  Lab* lab = Lab::get();
  if (lab == nullptr) return;
  lab->run("docker network create shop; mkdir first; echo 'CREATE TABLE animals (name text);' > first/1-table.sql; echo 'psql -U ada -d zoo -c \"INSERT INTO animals VALUES ('\"'cat'\"')\"' > first/2-row.sh");
  lab->run("docker run -d --name db --network shop -e POSTGRES_USER=ada -e POSTGRES_PASSWORD=secret -e POSTGRES_DB=zoo -v zoo:/var/lib/postgresql/data -v $PWD/first:/docker-entrypoint-initdb.d:ro postgres");
  REQUIRE_MESSAGE(is_up(*lab, "db"), lab->result("docker logs db").all());
  const auto ask = [&](const std::string& password, const std::string& sql) { return lab->result("docker run --rm --network shop -e PGPASSWORD=" + password + " postgres psql -h db -U ada -d zoo -Atc \"" + sql + "\""); };
  CHECK(ask("secret", "SELECT name FROM animals").out == "cat\n");
  CHECK(ask("secret", "INSERT INTO animals VALUES ('dog'), ('hen')").out == "INSERT 0 2\n");
  CHECK(has(ask("wrong", "SELECT 1").err, "password authentication failed"));
  // Without a farewell: what was committed is in the volume all the same.
  lab->run("docker kill db; docker rm db");
  lab->run("printf 'FROM postgres\\nLABEL version=2\\nRUN echo next > /etc/issue\\n' | docker build -q -t postgres:next -");
  CHECK(lab->run("docker image inspect -f '{{.Id}}' postgres") != lab->run("docker image inspect -f '{{.Id}}' postgres:next"));
  lab->run("docker run -d --name db --network shop -v zoo:/var/lib/postgresql/data postgres:next");
  REQUIRE_MESSAGE(is_up(*lab, "db"), lab->result("docker logs db").all());
  CHECK(ask("secret", "SELECT name FROM animals ORDER BY name").out == "cat\ndog\nhen\n");
  const std::string logs = lab->result("docker logs db").all();
  CHECK_MESSAGE((has(logs, "Skipping initialization") && has(logs, "automatic recovery in progress")), logs);
  lab->run("docker stop db");
  CHECK(lab->run("docker inspect -f '{{.Config.StopSignal}} {{.State.ExitCode}}' db") == "SIGINT 0\n");
  lab->run("docker rm db; docker volume rm zoo; docker network rm shop; docker rmi postgres:next");
}

// The last one: files are in the order of their names, and tests in that of their lines.
TEST_CASE("servers leave nothing behind when their daemon has stopped") {
  const std::string left = Lab::close();
  CHECK_MESSAGE(left.empty(), "left behind:\n" << left);
}
