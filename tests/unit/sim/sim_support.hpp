// A store and its ports without processes, and short words for what the tests look at.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#include "adapters/archive_reader.hpp"
#include "adapters/decompressor.hpp"
#include "adapters/openssl_hasher.hpp"
#include "sim/sim_blobs.hpp"
#include "sim/sim_clock.hpp"
#include "sim/sim_file_watch.hpp"
#include "sim/sim_snapshots.hpp"
#include "../../support/snapshots_contract.hpp"

namespace strates::sim {

using testing::directory_item;
using testing::file_item;
using testing::kThen;
using testing::link_item;
using testing::marker_item;
using testing::must;

struct Store {
  adapters::OpensslHasher hasher;
  adapters::LibarchiveReader archives;
  SimClock clock{1'700'000'000 * kSecond};
  SimBlobs blobs{hasher};
  SnapshotStore store{clock};
  SimSnapshots snapshots{store, blobs, hasher, archives, adapters::open_decompressed};
  SimFileWatch watch{store};

  ChainId import(const std::optional<ChainId>& parent, const std::vector<testing::Item>& items) {
    StringSource tar(testing::tar_of(items));
    return must(snapshots.import_layer(parent, tar, [](Payload) {})).chain_id;
  }
};

inline std::string code(const Result<void>& result) { return testing::code_of(result); }

// One fact a line, in short: "copied /etc/motd 5 L", where L is the layer's first letter or name.
inline std::string line_of(const event::File& fact) {
  const auto layer = [](const std::string& name) { return name.starts_with("sha256:") ? std::string("image") : name; };
  struct Visitor {
    decltype(layer)& name;
    std::string operator()(const event::FileRead& f) const { return "read " + f.path + " " + name(f.layer); }
    std::string operator()(const event::FileCreated& f) const { return std::string(f.directory ? "mkdir " : "created ") + f.path; }
    std::string operator()(const event::FileWritten& f) const { return "written " + f.path; }
    std::string operator()(const event::FileCopiedUp& f) const {
      return std::string(f.directory ? "copied-dir " : "copied ") + f.path + " " + std::to_string(f.bytes) + " " + name(f.from_layer);
    }
    std::string operator()(const event::WhiteoutCreated& f) const { return "whiteout " + f.path + " " + name(f.hides_layer); }
    std::string operator()(const event::OpaqueDirectory& f) const { return "opaque " + f.path; }
    std::string operator()(const event::FileRemoved& f) const { return "removed " + f.path; }
  };
  return std::visit(Visitor{layer}, fact);
}

// A container's file system on one base layer, watched.
struct Container {
  Store world;
  std::vector<event::File> facts;
  ChainId base;
  std::unique_ptr<Vfs> vfs;
  const SnapshotKey key{"c"};

  explicit Container(std::vector<testing::Item> items = testing::base_items(), std::vector<engine::InitEntry> init = {}) {
    base = world.import({}, items);
    must(world.snapshots.prepare(key, {base}, init));
    must(world.watch.arm(ContainerId("cc"), key, {base}, [this](Payload what) { facts.push_back(std::get<event::File>(what)); }));
    must(world.watch.enter(ContainerId("cc"), 77));
    vfs = must(world.snapshots.open_vfs("c"));
  }

  std::string told() {
    std::string text;
    for (const auto& fact : facts) text += line_of(fact) + "\n";
    facts.clear();
    return text;
  }
  std::string diff() { return testing::letters(must(world.snapshots.diff(key))); }
  const Tree& upper() { return world.store.find("c")->upper; }
};

}  // namespace strates::sim
