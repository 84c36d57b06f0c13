// What the store remembers beside its directories: layers/HEX/info.json and snapshots/KEY/lower.json.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/ports.hpp"
#include "linux/snapshot/upper_walk.hpp"

namespace strates::linux_world {

struct LayerRecord {
  engine::LayerInfo info;
  std::optional<ChainId> parent;
};
std::string write_layer_record(const LayerRecord& record);
Result<LayerRecord> read_layer_record(std::string_view json);  // code store.corrupt

struct SnapshotRecord {
  std::vector<ChainId> layers;  // bottom first
  std::string init;             // name in ROOT/init; empty: none
  engine::Writes writes = engine::Writes::Kept;
  std::shared_ptr<const HiddenEntries> hidden = std::make_shared<HiddenEntries>();  // never null; containers of one image share it
};
std::string write_snapshot_record(const SnapshotRecord& record);
Result<SnapshotRecord> read_snapshot_record(std::string_view json);  // code store.corrupt

}  // namespace strates::linux_world
