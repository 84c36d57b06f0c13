#include "sim/tree/mounts.hpp"

namespace strates::sim {

namespace {

// The name of `path` right inside `directory` ("/" or "/a/b"); empty when it is not there.
std::string_view name_inside(std::string_view directory, std::string_view path) {
  if (path.size() < 2) return {};
  const size_t slash = path.rfind('/');
  const std::string_view parent = slash == 0 ? std::string_view("/") : path.substr(0, slash);
  return parent == directory ? path.substr(slash + 1) : std::string_view();
}

}  // namespace

std::optional<size_t> Mounts::at(std::string_view path) const {
  for (size_t i = mounts_.size(); i-- > 1;)
    if (mounts_[i].path == path) return i;
  return std::nullopt;
}

UnionTree& Mounts::tree(size_t mount) {
  Mount& one = mounts_[mount];
  if (!one.tree) one.tree.emplace(one.make());
  return *one.tree;
}

BoundFile* Mounts::bound(std::string_view path) const {
  if (bound_ == nullptr) return nullptr;
  const auto found = bound_->find(path);
  return found == bound_->end() ? nullptr : &found->second;
}

std::vector<std::string> Mounts::names_in(std::string_view directory) const {
  std::vector<std::string> names;
  for (const auto& mount : mounts_)
    if (const auto name = name_inside(directory, mount.path); !name.empty()) names.emplace_back(name);
  if (bound_ != nullptr)
    for (const auto& [path, file] : *bound_)
      if (const auto name = name_inside(directory, path); !name.empty()) names.emplace_back(name);
  return names;
}

}  // namespace strates::sim
