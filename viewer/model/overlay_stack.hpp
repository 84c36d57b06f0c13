// The stack of one container's layers, folded from events: what every picture of it (text, window) draws. No drawing here.
//
// State shown = fold(events): feed all events of a lesson in order, as often as you like from the start; nothing else is remembered.
#pragma once

#include <cstdint>
#include <map>
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

struct OverlayStack {
  ContainerId id;
  std::string name;
  std::string state;  // "created", "running", "exited", "removed"
  std::vector<StackLayer> layers;           // bottom first
  std::map<std::string, UpperEntry> upper;  // by path
  std::vector<ReadFact> reads;              // in order, one per path and layer
  std::uint64_t copied_bytes = 0;           // all copy-ups of files together
  std::string merged, upper_dir;            // where it is mounted, when it is

  // The last read of `path`, or null.
  const ReadFact* read_of(const std::string& path) const;
  // Position from the bottom of a chain id's text; -1 when it is not one of this stack's layers.
  int layer_index(const std::string& chain_id) const;
};

// Folds the events of the container that is called `name` (the last one of that name). Empty id: there was none.
OverlayStack fold_overlay_stack(std::span<const Event> events, const std::string& name);

}  // namespace strates::viewer
