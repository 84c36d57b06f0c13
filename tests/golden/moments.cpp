#include "tests/golden/moments.hpp"

#include "lessons/player/library.hpp"
#include "tests/support/places.hpp"
#include "tests/unit/scenes/build_story.hpp"
#include "tests/unit/scenes/overlay_story.hpp"
#include "viewer/panel/lesson_panel.hpp"
#include "viewer/panel/scene_controls.hpp"
#include "viewer/panel/window_layout.hpp"
#include "viewer/scenes/build_scene.hpp"
#include "viewer/scenes/overlay_scene.hpp"
#include "viewer/terminal/terminal_screen.hpp"
#include "viewer/terminal/terminal_view.hpp"

namespace strates::viewer::golden {

namespace {

constexpr const char* kFocus = "/etc/motd";

Drawing empty(const Canvas& canvas) {
  Drawing out;
  out.width = canvas.width;
  out.height = canvas.height;
  out.fill({0, 0, canvas.width, canvas.height}, Ink::Ground);
  return out;
}

Box scene_area(const Canvas& canvas) { return lay_out_window(canvas.width, canvas.height, canvas.theme).scene; }

// `last`: the kind of the beat that is shown last; the first of its kind.
void draw_overlay(Drawing& out, const Canvas& canvas, OverlayChange last, float progress) {
  const Story story = whole_story(3);
  const auto beats = overlay_beats(story.events, kStoryName, kFocus);
  size_t shown = 0;
  while (shown < beats.size() && beats[shown++].kind != last) {
  }
  const LayerFiles files = {{story_layer(0).str(), {{"/etc/motd", 286, false}, {"/etc/passwd", 922, false}, {"/bin/sh", 125'000, false}}},
                            {story_layer(2).str(), {{"/srv/app.py", 2'468, false}, {"/srv/données", 0, false}}}};
  OverlayScene scene = overlay_scene_at(story.events, beats, {shown, progress}, kStoryName, kFocus, files);
  scene.progress = progress;
  draw_overlay_scene(out, scene_area(canvas), scene, canvas.theme, canvas.measure);
}

template <OverlayChange kLast, int kPercent>
Drawing overlay(const Canvas& canvas) {
  Drawing out = empty(canvas);
  draw_overlay(out, canvas, kLast, static_cast<float>(kPercent) / 100);
  return out;
}

const std::vector<BuildStory::Step> kFirst = {{1, "FROM debian"},
                                              {2, "RUN apt-get update && apt-get install -y python3", 42'000'000, event::NoCandidate{}, 4 * kSecond},
                                              {3, "COPY app.py /srv/app.py", 1'204, event::ParentChanged{2}, kSecond / 10},
                                              {4, "CMD [\"python3\", \"/srv/app.py\"]", 0, event::ParentChanged{3}, kSecond / 50}};

BuildStory built_twice() {
  BuildStory story;
  story.build("appli", kFirst);
  auto second = kFirst;
  second[1].miss.reset();
  second[1].takes = 0;
  second[2].miss = event::FileChanged{"app.py", "sha256:" + std::string(64, 'a'), "sha256:" + std::string(64, 'b')};
  story.build("appli", second);
  return story;
}

BuildStory failed() {
  BuildStory story;
  const OpId build = story.begin("appli");
  for (int i = 1; i <= 2; ++i) {
    const auto& step = kFirst[static_cast<size_t>(i) - 1];
    const OpId op = story.start_step(build, i, 4, step);
    story.verdict(op, build, i, step);
    if (i == 1) {
      story.finish_step(op, build, i, step);
      continue;
    }
    story.wait(kSecond);
    const std::string why = "The command '/bin/sh -c apt-get update && apt-get install -y python3' returned a non-zero code: 100";
    story.fail(op, build, "build.run-failed", why);
    story.fail(build, 0, "build.run-failed", why);
  }
  return story;
}

void draw_build(Drawing& out, const Canvas& canvas, const BuildStory& story, int last, size_t behind, float progress) {
  const BuildSteps builds = fold_builds(story.events);
  const BuildRun* run = builds.choose("appli", last);
  const auto beats = build_beats(story.events, run->op);
  BuildScene scene = build_scene_at(story.events, beats, {beats.size() - behind, progress}, "appli", last);
  scene.progress = progress;
  draw_build_scene(out, scene_area(canvas), scene, canvas.theme, canvas.measure);
}

Drawing build_first(const Canvas& canvas) {
  Drawing out = empty(canvas);
  draw_build(out, canvas, built_twice(), 2, 0, 1);
  return out;
}
Drawing build_edited(const Canvas& canvas) {
  Drawing out = empty(canvas);
  draw_build(out, canvas, built_twice(), 1, 0, 1);
  return out;
}
Drawing build_moving(const Canvas& canvas) {
  Drawing out = empty(canvas);
  draw_build(out, canvas, built_twice(), 2, 4, 0.5f);
  return out;
}
Drawing build_failed(const Canvas& canvas) {
  Drawing out = empty(canvas);
  draw_build(out, canvas, failed(), 1, 0, 1);
  return out;
}

// The whole window: a lesson at its first prediction, what was typed so far, the picture and its controls.
Drawing window(const Canvas& canvas) {
  Drawing out = empty(canvas);
  const auto layout = lay_out_window(canvas.width, canvas.height, canvas.theme);
  const auto lesson = lessons::read_lesson(strates::testing::source_dir() + "/lessons/cours/04-images/09-copie-sur-ecriture.md").value();
  lessons::Progress progress(lesson);
  while (!progress.finished() && !std::holds_alternative<lessons::Predict>(lesson.steps[progress.current()].what)) {
    if (const auto command = progress.expected_command()) progress.command_ended(*command, 0);
    else progress.skip();
  }
  LessonPanel panel;
  panel.progress = &progress;
  panel.engine = "unix:///run/strates/strates.sock";
  draw_lesson_panel(out, layout.lesson, panel, canvas.theme, canvas.measure);

  out.fill(layout.terminal, Ink::Terminal, canvas.theme.radius());
  const Box cells = layout.terminal.inset(canvas.theme.unit());
  TerminalScreen screen(TerminalView::layout(cells, canvas.measure, canvas.theme).size);
  screen.feed("$ docker run --name essai debian cat /etc/motd\r\nBienvenue dans une image de base.\r\n$ \x1b[32mls\x1b[0m --color\r\n");
  TerminalView view;
  view.draw(out, cells, screen, canvas.measure, canvas.theme, true);

  draw_overlay(out, canvas, OverlayChange::CopiedUp, 1);
  Playhead playhead;
  playhead.set_count(12, 0);
  playhead.to_start(0);
  playhead.step_forward(0);
  draw_scene_controls(out, layout.controls, playhead, canvas.theme, canvas.measure);
  return out;
}

constexpr Moment kMoments[] = {{"overlay-read-midway", overlay<OverlayChange::Read, 50>},
                               {"overlay-copied-up", overlay<OverlayChange::CopiedUp, 100>},
                               {"overlay-whiteout", overlay<OverlayChange::Whiteout, 100>},
                               {"overlay-removed-midway", overlay<OverlayChange::Removed, 50>},
                               {"overlay-removed", overlay<OverlayChange::Removed, 100>},
                               {"build-first", build_first},
                               {"build-edited", build_edited},
                               {"build-midway", build_moving},
                               {"build-failed", build_failed},
                               {"window", window}};

}  // namespace

std::span<const Moment> moments() { return kMoments; }

}  // namespace strates::viewer::golden
