#include "sim/sim_volumes.hpp"

#include "sim/tree_editor.hpp"

namespace strates::sim {

namespace {

Error no_host(const std::string& path) {
  return make_error(ErrorKind::NotImplemented, "volume.no-host", "mount", path, "the simulator has no machine below it, so there are no host directories to give to a container",
                    "use a volume (-v NAME:/path) and docker cp");
}

}  // namespace

Result<VolumeState*> SimVolumes::find(const std::string& name) {
  const auto found = store_.state().volumes.find(name);
  if (found == store_.state().volumes.end()) return make_error(ErrorKind::NotFound, "volume.not-found", "find volume", name, "no such volume");
  return &found->second;
}

Tree SimVolumes::empty_tree() {
  image::EntryMeta root;
  root.type = image::EntryType::Directory;
  root.mode = 0755;
  root.mtime = store_.clock().now();
  Tree tree(root);
  tree.edit("")->inode = ++store_.state().inodes;
  return tree;
}

Result<void> SimVolumes::create(const std::string& name) {
  if (store_.state().volumes.contains(name)) return make_error(ErrorKind::Conflict, "volume.exists", "create volume", name, "it exists already");
  store_.state().volumes[name].tree = empty_tree();
  return success();
}

Result<void> SimVolumes::remove(const std::string& name) {
  const auto found = store_.state().volumes.find(name);
  if (found == store_.state().volumes.end()) return success();
  if (found->second.mounts > 0) return make_error(ErrorKind::Conflict, "volume.mounted", "remove volume", name, "it is mounted", "stop what uses it first");
  store_.state().volumes.erase(found);
  return success();
}

Result<void> SimVolumes::clear(const std::string& name) {
  TRY(find(name))->tree = empty_tree();
  return success();
}

Result<std::vector<std::string>> SimVolumes::list() {
  std::vector<std::string> names;
  for (const auto& [name, volume] : store_.state().volumes) names.push_back(name);
  return names;
}

Result<void> SimVolumes::mount(const std::string& name, const engine::VolumeDevice& device) {
  VolumeState* volume = TRY(find(name));
  if (!device.empty() && device.type != "tmpfs") return no_host(device.device);
  if (volume->mounts == 0 && !device.empty()) {
    volume->memory = true;
    volume->tree = empty_tree();
    volume->tree.edit("")->mode = 01777;
  }
  ++volume->mounts;
  return success();
}

Result<void> SimVolumes::unmount(const std::string& name) {
  VolumeState* volume = TRY(find(name));
  if (volume->mounts == 0) return make_error(ErrorKind::Conflict, "volume.not-mounted", "unmount volume", name, "it is not mounted");
  if (--volume->mounts == 0 && volume->memory) volume->tree = empty_tree();
  return success();
}

Result<std::unique_ptr<engine::TreeEditor>> SimVolumes::edit(const std::string& name) {
  TRY(find(name));
  return std::unique_ptr<engine::TreeEditor>(std::make_unique<SimTreeEditor>(store_, [this, name]() -> std::optional<UnionTree> {
    auto& volumes = store_.state().volumes;
    const auto found = volumes.find(name);
    if (found == volumes.end()) return std::nullopt;
    return UnionTree(found->second.tree, {}, store_.state().inodes, store_.clock(), nullptr);
  }));
}

Result<std::uint64_t> SimVolumes::usage(const std::string& name) { return TRY(find(name))->tree.bytes(); }

Result<engine::HostPlace> SimVolumes::look(const std::string& host_path) { return no_host(host_path); }
Result<void> SimVolumes::make_host_directory(const std::string& host_path) { return no_host(host_path); }
Result<std::unique_ptr<engine::TreeEditor>> SimVolumes::edit_host(const std::string& host_directory) { return no_host(host_directory); }

}  // namespace strates::sim
