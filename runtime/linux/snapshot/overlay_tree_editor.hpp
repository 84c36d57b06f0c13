// Changes the merged view of a mounted snapshot. Parents are resolved by the kernel inside the root (openat2, RESOLVE_IN_ROOT), whatever a process in the
// container does to the tree at the same time; last components are never followed where something is made or removed.
#pragma once

#include <functional>
#include <memory>

#include "engine/ports.hpp"
#include "linux/storage/files.hpp"

namespace strates::linux_world {

class OverlayTreeEditor : public engine::TreeEditor {
 public:
  // `release` runs when the editor is destroyed, after its last descriptor is closed.
  OverlayTreeEditor(UniqueFd root, std::function<void()> release) : root_(std::move(root)), release_(std::move(release)) {}
  ~OverlayTreeEditor() override;

  Result<std::optional<image::EntryMeta>> stat(std::string_view path, Follow follow) override;
  Result<std::vector<std::string>> list(std::string_view path) override;
  Result<std::string> read(std::string_view path, std::uint64_t limit) override;
  Result<std::unique_ptr<ByteSource>> open_file(std::string_view path) override;
  Result<void> make_directory(std::string_view path, const image::EntryMeta& meta) override;
  Result<void> put(std::string_view path, const image::EntryMeta& meta, ByteSource* content) override;
  Result<void> remove(std::string_view path) override;
  Result<std::unique_ptr<image::LayerReader>> archive(std::string_view path) override;

 private:
  struct Place {
    std::shared_ptr<UniqueFd> parent;
    std::string name;
  };
  Result<Place> place_of(std::string_view path, bool make_parents);
  Result<UniqueFd> make_parents(const std::string& directory);
  Result<void> put_directory(const Place& place, const image::EntryMeta& meta);
  Result<void> make_temporary(const Place& place, const std::string& temporary, const image::EntryMeta& meta, ByteSource* content);

  UniqueFd root_;
  std::function<void()> release_;
  std::uint64_t next_ = 0;
  // The directory of the last change: what is copied comes directory by directory.
  std::shared_ptr<UniqueFd> last_parent_;
  std::string last_directory_;
};

}  // namespace strates::linux_world
