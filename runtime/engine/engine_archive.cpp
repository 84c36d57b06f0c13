// docker cp: a container's paths read and written as archives (Docker Engine 20.10, daemon/archive.go). The container may run or not.
#include <map>

#include "base/strings.hpp"
#include "engine/engine_impl.hpp"
#include "engine/locked_tree.hpp"
#include "engine/user_lookup.hpp"

namespace strates::engine {

using image::EntryMeta;
using image::EntryType;

// A container's tree for as long as somebody copies. The devices of its volumes are mounted meanwhile.
class ContainerFiles {
 public:
  // The lock is held.
  static Result<std::unique_ptr<ContainerFiles>> open(EngineImpl& engine, const Container& container) {
    std::unique_ptr<ContainerFiles> files(new ContainerFiles(engine));
    auto opened = files->mount(container);
    if (opened.ok()) return files;
    files->unmount();
    files->mounted_.clear();
    return std::move(opened).error();
  }
  // The lock is not held.
  ~ContainerFiles() {
    tree_.reset();
    if (mounted_.empty()) return;
    const Locked lock(engine_.world_.monitor);
    unmount();
  }
  ContainerFiles(const ContainerFiles&) = delete;
  ContainerFiles& operator=(const ContainerFiles&) = delete;
  MountedTree& tree() { return *tree_; }

 private:
  explicit ContainerFiles(EngineImpl& engine) : engine_(engine) {}
  Result<void> mount(const Container& container) {
    for (const auto& point : container.mounts) {
      if (point.type != MountType::Volume) continue;
      TRY(engine_.world_.volumes.mount(point.name, device_of(*TRY(engine_.find_volume(point.name)))));
      mounted_.push_back(point.name);
    }
    auto tree = TRY(engine_.open_tree(container, EngineImpl::Guarded::No));
    TRY(tree->make_mount_points(engine_.world_.clock.now()));
    tree.reset();
    tree_ = TRY(engine_.open_tree(container, EngineImpl::Guarded::Yes));
    return {};
  }
  void unmount() {
    for (const auto& name : mounted_) ignore(engine_.world_.volumes.unmount(name));
  }

  EngineImpl& engine_;
  std::unique_ptr<MountedTree> tree_;
  std::vector<std::string> mounted_;
};

namespace {

// Keeps the tree while its archive is read.
class OwnedArchive final : public image::LayerReader {
 public:
  OwnedArchive(std::shared_ptr<ContainerFiles> files, std::unique_ptr<image::LayerReader> reader) : files_(std::move(files)), reader_(std::move(reader)) {}
  Result<std::optional<image::LayerEntry>> next() override { return reader_->next(); }
  Result<ByteSource*> content() override { return reader_->content(); }

 private:
  std::shared_ptr<ContainerFiles> files_;
  std::unique_ptr<image::LayerReader> reader_;
};

struct Asked {
  std::string container, path, root;  // root: the merged directory, as Docker's sentences name it
};

Error not_found(const Asked& asked) {
  return docker_error(ErrorKind::NotFound, "path.not-found", "Could not find the file " + asked.path + " in container " + asked.container);
}

// The directory's links are followed, those of the last component kept; a trailing "/" or "/." asks for a directory.
Result<TreePlace> find_asked(MountedTree& tree, const Asked& asked) {
  const bool directory = asked.path.ends_with('/') || asked.path.ends_with("/.") || asked.path == ".";
  TreePlace place = TRY(tree.find("/" + asked.path, directory ? TreeEditor::Follow::Yes : TreeEditor::Follow::No));
  const auto no_directory = [&] { return docker_error(ErrorKind::Internal, "path.not-directory", "lstat " + asked.root + place.path + (directory ? "/" : "") + ": not a directory"); };
  if (!place.meta) {
    const TreePlace parent = TRY(tree.find(dir_name(place.path), TreeEditor::Follow::Yes));
    if (parent.meta && parent.meta->type != EntryType::Directory) return no_directory();
    return not_found(asked);
  }
  if (directory && place.meta->type != EntryType::Directory) return no_directory();
  return place;
}

Result<PathStat> stat_of(MountedTree& tree, const Asked& asked, const TreePlace& place) {
  PathStat out;
  const std::string joined = "/" + asked.path;
  out.name = joined.ends_with("/.") ? "." : base_name(clean_path(joined));
  if (clean_path(joined) == "/") out.name = "/";
  out.meta = *place.meta;
  if (place.meta->type == EntryType::Symlink) {
    auto end = tree.find(place.path, TreeEditor::Follow::Yes);
    if (end.ok()) out.leads_to = end.value().path;
  }
  return out;
}

// Writes a tar's entries below a directory of the tree.
class Extraction {
 public:
  Extraction(MountedTree& tree, std::string directory, ExtractOptions options, std::optional<ResolvedUser> owner)
      : tree_(tree), directory_(std::move(directory)), options_(options), owner_(std::move(owner)) {}

  Result<void> run(image::LayerReader& archive) {
    while (auto entry = TRY(archive.next())) TRY(add(std::move(*entry), archive));
    for (auto at = directories_.rbegin(); at != directories_.rend(); ++at) TRY(tree_.put(at->first, at->second, nullptr));
    return {};
  }

