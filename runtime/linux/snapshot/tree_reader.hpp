// Gives a directory's tree as the entries of an archive, sorted as image::TarWriter wants them (image::layer_path_less).
#pragma once

#include <sys/stat.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "image/layer.hpp"
#include "linux/storage/files.hpp"

namespace strates::linux_world {

// Layer: whiteout devices and opaque marks become the marker files of a layer's tar (OCI image-spec, layer.md, "Whiteouts"), as empty files of
// mode 0600 dated 0. Plain: a merged tree, where there are none.
enum class TreeForm { Layer, Plain };

// In a Layer, a file whose own name would read as a marker: code layer.reserved-name.
// A second name of a file becomes a hard link to the first. Sockets are left out, as is what vanishes meanwhile. `release` runs when it is destroyed.
class TreeReader : public image::LayerReader {
 public:
  TreeReader(UniqueFd root, TreeForm form, std::function<void()> release);
  ~TreeReader() override;
  Result<std::optional<image::LayerEntry>> next() override;
  Result<ByteSource*> content() override;

 private:
  struct Item {
    std::string tar_name, name;
    enum class Kind { Entry, Whiteout, OpaqueMarker } kind;
  };
  struct Level {
    UniqueFd fd;
    std::string path;
    std::vector<Item> items;
    size_t at = 0;
  };
  Result<void> enter(UniqueFd fd, std::string path);
  Result<std::optional<image::LayerEntry>> entry(int directory, const Item& item, const std::string& path);

  TreeForm form_;
  std::function<void()> release_;
  UniqueFd root_;
  std::vector<Level> levels_;
  std::map<std::pair<dev_t, ino_t>, std::string> first_names_;
  std::unique_ptr<ByteSource> content_;
};

}  // namespace strates::linux_world
