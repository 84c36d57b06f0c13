#include "linux/watch/fanotify_watch.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace strates::linux_world {

Result<std::unique_ptr<FanotifyWatch>> FanotifyWatch::open(engine::Snapshots& snapshots, WatchSource source) {
  std::unique_ptr<DirectoryEvents> changes;
  if (source == WatchSource::Fanotify) {
    auto fanotify = open_fanotify_directories();
    if (fanotify.ok()) changes = std::move(fanotify).value();
  }
  if (!changes) changes = TRY(open_inotify_directories());
  MountAccesses accesses = TRY(MountAccesses::open());
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake) return system_error("open", "eventfd", errno);
  std::unique_ptr<FanotifyWatch> watch(new FanotifyWatch(snapshots, std::move(changes), std::move(accesses), std::move(wake)));
  watch->thread_ = std::thread([self = watch.get()] { self->run(); });
  return watch;
}

FanotifyWatch::~FanotifyWatch() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  const std::uint64_t one = 1;
  while (::write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
}

void FanotifyWatch::run() {
  constexpr int kNoHurry = -1, kAtOnce = 0, kSoon = 20;  // milliseconds
  int wait = kNoHurry;
  for (;;) {
    pollfd fds[] = {{changes_->poll_fd(), POLLIN, 0}, {accesses_.poll_fd(), POLLIN, 0}, {wake_.get(), POLLIN, 0}};
    if (::poll(fds, 3, wait) < 0 && errno != EINTR) return;
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    const bool more = drain();
    const bool unsettled = std::any_of(layers_.begin(), layers_.end(), [](const auto& entry) { return entry.second->unsettled(); });
    wait = more ? kAtOnce : unsettled ? kSoon : kNoHurry;
  }
}

bool FanotifyWatch::drain() {
  const auto accesses = accesses_.read();
  const auto changes = changes_->read();
  if (changes.ok())
    for (const auto& event : changes.value().events)
      for (auto& [container, layer] : layers_)
        if (layer->owns(event.directory)) layer->change(event);
  if (accesses.ok())
    for (const auto& access : accesses.value().accesses)
      for (auto& [container, layer] : layers_)
        if (layer->mount_id == access.mount_id) layer->access(access);
  for (auto& [container, layer] : layers_) layer->end_round();
  if (!changes.ok() || changes.value().overflow) recover_from_overflow();
  if (!accesses.ok() || accesses.value().overflow)
    for (auto& [container, layer] : layers_) layer->lost("reads and writes came faster than they could be told");
  return std::any_of(layers_.begin(), layers_.end(), [](const auto& entry) { return entry.second->holds_back(); });
}

void FanotifyWatch::recover_from_overflow() {
  for (auto& [container, layer] : layers_) {
    layer->lost("changes came faster than they could be told; those found again say that they are reconstructed");
    ignore(layer->scan());
  }
}

Result<void> FanotifyWatch::arm(const ContainerId& container, const SnapshotKey& key, const std::vector<ChainId>& layers, Emit emit) {
  const engine::MountedSnapshot where = TRY(snapshots_.paths(key));
  WatchedLayer::Below below;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) below.image_names.push_back(layer->str());
  below.names = below.image_names;
  if (where.lower.size() > layers.size()) below.names.insert(below.names.begin(), "init");
  if (below.names.size() != where.lower.size())
    return make_error(ErrorKind::Invalid, "watch.layers", "watch files of", container.str(), "its snapshot has other layers than its image");
  UniqueFd upper = TRY(open_directory(where.upper));
  below.all = TRY(MergedDir::open(where.lower));
  below.image = TRY(MergedDir::open({where.lower.end() - static_cast<std::ptrdiff_t>(layers.size()), where.lower.end()}));
  const std::lock_guard lock(mutex_);
  if (layers_.count(container) != 0) return make_error(ErrorKind::Conflict, "watch.armed", "watch files of", container.str(), "they are watched already");
  auto layer = std::make_unique<WatchedLayer>(container, std::move(upper), std::move(below), std::move(emit), *changes_);
  auto scanned = layer->scan();
  if (!scanned.ok()) {
    layer->unwatch();
    return scanned;
  }
  layers_[container] = std::move(layer);
  return success();
}

Result<void> FanotifyWatch::enter(const ContainerId& container, std::int64_t host_pid) {
  const std::lock_guard lock(mutex_);
  const auto found = layers_.find(container);
  if (found == layers_.end()) return make_error(ErrorKind::Conflict, "watch.not-armed", "watch files of", container.str(), "they are not watched");
  found->second->mount_id = TRY(accesses_.add("/proc/" + std::to_string(host_pid) + "/root"));
  found->second->pid = host_pid;
  return success();
}

// The kernel queues an event before the system call that caused it returns: two rounds have all that came before.
void FanotifyWatch::settle_locked() {
  drain();
  drain();
  for (auto& [container, layer] : layers_) layer->flush();
}

void FanotifyWatch::settle() {
  const std::lock_guard lock(mutex_);
  settle_locked();
}

void FanotifyWatch::disarm(const ContainerId& container) {
  const std::lock_guard lock(mutex_);
  const auto found = layers_.find(container);
  if (found == layers_.end()) return;
  WatchedLayer& layer = *found->second;
  settle_locked();
  if (layer.mount_id != 0) {
    const std::string root = "/proc/" + std::to_string(layer.pid) + "/root";
    const auto now = mount_id_of(root);  // the process may be gone, its number another's
    if (now.ok() && now.value() == layer.mount_id) accesses_.remove(root);
  }
  layer.unwatch();
  layers_.erase(found);
}

bool FanotifyWatch::armed(const ContainerId& container) {
  const std::lock_guard lock(mutex_);
  return layers_.count(container) != 0;
}

}  // namespace strates::linux_world
