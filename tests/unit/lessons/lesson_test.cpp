#include <doctest/doctest.h>

#include "base/strings.hpp"
#include "lessons/engine/checks.hpp"
#include "lessons/engine/lesson.hpp"
#include "lessons/player/library.hpp"
#include "lessons/player/markdown_text.hpp"
#include "lessons/player/screen.hpp"
#include "lessons/player/shell_command.hpp"
#include "tests/support/places.hpp"

using namespace strates;
using namespace strates::lessons;

namespace {

const std::string kHead = "---\ntitle: Essai\ncovers: [\"4.09\"]\nminutes: 5\nneeds: [debian]\n---\n";

// The error's place and cause, for a lesson that must be refused.
void refused(const std::string& text, int line, std::string_view part) {
  const auto lesson = parse_lesson("04-images/09-essai.md", text);
  REQUIRE_FALSE(lesson.ok());
  CHECK(lesson.error().code == "lesson.syntax");
  CHECK_MESSAGE(lesson.error().object == "04-images/09-essai.md:" + std::to_string(line), lesson.error().explanation());
  CHECK_MESSAGE(lesson.error().explanation().find(part) != std::string::npos, lesson.error().explanation());
}

}  // namespace

TEST_CASE("a lesson is read with its steps in order and their lines") {
  const std::string text = kHead + "Un *texte*.\n\n```run\ndocker run a \\\n  b\ndocker ps\n```\n```text\nmontré\n```\n```predict\nquestion: Où ?\nchoices: [ici, là]\nanswer: 2\n"
                           "reveal: event FileCopiedUp path=/etc/motd\n```\n```check\n- diff: {container: a, has: \"C /etc\"}\n  hint: voilà\n- exit: {code: 0}\n```\n"
                           "```scene\noverlay: {container: a, focus: /etc}\n```\n```clean\ndocker rm -f a\n```\n";
  const auto parsed = parse_lesson("04-images/09-essai.md", text);
  REQUIRE_MESSAGE(parsed.ok(), parsed.error().explanation());
  const Lesson& lesson = parsed.value();
  CHECK(lesson.id == "04-images/essai");
  CHECK(lesson.covers == std::vector<std::string>{"4.09"});
  REQUIRE(lesson.steps.size() == 7);
  CHECK(lesson.steps[1].line == 9);
  const auto& run = std::get<Run>(lesson.steps[1].what);
  REQUIRE(run.commands.size() == 2);
  CHECK(run.commands[0] == "docker run a \\\n  b");
  CHECK(std::get<Prose>(lesson.steps[2].what).markdown.find("montré") != std::string::npos);
  CHECK(std::get<Predict>(lesson.steps[3].what).answer == 2);
  const auto& checks = std::get<Checks>(lesson.steps[4].what);
  CHECK(checks.checks[0].hint == "voilà");
  CHECK(checks.checks[1].what == "exit");
}

TEST_CASE("a wrong lesson is refused with its file and line") {
  refused("bonjour\n", 1, "en-tête");
  refused("---\ntitle: x\n", 1, "fermé");
  refused("---\ntitle: x\ncovers: [4.10]\nminutes: 5\n---\nx\n", 3, "guillemets");
  refused("---\ntitle: x\ncouvre: [\"4.10\"]\n---\nx\n", 3, "couvre");
  refused("---\ntitle: x\ncovers: [\"4.1\"]\nminutes: beaucoup\n---\nx\n", 4, "nombre");
  refused("---\ntitle: [\n---\nx\n", 3, "YAML");
  refused(kHead, 7, "vide");
  refused(kHead + "x\n```run\ndocker ps\n", 8, "fermé");
  refused(kHead + "```rum\nx\n```\n", 7, "rum");
  refused(kHead + "```run now\nx\n```\n", 7, "now");
  refused(kHead + "```check\n- diff: {conteneur: a, has: b}\n```\n", 8, "container");
  refused(kHead + "```check\n- dif: {container: a}\n```\n", 8, "dif");
  refused(kHead + "```check\n- diff: {container: a}\n```\n", 8, "ne vérifie rien");
  refused(kHead + "```check\n- output: {}\n```\n", 8, "ne vérifie rien");
  refused(kHead + "```predict\nquestion: q\nchoices: [a, b]\nanswer: 3\n```\n", 7, "answer");
  refused(kHead + "```predict\nquestion: q\nchoices: [a, b]\nanswer: 1\nreveal: FileRead\n```\n", 7, "event");
  refused(kHead + "```scene\ngraph: {container: a}\n```\n", 8, "graph");
  refused(kHead + "```scene\noverlay: {focus: a}\n```\n", 7, "container");
  refused(kHead + "```check\n- exit: {code: 0}\n- exit: {code: 0, code: 1}\n```\n", 9, "deux fois");
  CHECK(parse_lesson("x.md", std::string(2 << 20, 'x')).error().code == "lesson.syntax");
}

