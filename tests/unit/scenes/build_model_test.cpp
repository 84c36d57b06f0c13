#include <doctest/doctest.h>

#include "base/text.hpp"
#include "build_story.hpp"
#include "viewer/model/build_steps.hpp"
#include "viewer/model/build_words.hpp"

using namespace strates;
using namespace strates::viewer;

namespace {

using Step = BuildStory::Step;

std::vector<Step> first_build() {
  return {{1, "FROM debian"}, {3, "RUN apt-get install -y python3", 42'000'000, event::NoCandidate{}, 14 * kSecond}, {5, "COPY app.py /app/", 12'400, event::ParentChanged{2}},
          {6, "CMD [\"python3\"]", 0, event::ParentChanged{2}}};
}
std::vector<Step> second_build() {
  auto steps = first_build();
  steps[1].miss.reset();
  steps[1].takes = 0;
  steps[2].miss = event::FileChanged{"app.py", "sha256:1f3a77b09911aa", "sha256:9b20deadbeefaa"};
  steps[3].miss = event::ParentChanged{3};
  return steps;
}

std::vector<std::string> captions(const BuildStory& story, OpId op) {
  std::vector<std::string> out;
  for (const auto& beat : build_beats(story.events, op)) out.push_back(beat.caption);
  return out;
}

std::string said(event::MissReason reason) { return miss_words(reason); }

}  // namespace

TEST_CASE("a build is the fold of its operation's events: steps, verdicts, layers, result") {
  BuildStory story;
  const OpId op = story.build("app", first_build());
  const BuildSteps builds = fold_builds(story.events);
  REQUIRE(builds.builds.size() == 1);
  const BuildRun& run = builds.builds[0];
  CHECK(run.op == op);
  CHECK(run.state == BuildRun::State::Done);
  CHECK(run.image == BuildStory::image("CMD [\"python3\"]"));
  CHECK(run.tags == std::vector<std::string>{"docker.io/library/app:latest"});
  REQUIRE(run.context);
  CHECK(run.context->excluded == 1);
  REQUIRE(run.steps.size() == 4);
  CHECK(run.steps[0].state == StepState::Ready);
  CHECK(run.steps[1].state == StepState::Miss);
  CHECK(run.steps[1].line == 3);
  CHECK(run.steps[1].layer_bytes == 42'000'000);
  CHECK(run.steps[1].finished - run.steps[1].started == 14 * kSecond);
  CHECK_FALSE(run.steps[3].made_layer);
  REQUIRE(run.stages.size() == 1);
  CHECK(run.stages[0].base_name == "debian");
  CHECK(run.stages[0].base_layers == std::vector<std::uint64_t>{124'000'000});
  CHECK(run.first_miss(run.stages[0]) == 2);
}

TEST_CASE("builds are found by tag and counted from the last one") {
  BuildStory story;
  const OpId one = story.build("app", first_build()), other = story.build("autre:2", first_build()), two = story.build("app:latest", second_build());
  const BuildSteps builds = fold_builds(story.events);
  CHECK(builds.choose("app")->op == two);
  CHECK(builds.choose("docker.io/library/app")->op == two);
  CHECK(builds.choose("app", 2)->op == one);
  CHECK(builds.choose("app", 3) == nullptr);
  CHECK(builds.choose("app", 0) == nullptr);
  CHECK(builds.choose("autre") == nullptr);
  CHECK(builds.choose("autre:2")->op == other);
  CHECK(builds.choose("")->op == two);
  CHECK(builds.place(*builds.of(two)).number == 2);
  CHECK(builds.place(*builds.of(two)).count == 2);
  const BuildRun& run = *builds.choose("app");
  CHECK(run.steps[1].state == StepState::Hit);
  CHECK(run.steps[1].made_layer);
  CHECK(run.first_miss(run.stages[0]) == 3);
  CHECK(run.count(StepState::Hit) == 1);
}

TEST_CASE("every reason of a miss is told with what was compared, in both languages") {
  CHECK(said(event::NoCandidate{}) == "rien n’a encore été construit sur l’étape d’avant");
  CHECK(said(event::FileChanged{"app.py", "file:1f3a77b09911", "file:9b20deadbeef"}) == "le fichier app.py a changé\u00a0: 1f3a77b0… → 9b20dead…");
  CHECK(said(event::FileChanged{"neuf.py", "", "9b20"}) == "le fichier neuf.py n’y était pas avant");
  CHECK(said(event::FileChanged{"vieux.py", "9b20", ""}) == "le fichier vieux.py n’y est plus");
  CHECK(said(event::ParentChanged{2}) == "l’étape 2 a été exécutée");
  CHECK(said(event::ArgumentChanged{"VERSION", "1", "2"}) == "l’argument VERSION valait 1, il vaut 2");
  CHECK(said(event::ArgumentChanged{"VERSION", "", "2"}) == "l’argument VERSION n’était pas donné, il vaut 2");
  CHECK(said(event::ArgumentChanged{"VERSION", "1", ""}) == "l’argument VERSION valait 1, il n’est plus donné");
  CHECK(said(event::InstructionChanged{"RUN a", "RUN b"}) == "instruction modifiée\u00a0: avant «\u00a0RUN a\u00a0», maintenant «\u00a0RUN b\u00a0»");
  CHECK(said(event::CacheDisabled{}).find("--no-cache") != std::string::npos);
  set_language(Language::English);
  const std::string english = said(event::ArgumentChanged{"VERSION", "1", "2"});
  set_language(Language::French);
  CHECK(english == "argument VERSION was 1, it is 2");
}

TEST_CASE("of two long instructions only what differs is told, from the start of a word") {
  const auto [before, now] = changed_parts("RUN apt-get update && apt-get install -y curl git", "RUN apt-get update && apt-get install -y curl");
  CHECK(before == "… -y curl git");
  CHECK(now == "… -y curl");
  CHECK(changed_parts("RUN a", "RUN b").first == "RUN a");
  // Characters are not cut apart, and what comes from outside stays on one line.
  const std::string accents = "RUN echo ééééééééééééééééééééééééééééééé";
  const auto [was, is] = changed_parts(accents + "a", accents + "\nb");
  CHECK(was.starts_with("… é"));
  CHECK(is.find('\n') == std::string::npos);
}

TEST_CASE("a failed step fails its build, and what follows is not reached") {
  BuildStory story;
  const auto steps = first_build();
  const OpId op = story.begin("app");
  OpId step = story.start_step(op, 1, 4, steps[0]);
  story.finish_step(step, op, 1, steps[0]);
  step = story.start_step(op, 2, 4, steps[1]);
  story.verdict(step, op, 2, steps[1]);
  story.fail(step, op, "build.run-failed", "The command 'x' returned a non-zero code: 100");
  CHECK(fold_builds(story.events).builds[0].steps[3].state == StepState::Waiting);
  story.fail(op, 0, "build.run-failed", "The command 'x' returned a non-zero code: 100");
  const BuildRun run = fold_builds(story.events).builds[0];
  CHECK(run.state == BuildRun::State::Failed);
  CHECK(run.steps[1].state == StepState::Failed);
  CHECK(run.steps[1].failure.find("100") != std::string::npos);
  CHECK(run.steps[1].reason);  // why it ran at all
  CHECK(run.steps[2].state == StepState::NotReached);
  CHECK(run.image.empty());
  const auto words = captions(story, op);
  CHECK(words.back() == "La construction s’arrête là\u00a0: aucune image n’est étiquetée.");
  CHECK(words[words.size() - 2].find("échec") != std::string::npos);
}

TEST_CASE("a build that is refused before its first step says why") {
  BuildStory story;
  const OpId op = story.begin("app");
  story.fail(op, 0, "dockerfile.syntax", "unknown instruction: RUM");
  const BuildRun run = fold_builds(story.events).builds[0];
  CHECK(run.steps.empty());
  CHECK(run.state == BuildRun::State::Failed);
  CHECK(captions(story, op).back().find("RUM") != std::string::npos);
}

TEST_CASE("a cancelled or aborted build is not a failed one") {
  for (const bool aborted : {false, true}) {
    BuildStory story;
    const auto steps = first_build();
    const OpId op = story.begin("app");
    const OpId step = story.start_step(op, 2, 4, steps[1]);
    story.verdict(step, op, 2, steps[1]);
    if (aborted) {
      story.add(op, 0, event::Operation(event::OpAborted{"scope left"}));  // its step's end was lost
    } else {
      story.fail(step, op, "build.cancelled", "the client went away");
      story.fail(op, 0, "build.cancelled", "the client went away");
    }
    const BuildRun run = fold_builds(story.events).builds[0];
    CHECK(run.state == BuildRun::State::Cancelled);
    CHECK(run.steps[1].state == StepState::Cancelled);
    CHECK(captions(story, op).back() == "La construction est annulée.");
  }
}

TEST_CASE("builds at the same time do not mix") {
  BuildStory story;
  const auto one = first_build(), two = second_build();
  const OpId a = story.begin("a"), b = story.begin("b");
  for (int i = 0; i < 4; ++i) {
    const auto at = static_cast<size_t>(i);
    const OpId step_a = story.start_step(a, i + 1, 4, one[at]), step_b = story.start_step(b, i + 1, 4, two[at]);
    story.verdict(step_b, b, i + 1, two[at]);
    story.verdict(step_a, a, i + 1, one[at]);
    story.finish_step(step_b, b, i + 1, two[at]);
    story.finish_step(step_a, a, i + 1, one[at]);
  }
  story.end(b, "b", BuildStory::image("b"));
  story.end(a, "a", BuildStory::image("a"));
  const BuildSteps builds = fold_builds(story.events);
  CHECK(builds.choose("a")->count(StepState::Hit) == 0);
  CHECK(builds.choose("b")->count(StepState::Hit) == 1);
  CHECK(builds.choose("a")->image == BuildStory::image("a"));
  BuildStory alone;
  alone.build("a", one);
  CHECK(captions(story, a) .size() == captions(alone, 11).size());
}

TEST_CASE("each beat leaves a picture that goes with its caption, and stepping back is folding less") {
  BuildStory story;
  story.build("app", first_build());
  const OpId op = story.build("app", second_build());
  const BuildRun whole = *fold_builds(story.events).of(op);
  const auto beats = build_beats(story.events, op);
  std::vector<std::string> words;
  for (const auto& beat : beats) words.push_back(beat.caption);
  CHECK(words == std::vector<std::string>{
                     "Contexte reçu\u00a0: 3 entrées, 12\u00a0ko\u00a0; une laissée de côté par .dockerignore.", "Étape 1/4\u00a0: on part de l’image debian.",
                     "Étape 2/4\u00a0: dans le cache. Sa couche (42\u00a0Mo) est reprise telle quelle.",
                     "Étape 3/4\u00a0: pas dans le cache, le fichier app.py a changé\u00a0: 1f3a77b0… → 9b20dead…",
                     "Étape 3/4\u00a0: exécutée. Une couche neuve (12\u00a0ko) est posée sur la pile.",
                     "Étape 4/4\u00a0: exécutée. Elle ne règle que la configuration\u00a0: pas de couche.",
                     "Image " + short_id(whole.image.str()) + " terminée\u00a0: une étape dans le cache, 2 exécutées."});
  for (const auto& beat : beats) {
    const BuildRun run = build_after(std::span(story.events).first(beat.event + 1), whole);
    CHECK(change_words(run) == beat.caption);
    REQUIRE(run.steps.size() == 4);
    CHECK(run.steps[3].instruction == whole.steps[3].instruction);  // known ahead
  }
  const BuildRun third = build_after(std::span(story.events).first(beats[3].event + 1), whole);
  CHECK(third.steps[2].state == StepState::Miss);
  CHECK_FALSE(third.steps[2].done);
  CHECK(third.steps[3].state == StepState::Waiting);
  const BuildRun before = build_after(std::span(story.events).first(1), whole);
  CHECK(before.current == 0);
  CHECK(before.steps.size() == 4);
}

TEST_CASE("stages have their own stack, and ARG before FROM makes nothing") {
  BuildStory story;
  story.build("app", {{1, "ARG VERSION=1"}, {2, "FROM --platform=linux/amd64 debian AS outils"}, {3, "RUN make", 5'000, event::NoCandidate{}}, {4, "FROM scratch"}, {5, "COPY a /", 10, event::NoCandidate{}}});
  auto& events = story.events;
  // The first step of such a build is asked of no cache.
  std::erase_if(events, [](const Event& event) {
    const auto* build = std::get_if<event::Build>(&event.what);
    return build != nullptr && std::holds_alternative<event::CacheHit>(*build);
  });
  const BuildRun run = fold_builds(events).builds[0];
  CHECK(run.steps[0].state == StepState::Ready);
  REQUIRE(run.stages.size() == 2);
  CHECK(run.stages[0].first == 2);
  CHECK(run.stages[0].last == 3);
  CHECK(run.stages[0].base_name == "debian");
  CHECK(run.stages[1].base.empty());
  CHECK(run.stage_of(1) == nullptr);
  CHECK(run.stage_of(5) == &run.stages[1]);
  CHECK(run.first_miss(run.stages[1]) == 5);
}

TEST_CASE("a trace with holes and absurd numbers is folded within bounds") {
  BuildStory story;
  // Joined in the middle: the beginning is lost.
  story.add(7, 3, event::Build(event::CacheHit{2, BuildStory::image("x")}));
  story.add(7, 3, event::Build(event::StepFinished{2, BuildStory::image("x"), 10, true}));
  for (const int index : {-1, 0, kMostSteps + 1, 2'000'000'000}) {
    story.add(8, 3, event::Build(event::StepStarted{index, 2'000'000'000, -5, "RUN x"}));
    story.add(8, 3, event::Build(event::CacheMissed{index, event::NoCandidate{}}));
    story.add(8, 3, event::Build(event::StepFinished{index, ImageId(), 1, true}));
  }
  story.add(0, 0, event::Build(event::CacheHit{1, ImageId()}));
  const BuildSteps builds = fold_builds(story.events);
  REQUIRE(builds.builds.size() == 1);
  CHECK(builds.builds[0].op == 3);
  CHECK(builds.builds[0].steps.size() == kMostSteps);
  CHECK(builds.builds[0].steps[1].state == StepState::Hit);
  CHECK(builds.builds[0].count(StepState::Miss) == 0);

  BuildStory many;
  for (size_t i = 0; i < kMostBuilds + 20; ++i) many.build("app", {{1, "FROM debian"}});
  CHECK(fold_builds(many.events).builds.size() == kMostBuilds);
  CHECK(fold_builds(many.events).builds.back().state == BuildRun::State::Done);
}

TEST_CASE("an engine that was started again counts its operations from one again") {
  BuildStory before, after;
  const OpId op = before.build("vieux", first_build());
  REQUIRE(after.build("neuf", {{1, "FROM debian"}}) == op);
  auto events = before.events;
  events.insert(events.end(), after.events.begin(), after.events.end());
  const BuildSteps builds = fold_builds(events);
  REQUIRE(builds.builds.size() == 2);
  CHECK(builds.choose("vieux")->steps.size() == 4);
  CHECK(builds.of(op)->tag == "neuf");
  CHECK(build_beats(events, op).size() == build_beats(after.events, op).size());
}

TEST_CASE("a time is told in the unit that fits") {
  CHECK(duration_words(kSecond, kSecond + 400'000).empty());
  CHECK(duration_words(kSecond, kSecond + 40 * kMillisecond) == "40\u00a0ms");
  CHECK(duration_words(kSecond, 2 * kSecond + 240 * kMillisecond) == "1,2\u00a0s");
  CHECK(duration_words(kSecond, 15 * kSecond) == "14\u00a0s");
  CHECK(duration_words(kSecond, 76 * kSecond) == "1\u00a0min 15\u00a0s");
  CHECK(duration_words(0, 5).empty());
  CHECK(duration_words(5 * kSecond, kSecond).empty());
}
