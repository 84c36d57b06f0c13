// The stack of one container's layers, folded from events: what every picture of it (text, window) draws. No drawing here.
//
// State shown = fold(events): feed all events of a lesson in order, as often as you like from the start; nothing else is remembered.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/event.hpp"

namespace strates::viewer {

// What the writable layer holds at one path, and why.
struct UpperEntry {
  enum class Kind { New, CopiedUp, Written, Whiteout, Opaque, Removed } kind = Kind::New;
  bool directory = false;
  std::string from_layer;   // CopiedUp: the chain id it came from; Whiteout: the layer it hides
  std::uint64_t bytes = 0;  // CopiedUp: bytes copied
};

struct ReadFact {
  std::string path, layer;  // chain id, "container" or "init"
};

struct StackLayer {
  ChainId chain_id;
  std::string created_by;
  std::uint64_t bytes = 0;
};

// A path of the layers below the writable one, as far as events told of it: in the topmost layer that has it.
struct BelowEntry {
  std::string layer;        // chain id or "init"
  std::uint64_t bytes = 0;  // 0: not told
  bool directory = false;
};

// Which layer a path of the container comes from.
struct Answer {
  enum class From { Unknown, Writable, Init, Layer, Hidden } from = From::Unknown;
  int layer = -1;  // Layer: its position from the bottom
  bool operator==(const Answer&) const = default;
};

// A file of one layer, for lists of them: by the layer's chain id.
struct LayerFile {
  std::string path;
  std::uint64_t bytes = 0;
  bool whiteout = false;  // the layer hides this path of those below it
};
using LayerFiles = std::map<std::string, std::vector<LayerFile>>;

// Up to so many paths stand side by side in a picture.
constexpr size_t kMostPlaces = 4;

struct OverlayStack {
  ContainerId id;
  std::string name;
  std::string state;                        // "created", "running", "exited", "removed"
  std::vector<StackLayer> layers;           // bottom first
  std::map<std::string, UpperEntry> upper;  // by path
  std::vector<ReadFact> reads;              // in order, one per path and layer
  std::uint64_t copied_bytes = 0;           // all copy-ups of files together
  std::string merged, upper_dir;            // where it is mounted, when it is
  std::map<std::string, BelowEntry> below;  // by path
  std::set<std::string> gone;               // were in the writable layer only, and were removed
  std::uint64_t lost = 0;                   // events that did not reach this reader: the picture may lack something
  // The paths to show when there is room for one, two, ...: a place keeps its path until another needs it, then the one that was told of
  // longest ago goes. So a picture's columns stay where they are while it moves.
  std::array<std::vector<std::string>, kMostPlaces> places;

  // The last read of `path`, or null.
  const ReadFact* read_of(const std::string& path) const;
  // Position from the bottom of a chain id's text; -1 when it is not one of this stack's layers.
  int layer_index(const std::string& chain_id) const;
  // Where the container finds `path` now. Unknown: nothing told of it.
  Answer answer(const std::string& path) const;
  // Whether the writable layer lays something over `path` as the layers below have it: its own entry, or a whiteout or an opaque directory above.
  bool covered(const std::string& path) const;
};

// What an event did to the picture of a stack.
enum class OverlayChange {
  None,
  Appeared,
  Started,
  Stopped,
  Removed,
  Read,
  CopiedUp,
  DirectoryUp,
  Created,
  Written,
  Whiteout,
  Opaque,
  FileRemoved,
  Committed,
  Lost
};

// The fold, event by event: for who follows a stream. `focus`: the path the lesson speaks of; it always has the first place, and reads of
// others leave the picture as it is.
class OverlayFold {
 public:
  explicit OverlayFold(std::string name, std::string focus = {});
  OverlayChange feed(const Event& event);
  const OverlayStack& stack() const { return stack_; }

 private:
  OverlayChange visit(const event::Operation&) { return OverlayChange::None; }
  OverlayChange visit(const event::Build&) { return OverlayChange::None; }
  OverlayChange visit(const event::Volume&) { return OverlayChange::None; }  // not a layer
  OverlayChange visit(const event::Registry&) { return OverlayChange::None; }
  OverlayChange visit(const event::Network&) { return OverlayChange::None; }
  OverlayChange visit(const event::Stream& family);
  OverlayChange visit(const event::Image& family);
  OverlayChange visit(const event::Container& family);
  OverlayChange visit(const event::File& family);
  OverlayChange file(const event::FileRead& fact);
  OverlayChange file(const event::FileCreated& fact);
  OverlayChange file(const event::FileWritten& fact);
  OverlayChange file(const event::FileCopiedUp& fact);
  OverlayChange file(const event::WhiteoutCreated& fact);
  OverlayChange file(const event::OpaqueDirectory& fact);
  OverlayChange file(const event::FileRemoved& fact);
  OverlayChange adopt(const ContainerId& id, const std::vector<ChainId>& layers, const std::string& state);
  void know(const ChainId& layer, const std::string& created_by, std::uint64_t bytes);
  void tell_below(const std::string& path, const std::string& layer, std::uint64_t bytes, bool directory);
  void erase_below(const std::string& path);
  void mention(const std::string& path, bool directory);

  OverlayStack stack_;
  std::string focus_;
  std::map<std::string, StackLayer> known_;
  std::map<std::string, std::uint64_t> mentioned_;  // when each path was last told of; directories count as never
  std::set<std::pair<std::string, std::string>> read_;
  std::uint64_t mentions_ = 0;
};

// Folds the events of the container that is called `name` (the last one of that name). Empty id: there was none.
OverlayStack fold_overlay_stack(std::span<const Event> events, const std::string& name, const std::string& focus = {});

}  // namespace strates::viewer
