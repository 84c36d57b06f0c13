#include <doctest/doctest.h>

#include "base/strings.hpp"
#include "lessons/player/overlay_text.hpp"
#include "viewer/model/overlay_stack.hpp"

using namespace strates;
using namespace strates::viewer;

namespace {

const ContainerId kId(std::string(64, 'a'));
const ChainId kBase("sha256:" + std::string(64, '1'));

std::vector<Event> story() {
  std::vector<Event> events;
  const auto add = [&](Payload what) { events.push_back({events.size() + 1, 0, 1, 0, std::move(what)}); };
  add(event::Stream(event::Snapshot{"sim", "0", {{ImageId("sha256:i"), {"docker.io/library/debian:latest"}, {{DiffId("d"), kBase, 1'200'000, "debian"}}}}, {}}));
  add(event::Container(event::ContainerCreated{kId, "essai", ImageId("sha256:i"), {kBase}}));
  add(event::Container(event::ContainerStarted{kId}));
  add(event::File(event::FileRead{kId, "/etc/motd", kBase.str(), 7}));
  add(event::File(event::FileRead{kId, "/etc/motd", kBase.str(), 7}));
  add(event::File(event::FileCopiedUp{kId, "/etc", kBase.str(), 0, true, false}));
  add(event::File(event::FileCopiedUp{kId, "/etc/motd", kBase.str(), 286, false, false}));
  add(event::File(event::FileWritten{kId, "/etc/motd", 7}));
  add(event::File(event::WhiteoutCreated{kId, "/etc/passwd", kBase.str(), false}));
  add(event::File(event::FileCreated{kId, "/tmp/x", false, false}));
  add(event::File(event::FileRemoved{kId, "/tmp/x"}));
  add(event::File(event::FileCreated{ContainerId("other"), "/etc/other", false, false}));
  add(event::Container(event::ContainerStopped{kId, 0, false}));
  return events;
}

}  // namespace

TEST_CASE("a stack is the fold of its container's events") {
  const auto events = story();
  const OverlayStack stack = fold_overlay_stack(events, "essai");
  CHECK(stack.id == kId);
  CHECK(stack.state == "exited");
  REQUIRE(stack.layers.size() == 1);
  CHECK(stack.layers[0].bytes == 1'200'000);
  CHECK(stack.upper.size() == 3);
  CHECK(stack.upper.at("/etc/motd").kind == UpperEntry::Kind::CopiedUp);
  CHECK(stack.upper.at("/etc/motd").bytes == 286);
  CHECK(stack.upper.at("/etc/passwd").kind == UpperEntry::Kind::Whiteout);
  CHECK(stack.reads.size() == 1);
  CHECK(stack.copied_bytes == 286);
  CHECK(fold_overlay_stack(events, "inconnu").id.empty());
  // Any prefix can be drawn: that is stepping back.
  CHECK(fold_overlay_stack(std::span(events).first(5), "essai").upper.empty());
}

TEST_CASE("the text of a stack says where a file is, within its width") {
  const auto events = story();
  for (const int width : {60, 80, 100}) {
    const lessons::Screen screen(false, width);
    const auto lines = lessons::draw_overlay(fold_overlay_stack(events, "essai"), "/etc/motd", screen);
    std::string all;
    for (const auto& line : lines) all += std::string(trim(line)) + " ";
    CHECK(all.find("286 octets") != std::string::npos);
    CHECK(all.find("fichier-masque") != std::string::npos);
    CHECK(all.find("l’original reste intact") != std::string::npos);
    for (const auto& line : lines) CHECK_MESSAGE(lessons::columns_of(line) <= width, line);
  }
}
