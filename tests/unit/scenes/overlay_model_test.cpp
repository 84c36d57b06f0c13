#include <doctest/doctest.h>

#include <algorithm>
#include <limits>

#include "overlay_story.hpp"
#include "viewer/model/overlay_stack.hpp"
#include "viewer/scenes/overlay_scene_cells.hpp"

using namespace strates;
using namespace strates::viewer;
using From = Answer::From;

TEST_CASE("the merged view answers from the topmost layer that has the path") {
  Story story(3);
  story.created().read("/etc/motd", 1).read("/etc/hosts", "init");
  auto stack = fold_overlay_stack(story.events, kStoryName);
  CHECK(stack.answer("/etc/motd") == Answer{From::Layer, 1});
  CHECK(stack.answer("/etc/hosts") == Answer{From::Init, -1});
  CHECK(stack.answer("/nothing").from == From::Unknown);

  story.copied("/etc/motd", 1, 286);
  stack = fold_overlay_stack(story.events, kStoryName);
  CHECK(stack.answer("/etc/motd").from == From::Writable);
  CHECK(stack.below.at("/etc/motd").layer == story_layer(1).str());
  CHECK(stack.below.at("/etc/motd").bytes == 286);

  story.masked("/etc/motd", 1);
  CHECK(fold_overlay_stack(story.events, kStoryName).answer("/etc/motd").from == From::Hidden);
  story.made("/etc/motd");
  CHECK(fold_overlay_stack(story.events, kStoryName).answer("/etc/motd").from == From::Writable);
}

TEST_CASE("a whiteout or an opaque directory hides all that lies below it") {
  Story story(2);
  story.created().read("/srv/a/b", 0).read("/srv2", 0).read("/var/cache/x", 0).masked("/srv", 0).opaque("/var/cache").made("/var/cache/new");
  const auto stack = fold_overlay_stack(story.events, kStoryName);
  CHECK(stack.answer("/srv/a/b").from == From::Hidden);
  CHECK(stack.answer("/srv2").from == From::Layer);  // the same beginning is not the same directory
  CHECK(stack.answer("/var/cache/x").from == From::Hidden);
  CHECK(stack.answer("/var/cache/new").from == From::Writable);
  CHECK(stack.answer("/var/cache").from == From::Writable);
}

TEST_CASE("a deleted directory takes its own entries along, not those of a longer name") {
  Story story(1);
  story.created().made("/srv/a").made("/srv2").made("/srv2/b").made("/tmp/x/y").masked("/srv", 0).deleted("/tmp/x");
  const auto stack = fold_overlay_stack(story.events, kStoryName);
  CHECK(!stack.upper.contains("/srv/a"));
  CHECK(!stack.upper.contains("/tmp/x/y"));
  CHECK(stack.upper.contains("/srv2"));
  CHECK(stack.upper.contains("/srv2/b"));
}

TEST_CASE("a file of the writable layer only is gone after its removal, until it is made again") {
  Story story(1);
  story.created().made("/tmp/x").deleted("/tmp/x");
  CHECK(fold_overlay_stack(story.events, kStoryName).answer("/tmp/x").from == From::Hidden);
  story.made("/tmp/x");
  CHECK(fold_overlay_stack(story.events, kStoryName).answer("/tmp/x").from == From::Writable);
}

TEST_CASE("a place keeps its path until another needs it, and the focus never leaves the first") {
  Story story(1);
  story.created().read("/a", 0).read("/b", 0).read("/c", 0);
  CHECK(fold_overlay_stack(story.events, kStoryName).places[1] == std::vector<std::string>{"/c", "/b"});
  CHECK(fold_overlay_stack(story.events, kStoryName).places[2] == std::vector<std::string>{"/a", "/b", "/c"});
  CHECK(fold_overlay_stack(story.events, kStoryName, "/b").places[1] == std::vector<std::string>{"/b"});
  story.made("/d").made("/e");
  CHECK(fold_overlay_stack(story.events, kStoryName, "/b").places[1] == std::vector<std::string>{"/b", "/e"});
  // A directory that is made again pushes nobody out, and is pushed out first.
  story.directory("/etc", 0);
  CHECK(fold_overlay_stack(story.events, kStoryName).places[1] == std::vector<std::string>{"/e", "/d"});
}

TEST_CASE("a stream that is taken up again forgets nothing of the container it knew") {
  Story story(1);
  story.created().started().copied("/etc/motd", 0, 286);
  story.add(event::Stream(event::Gap{7, 9, "slow"}));
  story.add(event::Stream(event::Snapshot{"sim", "0", {}, {{kStoryId, kStoryName, ImageId("sha256:i"), "exited", {story_layer(0)}, 4}}}));
  const auto stack = fold_overlay_stack(story.events, kStoryName);
  CHECK(stack.upper.contains("/etc/motd"));
  CHECK(stack.state == "exited");
  CHECK(stack.lost == 3);
}

