#include "linux/snapshot/merged_dir.hpp"

#include <set>

#include "base/strings.hpp"
#include "linux/snapshot/entry_meta.hpp"

namespace strates::linux_world {

Result<MergedDir> MergedDir::open(const std::vector<std::string>& layers) {
  MergedDir merged;
  for (size_t i = 0; i < layers.size(); ++i) {
    auto fd = std::make_shared<UniqueFd>(TRY(open_directory(layers[i])));
    merged.parts_.push_back({i, std::move(fd)});
  }
  return merged;
}

Result<std::optional<MergedDir::Found>> MergedDir::find(const std::string& name) const {
  for (const Part& part : parts_) {
    const auto st = TRY(stat_at(part.fd->get(), name));
    if (!st) continue;
    if (is_whiteout(*st)) return std::optional<Found>();
    return std::optional(Found{part.layer, *st, part.fd});
  }
  return std::optional<Found>();
}

Result<MergedDir> MergedDir::enter(const std::string& name) const {
  MergedDir below;
  for (const Part& part : parts_) {
    const auto st = TRY(stat_at(part.fd->get(), name));
    if (!st) continue;
    if (!S_ISDIR(st->st_mode)) break;  // a whiteout or another entry hides what is below it
    auto fd = std::make_shared<UniqueFd>(TRY(open_directory_at(part.fd->get(), name)));
    const bool opaque = TRY(is_opaque(fd->get()));
    below.parts_.push_back({part.layer, std::move(fd)});
    if (opaque) break;
  }
  return below;
}

Result<std::vector<std::string>> MergedDir::names() const {
  std::set<std::string> seen, hidden;
  for (const Part& part : parts_)
    for (const auto& name : TRY(names_in(part.fd->get(), "layer"))) {
      if (seen.count(name) != 0 || hidden.count(name) != 0) continue;
      const auto st = TRY(stat_at(part.fd->get(), name));
      if (!st) continue;
      (is_whiteout(*st) ? hidden : seen).insert(name);
    }
  return std::vector<std::string>(seen.begin(), seen.end());
}

Result<std::optional<MergedDir::Found>> MergedDir::find_path(std::string_view path) const {
  MergedDir at = *this;
  std::optional<Found> found;
  std::string inside;  // the directory that `found` is
  for (const auto& name : split(path, '/')) {
    if (name.empty()) continue;
    if (found) {
      if (!S_ISDIR(found->st.st_mode)) return std::optional<Found>();
      at = TRY(at.enter(inside));
    }
    found = TRY(at.find(name));
    if (!found) return found;
    inside = name;
  }
  return found;
}

}  // namespace strates::linux_world
