// The front: what a newcomer meets first.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <sstream>

#include "base/json_full.hpp"
#include "tests/system/harness/daemon.hpp"
#include "tests/system/harness/terminal.hpp"
#include "tests/support/places.hpp"

using namespace strates::system_test;
namespace fs = std::filesystem;

namespace {

std::string why_not_front() { return fs::exists(program("strates")) ? "" : program("strates") + " is not built"; }

Result front(std::vector<std::string> words, const std::vector<std::pair<std::string, std::string>>& env = {}) {
  words.insert(words.begin(), program("strates"));
  Options options;
  options.env = env;
  return run(words, options);
}

std::vector<std::string> needed_libraries() {
  const auto dynamic = run({"readelf", "-d", program("strates")});
  REQUIRE(dynamic.exit == 0);
  std::vector<std::string> out;
  const std::regex pattern("\\(NEEDED\\).*\\[([^\\]]+)\\]");
  for (std::sregex_iterator it(dynamic.out.begin(), dynamic.out.end(), pattern), end; it != end; ++it) {
    const std::string name = (*it)[1];
    if (!name.starts_with("libasan") && !name.starts_with("libubsan")) out.push_back(name);
  }
  return out;
}

}  // namespace

TEST_CASE("the front needs the C library and little else, so that it starts at once") {
  if (skipped(why_not_front())) return;
  const auto libraries = needed_libraries();
  CHECK_FALSE(libraries.empty());
  for (const auto& name : libraries) {
    CAPTURE(name);
    const bool known = name.starts_with("libc.") || name.starts_with("libm.") || name.starts_with("libpthread.") || name.starts_with("ld-linux");
    CHECK(known);
  }
  CHECK(libraries.size() <= 4);
}

TEST_CASE("help is there in two languages, with examples, for every command") {
  if (skipped(why_not_front())) return;
  const auto french = front({"--help"}, {{"LC_MESSAGES", "fr_FR.UTF-8"}}), english = front({"--help"});
  CHECK(french.exit == 0);
  CHECK(english.exit == 0);
  CHECK_MESSAGE(french.out.find("Exemples") != std::string::npos, french.out);
  CHECK_MESSAGE(english.out.find("Examples") != std::string::npos, english.out);
  CHECK(front({"--lang", "fr", "--help"}).out == french.out);
  CHECK(front({}).out == english.out);
  for (const char* name : {"learn", "docker", "trace", "images", "doctor", "daemon", "completion", "version"}) {
    CAPTURE(name);
    CHECK(english.out.find(std::string("  ") + name + " ") != std::string::npos);
    CHECK(french.out.find(std::string("  ") + name + " ") != std::string::npos);
  }
  for (const char* name : {"learn", "trace", "images", "doctor", "daemon", "completion"}) {
    CAPTURE(name);
    const auto help = front({name, "--help"});
    CHECK_MESSAGE(help.exit == 0, help.all());
    CHECK_MESSAGE((help.out.size() > 60 && help.err.empty()), help.all());
    const auto other = front({"--lang", "fr", name, "--help"});
    CHECK(other.out != help.out);
  }
  const auto docker = front({"docker", "--help"});
  CHECK(docker.exit == 0);
  CHECK(docker.out.find("Usage:  docker [OPTIONS] COMMAND") != std::string::npos);
}

TEST_CASE("an unknown command or option suggests the right one") {
  if (skipped(why_not_front())) return;
  const auto near = front({"lern"});
  CHECK(near.exit == 2);
  CHECK_MESSAGE(near.err.find("strates learn") != std::string::npos, near.err);
  const auto docker = front({"run"});
  CHECK(docker.exit == 2);
  CHECK_MESSAGE(docker.err.find("strates docker run") != std::string::npos, docker.err);
  const auto nothing = front({"xyzzy"});
  CHECK(nothing.exit == 2);
  CHECK_MESSAGE(nothing.err.find("--help") != std::string::npos, nothing.err);
  const auto option = front({"--frob"});
  CHECK(option.exit == 2);
  CHECK_MESSAGE(option.err.find("--frob") != std::string::npos, option.err);
  CHECK(front({"--lang", "de", "--help"}).exit == 2);
  CHECK(front({"trace", "--frob"}).exit == 2);
}

