// engine::TreeEditor over a snapshot in memory: root's view of the merged tree, without the mounts of a running container.
#pragma once

#include <functional>

#include "sim/snapshot_store.hpp"
#include "sim/tree/path_walk.hpp"

namespace strates::sim {

class SimTreeEditor : public engine::TreeEditor {
 public:
  // `let_go` is called once, at the end.
  SimTreeEditor(SnapshotStore& store, std::string key, std::function<void()> let_go);
  // Any other tree: `open` gives it at each call, or none once it is gone.
  using Open = std::function<std::optional<UnionTree>()>;
  SimTreeEditor(SnapshotStore& store, Open open) : store_(store), open_(std::move(open)) {}
  SimTreeEditor(const SimTreeEditor&) = delete;
  SimTreeEditor& operator=(const SimTreeEditor&) = delete;
  ~SimTreeEditor() override {
    if (let_go_) let_go_();
  }

  Result<std::optional<image::EntryMeta>> stat(std::string_view path, Follow follow) override;
  Result<std::vector<std::string>> list(std::string_view path) override;
  Result<std::string> read(std::string_view path, std::uint64_t limit) override;
  Result<std::unique_ptr<ByteSource>> open_file(std::string_view path) override;
  Result<void> make_directory(std::string_view path, const image::EntryMeta& meta) override;
  Result<void> put(std::string_view path, const image::EntryMeta& meta, ByteSource* content) override;
  Result<void> remove(std::string_view path) override;
  Result<std::unique_ptr<image::LayerReader>> archive(std::string_view path) override;

 private:
  Result<Mounts> tree(std::string_view operation, std::string_view path);
  Result<Place> walk(std::string_view path, LastLink last, std::string_view operation, Mounts& mounts) const;
  Result<void> make_parents(std::string_view path);
  Result<void> put_link(std::string_view path, const image::EntryMeta& meta);

  SnapshotStore& store_;
  Open open_;
  std::function<void()> let_go_;
};

}  // namespace strates::sim
