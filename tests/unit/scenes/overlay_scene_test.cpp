#include <doctest/doctest.h>

#include <algorithm>

#include "base/text.hpp"
#include "fixed_measure.hpp"
#include "overlay_story.hpp"
#include "viewer/draw/inspect.hpp"
#include "viewer/scenes/overlay_scene_rows.hpp"

using namespace strates;
using namespace strates::viewer;

namespace {

struct View {
  Point window;
  Box area;
};
// What a scene has in windows of the three sizes, and the least it must do with.
const View kViews[] = {
    {{1280, 720}, {600, 40, 640, 520}}, {{1920, 1080}, {900, 60, 960, 780}}, {{2560, 1440}, {1200, 80, 1280, 1040}}, {{1280, 720}, {10, 10, 480, 300}}};

Drawing picture(const OverlayScene& scene, const View& view, Shade shade = Shade::Light) {
  Drawing out;
  out.width = view.window.x;
  out.height = view.window.y;
  const Theme theme = Theme::for_size(view.window.x, view.window.y, shade);
  draw_overlay_scene(out, view.area, scene, theme, FixedMeasure(theme));
  return out;
}

void check_clean(const OverlayScene& scene, const View& view, Shade shade) {
  const Drawing out = picture(scene, view, shade);
  const Theme theme = Theme::for_size(view.window.x, view.window.y, shade);
  for (const auto& mistake : drawing_mistakes(out, FixedMeasure(theme))) FAIL_CHECK(mistake);
  for (const auto& item : out.items)
    if (const auto* label = std::get_if<Label>(&item); label != nullptr && !label->moving) CHECK_MESSAGE(label->box.inside(view.area), label->text);
}

// Every beat of the events, at its start, in its middle and at its end.
void check_story(const std::vector<Event>& events, const std::string& focus, const LayerFiles& files, std::span<const View> views, size_t every = 1) {
  const auto beats = overlay_beats(events, kStoryName, focus);
  for (size_t shown = 0; shown <= beats.size(); shown += every) {
    OverlayScene scene = overlay_scene_at(events, beats, {shown, 1}, kStoryName, focus, files);
    for (const float progress : {0.0f, 0.5f, 1.0f}) {
      scene.progress = progress;
      for (const auto& view : views)
        for (const Shade shade : {Shade::Light, Shade::Dark}) check_clean(scene, view, shade);
    }
  }
}

LayerFiles many_files(int layers) {
  LayerFiles files;
  for (int i = 0; i < layers; ++i)
    for (int k = 0; k < 300; ++k) files[story_layer(i).str()].push_back({"/usr/share/doc/paquet-" + std::to_string(k) + "/été", 300, k == 7});
  return files;
}

OverlayScene scene_of(const Story& story, OverlayChange kind, float progress, const std::string& focus = {}) {
  const auto beats = overlay_beats(story.events, kStoryName, focus);
  const auto beat = std::find_if(beats.begin(), beats.end(), [&](const auto& one) { return one.kind == kind; });
  REQUIRE(beat != beats.end());
  return overlay_scene_at(story.events, beats, {static_cast<size_t>(beat - beats.begin()) + 1, progress}, kStoryName, focus);
}

std::vector<const Label*> labels(const Drawing& drawing, const std::string& text) {
  std::vector<const Label*> out;
  for (const auto& item : drawing.items)
    if (const auto* label = std::get_if<Label>(&item); label != nullptr && label->text == text) out.push_back(label);
  return out;
}

std::vector<const Stroke*> rays(const Drawing& drawing, Ink ink) {
  std::vector<const Stroke*> out;
  for (const auto& item : drawing.items)
    if (const auto* stroke = std::get_if<Stroke>(&item); stroke != nullptr && stroke->points.size() == 2 && stroke->ink == ink &&
                                                         stroke->points[0].x == stroke->points[1].x && std::abs(stroke->points[0].y - stroke->points[1].y) > 10)
      out.push_back(stroke);
  return out;
}

}  // namespace

TEST_CASE("no picture of a story has a cut text or one on another") {
  for (const Language language : {Language::French, Language::English}) {
    set_language(language);
    for (const int layers : {1, 3, 20})
      check_story(whole_story(layers).events, layers == 1 ? "/etc/motd" : "", layers == 3 ? many_files(3) : LayerFiles{}, kViews);
  }
  set_language(Language::French);
}

