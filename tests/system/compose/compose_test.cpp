// docker compose against the daemon, in both worlds: what up makes, what it leaves alone, how it is taken down.
#include <doctest/doctest.h>

#include "tests/support/places.hpp"
#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;

namespace {

const char* kFile =
    "name: shop\n"
    "services:\n"
    "  db:\n    image: busybox\n    command: sh -c 'echo db is up; sleep 1000'\n    volumes: ['data:/data']\n    stop_grace_period: 0s\n"
    "  web:\n    image: busybox\n    command: sh -c 'echo web is up; sleep 1000'\n    environment: {GREETING: \"${GREETING:-hello}\"}\n    depends_on: [db]\n    ports: ['127.0.0.1::80']\n    stop_grace_period: 0s\n"
    "  once:\n    image: busybox\n    command: sh -c 'echo once; exit 3'\n    profiles: [tools]\n"
    "volumes:\n  data:\n";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
size_t position(const std::string& text, const std::string& part) { return text.find(part); }

void play(World world) {
  if (skipped(why_not(world))) return;
  const TemporaryRoot root;
  leave_machine_network();
  LeakWatch watch(root);
  Daemon daemon(root, world, Network::Test);
  daemon.prepare({"busybox"});
  const auto run = [&](const std::string& script, int exit) {
    const auto result = daemon.docker(script, Client::Ours, Milliseconds(60'000));
    CHECK_MESSAGE(result.exit == exit, script << "\n" << result.all() << "\n" << daemon.log());
    return result;
  };
  run("cat > compose.yaml <<'END'\n" + std::string(kFile) + "END", 0);

  const auto up = run("docker compose up -d", 0);
  for (const char* line : {" Network shop_default  Created\n", " Volume \"shop_data\"  Created\n", " Container shop-db-1  Created\n", " Container shop-web-1  Created\n", " Container shop-db-1  Started\n", " Container shop-web-1  Started\n"}) CHECK_MESSAGE(has(up.err, line), line << up.err);
  CHECK(position(up.err, "shop-db-1  Started") < position(up.err, "shop-web-1  Starting"));
  CHECK_FALSE(has(up.all(), "once"));

  SUBCASE("what is there is shown, and reached by its service's name") {
    CHECK(run("docker compose ps --services", 0).out == "db\nweb\n");
    CHECK(has(run("docker compose ps", 0).out, "shop-web-1"));
    CHECK(run("docker compose ps -q", 0).out.size() == 2 * 65);
    CHECK(has(run("docker compose ls", 0).out, "running(2)"));
    CHECK(run("docker compose exec -T web sh -c 'echo $GREETING'", 0).out == "hello\n");
    CHECK(run("docker compose exec -T web sh -c 'exit 5'", 5).out.empty());
    CHECK(has(run("docker compose logs", 0).out, "web-1  | web is up\n"));
    CHECK(run("docker compose logs --no-log-prefix db", 0).out == "db is up\n");
    CHECK(has(run("docker compose images", 0).out, "shop-db-1"));
    CHECK(run("docker inspect -f '{{index .Config.Labels \"com.docker.compose.service\"}} {{index .Config.Labels \"com.docker.compose.container-number\"}} {{index .Config.Labels \"com.docker.compose.oneoff\"}}' shop-web-1", 0).out == "web 1 False\n");
    run("echo kept > f; docker compose cp f db:/data/f", 0);
    CHECK(run("docker compose exec -T db cat /data/f", 0).out == "kept\n");
    CHECK(run("docker compose run --rm once", 3).out == "once\n");
    CHECK(has(run("docker compose port web 80", 0).out, "127.0.0.1:"));
    CHECK(has(run("docker compose exec nobody true", 1).err, "service \"nobody\" is not running"));
  }
  SUBCASE("services find each other by name on the project's network") {
    CHECK(run("docker network inspect -f '{{.Name}} {{.Driver}} {{index .Labels \"com.docker.compose.network\"}}' shop_default", 0).out == "shop_default bridge default\n");
    for (const char* name : {"db", "shop-db-1"}) CHECK(has(run(std::string("docker compose exec -T web ping -c 1 -W 2 ") + name, 0).out, "1 packets received"));
    CHECK(has(run("docker compose run --rm --no-deps once ping -c 1 -W 2 web", 0).out, "1 packets received"));
    run("docker run -d --name stranger busybox sleep 1000", 0);
    CHECK(has(run("docker exec stranger ping -c 1 -W 1 db", 1).err, "bad address 'db'"));
    run("docker network connect shop_default stranger; docker exec stranger ping -c 1 -W 2 db", 0);
    CHECK(has(run("docker compose down -t 0", 1).err, "has active endpoints"));
    run("docker rm -f stranger", 0);
    run("docker compose up -d", 0);
  }
  SUBCASE("only what changed is made again") {
    const std::string before = run("docker ps -q --no-trunc --filter name=shop-db-1", 0).out;
    const auto again = run("docker compose up -d", 0);
    CHECK(again.err == " Container shop-db-1  Running\n Container shop-web-1  Running\n");
    const auto changed = run("GREETING=bye docker compose up -d", 0);
    CHECK(has(changed.err, "Container shop-web-1  Recreated"));
    CHECK_FALSE(has(changed.err, "Container shop-db-1  Recreate"));
    CHECK(run("docker compose exec -T web sh -c 'echo $GREETING'", 0).out == "bye\n");
    CHECK(run("docker ps -q --no-trunc --filter name=shop-db-1", 0).out == before);
    CHECK(has(run("docker compose up -d --force-recreate db", 0).err, "Container shop-db-1  Recreated"));
    CHECK(run("docker ps -q --no-trunc --filter name=shop-db-1", 0).out != before);
    CHECK(run("docker ps -aq", 0).out.size() == 2 * 13);  // nothing of the old ones stayed
  }
  SUBCASE("what is refused is refused before anything is made") {
    const std::string service = "  a:\n    image: busybox\n    command: sleep 1000\n  b:\n    image: busybox\n    depends_on: [a]\n    ";
    for (const auto& [rest, why] : {std::pair<std::string, std::string>{"networks: [n]\nnetworks:\n  n: {enable_ipv4: false}\n", "enable_ipv4: false is not supported"},
                                    {"secrets: [s]\nsecrets:\n  s: {external: true}\n", "unsupported external secret s"},
                                    {"pre_stop: [{command: date}]\n", "pre_stop is not supported"}}) {
      run("printf '%s' '" + ("name: other\nservices:\n" + service + rest) + "' > other.yaml", 0);
      for (const char* command : {"up -d", "create", "run b true"}) CHECK(has(run(std::string("docker compose -f other.yaml ") + command, 15).err, why));
      CHECK(run("docker ps -aq --filter label=com.docker.compose.project=other; docker network ls -q --filter name=other; docker volume ls -q --filter name=other", 0).out.empty());
    }
  }
  SUBCASE("replicas come and go") {
    run("docker compose up -d --scale web=3", 0);
    CHECK(run("docker compose ps -q web", 0).out.size() == 3 * 65);
    for (const char* name : {"shop-web-1", "shop-web-2", "shop-web-3"}) CHECK(has(run(std::string("docker compose exec -T db ping -c 1 -W 2 ") + name, 0).out, "1 packets received"));
    run("docker compose up -d --scale web=1", 0);
    CHECK(run("docker compose ps -q web", 0).out.size() == 65);
    CHECK(has(run("docker compose up -d --scale web=x", 1).err, "invalid --scale option"));
  }
  SUBCASE("a service that is gone from the file is an orphan") {
    run("printf 'name: shop\\nservices:\\n  db:\\n    image: busybox\\n    command: sleep 1000\\n    stop_grace_period: 0s\\n' > less.yaml", 0);
    CHECK(has(run("docker compose -f less.yaml up -d", 0).err, "Found orphan containers ([shop-web-1]) for this project"));
    CHECK(has(run("docker compose -f less.yaml up -d --remove-orphans", 0).err, "Container shop-web-1  Removed"));
  }
  SUBCASE("services stop, start, pause and are killed") {
    const auto stopped = run("docker compose stop -t 0", 0);
    CHECK(position(stopped.err, "shop-web-1  Stopped") < position(stopped.err, "shop-db-1  Stopping"));
    CHECK(run("docker compose ps -q", 0).out.empty());
    CHECK(has(run("docker compose start", 0).err, "Container shop-web-1  Started"));
    run("docker compose restart -t 0 db", 0);
    run("docker compose kill web", 0);
    CHECK(has(run("docker compose ps -a", 0).out, "Exited (137)"));
    CHECK(has(run("docker compose rm -f", 0).all(), "Going to remove shop-web-1"));
  }

  const auto down = run("docker compose down -t 0", 0);
  CHECK(has(down.err, "Container shop-db-1  Removed"));
  CHECK(has(down.err, " Network shop_default  Removed\n"));
  CHECK(run("docker network ls -q --filter type=custom", 0).out.empty());
  CHECK(run("docker ps -aq", 0).out.empty());
  CHECK(run("docker volume ls -q", 0).out == "shop_data\n");  // data stays
  CHECK(has(run("docker compose down -v", 0).err, " Volume shop_data  Removed\n"));
  CHECK(run("docker volume ls -q", 0).out.empty());
  CHECK(run("docker compose -p nobody -f nofile.yaml up", 14).out.empty());
  CHECK(has(run("printf 'services: {a: {imag: x}}' | docker compose -f - config", 15).err, "additional properties 'imag' not allowed"));
  const int code = daemon.stop();
  CHECK_MESSAGE(code == 0, daemon.log());
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), "left behind:\n" << joined(left));
}

void attached(World world) {
  if (skipped(why_not(world))) return;
  const TemporaryRoot root;
  Daemon daemon(root, world);
  daemon.prepare({"busybox"});
  daemon.docker("printf 'name: att\\nservices:\\n  one:\\n    image: busybox\\n    network_mode: none\\n    command: sh -c \"echo from one; sleep 1; exit 4\"\\n  two:\\n    image: busybox\\n    network_mode: none\\n    command: sleep 1000\\n    stop_grace_period: 0s\\n' > compose.yaml");
  const auto result = daemon.docker("docker compose up --exit-code-from one");
  CHECK_MESSAGE(result.exit == 4, result.all());
  for (const char* part : {"Attaching to one-1, two-1\n", "one-1  | from one\n", "one-1 exited with code 4\n", "Aborting on container exit...\n"}) CHECK_MESSAGE(result.out.find(part) != std::string::npos, part << result.all());
  daemon.docker("docker compose down -t 0");
  CHECK(daemon.stop() == 0);
}

// The example that ships: a web server asks an application, which asks a database, across two networks.
void application() {
  if (skipped(why_not(World::Linux))) return;
  const TemporaryRoot root;
  leave_machine_network();
  LeakWatch watch(root);
  Daemon daemon(root, World::Linux, Network::Test);
  daemon.prepare({"busybox"});
  const std::string compose = "export WEB_PORT=8093; docker compose -f " + strates::testing::source_dir() + "/assets/examples/three-services/compose.yaml ";
  const auto run = [&](const std::string& script) {
    const auto result = daemon.docker(script, Client::Ours, Milliseconds(120'000));
    CHECK_MESSAGE(result.exit == 0, script << "\n" << result.all() << "\n" << daemon.log());
    return result.out;
  };
  run(compose + "up -d --build");
  // The machine, for this daemon, is this program's network namespace: --network host is in it.
  const std::string ask = "docker run --rm --network host busybox wget -qO- http://127.0.0.1:8093/cgi-bin/hello";
  CHECK(has(run(ask), ", visit 1\n"));
  CHECK(has(run(ask), ", visit 2\n"));
  CHECK(run(compose + "port web 80") == "127.0.0.1:8093\n");
  CHECK(has(daemon.docker(compose + "exec -T web ping -c 1 -W 1 db").err, "bad address 'db'"));  // networks of the file keep apart
  CHECK(has(run(compose + "exec -T app ping -c 1 -W 2 db"), "1 packets received"));
  run(compose + "up -d --scale app=3");
  CHECK(has(run(ask), ", visit 3\n"));
  run(compose + "down -v -t 0");
  CHECK(run("docker network ls -q --filter type=custom").empty());
  CHECK(daemon.stop() == 0);
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), "left behind:\n" << joined(left));
}

}  // namespace

TEST_CASE("the application of the examples serves what its three parts make together") { application(); }
TEST_CASE("compose makes, changes and removes a project on a kernel") { play(World::Linux); }
TEST_CASE("compose makes, changes and removes a project in the simulator") { play(World::Sim); }
TEST_CASE("an attached up shows what is said and ends with the code of the service that decides, on a kernel") { attached(World::Linux); }
TEST_CASE("an attached up shows what is said and ends with the code of the service that decides, in the simulator") { attached(World::Sim); }
