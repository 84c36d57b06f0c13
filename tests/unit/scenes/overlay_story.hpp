// Events of containers that read, write and delete, as an engine tells them: by hand, and at random.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "base/event.hpp"
#include "viewer/model/overlay_stack.hpp"

namespace strates::viewer {

inline const ContainerId kStoryId(std::string(64, 'a'));
inline const std::string kStoryName = "essai";

inline ChainId story_layer(int index) {
  std::string digits = std::to_string(index + 1000);
  return ChainId("sha256:" + digits + std::string(64 - digits.size(), 'c'));
}

class Story {
 public:
  explicit Story(int layers) {
    const char* const made_by[] = {"/bin/sh -c #(nop) ADD file:6af9a1c1f3d2c2a0 in / ",
                                   "RUN /bin/sh -c apt-get update && apt-get install -y python3 # buildkit", "COPY app.py /srv/app.py # buildkit", ""};
    event::ImageState image{ImageId("sha256:i"), {"docker.io/library/debian:latest"}, {}};
    for (int i = 0; i < layers; ++i) {
      image.layers.push_back({DiffId("d"), story_layer(i), i == 0 ? 117'000'000u : 1234u * static_cast<unsigned>(i), made_by[i % 4]});
      ids_.push_back(story_layer(i));
    }
    add(event::Stream(event::Snapshot{"sim", "0", {image}, {}}));
  }
  Story& add(Payload what) {
    events.push_back({events.size() + 1, 0, 1, 0, std::move(what)});
    return *this;
  }
  Story& created(const ContainerId& id = kStoryId, const std::string& name = kStoryName) {
    return add(event::Container(event::ContainerCreated{id, name, ImageId("sha256:i"), ids_}));
  }
  Story& started() { return add(event::Container(event::ContainerStarted{kStoryId})); }
  Story& stopped(int code = 0) { return add(event::Container(event::ContainerStopped{kStoryId, code, false})); }
  Story& removed() { return add(event::Container(event::ContainerRemoved{kStoryId, kStoryName})); }
  Story& read(const std::string& path, const std::string& layer) { return add(event::File(event::FileRead{kStoryId, path, layer, 7})); }
  Story& read(const std::string& path, int layer) { return read(path, story_layer(layer).str()); }
  Story& copied(const std::string& path, int layer, std::uint64_t bytes) {
    return add(event::File(event::FileCopiedUp{kStoryId, path, story_layer(layer).str(), bytes, false, false}));
  }
  Story& directory(const std::string& path, int layer) {
    return add(event::File(event::FileCopiedUp{kStoryId, path, story_layer(layer).str(), 0, true, false}));
  }
  Story& made(const std::string& path, bool is_directory = false) { return add(event::File(event::FileCreated{kStoryId, path, is_directory, false})); }
  Story& written(const std::string& path) { return add(event::File(event::FileWritten{kStoryId, path, 7})); }
  Story& masked(const std::string& path, int layer) { return add(event::File(event::WhiteoutCreated{kStoryId, path, story_layer(layer).str(), false})); }
  Story& opaque(const std::string& path) { return add(event::File(event::OpaqueDirectory{kStoryId, path, false})); }
  Story& deleted(const std::string& path) { return add(event::File(event::FileRemoved{kStoryId, path})); }

  std::vector<Event> events;

 private:
  std::vector<ChainId> ids_;
};

// Every kind of beat once, as a lesson would show them.
inline Story whole_story(int layers) {
  Story story(layers);
  story.created().started().read("/etc/hosts", "init").read("/etc/motd", 0).directory("/etc", 0).copied("/etc/motd", 0, 286).written("/etc/motd");
  story.read("/etc/motd", "container").masked("/etc/passwd", 0).made("/tmp/x").written("/tmp/x").made("/srv/données", true).opaque("/srv/données");
  story.written("/var/log/journal").deleted("/tmp/x").masked("/etc/motd", 0).made("/etc/motd");
  story.add(event::Image(event::LayerCommitted{kStoryName, ChainId("sha256:new"), DiffId("d"), 3, 1, 400}));
  story.add(event::Stream(event::Gap{5, 9, "slow"}));
  return story.stopped(3).removed();
}

// Anything an engine, a slow reader or a hostile container may bring: other containers, unknown layers, long and strange names, huge sizes.
inline std::vector<Event> random_story(unsigned seed) {
  std::mt19937 random(seed);
  const auto below = [&](int most) { return static_cast<int>(random() % static_cast<unsigned>(most)); };
  const int layers = below(3) == 0 ? below(40) : 1 + below(5);
  std::vector<std::string> paths = {"/",
                                    "",
                                    "/a",
                                    "/etc/motd",
                                    "/usr/lib/x86_64-linux-gnu/libc.so.6",
                                    "/var/lib/données/été/œuvre",
                                    "/" + std::string(200, 'x'),
                                    "/a\nb\x1b[31m\tc",
                                    "/\xff\xfe/cassé",
                                    "/日本語/" + std::string(60, 'y')};
  for (int i = 0; i < 12; ++i)
    paths.push_back(paths[static_cast<size_t>(below(6))] + "/" + std::string(static_cast<size_t>(1 + below(30)), static_cast<char>('a' + below(26))));
  Story story(layers);
  const auto path = [&] { return paths[static_cast<size_t>(below(static_cast<int>(paths.size())))]; };
  const auto layer = [&]() -> std::string {
    const int kind = below(8);
    return kind == 0 ? "init" : kind == 1 ? "container" : kind == 2 ? "sha256:unknown" : kind == 3 ? "" : story_layer(below(layers + 1)).str();
  };
  const auto who = [&] { return below(8) == 0 ? ContainerId("other") : kStoryId; };
  if (below(4) != 0) story.created();
  for (int i = 0; i < 60; ++i) {
    switch (below(13)) {
      case 0: story.add(event::File(event::FileRead{who(), path(), layer(), 7})); break;
      case 1: story.add(event::File(event::FileRead{who(), path(), layer(), 7})); break;
      case 2: story.add(event::File(event::FileCreated{who(), path(), below(3) == 0, false})); break;
      case 3: story.add(event::File(event::FileWritten{who(), path(), 7})); break;
      case 4: story.add(event::File(event::FileCopiedUp{who(), path(), layer(), below(5) == 0 ? ~0ull : random(), below(4) == 0, false})); break;
      case 5: story.add(event::File(event::WhiteoutCreated{who(), path(), layer(), false})); break;
      case 6: story.add(event::File(event::OpaqueDirectory{who(), path(), false})); break;
      case 7: story.add(event::File(event::FileRemoved{who(), path()})); break;
      case 8: story.started(); break;
      case 9: story.stopped(below(256)); break;
      case 10:
        if (below(6) == 0) story.removed();
        break;
      case 11:
        if (below(4) == 0) story.created(ContainerId(std::to_string(below(3)) + std::string(63, 'b')));
        break;
      default:
        if (below(4) == 0) story.add(event::Stream(event::Gap{static_cast<Seq>(below(9)), ~0ull, "lost"}));
    }
  }
  return story.events;
}

}  // namespace strates::viewer
