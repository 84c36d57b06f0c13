#include "linux/watch/watched_layer.hpp"

#include <fcntl.h>

#include <algorithm>

#include "linux/snapshot/entry_meta.hpp"
#include "linux/snapshot/open_beneath.hpp"
#include "linux/snapshot/upper_walk.hpp"

namespace strates::linux_world {

namespace {

constexpr size_t kMostTouched = 8192;
constexpr std::chrono::milliseconds kSettling{50};
const std::string kInit = "init", kOwn = "container";

std::string inner(const std::string& directory, const std::string& name) { return directory.empty() ? name : directory + "/" + name; }

std::pair<std::string, std::string> split_path(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

std::optional<WatchedLayer::Lower> WatchedLayer::lower(const std::string& path) {
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const auto above = known_.find(path.substr(0, slash));
    if (above != known_.end() && above->second.opaque) return std::nullopt;
  }
  auto found = below_.all.find_path(path);
  if (!found.ok() || !found.value()) return std::nullopt;
  Lower lower{*found.value(), below_.names[found.value()->layer], split_path(path).second};
  // The init layer repeats the image's directories only to reach its own entries.
  if (lower.is_directory() && lower.layer == kInit)
    if (const auto own = below_.image.find_path(path); own.ok() && own.value() && S_ISDIR(own.value()->st.st_mode)) lower.layer = below_.image_names[own.value()->layer];
  return lower;
}

bool WatchedLayer::in_upper(const std::string& path) {
  const auto [directory, name] = split_path(path);
  const auto parent = open_beneath(upper_.get(), directory, O_PATH | O_DIRECTORY, Resolve::Strict);
  if (!parent.ok()) return false;
  const auto st = stat_at(parent.value().get(), name);
  return st.ok() && st.value() && !is_whiteout(*st.value());
}

std::string WatchedLayer::layer_of(const std::string& path) {
  if (in_upper(path)) return kOwn;
  const auto found = lower(path);
  return found ? found->layer : kOwn;
}

// ---------------------------------------------------------------------------------------------------------------------- telling, in order

void WatchedLayer::tell(const std::string& path, Change change, std::string layer_before, event::File what) {
  pending_.push_back({path, change, std::move(layer_before), round_, Payload(std::move(what))});
  touched_.erase(path);
}

void WatchedLayer::flush_through(size_t count) {
  for (; count > 0; --count) {
    Payload what = std::move(pending_.front().what);
    pending_.pop_front();
    emit_(std::move(what));
  }
}

void WatchedLayer::flush() {
  while (!unsettled_.empty()) tell_opaque(std::string(unsettled_.begin()->first), Seen::AsItHappened);
  flush_through(pending_.size());
}

void WatchedLayer::tell_opaque(const std::string& path, Seen seen) {
  unsettled_.erase(path);
  if (const auto below = lower(path)) tell(path, Change::Came, below->layer, event::OpaqueDirectory{container_, "/" + path, seen == Seen::Reconstructed});
}

// What happens inside a directory says that it stays.
void WatchedLayer::settle(DirectoryId used) {
  const auto path = paths_.find(used);
  if (path != paths_.end() && unsettled_.count(path->second) != 0) tell_opaque(std::string(path->second), Seen::AsItHappened);
}

void WatchedLayer::end_round() {
  const auto now = std::chrono::steady_clock::now();
  for (auto at = unsettled_.begin(); at != unsettled_.end();) {
    const auto [path, when] = *at++;
    if (when <= now) tell_opaque(path, Seen::AsItHappened);
  }
  while (!pending_.empty() && pending_.front().round < round_) flush_through(1);
  ++round_;
}

// A write to what this layer was never seen to have: it came and went before its directory was watched.
void WatchedLayer::infer_missed(const std::string& path) {
  const auto known = known_.find(path);
  if (known != known_.end() && known->second.kind == Kind::File) return;
  const bool told = std::any_of(pending_.begin(), pending_.end(),
                                [&](const Pending& one) { return one.path == path && (one.change == Change::Came || one.layer_before == kOwn); });
  if (told || in_upper(path)) return;
  if (const auto below = lower(path)) emit_(event::File(event::FileCopiedUp{container_, "/" + path, below->layer, below->bytes(), false, true}));
  else emit_(event::File(event::FileCreated{container_, "/" + path, false, true}));
}

void WatchedLayer::tell_read(const MountAccess& access, const std::string& path, const std::string& layer) {
  Touched& touched = touched_[path][access.pid];
  if (!access.read || touched.read) return;
  touched.read = true;
  emit_(event::File(event::FileRead{container_, access.path, layer.empty() ? layer_of(path) : layer, access.pid}));
}

void WatchedLayer::tell_written(const MountAccess& access, const std::string& path) {
  // Emptying a file by opening it writes nothing; closing it tells.
  const auto known = known_.find(path);
  bool written = access.written;
  if (known != known_.end()) {
    written = written || (access.empty && !known->second.empty);
    known->second.empty = access.empty;
  }
  auto& by_process = touched_[path];
  if (!written || by_process[access.pid].written) return;
  infer_missed(path);
  for (auto& [process, touched] : by_process) touched.read = false;  // whoever reads it now reads something else
  by_process[access.pid].written = true;
  emit_(event::File(event::FileWritten{container_, access.path, access.pid}));
}

void WatchedLayer::access(const MountAccess& access) {
  const std::string path = access.path.substr(1);
  if (touched_.size() > kMostTouched) touched_.clear();
  if (access.opened) touched_[path][access.pid].written = false;
  const bool writing = access.written || access.closed_after_writing;
  std::string layer;
  size_t came = 0;  // how many pending changes there are up to the last that brought the file
  for (size_t i = 0; i < pending_.size(); ++i) {
    if (pending_[i].path != path) continue;
    if (pending_[i].change == Change::Came) came = i + 1;
    if (layer.empty()) layer = pending_[i].layer_before;
  }
  if (came > 0 && layer.empty()) {  // new: nothing was there to read before it was written
    flush_through(came);
    if (writing) tell_written(access, path);
    return tell_read(access, path, "");
  }
  tell_read(access, path, layer);
  if (!writing) return;
  flush_through(came);
  tell_written(access, path);
}

// ------------------------------------------------------------------------------------------------------------------------- names that change

void WatchedLayer::change(const DirectoryEvent& event) {
  const auto directory = paths_.find(event.directory);
  if (directory == paths_.end()) return;
  const std::string path = inner(directory->second, event.name);
  settle(event.directory);
  const auto known = known_.find(path);
  const auto [parent_path, name] = split_path(path);
  const auto parent = open_beneath(upper_.get(), parent_path, O_PATH | O_DIRECTORY, Resolve::Strict);
  std::optional<struct stat> now;
  if (parent.ok())
    if (auto st = stat_at(parent.value().get(), name); st.ok()) now = st.value();
  const bool had = known != known_.end();
  if (event.vanished && had && (!now || now->st_ino != known->second.inode)) vanished(path);
  if (event.appeared && now) appeared(path, Seen::AsItHappened);
  // It came and went before we looked. Over something lower only overlayfs's own steps do that.
  if (event.appeared && !now && !had && !lower(path)) {
    tell(path, Change::Came, "", event::FileCreated{container_, "/" + path, event.is_directory, false});
    if (event.vanished) tell(path, Change::Went, kOwn, event::FileRemoved{container_, "/" + path});
    else known_[path].kind = event.is_directory ? Kind::Directory : Kind::File;
  }
}

void WatchedLayer::appeared(const std::string& path, Seen seen) {
  const auto [directory, name] = split_path(path);
  const auto parent = open_beneath(upper_.get(), directory, O_PATH | O_DIRECTORY, Resolve::Strict);
  if (!parent.ok()) return;
  const auto st = stat_at(parent.value().get(), name);
  if (!st.ok() || !st.value()) return;
  if (S_ISDIR(st.value()->st_mode)) appeared_directory(path, *st.value(), parent.value().get(), name, seen);
  else appeared_file(path, *st.value(), parent.value().get(), name, seen);
}

void WatchedLayer::appeared_file(const std::string& path, const struct stat& st, int parent, const std::string& name, Seen seen) {
  const bool reconstructed = seen == Seen::Reconstructed;
  Known now{st.st_ino, is_whiteout(st) ? Kind::Whiteout : Kind::File, false, true};
  const auto known = known_.find(path);
  // overlayfs gives many whiteouts one inode: what counts is that it was one already.
  if (known != known_.end() && known->second.kind == now.kind && (now.kind == Kind::Whiteout || known->second.inode == now.inode)) return;
  const bool was_there = known != known_.end() && known->second.kind != Kind::Whiteout;
  if (known != known_.end() && known->second.kind == Kind::Directory) forget_below(path);
  const auto below = lower(path);
  now.empty = !below || below->bytes() == 0;
  known_[path] = now;
  const std::string layer = below ? below->layer : "";
  if (now.kind == Kind::Whiteout) {
    unsettled_.erase(path);
    if (below) tell(path, Change::Went, was_there ? kOwn : layer, event::WhiteoutCreated{container_, "/" + path, layer, reconstructed});
    return;
  }
  if (below && !below->is_directory() && is_copy_of(parent, name, below->found.directory(), below->name))
    tell(path, Change::Came, layer, event::FileCopiedUp{container_, "/" + path, layer, below->bytes(), false, reconstructed});
  else
    tell(path, Change::Came, was_there ? kOwn : std::string(), event::FileCreated{container_, "/" + path, false, reconstructed});
}

void WatchedLayer::appeared_directory(const std::string& path, const struct stat& st, int parent, const std::string& name, Seen seen) {
  const bool reconstructed = seen == Seen::Reconstructed;
  auto opened = open_directory_at(parent, name);
  if (!opened.ok()) return;
  const UniqueFd directory = std::move(opened).value();
  const auto mark = is_opaque(directory.get());
  const auto below = lower(path);
  const bool over = below && below->is_directory(), opaque = over && mark.ok() && mark.value();
  const auto known = known_.find(path);
  const bool same = known != known_.end() && known->second.kind == Kind::Directory;
  const bool news = !same || known->second.opaque != opaque;
  const bool after_whiteout = known != known_.end() && known->second.kind == Kind::Whiteout;
  if (same && known->second.inode != st.st_ino) forget_below(path);
  known_[path] = {st.st_ino, Kind::Directory, opaque, true};
  const std::string layer = below ? below->layer : "";
  if (news && opaque) {
    // Removing a directory, overlayfs puts an empty opaque one in its place for an instant. One that follows a whiteout or holds something is here to stay.
    const auto names = names_in(directory.get(), path);
    if (seen == Seen::AsItHappened && !after_whiteout && names.ok() && names.value().empty()) unsettled_[path] = std::chrono::steady_clock::now() + kSettling;
    else tell_opaque(path, seen);
  }
  else if (news && over) tell(path, Change::Came, layer, event::FileCopiedUp{container_, "/" + path, layer, 0, true, reconstructed});
  else if (news) tell(path, Change::Came, "", event::FileCreated{container_, "/" + path, true, reconstructed});
  watch_and_scan(path, directory.get(), seen, 0);
}

void WatchedLayer::vanished(const std::string& path) {
  const auto known = known_.find(path);
  if (known == known_.end()) return;
  const Known was = known->second;
  known_.erase(known);
  if (was.kind == Kind::Directory) forget_below(path);
  unsettled_.erase(path);
  // What covered something lower leaves a whiteout or a new entry, which tells the rest.
  if (was.kind != Kind::Whiteout && !in_upper(path) && !lower(path)) tell(path, Change::Went, kOwn, event::FileRemoved{container_, "/" + path});
}

void WatchedLayer::forget_below(const std::string& path) {
  const std::string inside = path + "/";
  auto at = known_.lower_bound(inside);
  while (at != known_.end() && at->first.starts_with(inside)) at = known_.erase(at);
}

// First watched, then listed: what is made in between is seen twice, never not at all; known_ tells it once.
void WatchedLayer::watch_and_scan(const std::string& path, int directory, Seen seen, int depth) {
  if (depth > kMostDepth) return;
  if (const auto id = events_.add(directory); id.ok()) {
    // Another directory had the path, and is on its way out: what still happens in it is no longer here.
    if (const auto before = ids_.find(path); before != ids_.end() && before->second != id.value()) {
      // Unless it moved, and has another path by now.
      if (const auto old = paths_.find(before->second); old != paths_.end() && old->second == path) {
        paths_.erase(old);
        events_.remove(before->second, -1);
      }
    }
    ids_[path] = id.value();
    paths_[id.value()] = path;
  }
  const auto names = names_in(directory, path);
  if (!names.ok()) return;
  for (const auto& name : names.value()) appeared(inner(path, name), seen);
}

Result<void> WatchedLayer::scan() {
  const DirectoryId id = TRY(events_.add(upper_.get()));
  paths_[id] = "";
  ids_[""] = id;
  std::vector<std::string> gone;
  for (const auto& [path, known] : known_) {
    const auto [directory, name] = split_path(path);
    const auto parent = open_beneath(upper_.get(), directory, O_PATH | O_DIRECTORY, Resolve::Strict);
    const auto st = parent.ok() ? stat_at(parent.value().get(), name) : Result<std::optional<struct stat>>(std::optional<struct stat>());
    if (st.ok() && !st.value()) gone.push_back(path);
  }
  for (const auto& path : gone) vanished(path);
  for (const auto& name : TRY(names_in(upper_.get(), "upper directory"))) appeared(name, Seen::Reconstructed);
  flush();
  return success();
}

void WatchedLayer::unwatch() {
  for (const auto& [id, path] : paths_) {
    auto directory = open_beneath(upper_.get(), path, O_RDONLY | O_DIRECTORY, Resolve::Strict);
    events_.remove(id, directory.ok() ? directory.value().get() : -1);
  }
  paths_.clear();
  ids_.clear();
}

}  // namespace strates::linux_world
