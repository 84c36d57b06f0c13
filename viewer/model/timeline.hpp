// The moments at which a picture changes, and who walks through them. Time is given, in milliseconds of any clock that does not go back.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "viewer/model/overlay_stack.hpp"

namespace strates::viewer {

// One moment: after event `event` (its index) the picture is another one; `caption` says in words what happened.
struct Beat {
  size_t event = 0;
  std::string caption;
};

struct OverlayBeat : Beat {
  OverlayChange kind = OverlayChange::None;
  // Of a file's beat: which path; where it was read, copied up from or hidden (chain id, "container", "init"); bytes copied.
  std::string path, layer;
  std::uint64_t bytes = 0;
  bool directory = false;
};

// The beats of one container's stack, event by event. Captions are in the language that is set when the event is fed.
class OverlayBeats {
 public:
  explicit OverlayBeats(std::string name, std::string focus = {}) : fold_(std::move(name), std::move(focus)) {}
  void feed(const Event& event);
  const std::vector<OverlayBeat>& beats() const { return beats_; }
  const OverlayStack& stack() const { return fold_.stack(); }

 private:
  OverlayFold fold_;
  std::vector<OverlayBeat> beats_;
  size_t fed_ = 0;
};

std::vector<OverlayBeat> overlay_beats(std::span<const Event> events, const std::string& name, const std::string& focus = {});

// "layer 2", "the writable layer", "the engine's mount points"; an unknown layer by its short id.
std::string layer_words(const OverlayStack& stack, const std::string& layer);
// At most `most` characters, the middle left out.
std::string shortened(const std::string& path, size_t most);

// Where one stands in a row of beats: `shown` of them were shown, the last of these at `progress` (eased, 1: it is over).
struct Position {
  size_t shown = 0;
  float progress = 1;
  bool operator==(const Position&) const = default;
};

// Walks through beats of any picture. Give it the time before asking where it is: advance(now), then position().
class Playhead {
 public:
  using Millis = std::int64_t;
  enum class Mode { Paused, Playing, Following };
  static constexpr Millis kHold = 1400;       // after each beat while playing: time to read its caption
  static constexpr Millis kFollowHold = 250;  // while following what happens now
  static constexpr size_t kMostBehind = 6;    // who follows and is further behind skips to here

  explicit Playhead(bool motion = true) : motion_(motion) {}

  void advance(Millis now);
  Position position() const;
  Mode mode() const { return mode_; }
  size_t count() const { return count_; }
  // When the picture changes next by itself: 0, now (a motion runs); none: only when a command or a beat comes.
  std::optional<Millis> due() const;

  void set_motion(bool motion) { motion_ = motion; }
  // How many beats there are. They come at the end; fewer than before: another row begins, and one stands at most at its end.
  void set_count(size_t count, Millis now);
  // From where one is, or from the start when one is at the end.
  void play(Millis now);
  // A motion that runs comes to its end.
  void pause(Millis now);
  void step_forward(Millis now);
  // The picture as it was before the last beat, at once.
  void step_back(Millis now);
  void to_start(Millis now);
  void to_end(Millis now);
  // Goes to the end and shows each new beat as it comes, until a command says otherwise.
  void follow(Millis now);

 private:
  Millis motion() const;
  void begin(Millis at);
  void stand(size_t shown, Mode mode, Millis now);

  bool motion_;
  Mode mode_ = Mode::Paused;
  size_t count_ = 0, shown_ = 0;
  bool still_ = true;                      // the last beat is shown without its motion
  Millis now_ = 0, begun_ = 0, free_ = 0;  // free_: when the next beat may begin
};

}  // namespace strates::viewer