TEST_CASE("completion scripts are complete and of sound syntax") {
  if (skipped(why_not_front())) return;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    CAPTURE(shell);
    const auto script = front({"completion", shell});
    CHECK(script.exit == 0);
    CHECK(script.out.size() > 100);
    CHECK(script.out.find("strates") != std::string::npos);
    if (std::string(shell) == "fish") continue;
    if (!fs::exists(std::string("/bin/") + shell) && !fs::exists(std::string("/usr/bin/") + shell)) {
      skipped(std::string("no ") + shell + " to check its script");
      continue;
    }
    Options options;
    options.input = script.out;
    const auto parsed = run({shell, "-n"}, options);
    CHECK_MESSAGE(parsed.exit == 0, parsed.err);
  }
  CHECK(front({"completion", "tcsh"}).exit != 0);
  // As bash calls it.
  const TemporaryRoot root;
  root.write("script", front({"completion", "bash"}).out);
  Options options;
  options.env = {{"PATH", strates::testing::binary_dir() + ":/usr/bin:/bin"}};
  const auto completed = run({"bash", "-c", "source " + root.work() + "/script; COMP_WORDS=(strates le); COMP_CWORD=1; COMP_LINE='strates le'; COMP_POINT=10; "
                              "f=$(complete -p strates | sed 's/.*-F \\([^ ]*\\).*/\\1/'); $f strates le strates; printf '%s\\n' \"${COMPREPLY[@]}\""},
                             options);
  CHECK_MESSAGE(completed.out.find("learn") != std::string::npos, completed.all());
}

TEST_CASE("bash completes compose: commands, flags, and the services and profiles of the file at hand") {
  if (skipped(why_not_front())) return;
  const TemporaryRoot root;
  root.write("script", front({"completion", "bash"}).out);
  root.write("compose.yaml", "services:\n  web: {image: x}\n  worker: {image: x, profiles: [tools]}\n  db: {image: x}\n");
  Options options;
  options.env = {{"PATH", strates::testing::binary_dir() + ":/usr/bin:/bin"}};
  // As bash calls it: the words typed, the last one unfinished.
  const auto completed = [&](const std::string& words) {
    const auto result = run({"bash", "-c", "cd " + root.work() + "; source ./script; COMP_WORDS=(" + words + "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
                             "f=$(complete -p strates | sed 's/.*-F \\([^ ]*\\).*/\\1/'); $f; echo ${COMPREPLY[*]}"},
                            options);
    std::string out = result.out;
    for (char& c : out)
      if (c == '\n') c = ' ';
    return out;
  };
  CHECK(completed("strates compose u") == "unpause up ");
  CHECK(completed("strates docker compose up w") == "web worker ");
  CHECK(completed("strates compose up -d web ''") == "db web worker ");
  CHECK(completed("strates compose up --no-b") == "--no-build ");
  CHECK(completed("strates compose --profile t") == "tools ");
  CHECK(completed("strates compose -f compose.yaml logs -f d") == "db ");
  CHECK(completed("strates compose cp w") == "web: worker: ");
  CHECK(completed("strates compose up --scale d") == "db= ");
  CHECK(completed("strates compose exec w") == "web worker ");
  CHECK(completed("strates compose exec web w") == " ");  // the container's command is not ours
  CHECK(completed("strates compose -f absent.yaml up ''") == " ");
}

TEST_CASE("doctor says what this machine allows, and as JSON") {
  if (skipped(why_not_front())) return;
  const auto text = front({"doctor"});
  CHECK_MESSAGE((text.exit == 0 || text.exit == 1), text.all());
  CHECK_MESSAGE(text.out.find("overlay") != std::string::npos, text.all());
  CHECK_MESSAGE(text.out.find("cgroup") != std::string::npos, text.all());
  const auto json = front({"doctor", "--json"});
  CHECK(json.exit == text.exit);
  const auto parsed = strates::parse_json(json.out);
  REQUIRE_MESSAGE(parsed.ok(), json.all());
  CHECK(!parsed.value().empty());
}

