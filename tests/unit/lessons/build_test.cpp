// The build's scene and its check in a lesson: what is accepted, what is said.
#include <doctest/doctest.h>

#include <algorithm>
#include <memory>

#include "base/strings.hpp"
#include "base/text.hpp"
#include "lessons/engine/checks.hpp"
#include "lessons/engine/lesson.hpp"
#include "lessons/player/build_text.hpp"
#include "tests/unit/scenes/build_story.hpp"

using namespace strates;
using namespace strates::lessons;
using viewer::BuildStory;

namespace {

const std::string kHead = "---\ntitle: Essai\ncovers: [\"5.24\"]\nminutes: 5\nneeds: [debian]\n---\n";

void refused(const std::string& block, std::string_view part) {
  const auto lesson = parse_lesson("05-build/01-essai.md", kHead + block);
  REQUIRE_FALSE(lesson.ok());
  CHECK(lesson.error().code == "lesson.syntax");
  CHECK_MESSAGE(lesson.error().explanation().find(part) != std::string::npos, lesson.error().explanation());
}

std::vector<Event> two_builds() {
  BuildStory story;
  std::vector<BuildStory::Step> steps = {{1, "FROM debian"}, {3, "RUN apt-get install -y python3 python3-pip ca-certificates curl git", 42'000'000, event::NoCandidate{}, 14 * kSecond},
                                         {5, "COPY app.py /app/", 12'400, event::ParentChanged{2}}, {6, "CMD [\"python3\"]", 0, event::ParentChanged{2}}};
  story.build("app", steps);
  steps[1].miss.reset();
  steps[2].miss = event::FileChanged{"app.py", "sha256:1f3a77b09911", "sha256:9b20deadbeef"};
  steps[3].miss = event::ParentChanged{3};
  story.build("app", steps);
  return story.events;
}

class Nobody final : public api::Transport {
  Result<api::ClientResponse> send(const api::ClientRequest&) override { return make_error(ErrorKind::Unavailable, "test.nobody", "", "", "asked", ""); }
  std::string description() const override { return "nobody"; }
};

CheckResult run(const Check& check, std::span<const Event> events) {
  api::Client client(std::make_unique<Nobody>());  // what the trace tells needs nobody to be asked
  const CheckContext context{client, events, {}, "", 0};
  const auto result = run_check(check, context);
  REQUIRE_MESSAGE(result.ok(), result.error().explanation());
  return result.value();
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string out;
  for (const auto& line : lines) out += line + "\n";
  return out;
}

}  // namespace

TEST_CASE("a lesson can show a build and check what the cache said of each step") {
  const auto lesson = parse_lesson("05-build/01-essai.md", kHead + "```scene\nbuild: {tag: app, last: 2}\n```\n```check\n- cache: {tag: app, hits: [2], misses: [3, 4]}\n  hint: relancez\n```\n");
  REQUIRE_MESSAGE(lesson.ok(), lesson.error().explanation());
  const auto& scene = std::get<Scene>(lesson.value().steps[0].what);
  CHECK(scene.kind == "build");
  CHECK(scene.fields.at("tag") == "app");
  CHECK(scene.fields.at("last") == "2");
  CHECK(std::get<Checks>(lesson.value().steps[1].what).checks[0].fields.at("misses") == "3\n4");
}

TEST_CASE("a wrong build scene or cache check is refused in words") {
  refused("```scene\nbuild: {last: 1}\n```\n", "veut un tag");
  refused("```scene\nbuild: {tag: app, focus: /x}\n```\n", "tag et last");
  refused("```scene\nbuild: {tag: app, last: 0}\n```\n", "de 1 à 99");
  refused("```scene\nbuild: {tag: app, last: deux}\n```\n", "de 1 à 99");
  refused("```scene\nbuild: {tag: app, last: 100}\n```\n", "de 1 à 99");
  refused("```check\n- cache: {hits: [2]}\n```\n", "veut le champ tag");
  refused("```check\n- cache: {tag: app}\n```\n", "ne vérifie rien");
  refused("```check\n- cache: {tag: app, hits: []}\n```\n", "à partir de 1");
  refused("```check\n- cache: {tag: app, hits: [0]}\n```\n", "à partir de 1");
  refused("```check\n- cache: {tag: app, hits: [deux]}\n```\n", "à partir de 1");
  refused("```check\n- cache: {tag: app, hits: [2], misses: [2]}\n```\n", "deux fois");
  refused("```check\n- cache: {tag: app, hits: [2], last: hier}\n```\n", "hier");
}

TEST_CASE("the cache check passes for what happened and fails for the rest, saying what it found") {
  const auto events = two_builds();
  CHECK(run({"cache", {{"tag", "app"}, {"hits", "2"}, {"misses", "3\n4"}}, "", 1}, events).passed);
  CHECK(run({"cache", {{"tag", "app"}, {"misses", "2\n3\n4"}, {"last", "2"}}, "", 1}, events).passed);
  const auto miss = run({"cache", {{"tag", "app"}, {"hits", "2\n3"}}, "", 1}, events);
  CHECK_FALSE(miss.passed);
  CHECK(miss.expected == "étape 3 de app prise du cache");
  CHECK(miss.found.find("le fichier app.py a changé") != std::string::npos);
  const auto hit = run({"cache", {{"tag", "app"}, {"misses", "2"}}, "", 1}, events);
  CHECK_FALSE(hit.passed);
  CHECK(hit.found == "étape 2 : cache");
  CHECK_FALSE(run({"cache", {{"tag", "app"}, {"hits", "1"}}, "", 1}, events).passed);  // FROM is asked of no cache
  CHECK(run({"cache", {{"tag", "app"}, {"hits", "9"}}, "", 1}, events).found.find("4 étapes") != std::string::npos);
  CHECK_FALSE(run({"cache", {{"tag", "autre"}, {"hits", "2"}}, "", 1}, events).passed);
  CHECK_FALSE(run({"cache", {{"tag", "app"}, {"hits", "2"}, {"last", "3"}}, "", 1}, events).passed);
  // The first build alone: nothing was in the cache.
  const auto half = std::span(events).first(events.size() / 2);
  CHECK_FALSE(run({"cache", {{"tag", "app"}, {"hits", "2"}}, "", 1}, half).passed);
}

TEST_CASE("the check is in the table that documents itself") {
  const auto docs = check_docs();
  CHECK(std::any_of(docs.begin(), docs.end(), [](const CheckDoc& doc) { return doc.name == "cache" && doc.fields.find("misses") != std::string_view::npos; }));
}

TEST_CASE("the text of a build says what was kept, what was done again and why, within its width") {
  const auto builds = viewer::fold_builds(two_builds());
  for (const Language spoken : {Language::French, Language::English}) {
    set_language(spoken);
    const bool french = spoken == Language::French;
    for (const int width : {40, 60, 80, 100})
      for (const char* last : {"", "2"})
        for (const auto& line : draw_build(builds, "app", last, Screen(false, width))) CHECK_MESSAGE(columns_of(line) <= width, line);
    CHECK(text_of(draw_build(builds, "app", "", Screen(false, 40))).find("COPY app.py /app/") != std::string::npos);
    const std::string all = text_of(draw_build(builds, "app", "", Screen(false, 90)));
    CHECK(all.find(french ? "n°\u00a02 sur 2" : "no. 2 of 2") != std::string::npos);
    CHECK(all.find(french ? "cache · 42\u00a0Mo" : "cache · 42 MB") != std::string::npos);
    CHECK(all.find("1f3a77b0… → 9b20dead…") != std::string::npos);
    CHECK(all.find(french ? "image de base debian" : "base image debian") != std::string::npos);
    const size_t rule = all.find(french ? "tout est refait" : "all is done again");
    REQUIRE(rule != std::string::npos);
    CHECK(all.find("✓") < rule);
    CHECK(all.find("COPY app.py") > rule);
    CHECK(text_of(draw_build(builds, "app", "2", Screen(false, 90))).find(french ? "tout est à faire" : "all is to be done") != std::string::npos);
    CHECK(text_of(draw_build(builds, "rien", "", Screen(false, 60))).find(french ? "Aucune construction" : "No build") != std::string::npos);
    CHECK(text_of(draw_build(builds, "app", "7", Screen(false, 90))).find(french ? "que 2 constructions" : "only 2 builds") != std::string::npos);
  }
  set_language(Language::French);
}

TEST_CASE("the text of a build folds what is long and keeps to one line what has several") {
  BuildStory story;
  story.build(std::string(300, 'x'), {{1, "FROM debian"}, {2, "RUN echo \x1b[2J\n" + std::string(500, 'y'), 5, event::InstructionChanged{"RUN " + std::string(400, 'a'), "RUN " + std::string(400, 'b')}}});
  for (const auto& line : draw_build(viewer::fold_builds(story.events), "", "", Screen(false, 60))) {
    CHECK_MESSAGE(columns_of(line) <= 60, line);
    CHECK(line.find('\x1b') == std::string::npos);
  }
}
