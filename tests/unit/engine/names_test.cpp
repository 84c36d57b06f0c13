// /etc/hosts and /etc/resolv.conf, and the filters of `docker ps`.
#include <doctest/doctest.h>

#include "engine/name_files.hpp"
#include "engine/signals.hpp"
#include "sim_bench.hpp"

using namespace strates;
using namespace strates::engine;
using namespace strates::engine::test;

namespace {

Container named(std::string hostname, std::string domain, std::vector<std::string> hosts) {
  Container container;
  container.config.hostname = std::move(hostname);
  container.config.domainname = std::move(domain);
  container.host.extra_hosts = std::move(hosts);
  return container;
}

std::string last_line(const std::string& text) { return text.substr(text.rfind('\n', text.size() - 2) + 1); }

std::vector<std::string> listed(SimBench& bench, std::vector<std::pair<std::string, std::string>> filters, bool all = true) {
  ContainerFilter filter;
  filter.all = all;
  filter.filters = std::move(filters);
  const auto found = bench.engine->containers(filter);
  if (!found.ok()) return {"! " + found.error().message()};
  std::vector<std::string> out;
  for (const auto& container : found.value()) out.push_back(container.name);
  return out;
}

}  // namespace

TEST_CASE("/etc/hosts holds the loopback, what was asked for, and the container's own name where it has a network") {
  const auto web = named("web", "", {"one:1.2.3.4", "six:::1"});
  CHECK(hosts_file(web, NetworkMode::None, "").ends_with("ff02::2\tip6-allrouters\n1.2.3.4\tone\n::1\tsix\n"));
  CHECK(last_line(hosts_file(web, NetworkMode::Bridge, "", {{}, {"172.17.0.2"}, ""})) == "172.17.0.2\tweb\n");
  CHECK(last_line(hosts_file(named("web", "a.example", {}), NetworkMode::Bridge, "", {{}, {"172.17.0.2"}, ""})) == "172.17.0.2\tweb.a.example web\n");
  CHECK(last_line(hosts_file(named("web.a.example", "", {}), NetworkMode::Bridge, "", {{}, {"172.17.0.2"}, ""})) == "172.17.0.2\tweb.a.example web\n");
  CHECK(hosts_file(named("web", "", {"up:host-gateway"}), NetworkMode::Bridge, "", {{"172.17.0.3\tdb 0123 db1"}, {"172.17.0.2", "10.0.0.2"}, "172.17.0.1"})
            .ends_with("ff02::2\tip6-allrouters\n172.17.0.1\tup\n172.17.0.3\tdb 0123 db1\n172.17.0.2\tweb\n10.0.0.2\tweb\n"));
  // On the machine's network it is the machine's file, unless something is added to it (libnetwork, sandbox_dns_unix.go).
  CHECK(hosts_file(named("web", "", {}), NetworkMode::Host, "10.0.0.1\tmachine") == "10.0.0.1\tmachine\n");
  CHECK(hosts_file(web, NetworkMode::Host, "10.0.0.1\tmachine").ends_with("ff02::2\tip6-allrouters\n1.2.3.4\tone\n::1\tsix\n"));
}

TEST_CASE("/etc/resolv.conf is the machine's, or what was asked for with the rest from the machine's") {
  const std::string machine = "# comment\nsearch old.example new.example\nnameserver 10.0.0.53\nnameserver\t10.0.0.54\noptions timeout:1\n";
  HostConfig host;
  CHECK(resolv_conf(host, machine) == machine);
  host.dns = {"9.9.9.9", "8.8.8.8"};
  CHECK(resolv_conf(host, machine) == "search old.example new.example\nnameserver 9.9.9.9\nnameserver 8.8.8.8\noptions timeout:1\n");
  host.dns_search = {"."};
  host.dns_options = {"ndots:2", "rotate"};
  CHECK(resolv_conf(host, machine) == "nameserver 9.9.9.9\nnameserver 8.8.8.8\noptions ndots:2 rotate\n");
  host = {};
  host.dns_search = {"a.example"};
  CHECK(resolv_conf(host, machine) == "search a.example\nnameserver 10.0.0.53\nnameserver 10.0.0.54\noptions timeout:1\n");
}

