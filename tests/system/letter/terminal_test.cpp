// docker run -it on a pseudo-terminal, with our client and Debian's, in both worlds.
#include <doctest/doctest.h>

#include "tests/system/harness/daemon.hpp"
#include "tests/system/harness/terminal.hpp"

using namespace strates::system_test;

namespace {

Terminal on_terminal(const Daemon& daemon, Client client, const std::string& command, WindowSize size = {}) {
  Options options;
  options.env = daemon.client_env(client);
  options.env.emplace_back("TERM", "xterm");
  options.directory = daemon.root().work();
  return Terminal::start({"/bin/sh", "-c", "exec \"$TEST_CLIENT\" $TEST_CLIENT_WORD " + command}, options, size);
}

void check_terminal(World world, Client client) {
  const TemporaryRoot root;
  LeakWatch watch(root);
  Daemon daemon(root, world);
  daemon.prepare({"busybox"});
  {
    auto terminal = on_terminal(daemon, client, "run -it --name shell busybox sh", {33, 90});
    CHECK_MESSAGE(terminal.expect("/ # "), terminal.text());
    terminal.send("echo $((40 + 2))-typed\r");
    CHECK_MESSAGE(terminal.expect("\r\n42-typed\r\n"), terminal.text());
    CHECK_MESSAGE(terminal.expect("/ # "), terminal.text());
    if (world == World::Linux) {
      // The client sends the size soon after the start, and again when the window changes.
      CHECK(eventually([&] {
        terminal.send("stty size\r");
        return terminal.expect("33 90\r\n", Milliseconds(500));
      }));
      terminal.resize({40, 100});
      CHECK_MESSAGE(eventually([&] {
        terminal.send("stty size\r");
        return terminal.expect("40 100\r\n", Milliseconds(500));
      }), terminal.text());
    }
    terminal.send("exit 5\r");
    const int code = terminal.wait();
    CHECK_MESSAGE(code == 5, "exit " << code << ":\n" << terminal.text() << daemon.log());
  }
  {
    // ^D ends the program's input.
    auto terminal = on_terminal(daemon, client, "run -it --rm busybox sh -c 'echo ready; exec cat'");
    CHECK_MESSAGE(terminal.expect("ready"), terminal.text());
    terminal.send("\x04");
    CHECK_MESSAGE(terminal.wait() == 0, terminal.text());
  }
  {
    // ^C goes to the program, as a signal of its terminal.
    auto terminal = on_terminal(daemon, client, "run -it --rm busybox sh -c 'trap \"echo caught; exit 130\" INT; echo ready; while :; do sleep 0.1; done'");
    CHECK_MESSAGE(terminal.expect("ready"), terminal.text());
    terminal.send("\x03");
    CHECK_MESSAGE(terminal.expect("caught"), terminal.text());
    CHECK_MESSAGE(terminal.wait() == 130, terminal.text());
  }
  if (world == World::Linux) {
    auto terminal = on_terminal(daemon, client, "run -it --rm --init busybox sh -c 'echo ready; exec cat'");
    CHECK_MESSAGE(terminal.expect("ready"), terminal.text());
    terminal.send("\x03");
    CHECK_MESSAGE(terminal.wait() == 130, terminal.text());
  }
  {
    // Other keys that leave it.
    auto terminal = on_terminal(daemon, client, "run -it --name other --detach-keys ctrl-x,d busybox sh");
    CHECK_MESSAGE(terminal.expect("/ # "), terminal.text());
    terminal.send("\x18" "d");
    CHECK_MESSAGE(terminal.wait() == 0, terminal.text());
    CHECK(daemon.docker("docker inspect -f '{{.State.Running}}' other").out == "true\n");
  }
  {
    // The keys that leave a container running.
    auto terminal = on_terminal(daemon, client, "run -it --name left busybox sh");
    CHECK_MESSAGE(terminal.expect("/ # "), terminal.text());
    terminal.send("\x10\x11");
    CHECK_MESSAGE(terminal.wait() == 0, terminal.text());
    CHECK(daemon.docker("docker inspect -f '{{.State.Running}}' left").out == "true\n");
    auto again = on_terminal(daemon, client, "attach left");
    again.send("\recho back-$((1 + 1))\r");
    CHECK_MESSAGE(again.expect("back-2\r\n"), again.text());
    again.send("exit 6\r");
    CHECK_MESSAGE(again.wait() == 6, again.text());
  }
  {
    daemon.docker("docker run -d --name base busybox sleep 1000");
    auto terminal = on_terminal(daemon, client, "exec -it base sh");
    CHECK_MESSAGE(terminal.expect("/ # "), terminal.text());
    terminal.send("exit 9\r");
    CHECK_MESSAGE(terminal.wait() == 9, terminal.text());
  }
  daemon.docker("docker rm -f $(docker ps -aq)");
  const int code = daemon.stop();
  CHECK_MESSAGE(code == 0, "the daemon ended with " << code << ":\n" << daemon.log());
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), "left behind:\n" << joined(left));
}

}  // namespace

TEST_CASE("run -it in real containers: prompt, typing, size, exit code, with our client") {
  if (!skipped(why_not(World::Linux))) check_terminal(World::Linux, Client::Ours);
}

TEST_CASE("run -it in real containers: prompt, typing, size, exit code, with Debian's client") {
  if (!skipped(why_not(World::Linux)) && !skipped(why_not(Client::Debian))) check_terminal(World::Linux, Client::Debian);
}

TEST_CASE("run -it in the simulator, with our client") {
  if (!skipped(why_not(World::Sim))) check_terminal(World::Sim, Client::Ours);
}

TEST_CASE("run -it in the simulator, with Debian's client") {
  if (!skipped(why_not(World::Sim)) && !skipped(why_not(Client::Debian))) check_terminal(World::Sim, Client::Debian);
}