TEST_CASE("nor has one of random events, long names and strange bytes") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    set_language(seed % 2 == 0 ? Language::French : Language::English);
    check_story(random_story(seed), seed % 3 == 0 ? "/" + std::string(300, 'z') : "", {}, std::span(kViews).subspan(seed % 4, 1), 3);
  }
  set_language(Language::French);
}

TEST_CASE("a mistake is found: a text on the scene's caption, a scene drawn twice") {
  const View& view = kViews[0];
  const Theme theme = Theme::for_size(view.window.x, view.window.y, Shade::Light);
  const OverlayScene scene = scene_of(whole_story(3), OverlayChange::CopiedUp, 1);
  Drawing out = picture(scene, view);
  REQUIRE(drawing_mistakes(out, FixedMeasure(theme)).empty());
  const auto titles = labels(out, tr(Text::OverlayMergedTitle));
  REQUIRE(titles.size() == 1);
  const Box on = titles[0]->box;
  out.label(on, "X", TextStyle::Strong, Ink::Text);
  CHECK(drawing_mistakes(out, FixedMeasure(theme)).size() == 1);
}

TEST_CASE("no title is shortened where there is the usual room") {
  for (const Language language : {Language::French, Language::English}) {
    set_language(language);
    const auto story = whole_story(2);
    const auto beats = overlay_beats(story.events, kStoryName);
    for (size_t shown = 1; shown <= beats.size(); ++shown)
      for (const auto& view : std::span(kViews).first(3)) {
        const Drawing out = picture(overlay_scene_at(story.events, beats, {shown, 1}, kStoryName, ""), view);
        for (const auto& item : out.items)
          if (const auto* label = std::get_if<Label>(&item); label != nullptr && label->style != TextStyle::Mono && label->style != TextStyle::MonoSmall)
            CHECK_MESSAGE(label->text.find("…") == std::string::npos, label->text);
      }
  }
  set_language(Language::French);
}

TEST_CASE("a container with a huge name still has its state and its layers") {
  Story story(2);
  const std::string name(500, 'w');
  story.created(kStoryId, name).started();
  const auto beats = overlay_beats(story.events, name);
  for (const auto& view : kViews) {
    const OverlayScene scene = overlay_scene_at(story.events, beats, {beats.size(), 1}, name, "");
    check_clean(scene, view, Shade::Light);
    CHECK(labels(picture(scene, view), tr(Text::OverlayStateRunning)).size() == 1);
  }
}

TEST_CASE("before the container there is a sentence, not an empty box") {
  const auto story = whole_story(2);
  const auto beats = overlay_beats(story.events, kStoryName);
  for (const auto& view : kViews) {
    const OverlayScene scene = overlay_scene_at(story.events, beats, {0, 1}, kStoryName, "");
    check_clean(scene, view, Shade::Light);
    std::string words;
    for (const auto& item : picture(scene, view).items)
      if (const auto* label = std::get_if<Label>(&item)) words += label->text + " ";
    CHECK(words.find("Lancez la commande") != std::string::npos);
  }
}

TEST_CASE("a path stands in one column, from the merged view down") {
  const Drawing out = picture(scene_of(whole_story(3), OverlayChange::CopiedUp, 1), kViews[0]);
  const auto names = labels(out, "/etc/motd");
  REQUIRE(names.size() == 3);  // merged view, writable layer, its own layer
  CHECK(names[0]->box.x == names[1]->box.x);
  CHECK(names[1]->box.x == names[2]->box.x);
  CHECK(names[0]->box.y < names[1]->box.y);
  CHECK(names[1]->box.y < names[2]->box.y);
  CHECK(labels(out, tr(Text::OverlayCopied, "286 octets")).size() == 1);
  CHECK(labels(out, tr(Text::OverlayIntact)).size() == 1);
}

TEST_CASE("a read falls from the merged view to the layer that answers, and says so only there") {
  Story story(3);
  story.created().started().read("/etc/motd", 1);
  const auto ray = [&](float progress) {
    const Drawing out = picture(scene_of(story, OverlayChange::Read, progress), kViews[0]);
    const auto found = rays(out, Ink::Read);
    return found.empty() ? 0.0f : found[0]->points[1].y - found[0]->points[0].y;
  };
  CHECK(ray(0) == 0);
  CHECK(ray(0.2f) > 0);
  CHECK(ray(0.5f) > ray(0.2f));
  CHECK(ray(1) > ray(0.5f));
  const Drawing early = picture(scene_of(story, OverlayChange::Read, 0.3f), kViews[0]), late = picture(scene_of(story, OverlayChange::Read, 1), kViews[0]);
  CHECK(labels(early, tr(Text::OverlayReadHere)).empty());
  CHECK(labels(early, tr(Text::OverlayUntouched)).size() == 1);
  REQUIRE(labels(late, tr(Text::OverlayReadHere)).size() == 1);
  CHECK(labels(late, tr(Text::OverlayFromLayer, 2)).size() == 1);
  // It ends at the file: above its name, in the row of layer 2.
  const auto* end = rays(late, Ink::Read)[0];
  const auto row = labels(late, tr(Text::OverlayLayerTitle, 2));
  REQUIRE(row.size() == 1);
  CHECK(end->points[1].y <= labels(late, "/etc/motd").back()->box.y);
  CHECK(std::abs(end->points[1].y - row[0]->box.y) < 40);
  CHECK(end->dashed);
}