 private:
  // Where the entry goes: its directory's links are followed inside the container, its own name is not.
  Result<TreePlace> place_of(const std::string& path) {
    const TreePlace parent = TRY(tree_.find(join_path(directory_, dir_name("/" + path)), TreeEditor::Follow::Yes));
    if (parent.meta && parent.meta->type != EntryType::Directory)
      return docker_error(ErrorKind::Internal, "path.not-directory", "Error processing tar file(exit status 1): lstat " + join_path(directory_, path) + ": not a directory");
    return tree_.find(join_path(parent.path, base_name(path)), TreeEditor::Follow::No);
  }

  Result<void> add(image::LayerEntry entry, image::LayerReader& archive) {
    const TreePlace place = TRY(place_of(entry.path));
    if (!place.writable)
      return docker_error(ErrorKind::Internal, "path.read-only", place.mounted ? "mounted volume is marked read-only" : "container rootfs is marked read-only");
    const bool directory = entry.meta.type == EntryType::Directory;
    if (place.meta) {
      const bool was_directory = place.meta->type == EntryType::Directory;
      if (options_.keep_kinds && was_directory != directory)
        return docker_error(ErrorKind::Internal, "path.kind",
                            "Error processing tar file(exit status 1): cannot overwrite " + std::string(was_directory ? "directory " : "non-directory ") + go_quote(place.path) +
                                " with " + (was_directory ? "non-directory " : "directory ") + go_quote(directory_));
      if (was_directory && !directory) TRY(tree_.remove(place.path));
    }
    if (owner_) {
      entry.meta.uid = owner_->uid;
      entry.meta.gid = owner_->gid;
    }
    if (entry.meta.type == EntryType::HardLink) {
      const TreePlace first = TRY(place_of(entry.meta.link_target));
      return tree_.link(place.path, first.path, entry.meta);
    }
    ByteSource* content = entry.meta.type == EntryType::File ? TRY(archive.content()) : nullptr;
    TRY(tree_.put(place.path, entry.meta, content));
    if (directory) directories_[place.path] = entry.meta;
    return {};
  }

  MountedTree& tree_;
  std::string directory_;
  ExtractOptions options_;
  std::optional<ResolvedUser> owner_;
  std::map<std::string, EntryMeta> directories_;  // their times, set when all is in
};

Error bad_archive(const Error& error) {
  if (!error.code.starts_with("archive.") || !error.wire.empty()) return error;
  Error out = error;
  out.kind = ErrorKind::Internal;
  out.wire = "Error processing tar file(exit status 1): " + (error.code == "archive.truncated" ? "unexpected EOF" : error.object.empty() ? error.cause : error.object + ": " + error.cause);
  return out;
}

}  // namespace

Result<PathStat> EngineImpl::stat_path(const std::string& name, const std::string& path) {
  std::unique_ptr<ContainerFiles> files;
  Asked asked{name, path, ""};
  {
    const Locked lock(world_.monitor);
    const Entry entry = TRY(find(name));
    asked.root = TRY(world_.snapshots.paths(SnapshotKey(entry->data.id.str()))).merged;
    files = TRY(ContainerFiles::open(*this, entry->data));
  }
  const TreePlace place = TRY(find_asked(files->tree(), asked));
  return stat_of(files->tree(), asked, place);
}

Result<PathArchive> EngineImpl::read_path(const std::string& name, const std::string& path) {
  std::shared_ptr<ContainerFiles> files;
  Asked asked{name, path, ""};
  Entry entry;
  {
    const Locked lock(world_.monitor);
    entry = TRY(find(name));
    asked.root = TRY(world_.snapshots.paths(SnapshotKey(entry->data.id.str()))).merged;
    files = TRY(ContainerFiles::open(*this, entry->data));
  }
  const TreePlace place = TRY(find_asked(files->tree(), asked));
  PathArchive out;
  out.stat = TRY(stat_of(files->tree(), asked, place));
  auto reader = TRY(files->tree().archive(place.path));
  out.entries = std::make_unique<OwnedArchive>(std::move(files), std::move(reader));
  const Locked lock(world_.monitor);
  act(entry, "archive-path");
  return out;
}

Result<void> EngineImpl::write_path(const std::string& name, const std::string& path, ByteSource& tar, const ExtractOptions& options) {
  std::unique_ptr<ContainerFiles> files;
  std::optional<ResolvedUser> owner;
  Asked asked{name, path, ""};
  Entry entry;
  {
    const Locked lock(world_.monitor);
    entry = TRY(find(name));
    const SnapshotKey key(entry->data.id.str());
    asked.root = TRY(world_.snapshots.paths(key)).merged;
    if (options.to_user && !entry->data.config.user.empty())
      owner = TRY(resolve_user(entry->data.config.user, TRY(read_container_file(key, "/etc/passwd")), TRY(read_container_file(key, "/etc/group"))));
    files = TRY(ContainerFiles::open(*this, entry->data));
  }
  const TreePlace place = TRY(files->tree().find("/" + path, TreeEditor::Follow::Yes));
  if (!place.meta) return not_found(asked);
  if (place.meta->type != EntryType::Directory) return docker_error(ErrorKind::Internal, "path.not-directory", "extraction point is not a directory");
  if (!place.writable)
    return docker_error(ErrorKind::Internal, "path.read-only", place.mounted ? "mounted volume is marked read-only" : "container rootfs is marked read-only");
  const auto extract = [&]() -> Result<void> {
    const auto archive = TRY(world_.archives.open(tar));
    return Extraction(files->tree(), place.path, options, std::move(owner)).run(*archive);
  };
  auto done = extract();
  if (!done.ok()) return bad_archive(done.error());
  const Locked lock(world_.monitor);
  act(entry, "extract-to-dir");
  return done;
}

}  // namespace strates::engine
