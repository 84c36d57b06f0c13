// Bad input gets one clear message that says what to do, an exit code that is not 0, and leaves nothing behind.
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;
namespace fs = std::filesystem;

namespace {

struct BadCommand {
  std::string what, script;
  int exit;
  std::vector<const char*> says;  // all of them, in stdout or stderr
};

const std::vector<BadCommand>& bad_commands() {
  static const std::vector<BadCommand> table = {
      {"an unknown image", "docker run --rm no-such-image true", 125, {"no-such-image"}},
      {"an unknown image to remove", "docker rmi no-such-image", 1, {"Error: No such image: no-such-image"}},
      {"a bad reference", "docker run --rm 'Busy::box' true", 125, {"invalid reference format"}},
      {"a bad reference for a tag", "docker tag busybox 'No Good'", 1, {"not a valid repository/tag", "invalid reference format"}},
      {"a bad reference for a build", "docker build -t 'Bad::Tag' good", 125, {"invalid argument \"Bad::Tag\"", "invalid reference format"}},
      {"an unknown instruction", "docker build unknown", 1, {"dockerfile parse error line 3: unknown instruction: FROBNICATE"}},
      {"a syntax error", "docker build syntax", 1, {"dockerfile parse error line 2: COPY requires at least two arguments"}},
      {"a syntax error of the lexer", "docker build lexer", 1, {"failed to parse Dockerfile: ENV must have two arguments"}},
      {"an option that is not there", "docker build option", 1, {"line 2", "nope"}},
      {"COPY of a missing file", "docker build missing", 1, {"COPY failed", "missing.txt"}},
      {"COPY from outside of the context", "docker build outside", 1, {"COPY failed", "forbidden path outside the build context"}},
      {"a RUN that fails", "docker build failing", 3, {"returned a non-zero code: 3"}},
      {"an archive that is none, by URL", "docker build notyet", 1, {"ADD failed"}},
      {"an option that needs BuildKit", "docker build buildkit", 1, {"Step 2/2 : RUN --mount", "the --mount option requires BuildKit"}},
      {"no Dockerfile", "docker build empty", 1, {"Dockerfile"}},
      {"no build context", "docker build no-such-folder", 1, {"unable to prepare context: path \"no-such-folder\" not found"}},
      {"an empty Dockerfile", "docker build blank", 1, {"failed to parse Dockerfile: file with no instructions"}},
      {"a context that is no archive", "printf 'not a tar \\377\\000 at all' | docker import - junk", 1, {"rror"}},
      {"a container name in use", "docker run --name taken busybox true", 125, {"Conflict. The container name \"/taken\" is already in use by container", "remove (or rename)"}},
      {"a name with bad characters", "docker run --name 'no good' busybox true", 125, {"Invalid container name (no good)", "[a-zA-Z0-9][a-zA-Z0-9_.-]"}},
      {"an unknown network", "docker run --rm --network nowhere busybox true", 125, {"network nowhere not found"}},
      {"a program that is not there", "docker run --rm busybox no-such-program", 127, {"no-such-program", "executable file not found in $PATH"}},
      {"a working directory that is not absolute", "docker run --rm -w here busybox true", 125, {"the working directory 'here' is invalid, it needs to be an absolute path"}},
      {"an unknown option", "docker run --frobnicate busybox", 125, {"unknown flag: --frobnicate", "See 'docker run --help'."}},
      {"an unknown command", "docker frobnicate", 1, {"'frobnicate' is not a docker command", "See 'docker --help'"}},
      {"an unknown container", "docker start nobody", 1, {"No such container: nobody"}},
      {"an unknown object", "docker inspect nobody", 1, {"No such object: nobody"}},
      {"a signal that does not exist", "docker kill -s NOPE taken", 1, {"NOPE"}},
  };
  return table;
}

void write_contexts(const TemporaryRoot& root) {
  root.write("good/Dockerfile", "FROM busybox\n");
  root.write("unknown/Dockerfile", "FROM busybox\nRUN true\nFROBNICATE yes\n");
  root.write("syntax/Dockerfile", "FROM busybox\nCOPY lonely\n");
  root.write("lexer/Dockerfile", "FROM busybox\nENV lonely\n");
  root.write("option/Dockerfile", "FROM busybox\nCOPY --nope=1 Dockerfile /x\n");
  root.write("missing/Dockerfile", "FROM busybox\nRUN echo step > /made\nCOPY missing.txt /x\n");
  root.write("outside/Dockerfile", "FROM busybox\nCOPY ../../etc/passwd /x\n");
  root.write("failing/Dockerfile", "FROM busybox\nRUN echo some > /file; exit 3\n");
  root.write("notyet/Dockerfile", "FROM busybox\nADD http://127.0.0.1:9/absent /x\n");
  root.write("buildkit/Dockerfile", "FROM busybox\nRUN --mount=type=cache,target=/x true\n");
  root.write("blank/Dockerfile", "# nothing\n");
  root.write("empty/file", "x");
}

bool says_all(const std::string& text, const std::vector<const char*>& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const char* part) { return text.find(part) != std::string::npos; });
}