TEST_CASE("a copy moves up with its bytes, and the original stays") {
  const auto story = whole_story(3);
  const auto moving = [&](float progress) {
    const Drawing out = picture(scene_of(story, OverlayChange::CopiedUp, progress), kViews[0]);
    for (const auto* label : labels(out, "/etc/motd"))
      if (label->moving) return label->box.y;
    return -1.0f;
  };
  CHECK(moving(0) > moving(0.5f));
  CHECK(moving(0.5f) > moving(0.9f));
  CHECK(moving(1) == -1);
  const Drawing half = picture(scene_of(story, OverlayChange::CopiedUp, 0.5f), kViews[0]);
  REQUIRE(labels(half, "286 octets").size() == 1);
  CHECK(labels(half, "286 octets")[0]->moving);
  const auto still = labels(half, "/etc/motd");
  CHECK(std::count_if(still.begin(), still.end(), [](const Label* one) { return !one->moving; }) == 2);  // merged view and original
  CHECK(rays(picture(scene_of(story, OverlayChange::CopiedUp, 1), kViews[0]), Ink::Copied).size() == 1);
}

TEST_CASE("a whiteout is laid in the writable layer and the file below is struck through") {
  Story story(2);
  story.created().started().read("/etc/passwd", 0).masked("/etc/passwd", 0);
  const Drawing early = picture(scene_of(story, OverlayChange::Whiteout, 0.5f), kViews[0]),
                late = picture(scene_of(story, OverlayChange::Whiteout, 1), kViews[0]);
  // The legend has the word too, below the picture.
  CHECK(labels(early, tr(Text::OverlayHidden)).size() == 1);
  REQUIRE(labels(late, tr(Text::OverlayMask)).size() == 1);
  REQUIRE(labels(late, tr(Text::OverlayHidden)).size() == 2);
  CHECK(labels(late, tr(Text::OverlayMask))[0]->box.y < labels(late, tr(Text::OverlayHidden))[0]->box.y);
  CHECK(labels(late, tr(Text::OverlayAbsent)).size() == 1);
}

TEST_CASE("a removed container takes its layer along, the image's layers stay") {
  const auto story = whole_story(2);
  const Drawing late = picture(scene_of(story, OverlayChange::Removed, 1), kViews[0]), half = picture(scene_of(story, OverlayChange::Removed, 0.5f), kViews[0]);
  CHECK(!labels(late, tr(Text::OverlayWritableGone)).empty());
  CHECK(labels(late, tr(Text::OverlayLayerTitle, 1)).size() == 1);
  CHECK(labels(late, tr(Text::OverlayStateRemoved)).size() == 1);
  REQUIRE(labels(half, tr(Text::OverlayWritableTitle)).size() == 1);
  CHECK(labels(half, tr(Text::OverlayWritableTitle))[0]->box.x > labels(late, tr(Text::OverlayWritableTitle))[0]->box.x + 50);
}

TEST_CASE("layers that do not fit are counted; the beat's own is not among them") {
  Story story(60);
  story.created().started().read("/etc/motd", 31);
  for (const auto& view : kViews) {
    const OverlayScene scene = scene_of(story, OverlayChange::Read, 1);
    const Theme theme = Theme::for_size(view.window.x, view.window.y, Shade::Light);
    const auto layout = overlay_layout(view.area, scene, theme);
    int counted = 0;
    for (const auto& row : layout.rows) {
      if (row.kind == OverlayRow::Kind::Layer || row.kind == OverlayRow::Kind::Collapsed) counted += row.count;
      CHECK(row.box.inside(layout.stack));
    }
    CHECK(counted == 60);
    REQUIRE(layout.row_of_layer(31) != nullptr);
    CHECK(layout.row_of_layer(31)->kind == OverlayRow::Kind::Layer);
    for (size_t i = 1; i < layout.rows.size(); ++i) CHECK(layout.rows[i].box.y >= layout.rows[i - 1].box.bottom());
  }
}

