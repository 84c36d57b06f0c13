// The course in a real window, on a display of its own (Xvfb), by a keyboard (xdotool): what a student does, seen from the engine.
#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

#include "tests/system/harness/daemon.hpp"

using namespace strates::system_test;
namespace fs = std::filesystem;

namespace {

std::string why_not_window() {
  for (const char* program : {"Xvfb", "xdotool"})
    if (run({"sh", "-c", std::string("command -v ") + program}).exit != 0) return std::string(program) + " is not installed";
  return "";
}

class Screen {
 public:
  Screen(int width, int height) {
    const std::string size = std::to_string(width) + "x" + std::to_string(height) + "x24";
    server_ = Process::start({"Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp", "-noreset"});
    REQUIRE_MESSAGE(server_.wait_for_output("\n"), server_.err());
    name_ = ":" + server_.out().substr(0, server_.out().find('\n'));
  }
  ~Screen() {
    server_.signal(SIGTERM);
    server_.wait();
  }
  const std::string& name() const { return name_; }
  bool hands(std::vector<std::string> words) const {
    words.insert(words.begin(), "xdotool");
    Options options;
    options.env = {{"DISPLAY", name_}};
    return run(words, options).exit == 0;
  }
  void type(const std::string& line) const {
    CHECK(hands({"type", "--delay", "20", line}));
    CHECK(hands({"key", "Return"}));
  }

 private:
  Process server_;
  std::string name_;
};

constexpr const char* kLesson =
    "---\ntitle: Une leçon\ncovers: [\"4.09\"]\nminutes: 5\nneeds: [busybox]\n---\nTexte.\n\n```clean\ndocker rm -f fenetre tape\n```\n\n"
    "```run\ndocker run --name fenetre busybox true\n```\n\n```check\n- container: {name: fenetre, state: exited, exit: 0}\n  hint: rien.\n```\n\n"
    "```run\ndocker rm fenetre\n```\n";
constexpr const char* kSecond =
    "---\ntitle: La suivante\ncovers: [\"4.09\"]\nminutes: 5\nneeds: [busybox]\n---\nTexte.\n\n```clean\ndocker rm -f suivante\n```\n\n```run\ndocker run --name suivante busybox true\n```\n";

std::string names(Daemon& daemon) { return daemon.docker("docker ps -a --format '{{.Names}}'").out; }

}  // namespace

TEST_CASE("a student chooses a lesson, types, lets the window type, goes on to the next lesson, resizes, and closes while something runs") {
  if (skipped(why_not(World::Sim)) || skipped(why_not_window())) return;
  const TemporaryRoot root;
  root.write("cours/01-x/01-une.md", kLesson);
  root.write("cours/01-x/02-deux.md", kSecond);
  Daemon daemon(root, World::Sim);
  daemon.prepare({"busybox"});
  const Screen screen(1280, 800);
  Options options;
  // No leak scan: see lesson_window_test.cpp.
  options.env = {{"DISPLAY", screen.name()}, {"HOME", root.home()}, {"TMPDIR", root.work()}, {"ASAN_OPTIONS", "detect_leaks=0"}};
  options.directory = root.work();
  auto view = Process::start({program("strates-view"), "--host", daemon.host(), "--lessons", root.work() + "/cours"}, options);
  REQUIRE_MESSAGE(screen.hands({"search", "--sync", "--onlyvisible", "--name", "^Strates$", "windowfocus"}), view.err());

  // The list: the first lesson is chosen already. The terminal is ready when it runs what is typed.
  CHECK(screen.hands({"key", "Return"}));
  bool typed = false;
  for (int i = 0; i < 20 && !typed; ++i) {
    screen.type("docker create --name tape busybox true");
    typed = eventually([&] { return names(daemon).find("tape") != std::string::npos; }, Milliseconds(2000));
  }
  REQUIRE_MESSAGE(typed, view.err());

  // F5 types the lesson's command, then checks, then types the last one: the container comes and goes.
  CHECK(screen.hands({"key", "F5"}));
  CHECK(eventually([&] { return names(daemon).find("fenetre") != std::string::npos; }));
  CHECK(screen.hands({"search", "--name", "^Strates$", "windowsize", "900", "600"}));
  bool gone = false;
  for (int i = 0; i < 20 && !gone; ++i) {
    CHECK(screen.hands({"key", "F5"}));
    gone = eventually([&] { return names(daemon).find("fenetre") == std::string::npos; }, Milliseconds(1000));
  }
  CHECK(gone);

  // The next lesson: what the first one made is taken away, and its own command can be typed.
  bool next = false;
  for (int i = 0; i < 20 && !next; ++i) {
    CHECK(screen.hands({"key", "F5"}));
    next = eventually([&] { return names(daemon).find("suivante") != std::string::npos; }, Milliseconds(1500));
  }
  CHECK(next);
  CHECK(names(daemon).find("tape") == std::string::npos);

  screen.type("sleep 1000");
  pause_for(Milliseconds(500));
  REQUIRE(view.running());
  view.signal(SIGTERM);
  const auto ended = view.wait();
  CHECK_MESSAGE(ended.exit == 0, ended.all());
  CHECK(names(daemon) == "");
  for (const auto& path : paths_below(root.work(), 1)) CHECK_MESSAGE(path.find("strates-learn") == std::string::npos, path);
  CHECK(daemon.stop() == 0);
}

TEST_CASE("without a display the lesson goes on in the terminal, and says why") {
  if (skipped(why_not(World::Sim))) return;
  const TemporaryRoot root;
  root.write("cours/01-x/01-une.md", kLesson);
  Daemon daemon(root, World::Sim);
  daemon.prepare({"busybox"});
  Options options;
  options.env = {{"DISPLAY", ":987"}, {"HOME", root.home()}};
  options.input = "q\n";
  const auto view = run({program("strates-view"), "--lang", "en", "--host", daemon.host(), "--lessons", root.work() + "/cours", "une"}, options);
  CHECK_MESSAGE(view.err.find("no display") != std::string::npos, view.all());
  CHECK_MESSAGE(view.err.find("The lesson goes on in the terminal.") != std::string::npos, view.all());
  CHECK_MESSAGE(view.out.find("Une leçon") != std::string::npos, view.all());
  CHECK(view.exit == 0);
  CHECK(daemon.stop() == 0);
}