TEST_CASE("another container of the same name begins with an empty layer") {
  Story story(2);
  story.created().copied("/etc/motd", 0, 286).removed().created(ContainerId(std::string(64, 'b')));
  const auto stack = fold_overlay_stack(story.events, kStoryName);
  CHECK(stack.id.str()[0] == 'b');
  CHECK(stack.upper.empty());
  CHECK(stack.copied_bytes == 0);
  CHECK(stack.below.empty());
  CHECK(stack.places[0].empty());
  CHECK(stack.layers[0].bytes == 117'000'000);
}

TEST_CASE("sums of hostile sizes stay at the most") {
  Story story(1);
  story.created().copied("/a", 0, ~0ull).copied("/b", 0, 5);
  story.add(event::Stream(event::Gap{0, ~0ull, "lost"})).add(event::Stream(event::Gap{9, 3, "backwards"}));
  const auto stack = fold_overlay_stack(story.events, kStoryName);
  CHECK(stack.copied_bytes == std::numeric_limits<std::uint64_t>::max());
  CHECK(stack.lost == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("random events: places are distinct, the beat's path has one, reads are told once") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    OverlayFold fold(kStoryName, seed % 2 == 0 ? "" : "/etc/motd");
    for (const auto& event : random_story(seed)) {
      const auto change = fold.feed(event);
      const auto& stack = fold.stack();
      for (size_t i = 0; i < kMostPlaces; ++i) {
        auto places = stack.places[i];
        CHECK(places.size() <= i + 1);
        if (seed % 2 == 1 && !stack.id.empty()) CHECK(places[0] == "/etc/motd");
        if (const auto* family = std::get_if<event::File>(&event.what);
            family != nullptr && change != OverlayChange::None && change != OverlayChange::DirectoryUp && i > 0)
          std::visit(
              [&](const auto& fact) {
                bool is_directory = false;
                if constexpr (requires { fact.directory; }) is_directory = fact.directory;
                if (!is_directory) CHECK(std::find(places.begin(), places.end(), fact.path) != places.end());
              },
              *family);
        std::sort(places.begin(), places.end());
        CHECK(std::adjacent_find(places.begin(), places.end()) == places.end());
      }
      for (size_t i = 0; i < stack.reads.size(); ++i)
        for (size_t k = 0; k < i; ++k) CHECK((stack.reads[i].path != stack.reads[k].path || stack.reads[i].layer != stack.reads[k].layer));
      // Every entry of the writable layer is what the container sees there.
      for (const auto& [path, entry] : stack.upper)
        CHECK(stack.answer(path).from == (entry.kind == UpperEntry::Kind::Whiteout ? From::Hidden : From::Writable));
    }
  }
}

TEST_CASE("instructions are shown without what builders add") {
  CHECK(instruction_words("/bin/sh -c #(nop) ADD file:1 in / ") == "ADD file:1 in /");
  CHECK(instruction_words("RUN /bin/sh -c apt-get update # buildkit") == "RUN apt-get update");
  CHECK(instruction_words("/bin/sh -c apt-get update") == "RUN apt-get update");
  CHECK(instruction_words("COPY a b # buildkit") == "COPY a b");
  CHECK(instruction_words("RUN echo 'a # buildkit' x\ny") == "RUN echo 'a # buildkit' x y");
  CHECK(instruction_words("").empty());
}

TEST_CASE("the files without a column are listed or counted") {
  Story story(1);
  story.created().copied("/etc/motd", 0, 5).made("/tmp/a").masked("/etc/passwd", 0);
  const auto stack = fold_overlay_stack(story.events, kStoryName);
  const OverlayRow writable{OverlayRow::Kind::Writable, -1, 1, {}, false}, layer{OverlayRow::Kind::Layer, 0, 1, {}, false};
  auto others = overlay_others(stack, {}, writable, {"/etc/motd"}, 1);
  CHECK(others.count == 2);
  CHECK(others.names == std::vector<std::string>{"D /etc/passwd"});
  CHECK(overlay_others(stack, {}, layer, {}, 9).names == std::vector<std::string>{"/etc/motd", "/etc/passwd"});
  const LayerFiles files = {{story_layer(0).str(), {{"/bin/sh", 9, false}, {"/etc/motd", 5, false}, {"/old", 0, true}}}};
  others = overlay_others(stack, files, layer, {"/etc/motd"}, 9);
  CHECK(others.names == std::vector<std::string>{"/bin/sh", "/old"});
  CHECK(overlay_cell(stack, files, layer, "/bin/sh")->kind == ChipLook::Kind::Plain);
  CHECK(overlay_cell(stack, files, layer, "/old")->kind == ChipLook::Kind::Whiteout);
  CHECK(overlay_cell(stack, files, layer, "/etc/motd")->kind == ChipLook::Kind::Below);
  CHECK(overlay_cell(stack, files, layer, "/etc/passwd")->kind == ChipLook::Kind::Struck);
  CHECK(!overlay_cell(stack, files, layer, "/tmp/a").has_value());
}