TEST_CASE("hundreds of files are counted where they have no room") {
  Story story(1);
  story.created().started();
  for (int i = 0; i < 400; ++i) story.made("/var/lib/données/" + std::to_string(i));
  const auto beats = overlay_beats(story.events, kStoryName);
  const Drawing out = picture(overlay_scene_at(story.events, beats, {beats.size(), 1}, kStoryName, ""), kViews[0]);
  CHECK(labels(out, tr(Text::OverlayWritableCount, 400)).size() == 1);
  const bool counted = std::any_of(out.items.begin(), out.items.end(), [](const Item& item) {
    const auto* label = std::get_if<Label>(&item);
    return label != nullptr && label->text.starts_with("+\u00a03") && label->text.ends_with("autres");
  });
  CHECK(counted);
  CHECK(out.items.size() < 400);
}

TEST_CASE("without an event that is a beat the picture at rest stays the same") {
  for (unsigned seed = 0; seed < 30; ++seed) {
    const auto events = random_story(seed);
    OverlayFold fold(kStoryName);
    std::string last;
    for (const auto& event : events) {
      const auto change = fold.feed(event);
      OverlayScene scene;
      scene.before = scene.after = fold.stack();
      const std::string now = dump_drawing(picture(scene, kViews[1]));
      if (change == OverlayChange::None && !last.empty()) CHECK(now == last);
      last = now;
    }
  }
}

TEST_CASE("the same scene is drawn the same, and the end of a beat is where the next begins") {
  const auto story = whole_story(3);
  const auto beats = overlay_beats(story.events, kStoryName);
  for (size_t shown = 0; shown <= beats.size(); ++shown) {
    const OverlayScene scene = overlay_scene_at(story.events, beats, {shown, 0.4f}, kStoryName, "");
    CHECK(dump_drawing(picture(scene, kViews[0])) == dump_drawing(picture(overlay_scene_at(story.events, beats, {shown, 0.4f}, kStoryName, ""), kViews[0])));
    if (shown == 0) continue;
    const OverlayScene end = overlay_scene_at(story.events, beats, {shown - 1, 1}, kStoryName, "");
    CHECK(end.after.upper.size() == scene.before.upper.size());
    CHECK(end.after.state == scene.before.state);
  }
}

TEST_CASE("an area that is much too small is no reason to crash or to leave it") {
  const auto story = whole_story(3);
  const auto beats = overlay_beats(story.events, kStoryName);
  for (const Box area : {Box{0, 0, 0, 0}, Box{5, 5, 40, 30}, Box{0, 0, 200, 120}, Box{0, 0, 1000, 90}, Box{0, 0, 90, 1000}})
    for (size_t shown = 0; shown <= beats.size(); ++shown) {
      const Drawing out = picture(overlay_scene_at(story.events, beats, {shown, 0.5f}, kStoryName, ""), {{1280, 1080}, area});
      CHECK(std::count_if(out.items.begin(), out.items.end(), [](const Item& item) { return std::holds_alternative<Clip>(item); }) ==
            std::count_if(out.items.begin(), out.items.end(), [](const Item& item) { return std::holds_alternative<Unclip>(item); }));
      for (const auto& item : out.items)
        if (const auto* label = std::get_if<Label>(&item); label != nullptr && !label->moving) {
          CHECK(label->box.w >= 0);
          CHECK(label->box.h >= 0);
        }
    }
}

TEST_CASE("what is written on a surface can be read on it, light and dark") {
  const std::pair<Ink, Ink> pairs[] = {{Ink::Text, Ink::Panel},      {Ink::Dim, Ink::Panel},         {Ink::Text, Ink::Layer},
                                       {Ink::Dim, Ink::Layer},       {Ink::Dim, Ink::Raised},        {Ink::Text, Ink::Raised},
                                       {Ink::OnColour, Ink::Copied}, {Ink::OnColour, Ink::Writable}, {Ink::Dim, Ink::Ground}};
  for (const Shade shade : {Shade::Light, Shade::Dark}) {
    const Theme theme = Theme::for_size(1280, 720, shade);
    for (const auto& [text, surface] : pairs) CHECK(contrast(theme.colour(text), theme.colour(surface)) >= 4.5f);
  }
}
