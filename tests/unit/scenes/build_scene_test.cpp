#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "base/text.hpp"
#include "build_story.hpp"
#include "fixed_measure.hpp"
#include "viewer/draw/inspect.hpp"
#include "viewer/model/build_words.hpp"
#include "viewer/scenes/build_scene.hpp"

using namespace strates;
using namespace strates::viewer;

namespace {

using Step = BuildStory::Step;

struct View {
  Point window;
  Box area;
};
// What a scene has in windows of the three sizes, and the least it must do with.
const View kViews[] = {
    {{1280, 720}, {600, 40, 640, 520}}, {{1920, 1080}, {900, 60, 960, 800}}, {{2560, 1440}, {1200, 80, 1280, 1000}}, {{1280, 720}, {10, 10, 480, 300}}};

const std::string kLong = "RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-pip ca-certificates curl git && rm -rf /var/lib/apt/lists/*";

std::vector<Step> dockerfile() {
  return {{1, "FROM debian"}, {3, kLong, 42'000'000}, {5, "COPY app.py /app/", 12'400, event::FileChanged{"app.py", "sha256:1f3a77b09911aa", "sha256:9b20deadbeefaa"}, 40 * kMillisecond},
          {6, "ENV PORT=8080", 0, event::ParentChanged{3}, 3 * kMillisecond}, {7, "RUN python3 -m compileall /app", 8'200, event::ParentChanged{3}, 1200 * kMillisecond},
          {9, "CMD [\"python3\", \"/app/app.py\"]", 0, event::ParentChanged{3}}};
}

Drawing picture(const BuildScene& scene, const View& view, Shade shade = Shade::Light) {
  Drawing out;
  out.width = view.window.x;
  out.height = view.window.y;
  const Theme theme = Theme::for_size(view.window.x, view.window.y, shade);
  draw_build_scene(out, view.area, scene, theme, FixedMeasure(theme));
  return out;
}

void check_clean(const BuildScene& scene, const View& view, Shade shade) {
  const Drawing out = picture(scene, view, shade);
  const Theme theme = Theme::for_size(view.window.x, view.window.y, shade);
  for (const auto& mistake : drawing_mistakes(out, FixedMeasure(theme))) FAIL_CHECK(mistake);
  for (const auto& item : out.items) {
    if (const auto* label = std::get_if<Label>(&item)) CHECK_MESSAGE(label->box.inside(view.area), label->text);
    if (const auto* fill = std::get_if<Fill>(&item)) CHECK(fill->box.inside(view.area));
    if (const auto* stroke = std::get_if<Stroke>(&item))
      for (const Point& point : stroke->points) CHECK(view.area.contains(point));
  }
}

// Every beat of a build at its start, in its middle and at its end.
void check_story(const std::vector<Event>& events, const std::string& tag, size_t every = 1) {
  const BuildRun* run = nullptr;
  const BuildSteps builds = fold_builds(events);
  run = builds.choose(tag);
  const auto beats = run == nullptr ? std::vector<Beat>() : build_beats(events, run->op);
  for (size_t shown = 0; shown <= beats.size(); shown += shown + every > beats.size() && shown < beats.size() ? beats.size() - shown : every) {
    BuildScene scene = build_scene_at(events, beats, {shown, 1}, tag);
    for (const float progress : {0.0f, 0.5f, 1.0f}) {
      scene.progress = progress;
      for (const auto& view : kViews)
        for (const Shade shade : {Shade::Light, Shade::Dark}) check_clean(scene, view, shade);
    }
  }
}

// The beat whose caption holds `words`, at `progress`.
BuildScene scene_when(const std::vector<Event>& events, const std::string& tag, const std::string& words, float progress = 1) {
  const BuildSteps builds = fold_builds(events);
  REQUIRE(builds.choose(tag) != nullptr);
  const auto beats = build_beats(events, builds.choose(tag)->op);
  const auto beat = std::find_if(beats.begin(), beats.end(), [&](const Beat& each) { return each.caption.find(words) != std::string::npos; });
  REQUIRE_MESSAGE(beat != beats.end(), words);
  return build_scene_at(events, beats, {static_cast<size_t>(beat - beats.begin()) + 1, progress}, tag);
}

const Label* label_with(const Drawing& drawing, const std::string& words) {
  for (const auto& item : drawing.items)
    if (const auto* label = std::get_if<Label>(&item); label != nullptr && label->text.find(words) != std::string::npos) return label;
  return nullptr;
}

int count_of(const Drawing& drawing, const std::string& words) {
  return static_cast<int>(std::count_if(drawing.items.begin(), drawing.items.end(), [&](const Item& item) {
    const auto* label = std::get_if<Label>(&item);
    return label != nullptr && label->text == words;
  }));
}

std::vector<const Stroke*> arrows(const Drawing& drawing) {
  std::vector<const Stroke*> out;
  for (const auto& item : drawing.items)
    if (const auto* stroke = std::get_if<Stroke>(&item); stroke != nullptr && stroke->arrow) out.push_back(stroke);
  return out;
}

class English {
 public:
  English() { set_language(Language::English); }
  ~English() { set_language(Language::French); }
};

event::MissReason some_reason(std::mt19937& random, const std::string& text, int index) {
  switch (random() % 6) {
    case 0: return event::NoCandidate{};
    case 1: return event::InstructionChanged{text, text + " de plus"};
    case 2: return event::FileChanged{text, random() % 3 == 0 ? "" : "sha256:1f3a77b0", random() % 3 == 0 ? "" : text};
    case 3: return event::ParentChanged{index - 1};
    case 4: return event::ArgumentChanged{text, "1", text};
    default: return event::CacheDisabled{};
  }
}

std::string some_text(std::mt19937& random) {
  static const std::vector<std::string> kWords = {"RUN", "apt-get", "install", "été", "\n", "\t", "&&", std::string(300, 'x'), "→", "--no-cache", "/usr/share/doc"};
  std::string out;
  for (unsigned i = random() % 14; i > 0; --i) out += kWords[random() % kWords.size()] + (random() % 4 == 0 ? "" : " ");
  return out;
}

}  // namespace

TEST_CASE("a build's picture has no mistake at any beat, size, shade and language") {
  BuildStory story;
  story.build("app", dockerfile());
  check_story(story.events, "app");
  const English english;
  check_story(story.events, "app");
}

TEST_CASE("thirty steps are all shown in the middle size, and pages of them where there is less room") {
  std::vector<Step> steps = {{1, "FROM debian"}};
  for (int i = 2; i <= 30; ++i) {
    const bool layer = i % 3 != 0;
    steps.push_back({i * 2, (layer ? "RUN echo etape-" : "ENV VARIABLE=etape-") + std::to_string(i) + ".", layer ? 1000u * static_cast<unsigned>(i) : 0,
                     i < 12 ? std::optional<event::MissReason>() : i == 12 ? event::MissReason(event::InstructionChanged{"RUN a", "RUN b"}) : event::MissReason(event::ParentChanged{12}), i * kMillisecond});
  }
  BuildStory story;
  story.build("long", steps);
  check_story(story.events, "long", 7);
  const BuildScene done = scene_when(story.events, "long", "terminée");
  const View plain{{1280, 900}, {20, 20, 960, 800}};
  const Drawing roomy = picture(done, plain);
  for (int i = 2; i <= 30; ++i) CHECK_MESSAGE(label_with(roomy, "etape-" + std::to_string(i) + ".") != nullptr, i);
  CHECK(label_with(roomy, "étapes avant") == nullptr);
  // At the end, where it all began again is what is shown.
  const Drawing tight = picture(done, kViews[0]);
  CHECK(label_with(tight, "tout est refait") != nullptr);
  CHECK(label_with(tight, "étapes") != nullptr);
  // While it is built, the step that is being worked on is.
  for (const char* at : {"Étape 2/", "Étape 17/", "Étape 29/"}) {
    const BuildScene scene = scene_when(story.events, "long", at);
    for (const auto& view : kViews) {
      const Drawing out = picture(scene, view);
      const bool outlined = std::any_of(out.items.begin(), out.items.end(), [](const Item& item) {
        const auto* fill = std::get_if<Fill>(&item);
        return fill != nullptr && fill->outline && fill->ink == Ink::Accent;
      });
      CHECK_MESSAGE(outlined, at);
    }
  }
}

TEST_CASE("a state is a word and a shape, not only a colour") {
  BuildStory story;
  story.build("app", dockerfile());
  const Drawing out = picture(scene_when(story.events, "app", "terminée"), kViews[1]);
  CHECK(count_of(out, "cache") == 1);
  CHECK(count_of(out, "exécutée") == 4);
  CHECK(count_of(out, "base") == 1);
  CHECK(label_with(out, "app:latest") != nullptr);
  // A tick is one stroke of three points; a hammer, two of two.
  const auto strokes = [&](size_t points) {
    return std::count_if(out.items.begin(), out.items.end(), [&](const Item& item) {
      const auto* stroke = std::get_if<Stroke>(&item);
      return stroke != nullptr && stroke->points.size() == points && stroke->ink == Ink::OnColour;
    });
  };
  CHECK(strokes(3) == 2);   // the step that was kept, and its layer
  CHECK(strokes(2) == 16);  // four steps that were executed: two layers and two settings
}

TEST_CASE("the line between what was kept and what is done again stands above the first miss") {
  BuildStory story;
  story.build("app", dockerfile());
  const Drawing out = picture(scene_when(story.events, "app", "terminée"), kViews[1]);
  const Label* rule = label_with(out, "à partir d’ici, tout est refait");
  REQUIRE(rule != nullptr);
  CHECK(label_with(out, "cache")->box.y < rule->box.y);
  CHECK(label_with(out, "COPY app.py")->box.y > rule->box.y);
  CHECK(label_with(out, "le fichier app.py a changé") != nullptr);
  // Not before it was known, and never when the cache gave all.
  CHECK(label_with(picture(scene_when(story.events, "app", "Étape 2/6"), kViews[1]), "à partir d’ici") == nullptr);
  auto kept = dockerfile();
  for (auto& step : kept) step.miss.reset();
  BuildStory all;
  all.build("app", kept);
  const Drawing green = picture(scene_when(all.events, "app", "terminée"), kViews[1]);
  CHECK(label_with(green, "à partir d’ici") == nullptr);
  CHECK(count_of(green, "cache") == 5);
}

TEST_CASE("a build without an ancestor is not called done again") {
  auto steps = dockerfile();
  steps[1].miss = event::NoCandidate{};
  BuildStory story;
  story.build("app", steps);
  const Drawing out = picture(scene_when(story.events, "app", "terminée"), kViews[1]);
  CHECK(label_with(out, "à partir d’ici, tout est à faire") != nullptr);
}

TEST_CASE("an arrow leads from the step that was done to its layer, or to its setting") {
  BuildStory story;
  story.build("app", dockerfile());
  for (const char* beat : {"Étape 2/6", "Une couche neuve (12", "Étape 4/6", "Étape 1/6"}) {
    const Drawing out = picture(scene_when(story.events, "app", beat), kViews[1]);
    const auto found = arrows(out);
    REQUIRE_MESSAGE(found.size() == 1, beat);
    CHECK(found[0]->points.front().x < found[0]->points.back().x);
  }
  const Drawing out = picture(scene_when(story.events, "app", "Une couche neuve (12"), kViews[1]);
  const Label* bytes = label_with(out, "12\u00a0ko · neuve");
  REQUIRE(bytes != nullptr);
  CHECK(std::abs(arrows(out)[0]->points.back().y - bytes->box.y) < 30);
  CHECK(arrows(picture(scene_when(story.events, "app", "terminée"), kViews[1])).empty());
}

TEST_CASE("a new layer slides from its step to its place, a kept one stays where it is") {
  BuildStory story;
  story.build("app", dockerfile());
  const auto at = [&](const char* beat, float progress, const char* words) {
    const Drawing out = picture(scene_when(story.events, "app", beat, progress), kViews[1]);
    const Label* label = label_with(out, words);
    REQUIRE_MESSAGE(label != nullptr, beat);
    return label->box.x;
  };
  CHECK(at("Une couche neuve (12", 0.1f, " · neuve") < at("Une couche neuve (12", 0.6f, " · neuve"));
  CHECK(at("Une couche neuve (12", 0.6f, " · neuve") < at("Une couche neuve (12", 1, " · neuve"));
  CHECK(at("Étape 2/6", 0.2f, " · reprise") == at("Étape 2/6", 1, " · reprise"));
  // Nothing else moves: the steps lie where they lay before.
  CHECK(at("Une couche neuve (12", 0, "ENV PORT") == at("terminée", 1, "ENV PORT"));
}

TEST_CASE("a failed build shows which step, its message, and what was not reached") {
  BuildStory story;
  const auto steps = dockerfile();
  const OpId op = story.begin("app");
  for (int i = 0; i < 5; ++i) {
    const auto at = static_cast<size_t>(i);
    const OpId step = story.start_step(op, i + 1, 6, steps[at]);
    story.verdict(step, op, i + 1, steps[at]);
    if (i == 4) story.fail(step, op, "build.run-failed", "The command returned a non-zero code: 1");
    else story.finish_step(step, op, i + 1, steps[at]);
  }
  story.fail(op, 0, "build.run-failed", "The command returned a non-zero code: 1");
  check_story(story.events, "app");
  const Drawing out = picture(scene_when(story.events, "app", "s’arrête là"), kViews[1]);
  CHECK(count_of(out, "échec") >= 1);
  CHECK(label_with(out, "pas atteinte") != nullptr);
  CHECK(label_with(out, "non-zero code") != nullptr);
}

TEST_CASE("without a build the picture says which one is missing") {
  const BuildStory story;
  const BuildScene scene = build_scene_at(story.events, {}, {0, 1}, "absente");
  for (const auto& view : kViews) {
    check_clean(scene, view, Shade::Light);
    CHECK(label_with(picture(scene, view), "absente") != nullptr);
  }
}

TEST_CASE("any build can be drawn in any area") {
  std::mt19937 random(20'240'611);
  for (int round = 0; round < 40; ++round) {
    BuildStory story;
    const int count = 1 + static_cast<int>(random() % (round % 8 == 0 ? 60 : 12));
    const OpId op = story.begin(some_text(random), random() % 4 != 0);
    for (int i = 1; i <= count; ++i) {
      Step step{static_cast<int>(random() % 400), i == 1 || random() % 12 == 0 ? "FROM " + some_text(random) : some_text(random), random() % 2 == 0 ? 0 : random() * 4096ull, {}, static_cast<Nanos>(random() % 5) * kSecond};
      if (random() % 2 == 0) step.miss = some_reason(random, some_text(random), i);
      const OpId id = story.start_step(op, i, count, step);
      story.verdict(id, op, i, step);
      if (random() % 30 == 0) {
        story.fail(id, op, random() % 2 == 0 ? "build.cancelled" : "build.run-failed", some_text(random));
        story.fail(op, 0, "build.run-failed", some_text(random));
        break;
      }
      story.finish_step(id, op, i, step);
      if (i == count && random() % 3 != 0) story.end(op, "", BuildStory::image("x"));
    }
    const auto beats = build_beats(story.events, op);
    const size_t shown = beats.empty() ? 0 : random() % (beats.size() + 1);
    BuildScene scene = build_scene_at(story.events, beats, {shown, 1}, "");
    scene.progress = static_cast<float>(random() % 101) / 100;
    for (const auto& view : kViews) check_clean(scene, view, Shade::Dark);
    // Too small for anything: nothing is cut, whatever is left out.
    for (const Point size : {Point{300, 200}, Point{120, 90}, Point{20, 600}, Point{900, 30}, Point{1, 1}}) {
      const Box area{30, 30, size.x, size.y};
      const Drawing out = picture(scene, {{1280, 720}, area});
      for (const auto& item : out.items)
        if (const auto* label = std::get_if<Label>(&item)) CHECK_MESSAGE(label->box.inside({area.x - 1, area.y - 1, area.w + 2, area.h + 2}), label->text);
      const Theme theme = Theme::for_size(1280, 720, Shade::Light);
      for (const auto& mistake : drawing_mistakes(out, FixedMeasure(theme))) FAIL_CHECK(mistake);
    }
  }
}