void check_bad_commands(World world) {
  const TemporaryRoot root;
  LeakWatch watch(root);
  write_contexts(root);
  Daemon daemon(root, world);
  daemon.prepare({"busybox"});
  const auto taken = daemon.docker("docker create --name taken busybox true");
  REQUIRE_MESSAGE(taken.exit == 0, taken.all());
  // The steps before a failing one are committed, as Docker does: a first round leaves them in the cache, a second one must add nothing.
  for (const auto& command : bad_commands()) daemon.docker(command.script);
  const auto before = stored(root);
  const auto images = daemon.docker("docker images -aq").out, containers = daemon.docker("docker ps -aq | sort").out;
  for (const auto& command : bad_commands()) {
    CAPTURE(command.what);
    const auto result = daemon.docker(command.script);
    CHECK_MESSAGE(result.exit == command.exit, "exit " << result.exit << ": " << result.all());
    CHECK_MESSAGE(says_all(result.all(), command.says), command.script << " says: " << result.all());
    CHECK_MESSAGE(result.all().find("unknown file") == std::string::npos, result.all());
    // Docker keeps the container of a failing RUN and of a program that is not there; only those.
    const auto left = daemon.docker("docker ps -aq --filter name=taken").out;
    CHECK(left.size() == 13);
    for (const auto& line : {std::string("docker ps -aq | sort | while read id; do [ \"$(docker inspect -f '{{.Name}}' $id)\" = /taken ] || docker rm $id >/dev/null; done")}) daemon.docker(line);
  }
  CHECK(daemon.docker("docker images -aq").out == images);
  CHECK(daemon.docker("docker ps -q").out.empty());
  const auto after = stored(root);
  const auto extra = added(before, after);
  CHECK_MESSAGE(extra.empty(), "left in the store:\n" << extra);
  // It still works.
  const auto works = daemon.docker("docker run --rm busybox echo works");
  CHECK_MESSAGE((works.exit == 0 && works.out == "works\n"), works.all());
  daemon.docker("docker rm -f $(docker ps -aq)");
  const int code = daemon.stop();
  CHECK_MESSAGE(code == 0, "the daemon ended with " << code << ":\n" << daemon.log());
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), "left behind:\n" << joined(left) << daemon.log());
}

Result start_daemon(const std::vector<std::string>& words, unsigned uid = 0) {
  std::vector<std::string> argv = {program("strates-daemon"), "--lang", "en"};
  argv.insert(argv.end(), words.begin(), words.end());
  Options options;
  options.limit = Milliseconds(20'000);
  options.uid = uid;
  return run(argv, options);
}

void check_refused(const Result& result, const std::vector<const char*>& says) {
  CHECK_FALSE(result.timed_out);
  CHECK_MESSAGE((result.exit == 1 || result.exit == 2), "exit " << result.exit << ": " << result.all());
  CHECK_MESSAGE(says_all(result.err, says), result.all());
  // One message, not a page.
  CHECK_MESSAGE(std::count(result.err.begin(), result.err.end(), '\n') <= 3, result.err);
}

const char* name_of(World world) { return world == World::Linux ? "linux" : "sim"; }

}  // namespace

TEST_CASE("in the simulator, bad input gets one clear message and leaves nothing behind") {
  if (!skipped(why_not(World::Sim))) check_bad_commands(World::Sim);
}

TEST_CASE("with real containers, bad input gets one clear message and leaves nothing behind") {
  if (!skipped(why_not(World::Linux))) check_bad_commands(World::Linux);
}

TEST_CASE("a second daemon on the same root is refused and says which process has it") {
  for (const World world : {World::Sim, World::Linux}) {
    if (skipped(why_not(world))) continue;
    CAPTURE(name_of(world));
    const TemporaryRoot root;
    LeakWatch watch(root);
    {
      Daemon first(root, world);
      const auto before = stored(root);
      const auto second = start_daemon({"--root", root.daemon_root(), "--socket", root.path() + "/other.sock", "--world", name_of(world)});
      check_refused(second, {"another engine uses it, process", "--root"});
      CHECK_FALSE(fs::exists(root.path() + "/other.sock"));
      CHECK(stored(root) == before);
      CHECK(first.docker("docker ps").exit == 0);
      CHECK(first.stop() == 0);
    }
    const auto left = watch.left();
    CHECK_MESSAGE(left.empty(), joined(left));
    // The root is free again.
    Daemon third(root, world);
    CHECK(third.stop() == 0);
  }
}