TEST_CASE("a trace is recorded and replayed without an engine, the same") {
  if (skipped(why_not(World::Sim))) return;
  const TemporaryRoot root;
  const std::string file = root.work() + "/trace.ndjson";
  std::string recorded, live;
  {
    Daemon daemon(root, World::Sim);
    daemon.prepare({"busybox"});
    REQUIRE(daemon.docker("docker run --name traced busybox sh -c 'echo hi > /new; cat /etc/passwd > /dev/null'").exit == 0);
    const auto text = daemon.strates({"trace", "--record", file});
    CHECK_MESSAGE(text.exit == 0, text.all());
    live = text.out;
    recorded = read_file(file);
    CHECK(daemon.stop() == 0);
  }
  CHECK(live.find("traced") != std::string::npos);
  std::istringstream lines(recorded);
  size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) CHECK_MESSAGE(strates::parse_json(line).ok(), line);
  CHECK(count > 5);
  CHECK(std::count(live.begin(), live.end(), '\n') >= static_cast<std::ptrdiff_t>(count));
  const auto replayed = front({"trace", "--replay", file});
  CHECK_MESSAGE(replayed.exit == 0, replayed.all());
  CHECK(replayed.out == live);
  const auto json = front({"trace", "--json", "--replay", file});
  CHECK(json.out == recorded);
  const auto since = front({"trace", "--json", "--since", "3", "--replay", file});
  CHECK(since.exit == 0);
  const auto absent = front({"trace", "--replay", root.work() + "/absent"});
  CHECK(absent.exit == 1);
  CHECK_MESSAGE(absent.err.find("absent") != std::string::npos, absent.err);
  root.write("broken", "{\"seq\": 1, \"type\"\n");
  CHECK(front({"trace", "--replay", root.work() + "/broken"}).exit != 0);
}

TEST_CASE("a trace is followed while it happens") {
  if (skipped(why_not(World::Sim))) return;
  const TemporaryRoot root;
  Daemon daemon(root, World::Sim);
  daemon.prepare({"busybox"});
  auto follower = Process::start({program("strates"), "--host", daemon.host(), "trace", "--follow"});
  CHECK_MESSAGE(follower.wait_for_output("sim"), follower.out() << follower.err());
  daemon.docker("docker run --rm busybox sh -c 'echo x >> /etc/passwd'");
  CHECK_MESSAGE(follower.wait_for_output("/etc/passwd"), follower.out());
  // The daemon that ends ends the trace.
  CHECK(daemon.stop() == 0);
  const auto result = follower.wait(Milliseconds(5000));
  CHECK_FALSE(result.timed_out);
}

TEST_CASE("version and docker under another name") {
  if (skipped(why_not_front())) return;
  CHECK(front({"version"}).out.find("Strates ") == 0);
  CHECK(front({"--version"}).out.find("Strates ") == 0);
  const TemporaryRoot root;
  fs::create_symlink(program("strates"), root.work() + "/docker");
  const auto docker = run({root.work() + "/docker", "--version"});
  CHECK(docker.exit == 0);
  CHECK(docker.out.find("Docker version 20.10.24") == 0);
}

TEST_CASE("in the simulator, the front prepares images and says which are there to prepare") {
  if (skipped(why_not(World::Sim))) return;
  const TemporaryRoot root;
  Daemon daemon(root, World::Sim);
  daemon.prepare({"busybox", "hello-world"});
  const auto again = daemon.strates({"images", "prepare", "busybox"});
  CHECK_MESSAGE(again.exit == 0, again.all());
  const auto unknown = daemon.strates({"images", "prepare", "no-such-base"});
  CHECK(unknown.exit != 0);
  CHECK_MESSAGE((unknown.err.find("no-such-base") != std::string::npos && unknown.err.find("busybox") != std::string::npos), unknown.all());
  // Real servers need real containers; nothing is prepared for them in vain.
  const auto server = daemon.strates({"--lang", "en", "images", "prepare", "nginx"});
  CHECK(server.exit == 1);
  CHECK_MESSAGE(server.err.find("the simulator does not run real servers") != std::string::npos, server.all());
  CHECK(daemon.docker("docker images --format '{{.Repository}}' | sort").out == "busybox\nhello-world\n");
  const auto hello = daemon.docker("docker run --rm hello-world");
  CHECK_MESSAGE((hello.exit == 0 && hello.out.size() > 100), hello.all());
  CHECK(daemon.stop() == 0);
}
