// The lesson's column, its rich text, the controls: nothing cut, nothing on anything else, at every step of every lesson.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/text.hpp"
#include "fixed_measure.hpp"
#include "lessons/player/library.hpp"
#include "tests/support/places.hpp"
#include "viewer/draw/inspect.hpp"
#include "viewer/panel/lesson_panel.hpp"
#include "viewer/panel/rich_text.hpp"
#include "viewer/panel/scene_controls.hpp"
#include "viewer/panel/window_layout.hpp"

using namespace strates;
using namespace strates::viewer;

namespace {

constexpr Point kSizes[] = {{1280, 720}, {1920, 1080}, {2560, 1440}};

void check_clean(const Drawing& drawing, const TextMeasure& measure) {
  for (const std::string& mistake : drawing_mistakes(drawing, measure)) FAIL_CHECK(mistake);
}

Drawing panel_of(const lessons::Progress& progress, Point size, std::optional<float> scroll, const Theme& theme, const TextMeasure& measure) {
  Drawing out;
  out.width = size.x;
  out.height = size.y;
  LessonPanel panel;
  panel.progress = &progress;
  panel.engine = "simulateur (unix:///run/strates/strates.sock)";
  panel.scroll = scroll;
  draw_lesson_panel(out, lay_out_window(size.x, size.y, theme).lesson, panel, theme, measure);
  return out;
}

// One step further, as somebody would get there; every second time wrong.
void advance(lessons::Progress& progress, int round) {
  const auto& step = progress.lesson().steps[progress.current()];
  if (std::holds_alternative<lessons::Predict>(step.what)) {
    progress.answer(1 + round % 2);
  } else if (const auto* checks = std::get_if<lessons::Checks>(&step.what)) {
    std::vector<lessons::CheckResult> results;
    for (const auto& check : checks->checks) results.push_back({round % 3 != 0, check.what + " tenu", "autre chose que ce qui était attendu, dit en toutes lettres"});
    progress.checked(results);
    if (round % 3 == 0) progress.skip();
  } else if (const auto command = progress.expected_command()) {
    progress.command_ended(*command, round % 2);
    if (const auto open = progress.to_prove()) progress.proven(open->step, round % 2 == 0 ? "/etc/motd remonte de la couche 1" : "");
  }
}

}  // namespace

TEST_CASE("every lesson's column is clean at every step, size, language and scroll") {
  const auto files = lessons::lesson_files(strates::testing::source_dir() + "/lessons/cours").value();
  CHECK(files.size() >= 6);
  for (const Language language : {Language::French, Language::English}) {
    set_language(language);
    for (const auto& file : files) {
      const auto lesson = lessons::read_lesson(file).value();
      CAPTURE(lesson.id);
      for (const Point size : kSizes) {
        const Theme theme = Theme::for_size(size.x, size.y, Shade::Light);
        const FixedMeasure measure(theme);
        lessons::Progress progress(lesson);
        for (int round = 0; round < 200; ++round) {
          for (const std::optional<float> scroll : {std::optional<float>(), std::optional(0.0f), std::optional(240.0f), std::optional(1e9f)}) check_clean(panel_of(progress, size, scroll, theme, measure), measure);
          if (progress.finished()) break;
          advance(progress, round);
        }
        CHECK(progress.finished());
      }
    }
  }
  set_language(Language::French);
}

TEST_CASE("what waits is in view and can be clicked; what is scrolled away cannot") {
  lessons::Lesson lesson;
  lesson.title = "Essai";
  std::string prose;
  for (int i = 0; i < 80; ++i) prose += "Une phrase parmi d’autres, pour que la colonne soit longue.\n\n";
  lesson.steps = {{1, lessons::Prose{prose}}, {2, lessons::Run{{"docker ps"}, false}}};
  const lessons::Progress progress(lesson);
  const Theme theme = Theme::for_size(1280, 720, Shade::Dark);
  const FixedMeasure measure(theme);
  const auto has_run = [&](float scroll) {
    const Drawing drawing = panel_of(progress, {1280, 720}, scroll, theme, measure);
    return std::any_of(drawing.targets.begin(), drawing.targets.end(), [](const Target& target) { return target.action == "run"; });
  };
  CHECK(has_run(0));
  CHECK_FALSE(has_run(600));
}

