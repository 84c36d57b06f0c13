// The whole application of assets/examples/application: nginx before replicas of a program before postgresql, on two networks.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <set>

#include "tests/support/places.hpp"
#include "tests/system/application/lab.hpp"

using namespace strates::system_test;

namespace {

constexpr const char* kPage = "http://127.0.0.1:8083/";

struct Answer {
  std::string replica;
  int visit = 0;
};

// "hello from 5a8230f4c5b9, visit 7\n"; visit 0: another answer, or none.
Answer ask(Lab& lab) {
  const std::string text = lab.fetch(kPage);
  const size_t comma = text.find(", visit ");
  if (!text.starts_with("hello from ") || comma == std::string::npos) return {};
  return {text.substr(11, comma - 11), std::atoi(text.c_str() + comma + 8)};
}

// A server that was started a moment ago may not listen yet.
Answer first_answer(Lab& lab) {
  Answer out;
  eventually([&] { return (out = ask(lab)).visit != 0; }, Milliseconds(30'000));
  return out;
}

}  // namespace

TEST_CASE("the whole application starts cold, serves, grows to five replicas that all answer, and keeps its data over down and up") {
  Lab* lab = Lab::get();
  if (lab == nullptr) return;
  const std::string compose = "export WEB_PORT=8083; docker compose -f " + strates::testing::source_dir() + "/assets/examples/application/compose.yaml ";
  CHECK(lab->run("docker images -q application-app").empty());
  lab->set_proxy(Lab::Proxy::Archive);
  lab->run(compose + "up -d");
  lab->set_proxy(Lab::Proxy::None);

  CHECK(first_answer(*lab).visit == 1);
  CHECK(ask(*lab).visit == 2);
  CHECK(lab->run(compose + "ps --services") == "app\ndb\nweb\n");
  // The networks of the file keep apart: the web server does not even know the database's name, which the application reaches.
  CHECK(lab->result(compose + "exec -T web bash -c ': </dev/tcp/db/5432'").exit != 0);
  lab->run(compose + "exec -T app python3 -c 'import socket; socket.create_connection((\"db\", 5432), 5)'");
  CHECK(lab->run("docker network inspect -f '{{.Internal}}' application_back application_front") == "true\nfalse\n");
  // A secret is a file: it is in no variable.
  CHECK_FALSE(has(lab->run("docker inspect application-db-1 application-app-1"), "trial-password"));
  CHECK(has(lab->result("docker logs application-web-1").out, "\"GET / HTTP/1.1\" 200 "));

  lab->run(compose + "up -d --scale app=5");
  std::set<std::string> expected, seen;
  const std::string ids = lab->run(compose + "ps -q app");
  for (size_t at = 0; at + 64 <= ids.size(); at += 65) expected.insert(ids.substr(at, 12));
  CHECK(expected.size() == 5);
  // Five answer in turn, but by chance: with 200 questions, one of them stays unseen in less than one run of 10^18.
  int visits = 2, asked = 0;
  for (; asked < 200 && seen != expected; ++asked) {
    const Answer answer = ask(*lab);
    CHECK(answer.visit == visits + asked + 1);
    seen.insert(answer.replica);
  }
  CHECK(seen == expected);
  visits += asked;

  lab->run(compose + "down");
  CHECK(lab->run("docker ps -aq").empty());
  CHECK(lab->fetch(kPage).empty());
  CHECK(lab->run("docker volume ls -q") == "application_visits\n");
  lab->run(compose + "up -d");
  CHECK(first_answer(*lab).visit == visits + 1);

  lab->run(compose + "down -v");
  CHECK(lab->run("docker volume ls -q").empty());
  CHECK(lab->run("docker network ls -q --filter type=custom").empty());
  lab->run(compose + "up -d");
  CHECK(first_answer(*lab).visit == 1);
  lab->run(compose + "down -v");
}