TEST_CASE("a socket path that is a file is refused and the file is kept") {
  if (skipped(why_not(World::Sim))) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  std::ofstream(root.socket()) << "precious";
  const auto result = start_daemon({"--root", root.daemon_root(), "--socket", root.socket(), "--world", "sim"});
  check_refused(result, {root.socket().c_str()});
  CHECK(read_file(root.socket()) == "precious");
  CHECK(watch.left().empty());
}

TEST_CASE("a socket where somebody listens is refused, and they go on listening") {
  if (skipped(why_not(World::Sim))) return;
  const TemporaryRoot root, other;
  LeakWatch watch(other);
  Daemon daemon(root, World::Sim);
  const auto result = start_daemon({"--root", other.daemon_root(), "--socket", root.socket(), "--world", "sim"});
  check_refused(result, {root.socket().c_str()});
  CHECK(daemon.docker("docker ps").exit == 0);
  CHECK(daemon.stop() == 0);
  // A daemon that stops takes its socket away; one that was killed leaves it, and the next one takes it over.
  CHECK_FALSE(fs::exists(root.socket()));
  Daemon killed(root, World::Sim);
  killed.kill9();
  CHECK(fs::exists(root.socket()));
  Daemon next(root, World::Sim);
  CHECK(next.docker("docker ps").exit == 0);
  CHECK(next.stop() == 0);
}

TEST_CASE("a socket whose folder cannot be made, or whose path is too long, is refused") {
  if (skipped(why_not(World::Sim))) return;
  const TemporaryRoot root;
  std::ofstream(root.path() + "/file") << "x";
  check_refused(start_daemon({"--root", root.daemon_root(), "--socket", root.path() + "/file/s.sock", "--world", "sim"}), {"/file"});
  check_refused(start_daemon({"--root", root.daemon_root(), "--socket", root.path() + "/" + std::string(120, 'x'), "--world", "sim"}), {"xxxx"});
}

TEST_CASE("the daemon's own options are checked") {
  if (skipped(why_not(World::Sim))) return;
  check_refused(start_daemon({"--frob"}), {"--frob", "--help"});
  check_refused(start_daemon({"--world", "moon", "--root", "/x", "--socket", "/y"}), {"moon", "linux and sim"});
  check_refused(start_daemon({"--root"}), {"--root"});
  check_refused(start_daemon({"--world", "sim", "--socket", "/nowhere/s"}), {"--root", "missing"});
}

TEST_CASE("without root the daemon of real containers says so and what to do") {
  if (skipped(why_not(World::Linux))) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  chmod(root.path().c_str(), 0777);
  // A build folder that an ordinary user cannot read would be another failure: the program is copied where everybody may run it.
  const std::string copy = root.path() + "/strates-daemon";
  fs::copy_file(program("strates-daemon"), copy);
  chmod(copy.c_str(), 0755);
  Options options;
  options.uid = 65534;
  const auto result = run({copy, "--lang", "en", "--root", root.daemon_root(), "--socket", root.socket(), "--world", "linux"}, options);
  check_refused(result, {"real containers need root", "sudo", "--world sim"});
  CHECK_FALSE(fs::exists(root.daemon_root()));
  CHECK_FALSE(fs::exists(root.socket()));
  CHECK(watch.left().empty());
}

TEST_CASE("without root the simulator works") {
  if (skipped(why_not(World::Linux))) return;
  const TemporaryRoot root;
  chmod(root.path().c_str(), 0777);
  for (const char* name : {"strates-daemon", "strates"}) {
    fs::copy_file(program(name), root.path() + "/" + name);
    chmod((root.path() + "/" + name).c_str(), 0755);
  }
  Options options;
  options.uid = 65534;
  options.env = {{"HOME", root.path()}, {"XDG_STATE_HOME", root.path() + "/state"}, {"XDG_RUNTIME_DIR", root.path() + "/runtime"}};
  const std::string strates = root.path() + "/strates";
  const auto started = run({strates, "daemon", "--ensure"}, options);
  REQUIRE_MESSAGE(started.exit == 0, started.all() << read_file(root.path() + "/state/strates/daemon.log"));
  CHECK_MESSAGE(started.out.find("simulator") != std::string::npos, started.out);
  CHECK(run({strates, "images", "prepare", "busybox"}, options).exit == 0);
  const auto hello = run({strates, "docker", "run", "--rm", "busybox", "echo", "hello"}, options);
  CHECK_MESSAGE((hello.exit == 0 && hello.out == "hello\n"), hello.all());
  const auto again = run({strates, "daemon", "--ensure"}, options);
  CHECK(again.exit == 0);
  CHECK(run({strates, "daemon", "--status"}, options).exit == 0);
  const auto stopped = run({strates, "daemon", "--stop"}, options);
  CHECK_MESSAGE(stopped.exit == 0, stopped.all());
  CHECK(run({strates, "daemon", "--status"}, options).exit == 1);
}