TEST_CASE("a lesson opens at its first line, and a later step at what came of the one before") {
  lessons::Lesson lesson;
  lesson.title = "Essai";
  std::string prose;
  for (int i = 0; i < 60; ++i) prose += "Une phrase parmi d’autres.\n\n";
  lessons::Predict predict;
  predict.question = "Et maintenant ?";
  predict.choices = {"ceci", "cela"};
  predict.answer = 1;
  lesson.steps = {{1, lessons::Prose{prose}}, {2, predict}, {3, lessons::Run{{"docker ps"}, false}}, {4, lessons::Prose{prose}}, {5, lessons::Run{{"docker images"}, false}}};
  lessons::Progress progress(lesson);
  const Theme theme = Theme::for_size(1280, 720, Shade::Light);
  const FixedMeasure measure(theme);
  // The labels that are seen at all when nothing was scrolled.
  const auto shown = [&] {
    const Drawing drawing = panel_of(progress, {1280, 720}, std::nullopt, theme, measure);
    const Box area = lay_out_window(1280, 720, theme).lesson;
    std::string out;
    for (const Item& item : drawing.items)
      if (const auto* label = std::get_if<Label>(&item); label != nullptr && label->box.inside(area)) out += label->text + "\n";
    return out;
  };
  CHECK(shown().find("Essai") != std::string::npos);
  CHECK(shown().find(tr(Text::WindowMore)) != std::string::npos);
  CHECK(shown().find("Et maintenant ?") == std::string::npos);
  progress.answer(2);
  progress.command_ended("docker ps", 0);
  progress.proven(1, "la preuve");
  CHECK(shown().find("Et maintenant ?") != std::string::npos);
  CHECK(shown().find("$ docker ps") != std::string::npos);
  CHECK(shown().find("Essai") == std::string::npos);
  progress.command_ended("docker images", 0);  // over: the end is short
  CHECK(shown().find("$ docker images") != std::string::npos);
  CHECK(shown().find(tr(Text::WindowMore)) == std::string::npos);
}

TEST_CASE("rich text keeps its words, their styles and its lists") {
  const auto blocks = markdown_blocks("# Titre\n\nUn **mot** et `du code`, puis *autre*.\n\n- un\n- deux\n\n3. trois\n\n```\nls -l\n```\n\n> cité\n");
  REQUIRE(blocks.size() == 7);
  CHECK(blocks[0].kind == Block::Kind::Title);
  REQUIRE(blocks[1].spans.size() == 7);
  CHECK(blocks[1].spans[1].text == "mot");
  CHECK(blocks[1].spans[1].style == TextStyle::Strong);
  CHECK(blocks[1].spans[3].style == TextStyle::Mono);
  CHECK(blocks[1].spans[5].style == TextStyle::Emphasis);
  CHECK(blocks[2].marker == "•");
  CHECK(blocks[4].marker == "3.");
  CHECK(blocks[5].kind == Block::Kind::Code);
  CHECK(blocks[6].kind == Block::Kind::Quote);
}

TEST_CASE("a block is as high measured as drawn, and stays in its width") {
  const Theme theme = Theme::for_size(1280, 720, Shade::Light);
  const FixedMeasure measure(theme);
  for (const float width : {90.0f, 200.0f, 500.0f}) {
    for (const Block& block : markdown_blocks("Un `mot-tres-long-qui-ne-tient-pas-sur-une-ligne-etroite`, **et** la suite.\n\n- /var/lib/strates/containers/0123456789abcdef\n\n```\ndocker run --name essai debian sh -c 'echo bonjour'\n```\n")) {
      Drawing drawing;
      drawing.width = width + 40;
      drawing.height = 2000;
      const float drawn = draw_block(&drawing, {20, 10}, width, block, theme, measure);
      CHECK(drawn == draw_block(nullptr, {0, 0}, width, block, theme, measure));
      check_clean(drawing, measure);
      for (const Item& item : drawing.items)
        if (const auto* label = std::get_if<Label>(&item)) CHECK(label->box.x + measure.width(label->style, label->text) <= 20 + width + 1);
    }
  }
}

TEST_CASE("the controls fit their bar, whatever they say") {
  for (const Language language : {Language::French, Language::English}) {
    set_language(language);
    for (const Point size : {Point{960, 540}, Point{1280, 720}, Point{2560, 1440}}) {
      const Theme theme = Theme::for_size(size.x, size.y, Shade::Light);
      const FixedMeasure measure(theme);
      for (const size_t count : {0, 1, 12, 500}) {
        Playhead playhead;
        playhead.set_count(count, 0);
        playhead.to_end(0);
        Drawing drawing;
        drawing.width = size.x;
        drawing.height = size.y;
        draw_scene_controls(drawing, lay_out_window(size.x, size.y, theme).controls, playhead, theme, measure);
        check_clean(drawing, measure);
        CHECK(drawing.targets.size() == 5);
      }
    }
  }
  set_language(Language::French);
}