TEST_CASE("a container with a network of its own does not get name servers of the machine's loopback") {
  HostConfig host;
  CHECK(bridged_resolv_conf(host, "nameserver 10.0.0.53\n") == "nameserver 10.0.0.53\n");
  CHECK(bridged_resolv_conf(host, "search a.example\nnameserver 127.0.0.53\nnameserver 9.9.9.9\n") == "search a.example\nnameserver 9.9.9.9\n");
  CHECK(bridged_resolv_conf(host, "nameserver ::1\n") == "nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
  CHECK(bridged_resolv_conf(host, "") == "nameserver 8.8.8.8\nnameserver 8.8.4.4\n");
  host.dns = {"127.0.0.1"};  // asked for: taken
  CHECK(bridged_resolv_conf(host, "nameserver 9.9.9.9\n") == "nameserver 127.0.0.1\n");
  CHECK(resolver_conf({}, "search a.example\nnameserver 9.9.9.9\n") == "search a.example\nnameserver 127.0.0.11\noptions ndots:0\n");
  CHECK(resolver_conf({}, "options ndots:3\n") == "nameserver 127.0.0.11\noptions ndots:3\n");
}

TEST_CASE("an entry cannot write a line of its own") {
  HostConfig host;
  host.extra_hosts = {"a:1.2.3.4\n6.6.6.6\tbank"};
  CHECK_FALSE(validate_names(host).ok());
  host = {};
  host.dns_search = {"a\nnameserver 6.6.6.6"};
  CHECK_FALSE(validate_names(host).ok());
  host = {};
  host.extra_hosts = {"nocolon"};
  CHECK(sentence(validate_names(host)) == "bad format for add-host: \"nocolon\"");
  host.extra_hosts = {"a:1.2.3.4"};
  CHECK(validate_names(host).ok());
}

TEST_CASE("a container reads the names it was given") {
  SimBench bench;
  CreateRequest request = bench.request("web", "cat /etc/hosts /etc/resolv.conf");
  request.host.extra_hosts = {"one:1.2.3.4"};
  request.host.dns = {"9.9.9.9"};
  bench.create(request);
  class Words final : public OutputSink {
   public:
    void output(StdStream, Nanos, std::string_view bytes) override { text += bytes; }
    void ended() override {}
    std::string text;
  };
  const auto words = std::make_shared<Words>();
  const auto attached = bench.engine->attach("web", {}, words);
  bench.start("web");
  bench.pass(kSecond);
  CHECK(words->text.find("1.2.3.4\tone\n") != std::string::npos);
  CHECK(words->text.ends_with("nameserver 9.9.9.9\n"));
}

TEST_CASE("filters of docker ps: alternatives of one, all of several, Docker's words for what cannot be") {
  SimBench bench;
  CreateRequest web = bench.request("web", "sleep 1000");
  web.config.labels = std::map<std::string, std::string>{{"tier", "front"}, {"a", "1"}};
  web.config.exposed_ports = {"8080/tcp", "53/udp"};
  web.config.volumes = std::set<std::string>{"/data"};
  bench.create(web);
  bench.create(bench.request("db", "exit 3"));
  bench.create(bench.request("new", "true"));
  bench.start("web");
  bench.start("db");
  bench.pass(kSecond);
  using Names = std::vector<std::string>;
  CHECK(listed(bench, {}, false) == Names{"web"});
  CHECK(listed(bench, {{"status", "exited"}, {"status", "created"}}, false) == Names{"new", "db"});
  CHECK(listed(bench, {{"exited", "3"}}, false) == Names{"db"});
  CHECK(listed(bench, {{"exited", "0"}}) == Names{});
  CHECK(listed(bench, {{"label", "tier=front"}, {"label", "a"}}) == Names{"web"});
  CHECK(listed(bench, {{"label", "tier=front"}, {"label", "b"}}) == Names{});
  CHECK(listed(bench, {{"name", "^/?(web|db)$"}}) == Names{"db", "web"});
  CHECK(listed(bench, {{"name", "e"}}) == Names{"new", "web"});
  CHECK(listed(bench, {{"name", "("}}) == Names{});
  CHECK(listed(bench, {{"before", "db"}}, false) == Names{"web"});
  CHECK(listed(bench, {{"since", "db"}}, false) == Names{"new"});
  CHECK(listed(bench, {{"health", "none"}, {"name", "db"}}) == Names{"db"});
  CHECK(listed(bench, {{"expose", "8000-8100"}}) == Names{"web"});
  CHECK(listed(bench, {{"expose", "53/udp"}}) == Names{"web"});
  CHECK(listed(bench, {{"expose", "53"}}) == Names{});
  CHECK(listed(bench, {{"volume", "/data"}}) == Names{"web"});
  CHECK(listed(bench, {{"network", "none"}}) == Names{"new", "db", "web"});
  CHECK(listed(bench, {{"publish", "80"}}) == Names{});
  CHECK(listed(bench, {{"is-task", "true"}}) == Names{});
  CHECK(listed(bench, {{"is-task", "false"}, {"name", "web"}}) == Names{"web"});
  CHECK(listed(bench, {{"ancestor", "busybox"}, {"name", "db"}}) == Names{"db"});
  CHECK(listed(bench, {{"ancestor", "nothing"}}) == Names{});
  CHECK(listed(bench, {{"status", "bogus"}}) == Names{"! Invalid filter 'status=bogus'"});
  CHECK(listed(bench, {{"health", "bogus"}}) == Names{"! Unrecognised filter value for health: bogus"});
  CHECK(listed(bench, {{"is-task", "maybe"}}) == Names{"! Invalid filter 'is-task=[maybe]'"});
  CHECK(listed(bench, {{"exited", "x"}}) == Names{"! strconv.Atoi: parsing \"x\": invalid syntax"});
  CHECK(listed(bench, {{"before", "nobody"}}) == Names{"! no such container nobody"});
  CHECK(listed(bench, {{"publish", "x"}}) == Names{"! error while looking up for publish x: strconv.ParseUint: parsing \"x\": invalid syntax"});
}

TEST_CASE("prune removes what does not run, by label and by age") {
  SimBench bench;
  CreateRequest kept = bench.request("kept", "true");
  kept.config.labels = std::map<std::string, std::string>{{"keep", "yes"}};
  bench.create(kept);
  bench.create(bench.request("old", "true"));
  bench.pass(3600 * kSecond);
  bench.create(bench.request("young", "true"));
  bench.create(bench.request("runs", "sleep 100000"));
  bench.start("runs");
  PruneFilter filter;
  filter.until = bench.now() - 1800 * kSecond;
  filter.labels_not = {"keep=yes"};
  const std::string old_id = bench.get("old").id.str();
  CHECK(bench.engine->prune_containers(filter).value().deleted == std::vector<std::string>{old_id});
  filter = {};
  filter.labels = {"keep"};
  CHECK(bench.engine->prune_containers(filter).value().deleted.size() == 1);
  CHECK(bench.engine->prune_containers({}).value().deleted.size() == 1);
  CHECK(listed(bench, {}) == std::vector<std::string>{"runs"});
}

TEST_CASE("signals are names with and without SIG, numbers, and real-time ones") {
  CHECK(parse_signal("SIGHUP") == 1);
  CHECK(parse_signal("rtmin+3") == 37);
  CHECK(parse_signal("99") == 99);
  CHECK_FALSE(parse_signal("0").has_value());
  CHECK_FALSE(parse_signal("NOPE").has_value());
  CHECK(is_signal(31));
  CHECK_FALSE(is_signal(32));
  CHECK(is_signal(34));
  CHECK_FALSE(is_signal(99));
  SimBench bench;
  bench.create(bench.request("web", "sleep 100"));
  CHECK(sentence(bench.engine->kill("web", "99")) == "Cannot kill container: web: The linux daemon does not support signal 99");
  CHECK(sentence(bench.engine->kill("web", "0")) == "Invalid signal: 0");
  CHECK(sentence(bench.engine->kill("web", "TERM")) == "Cannot kill container: web: Container " + bench.get("web").id.str() + " is not running");
  CHECK(sentence(bench.engine->kill("nobody", "TERM")) == "Cannot kill container: nobody: No such container: nobody");
}