TEST_CASE("where overlayfs cannot write, the daemon does not start, says what to do, and leaves nothing") {
  if (skipped(why_not(World::Linux))) return;
  const TemporaryRoot root;
  // An overlay on tmpfs: the kernel refuses an overlay's upper directory on an overlay.
  for (const char* name : {"root", "lower", "upper", "work2"}) fs::create_directories(root.path() + "/" + name);
  const auto mounted = run({"mount", "-t", "overlay", "overlay", "-o",
                            "lowerdir=" + root.path() + "/lower,upperdir=" + root.path() + "/upper,workdir=" + root.path() + "/work2", root.daemon_root()});
  REQUIRE_MESSAGE(mounted.exit == 0, mounted.all());
  {
    LeakWatch watch(root);
    const auto refused = run({program("strates-daemon"), "--root", root.daemon_root(), "--socket", root.socket(), "--world", "linux", "--lang", "en"});
    CHECK(refused.exit == 1);
    CHECK_MESSAGE(says_all(refused.err, {"mount overlay", "the store lies on an overlay, which cannot hold writable layers", "--root", "strates doctor"}), refused.err);
    CHECK_FALSE(fs::exists(root.socket()));
    CHECK(fs::is_empty(root.daemon_root() + "/snapshots"));
    const auto left = watch.left();
    CHECK_MESSAGE(left.empty(), joined(left));
  }
  const auto unmounted = run({"umount", root.daemon_root()});
  CHECK_MESSAGE(unmounted.exit == 0, unmounted.all());
}

TEST_CASE("no engine: the client says how to start one") {
  if (skipped(why_not(World::Sim))) return;
  const TemporaryRoot root;
  Options options;
  options.env = {{"HOME", root.home()}};
  const auto docker = run({program("strates"), "--host", "unix://" + root.socket(), "docker", "ps"}, options);
  CHECK(docker.exit == 1);
  CHECK_MESSAGE(docker.err.find(root.socket()) != std::string::npos, docker.err);
  CHECK_MESSAGE(docker.err.find("Is the docker daemon running?") != std::string::npos, docker.err);
  const auto tcp = run({program("strates"), "--host", "tcp://127.0.0.1:2375", "docker", "ps"}, options);
  CHECK(tcp.exit != 0);
  CHECK_MESSAGE(tcp.err.find("unix:///path") != std::string::npos, tcp.err);
}

TEST_CASE("a lesson with a wrong field is refused with its file and line") {
  if (skipped(why_not(World::Sim)) || skipped(fs::exists(program("strates-learn")) ? "" : "strates-learn is not built")) return;
  const TemporaryRoot root;
  Daemon daemon(root, World::Sim);
  struct Broken {
    const char* name;
    const char* text;
    const char* where;
    const char* says;
  };
  const Broken lessons[] = {
      {"field", "---\ntitle: T\ncovers: [\"4.09\"]\nminutes: 5\nneeds: []\ncolour: red\n---\ntext\n", "01-x/01-field.md:6", "colour"},
      {"minutes", "---\ntitle: T\ncovers: [\"4.09\"]\nminutes: many\nneeds: []\n---\ntext\n", "01-x/01-minutes.md:4", "minutes"},
      {"check", "---\ntitle: T\ncovers: [\"4.09\"]\nminutes: 5\nneeds: []\n---\ntext\n\n```check\n- frob: {container: x}\n```\n", "01-x/01-check.md:10", "frob"},
      {"answer", "---\ntitle: T\ncovers: [\"4.09\"]\nminutes: 5\nneeds: []\n---\n```predict\nquestion: q\nchoices: [a, b]\nanswer: 3\n```\n", "01-x/01-answer.md:7", "answer"},
      {"unclosed", "---\ntitle: T\ncovers: [\"4.09\"]\nminutes: 5\nneeds: []\n---\n```run\ndocker ps\n", "01-x/01-unclosed.md:7", ""},
  };
  for (const auto& broken : lessons) {
    CAPTURE(broken.name);
    const std::string folder = std::string("lessons-") + broken.name;
    root.write(folder + "/01-x/01-" + broken.name + ".md", broken.text);
    Options options;
    options.limit = Milliseconds(20'000);
    const auto result = daemon.strates({"learn", "--auto", "--lessons", root.work() + "/" + folder, "--host", daemon.host(), std::string("01-x/") + broken.name}, options);
    CHECK(result.exit != 0);
    CHECK_MESSAGE(result.err.find(broken.where) != std::string::npos, result.all());
    CHECK_MESSAGE(result.err.find(broken.says) != std::string::npos, result.all());
  }
  CHECK(daemon.stop() == 0);
}