TEST_CASE("an event pattern compares members as text, and containers by name") {
  const auto pattern = parse_event_pattern("event FileCopiedUp container=essai path=/etc/motd").value();
  const Event event{1, 0, 0, 0, event::File(event::FileCopiedUp{ContainerId("abc"), "/etc/motd", "sha256:x", 286, false, false})};
  CHECK(matches(pattern, event, {{"abc", "essai"}}));
  CHECK_FALSE(matches(pattern, event, {{"abc", "autre"}}));
  CHECK(matches(parse_event_pattern("event FileCopiedUp bytes=286").value(), event, {}));
  CHECK_FALSE(matches(parse_event_pattern("event FileCopiedUp bytes=28").value(), event, {}));
  CHECK_FALSE(matches(parse_event_pattern("event FileRead").value(), event, {}));
  CHECK_FALSE(parse_event_pattern("FileRead").ok());
}

TEST_CASE("every lesson of the course is valid") {
  const auto files = lesson_files(strates::testing::source_dir() + "/lessons/cours").value();
  CHECK(files.size() >= 1);
  for (const auto& file : files) {
    const auto lesson = read_lesson(file);
    CHECK_MESSAGE(lesson.ok(), (lesson.ok() ? "" : lesson.error().explanation()));
  }
}

TEST_CASE("a lesson that is not there is refused with those that are") {
  const auto found = find_lesson(strates::testing::source_dir() + "/lessons/cours", "copie");
  REQUIRE_FALSE(found.ok());
  CHECK(found.error().explanation().find("04-images/copie-sur-ecriture") != std::string::npos);
  CHECK(find_lesson(strates::testing::source_dir() + "/lessons/cours", "copie-sur-ecriture").ok());
}

TEST_CASE("text is folded and cut by the columns it takes") {
  CHECK(columns_of("été") == 3);
  CHECK(columns_of("\x1b[1mété\x1b[0m") == 3);
  CHECK(fit("élément", 4, false) == "élé…");
  CHECK(fit("été", 5, true) == "été  ");
  CHECK(fold_lines("un deux trois", 7) == std::vector<std::string>{"un deux", "trois"});
  const Screen screen(false, 40);
  for (const auto& line : markdown_lines("# Titre\n\nUne phrase **assez longue** pour être pliée à quarante colonnes.\n\n- un\n- deux `code`\n\n```\nbrut\n```\n", screen))
    CHECK(columns_of(line) <= 40);
}

TEST_CASE("a command of a lesson runs in a shell where docker is ours, and its exit code and output are kept") {
  auto shell = ShellCommands::open("/bin/echo", "unix:///nowhere.sock");
  REQUIRE(shell.ok());
  std::string shown;
  const auto outcome = shell.value().run("docker essai; echo $DOCKER_HOST; echo non >&2; exit 3", [&](std::string_view bytes) { shown += bytes; });
  REQUIRE(outcome.ok());
  CHECK(outcome.value().exit_code == 3);
  CHECK(shown == "essai\nunix:///nowhere.sock\nnon\n");
  CHECK(outcome.value().output == shown);
  CHECK(wants_terminal("docker run -it debian"));
  CHECK(wants_terminal("docker exec -ti a sh"));
  CHECK_FALSE(wants_terminal("docker run --name it debian"));
  CHECK_FALSE(wants_terminal("docker build -t x ."));
}
