// Lessons from outside: strates learn.
#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include "base/json_full.hpp"
#include "tests/system/harness/daemon.hpp"
#include "tests/system/harness/lessons.hpp"
#include "tests/system/harness/terminal.hpp"

using namespace strates::system_test;
namespace fs = std::filesystem;

namespace {

const std::string kLessons = lessons_folder();

}  // namespace

TEST_CASE("the lesson on copy-on-write plays in the simulator, all checks passed, and a second time") {
  if (skipped(why_not(World::Sim)) || skipped(why_not_learn())) return;
  const TemporaryRoot root;
  LeakWatch watch(root);
  {
    Daemon daemon(root, World::Sim);
    daemon.prepare({"debian"});
    check_played(learn(daemon, {"--auto", "04-images/copie-sur-ecriture"}), daemon.log());
    const auto again = learn(daemon, {"--auto", "copie-sur-ecriture"});
    check_played(again, daemon.log());
    // The lesson names the engine that it talks to.
    CHECK_MESSAGE(again.out.find("simulator (" + daemon.host() + ")") != std::string::npos, again.out.substr(0, 400));
    CHECK(daemon.stop() == 0);
  }
  const auto left = watch.left();
  CHECK_MESSAGE(left.empty(), joined(left));
}

TEST_CASE("a lesson whose check is wrong ends with its hint and exit code 1") {
  if (skipped(why_not(World::Sim)) || skipped(why_not_learn())) return;
  const TemporaryRoot root;
  root.write("cours/01-x/01-faux.md",
             "---\ntitle: Faux\ncovers: [\"4.09\"]\nminutes: 5\nneeds: [busybox]\n---\nTexte.\n\n```run\ndocker run --name faux busybox true\n```\n\n```check\n- diff: {container: faux, has: \"A /absent\"}\n"
             "  hint: voici un indice.\n- container: {name: faux, state: exited, exit: 0}\n  hint: autre.\n```\n");
  Daemon daemon(root, World::Sim);
  daemon.prepare({"busybox"});
  Options options;
  const auto result = daemon.strates({"learn", "--auto", "--lessons", root.work() + "/cours", "--host", daemon.host(), "01-x/faux"}, options);
  CHECK_MESSAGE(result.exit == 1, result.all());
  CHECK_MESSAGE(result.all().find("voici un indice.") != std::string::npos, result.all());
  CHECK_MESSAGE(result.all().find("1 checks passed of 2") != std::string::npos, result.all());
  CHECK(daemon.stop() == 0);
}

TEST_CASE("lessons are listed, as text and as JSON; a wrong name says what there is") {
  if (skipped(why_not(World::Sim)) || skipped(why_not_learn())) return;
  const TemporaryRoot root;
  Daemon daemon(root, World::Sim);
  const auto list = learn(daemon, {"--list"});
  CHECK(list.exit == 0);
  CHECK_MESSAGE(list.out.find("04-images/copie-sur-ecriture") != std::string::npos, list.all());
  const auto json = learn(daemon, {"--list", "--json"});
  const auto parsed = strates::parse_json(json.out);
  REQUIRE_MESSAGE(parsed.ok(), json.all());
  REQUIRE(parsed.value().is_array());
  bool there = false;
  for (const auto& row : parsed.value()) there = there || row.at("id") == "04-images/copie-sur-ecriture";
  CHECK(there);
  const auto wrong = learn(daemon, {"--auto", "04-images/nothing-here"});
  CHECK(wrong.exit != 0);
  CHECK_MESSAGE((wrong.err.find("04-images/nothing-here") != std::string::npos && wrong.err.find("04-images/copie-sur-ecriture") != std::string::npos), wrong.all());
  const auto option = learn(daemon, {"--frob"});
  CHECK(option.exit == 2);
  CHECK_MESSAGE(option.err.find("--frob") != std::string::npos, option.all());
  const auto image = learn(daemon, {"--auto", "copie-sur-ecriture"});
  INFO(image.all());
  // No debian image yet: the lesson prepares it, or says how to.
  CHECK((image.exit == 0 || image.all().find("images prepare debian") != std::string::npos));
  CHECK(daemon.stop() == 0);
}

TEST_CASE("a lesson on a terminal waits for the student, takes the answer and can be left") {
  if (skipped(why_not(World::Sim)) || skipped(why_not_learn())) return;
  const TemporaryRoot root;
  Daemon daemon(root, World::Sim);
  daemon.prepare({"debian"});
  Options options;
  options.env = {{"HOME", root.home()}, {"TERM", "xterm"}};
  options.directory = root.work();
  auto terminal = Terminal::start({program("strates"), "--lang", "en", "--host", daemon.host(), "learn", "--lessons", kLessons, "--host", daemon.host(), "copie-sur-ecriture"}, options, {50, 140});
  CHECK_MESSAGE(terminal.expect("q to quit]"), terminal.text());
  bool answered = false;
  for (int i = 0; i < 60 && !answered; ++i) {
    terminal.send("\r");
    answered = terminal.expect("Your answer (1 to 3)", Milliseconds(500));
  }
  CHECK_MESSAGE(answered, terminal.text());
  // A wrong answer; the machine shows the right one once the command has run.
  terminal.send("1\r");
  CHECK_MESSAGE(terminal.expect("[Enter to run the command"), terminal.text());
  terminal.send("\r");
  bool told = false;
  for (int i = 0; i < 10 && !told; ++i) {
    told = terminal.expect("The right answer was 2", Milliseconds(1000));
    if (!told) terminal.send("\r");
  }
  CHECK_MESSAGE(told, terminal.text());
  bool left = false;
  for (int i = 0; i < 10 && !left; ++i) {
    terminal.send("q\r");
    left = terminal.expect("See you soon.", Milliseconds(1000));
  }
  CHECK_MESSAGE(left, terminal.text());
  CHECK(terminal.wait() == 0);
  CHECK(daemon.stop() == 0);
}
