#include "engine/layer_report.hpp"

#include <algorithm>

namespace strates::engine {

namespace {

template <typename T, typename Size>
void keep_largest(std::vector<T>& list, size_t most, Size size) {
  std::sort(list.begin(), list.end(), [&](const T& a, const T& b) { return size(a) != size(b) ? size(a) > size(b) : a.path < b.path; });
  if (list.size() > most) list.resize(most);
}

}  // namespace

Result<void> LayerAccount::add(image::LayerReader& reader, LayerPart& part) {
  wasted_.push_back(0);
  for (;;) {
    const auto entry = TRY(reader.next());
    if (!entry) break;
    const size_t slash = entry->path.rfind('/');
    const std::string directory = slash == std::string::npos ? "" : entry->path.substr(0, slash);
    const std::string name = slash == std::string::npos ? entry->path : entry->path.substr(slash + 1);
    const auto removed = [&](const std::string& path, Reach reach) {
      const Hidden hidden = hide(path, reach);
      part.removed += hidden.files;
      part.files.push_back({LayerFile::What::Removed, path, hidden.bytes});
    };
    if (name == image::kOpaqueMarker) {
      removed(directory, Reach::Inside);
    } else if (name.starts_with(".wh..wh.")) {
      continue;  // bookkeeping of aufs
    } else if (name.starts_with(image::kWhiteoutPrefix)) {
      const std::string hidden = name.substr(image::kWhiteoutPrefix.size());
      removed(directory.empty() ? hidden : directory + "/" + hidden, Reach::WithItself);
    } else {
      write(entry->path, image::counted_bytes(entry->meta), entry->meta.type == image::EntryType::Directory, part);
    }
  }
  keep_largest(part.files, LayerReport::kMostFiles, [](const LayerFile& file) { return file.bytes; });
  return {};
}

void LayerAccount::write(const std::string& path, std::uint64_t bytes, bool directory, LayerPart& part) {
  if (const auto found = paths_.find(path); found != paths_.end() && found->second.seen && found->second.directory && !directory) hide(path, Reach::Inside);
  Path& at = paths_[path];
  const bool before = at.seen;
  if (before && !at.directory) {
    wasted_[at.layer] += at.bytes;
    if (directory) at.minimum = 0;
  }
  at.seen = true;
  at.directory = directory;
  at.layer = layer();
  at.bytes = bytes;
  if (directory) return;
  at.total += bytes;
  at.minimum = at.copies == 0 ? bytes : std::min(at.minimum, bytes);
  ++at.copies;
  part.bytes += bytes;
  ++(before ? part.changed : part.added);
  part.files.push_back({before ? LayerFile::What::Changed : LayerFile::What::Added, path, bytes});
}

void LayerAccount::drop(Path& path, Hidden& hidden) {
  if (!path.seen || path.layer == layer()) return;
  path.seen = false;
  if (path.directory) return;
  path.minimum = 0;
  wasted_[path.layer] += path.bytes;
  hidden.bytes += path.bytes;
  ++hidden.files;
}

LayerAccount::Hidden LayerAccount::hide(const std::string& path, Reach reach) {
  Hidden hidden;
  if (const auto found = paths_.find(path); reach == Reach::WithItself && found != paths_.end()) drop(found->second, hidden);
  const std::string inside = path.empty() ? "" : path + "/";
  for (auto at = paths_.lower_bound(inside); at != paths_.end() && at->first.starts_with(inside); ++at) drop(at->second, hidden);
  return hidden;
}

void LayerAccount::finish(LayerReport& report) const {
  for (const auto& [name, path] : paths_) {
    report.total_bytes += path.total;
    report.minimum_bytes += path.minimum;
    const std::uint64_t seen = path.seen && !path.directory ? path.bytes : 0;
    if (path.total > seen) report.wasted.push_back({name, path.copies, path.total, path.total - seen});
  }
  for (const auto wasted : wasted_) report.wasted_bytes += wasted;
  for (size_t i = 0; i < wasted_.size() && i < report.layers.size(); ++i) report.layers[i].wasted_bytes = wasted_[i];
  if (report.total_bytes > 0) report.efficiency = static_cast<double>(report.minimum_bytes) / static_cast<double>(report.total_bytes);
  keep_largest(report.wasted, LayerReport::kMostWasted, [](const WastedPath& path) { return path.wasted_bytes; });
}

}  // namespace strates::engine
