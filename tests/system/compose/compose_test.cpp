// docker compose against the daemon, in both worlds: what up makes, what it leaves alone, how it is taken down.
#include <doctest/doctest.h>

#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;

namespace {

const char* kFile =
    "name: shop\n"
    "services:\n"
    "  db:\n    image: busybox\n    command: sh -c 'echo db is up; sleep 1000'\n    network_mode: none\n    volumes: ['data:/data']\n    stop_grace_period: 0s\n"
    "  web:\n    image: busybox\n    command: sh -c 'echo web is up; sleep 1000'\n    network_mode: none\n    environment: {GREETING: \"${GREETING:-hello}\"}\n    depends_on: [db]\n    stop_grace_period: 0s\n"
    "  once:\n    image: busybox\n    command: sh -c 'echo once; exit 3'\n    network_mode: none\n    profiles: [tools]\n"
    "volumes:\n  data:\n";

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
size_t position(const std::string& text, const std::string& part) { return text.find(part); }

void play(World world) {
  if (skipped(why_not(world))) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  Daemon daemon(root, world);
  daemon.prepare({"busybox"});
  const auto run = [&](const std::string& script, int exit) {
    const auto result = daemon.docker(script, Client::Ours, Milliseconds(60'000));
    CHECK_MESSAGE(result.exit == exit, script << "\n" << result.all() << "\n" << daemon.log());
    return result;
  };
  run("cat > compose.yaml <<'END'\n" + std::string(kFile) + "END", 0);

  const auto up = run("docker compose up -d", 0);
  for (const char* line : {" Volume \"shop_data\"  Created\n", " Container shop-db-1  Created\n", " Container shop-web-1  Created\n", " Container shop-db-1  Started\n", " Container shop-web-1  Started\n"}) CHECK_MESSAGE(has(up.err, line), line << up.err);
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
    CHECK(has(run("docker compose exec nobody true", 1).err, "service \"nobody\" is not running"));
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
  SUBCASE("replicas come and go") {
    run("docker compose up -d --scale web=3", 0);
    CHECK(run("docker compose ps -q web", 0).out.size() == 3 * 65);
    run("docker compose up -d --scale web=1", 0);
    CHECK(run("docker compose ps -q web", 0).out.size() == 65);
    CHECK(has(run("docker compose up -d --scale web=x", 1).err, "invalid --scale option"));
  }
  SUBCASE("a service that is gone from the file is an orphan") {
    run("printf 'name: shop\\nservices:\\n  db:\\n    image: busybox\\n    network_mode: none\\n    command: sleep 1000\\n    stop_grace_period: 0s\\n' > less.yaml", 0);
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

}  // namespace

TEST_CASE("compose makes, changes and removes a project on a kernel") { play(World::Linux); }
TEST_CASE("compose makes, changes and removes a project in the simulator") { play(World::Sim); }
TEST_CASE("an attached up shows what is said and ends with the code of the service that decides, on a kernel") { attached(World::Linux); }
TEST_CASE("an attached up shows what is said and ends with the code of the service that decides, in the simulator") { attached(World::Sim); }
