#include "viewer/model/timeline.hpp"

#include <algorithm>

#include "base/sizes.hpp"
#include "base/text.hpp"
#include "viewer/draw/theme.hpp"

namespace strates::viewer {

namespace {

constexpr size_t kPathInCaption = 44;

// What a file's event speaks of.
struct Told {
  std::string path, layer;
  std::uint64_t bytes = 0;
  bool directory = false;
};

struct Teller {
  Told operator()(const event::FileRead& fact) const { return {fact.path, fact.layer, 0, false}; }
  Told operator()(const event::FileCreated& fact) const { return {fact.path, "", 0, fact.directory}; }
  Told operator()(const event::FileWritten& fact) const { return {fact.path, "", 0, false}; }
  Told operator()(const event::FileCopiedUp& fact) const { return {fact.path, fact.from_layer, fact.bytes, fact.directory}; }
  Told operator()(const event::WhiteoutCreated& fact) const { return {fact.path, fact.hides_layer, 0, false}; }
  Told operator()(const event::OpaqueDirectory& fact) const { return {fact.path, "", 0, true}; }
  Told operator()(const event::FileRemoved& fact) const { return {fact.path, "", 0, false}; }
};

int exit_code_of(const Event& event, const ContainerId& id) {
  if (const auto* family = std::get_if<event::Container>(&event.what))
    if (const auto* fact = std::get_if<event::ContainerStopped>(family)) return fact->exit_code;
  if (const auto* family = std::get_if<event::Stream>(&event.what))
    if (const auto* state = std::get_if<event::Snapshot>(family))
      for (const auto& container : state->containers)
        if (container.id == id) return container.exit_code;
  return 0;
}

std::string caption_of(OverlayChange change, const Event& event, const Told& told, const OverlayStack& stack) {
  const std::string path = shortened(told.path, kPathInCaption), name = shortened(stack.name, kPathInCaption / 2);
  switch (change) {
    case OverlayChange::None: break;
    case OverlayChange::Appeared:
      if (stack.state != "created") return tr(Text::OverlayWasThere, name);
      return stack.layers.size() == 1 ? tr(Text::OverlayAppearedOne, name) : tr(Text::OverlayAppeared, name, stack.layers.size());
    case OverlayChange::Started: return tr(Text::OverlayStarted, name);
    case OverlayChange::Stopped: return tr(Text::OverlayStopped, name, exit_code_of(event, stack.id));
    case OverlayChange::Removed: return tr(Text::OverlayRemoved, name);
    case OverlayChange::Read: return tr(Text::OverlayRead, path, layer_words(stack, told.layer));
    case OverlayChange::CopiedUp: return tr(Text::OverlayCopiedUp, path, told_size(told.bytes), layer_words(stack, told.layer));
    case OverlayChange::DirectoryUp: return tr(Text::OverlayDirectoryUp, path);
    case OverlayChange::Created: return tr(told.directory ? Text::OverlayCreatedDirectory : Text::OverlayCreated, path);
    case OverlayChange::Written: return tr(Text::OverlayWritten, path);
    case OverlayChange::Whiteout: return tr(Text::OverlayWhiteout, path, layer_words(stack, told.layer));
    case OverlayChange::Opaque: return tr(Text::OverlayOpaque, path);
    case OverlayChange::FileRemoved: return tr(Text::OverlayFileRemoved, path);
    case OverlayChange::Committed: return tr(Text::OverlayCommitted, name);
    case OverlayChange::Lost: return tr(Text::OverlayLost, stack.lost);
  }
  return {};
}

}  // namespace

void OverlayBeats::feed(const Event& event) {
  const OverlayChange change = fold_.feed(event);
  const size_t index = fed_++;
  if (change == OverlayChange::None) return;
  Told told;
  if (const auto* family = std::get_if<event::File>(&event.what)) told = std::visit(Teller{}, *family);
  OverlayBeat beat;
  beat.event = index;
  beat.caption = caption_of(change, event, told, fold_.stack());
  beat.kind = change;
  beat.path = std::move(told.path);
  beat.layer = std::move(told.layer);
  beat.bytes = told.bytes;
  beat.directory = told.directory;
  beats_.push_back(std::move(beat));
}

std::vector<OverlayBeat> overlay_beats(std::span<const Event> events, const std::string& name, const std::string& focus) {
  OverlayBeats beats(name, focus);
  for (const auto& event : events) beats.feed(event);
  return beats.beats();
}

std::string layer_words(const OverlayStack& stack, const std::string& layer) {
  if (layer == "container") return tr(Text::SceneWritableLayer);
  if (layer == "init") return tr(Text::SceneInitLayer);
  const int index = stack.layer_index(layer);
  return tr(Text::OverlayTheLayer, index < 0 ? short_id(layer) : std::to_string(index + 1));
}

std::string shortened(const std::string& path, size_t most) {
  std::vector<size_t> starts;
  for (size_t i = 0; i < path.size(); ++i)
    if ((static_cast<unsigned char>(path[i]) & 0xc0) != 0x80) starts.push_back(i);
  if (starts.size() <= most || most < 3) return path;
  const size_t head = (most - 1) / 3, tail = most - 1 - head;  // the end of a path says more than its beginning
  return path.substr(0, starts[head]) + "…" + path.substr(starts[starts.size() - tail]);
}

Playhead::Millis Playhead::motion() const { return motion_ ? kMotionMilliseconds : 0; }

void Playhead::begin(Millis at) {
  ++shown_;
  still_ = false;
  begun_ = at;
  free_ = at + motion() + (mode_ == Mode::Following ? kFollowHold : kHold);
}

void Playhead::stand(size_t shown, Mode mode, Millis now) {
  shown_ = shown;
  mode_ = mode;
  still_ = true;
  free_ = now;
}

void Playhead::advance(Millis now) {
  now_ = std::max(now_, now);
  if (mode_ == Mode::Following && count_ - shown_ > kMostBehind) {
    shown_ = count_ - kMostBehind;
    free_ = now_;
  }
  while (mode_ != Mode::Paused && shown_ < count_ && now_ >= free_) begin(free_);
  if (mode_ == Mode::Playing && shown_ == count_ && (still_ || now_ >= begun_ + motion())) mode_ = Mode::Paused;
}

Position Playhead::position() const {
  if (shown_ == 0 || still_ || now_ >= begun_ + motion()) return {shown_, 1};
  return {shown_, eased(static_cast<float>(now_ - begun_) / static_cast<float>(kMotionMilliseconds))};
}

std::optional<Playhead::Millis> Playhead::due() const {
  if (!still_ && now_ < begun_ + motion()) return 0;
  if (mode_ == Mode::Paused || shown_ >= count_) return std::nullopt;
  return std::max<Millis>(0, free_ - now_);
}

void Playhead::set_count(size_t count, Millis now) {
  advance(now);
  if (count < count_ && shown_ > count) stand(count, mode_, now_);
  if (shown_ == count_) free_ = std::max(free_, now_);  // one waited for this beat: it begins now, not when one could have begun it
  count_ = count;
  advance(now);
}

void Playhead::play(Millis now) {
  advance(now);
  if (shown_ == count_) shown_ = 0, still_ = true;
  mode_ = Mode::Playing;
  free_ = still_ ? now_ : std::max(now_, begun_ + motion());
  advance(now);
}

void Playhead::pause(Millis now) {
  advance(now);
  mode_ = Mode::Paused;
}

void Playhead::step_forward(Millis now) {
  advance(now);
  if (shown_ == count_) return;
  mode_ = Mode::Paused;
  begin(now_);
}

void Playhead::step_back(Millis now) {
  advance(now);
  stand(shown_ == 0 ? 0 : shown_ - 1, Mode::Paused, now_);
}

void Playhead::to_start(Millis now) {
  advance(now);
  stand(0, Mode::Paused, now_);
}

void Playhead::to_end(Millis now) {
  advance(now);
  stand(count_, Mode::Paused, now_);
}

void Playhead::follow(Millis now) {
  advance(now);
  stand(count_, Mode::Following, now_);
}

}  // namespace strates::viewer
