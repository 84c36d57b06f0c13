#include <doctest/doctest.h>

#include "lessons/engine/progress.hpp"

using namespace strates::lessons;

namespace {

Lesson small_lesson() {
  Lesson out;
  Scene scene{"overlay", {{"container", "essai"}}};
  Predict predict{"?", {"a", "b"}, 2, "event FileCopiedUp path=/x", "because"};
  out.steps = {{1, Prose{"hello"}},
               {2, predict},
               {3, Run{{"docker run --name essai x", "docker  diff \\\n  essai"}, false}},
               {4, scene},
               {5, Checks{{Check{"gone", {}, "", 5}}}},
               {6, Prose{"bye"}}};
  return out;
}

}  // namespace

TEST_CASE("a lesson is gone through step by step, and only what was expected counts") {
  const Lesson lesson = small_lesson();
  Progress progress(lesson);
  CHECK(progress.current() == 1);  // the prose waits for nobody
  CHECK(progress.stops() == 3);
  CHECK_FALSE(progress.expected_command());
  progress.answer(3);
  CHECK(progress.current() == 1);
  progress.answer(1);
  CHECK(progress.current() == 2);
  CHECK_FALSE(std::get<PredictOutcome>(progress.outcome(1)).right);
  CHECK_FALSE(progress.to_prove());  // nothing ran yet
  CHECK(progress.scene()->fields.at("container") == "essai");  // what the commands are about to draw
  CHECK_FALSE(progress.command_ended("ls", 0));
  CHECK(progress.command_ended("docker   run --name essai   x", 0));
  CHECK(progress.current() == 2);
  CHECK(plain_command(*progress.expected_command()) == "docker diff essai");
  CHECK(progress.command_ended("docker diff essai", 3));
  CHECK(progress.current() == 4);
  REQUIRE(progress.to_prove());
  CHECK(progress.to_prove()->step == 1);
  progress.proven(1, "seen");
  CHECK_FALSE(progress.to_prove());
  progress.checked({{false, "gone", "still there"}});
  CHECK(progress.current() == 4);  // a check that fails holds one up
  progress.checked({{true, "gone", ""}});
  CHECK(progress.finished());
  CHECK(progress.stops_done() == 3);
  CHECK(progress.checks() == 3);  // the check, the proof, and the command that failed
  CHECK(progress.passed() == 2);
}

TEST_CASE("skipping leaves a step without outcome") {
  const Lesson lesson = small_lesson();
  Progress progress(lesson);
  progress.skip();
  progress.skip();
  progress.skip();
  CHECK(progress.finished());
  CHECK(progress.checks() == 0);
  CHECK(std::holds_alternative<std::monostate>(progress.outcome(1)));
  progress.skip();
  CHECK(progress.finished());
}
