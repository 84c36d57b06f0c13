// Small rules of the engine that need no world.
#include <doctest/doctest.h>

#include <algorithm>
#include <cctype>

#include "engine/container_codec.hpp"
#include "engine/container_names.hpp"
#include "engine/init_entries.hpp"
#include "engine/signals.hpp"
#include "engine/tracer.hpp"
#include "engine/user_lookup.hpp"

using namespace strates;
using namespace strates::engine;

namespace {

struct FixedClock final : Clock {
  Nanos now() override { return at; }
  Nanos at = 5;
};

struct Counting final : Random {
  std::string bytes(size_t count) override { return std::string(count, static_cast<char>(next++)); }
  int next = 0;
};

}  // namespace

TEST_CASE("signals are read by name, by number and by real-time offset") {
  CHECK(parse_signal("KILL") == 9);
  CHECK(parse_signal("sigterm") == 15);
  CHECK(parse_signal("9") == 9);
  CHECK(parse_signal("RTMIN+3") == 37);
  CHECK(parse_signal("SIGRTMAX-1") == 63);
  for (const auto* bad : {"", "0", "FOO", "RTMIN+99", "-1", "SIG"}) CHECK_FALSE(parse_signal(bad));
  CHECK(signal_name(9) == "SIGKILL");
  // A number is a number; whether the kernel has it is another question, with another answer of Docker's.
  CHECK(parse_signal("65") == 65);
  for (const int number : {1, 31, 34, 64}) CHECK(is_signal(number));
  for (const int number : {0, 32, 33, 65, -1}) CHECK_FALSE(is_signal(number));
}

TEST_CASE("container names follow Docker's rule, and generated ones do too") {
  CHECK(validate_container_name("web_1.a-b").ok());
  CHECK(validate_container_name("/web").ok());
  CHECK(validate_container_name("//web").error().message().starts_with("Invalid container name (//web), "));
  for (const auto* bad : {"", "a", "-web", "we b", "é", ".x"}) CHECK(validate_container_name(bad).error().code == "container.bad-name");
  CHECK(validate_container_name("we b").error().message() == "Invalid container name (we b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
  Counting random;
  for (int attempt = 0; attempt < 50; ++attempt) CHECK(validate_container_name(generate_container_name(random, attempt)).ok());
  // An adjective and a person; a number behind them when the name was taken.
  const std::string first = generate_container_name(random, 0), again = generate_container_name(random, 1);
  CHECK(std::count(first.begin(), first.end(), '_') == 1);
  CHECK(std::isdigit(static_cast<unsigned char>(first.back())) == 0);
  CHECK(std::isdigit(static_cast<unsigned char>(again.back())) != 0);
}

TEST_CASE("a user is found by name or number, with its groups") {
  const std::string passwd = "root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1001::/home/bob:/bin/sh\nbroken\n";
  const std::string group = "root:x:0:\nbob:x:1001:\naudio:x:29:alice,bob\n";
  const auto bob = resolve_user("bob", passwd, group).value();
  CHECK(bob.uid == 1000);
  CHECK(bob.gid == 1001);
  CHECK(bob.home == "/home/bob");
  CHECK(bob.groups == std::vector<std::uint32_t>{29});
  CHECK(resolve_user("1000:audio", passwd, group).value().gid == 29);
  CHECK(resolve_user("4242", "", "").value().uid == 4242);
  CHECK(resolve_user("", passwd, group).value().home == "/root");
  CHECK(resolve_user("nobody2", passwd, group).error().message() == "unable to find user nobody2: no matching entries in passwd file");
  CHECK(resolve_user("bob:nogroup", passwd, group).error().message() == "unable to find group nogroup: no matching entries in group file");
  for (const auto* far : {"99999999999", "-1", "bob:2147483648", "1:-2"})
    CHECK(resolve_user(far, passwd, group).error().message() == "uids and gids must be in range 0-2147483647");
  CHECK(resolve_user("999999999999999999999", passwd, group).error().message() == "unable to find user 999999999999999999999: no matching entries in passwd file");
}

TEST_CASE("a container's record comes back as it was kept") {
  Container container;
  container.id = ContainerId(std::string(64, 'a'));
  container.name = "web";
  container.created = 42;
  container.path = "sh";
  container.args = {"-c", "echo \"x\""};
  container.config.env = image::StringList{"A=1"};
  container.config.cmd = image::StringList{"sh"};
  container.host.network_mode = "none";
  container.host.limits.pids = 7;
  container.image = ImageId("sha256:" + std::string(64, 'b'));
  container.layers = {ChainId("sha256:1"), ChainId("sha256:2")};
  container.state.status = Status::Exited;
  container.state.exit_code = 137;
  container.state.oom_killed = true;
  container.intermediate = true;
  const auto back = decode_container(encode_container(container)).value();
  CHECK(encode_container(back) == encode_container(container));
  CHECK(back.layers == container.layers);
  CHECK(back.state.status == Status::Exited);
  CHECK(back.host.limits.pids == 7);
  CHECK_FALSE(decode_container("{}").ok());
  CHECK_FALSE(decode_container("nonsense").ok());
}

TEST_CASE("each operation of the trace ends once, and what is dropped is told as a gap") {
  FixedClock clock;
  Tracer tracer(clock, 120);  // packed: some twenty events
  std::vector<Event> seen;
  {
    Operation outer(tracer, "run", "x");
    Operation inner(tracer, "pull", "y", outer.id());
    inner.finish();
  }
  const auto kept = tracer.kept(0);
  REQUIRE(kept.size() == 4);
  CHECK(kept[1].parent == kept[0].op);
  CHECK(std::holds_alternative<event::OpAborted>(std::get<event::Operation>(kept[3].what)));
  for (int i = 0; i < 20; ++i) tracer.emit(0, event::Container(event::ContainerStarted{ContainerId("c")}));
  CHECK_FALSE(tracer.listened());
  const auto ticket = tracer.subscribe(0, [] { return event::Snapshot{.world = "sim"}; }, [&](const Event& event) { seen.push_back(event); });
  CHECK(tracer.listened());
  REQUIRE(seen.size() > 2);
  CHECK(std::holds_alternative<event::Snapshot>(std::get<event::Stream>(seen[0].what)));
  const auto& gap = std::get<event::Gap>(std::get<event::Stream>(seen[1].what));
  CHECK(gap.from == 1);
  CHECK(gap.to + 1 == seen[2].seq);
  const size_t before = seen.size();
  tracer.emit(0, event::Container(event::ContainerStarted{ContainerId("d")}));
  CHECK(seen.size() == before + 1);
  tracer.unsubscribe(ticket);
  tracer.emit(0, event::Container(event::ContainerStarted{ContainerId("e")}));
  CHECK(seen.size() == before + 1);
  CHECK(tracer.last() == seen.back().seq + 1);
}

TEST_CASE("the engine's own entries come sorted, parents first") {
  std::string last;
  for (const auto& entry : init_entries()) {
    CHECK(image::layer_path_less(last, entry.path));
    last = entry.path;
  }
}
