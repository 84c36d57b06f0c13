// One container's writable layer under watch: turns names that appear and vanish in its upper directory, and accesses through its mount, into what
// happened to the container's files. Knows no kernel queue; looks at the directories themselves to tell a copy-up from a new file.
//
// How overlayfs makes each (measured): a copied-up entry carries trusted.overlay.origin, a new one does not; a whiteout is a device 0:0 renamed into place; an
// opaque directory replaces the old name and carries trusted.overlay.opaque.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/event.hpp"
#include "linux/snapshot/merged_dir.hpp"
#include "linux/watch/directory_events.hpp"
#include "linux/watch/mount_accesses.hpp"

namespace strates::linux_world {

class WatchedLayer {
 public:
  // The layers below: their directories merged, and who each is, a ChainId's text or "init". `image`: the same without init.
  struct Below {
    MergedDir all, image;
    std::vector<std::string> names, image_names;
  };
  WatchedLayer(ContainerId container, UniqueFd upper, Below below, Emit emit, DirectoryEvents& events)
      : container_(std::move(container)), upper_(std::move(upper)), below_(std::move(below)), emit_(std::move(emit)), events_(events) {}

  enum class Seen { AsItHappened, Reconstructed };

  // Watches every directory there is and tells what is found and not known yet, and what is known and gone: at the start, and after a loss.
  Result<void> scan();
  // Stops watching; nothing is told.
  void unwatch();
  bool owns(DirectoryId id) const { return paths_.count(id) != 0; }

  // One round: the accesses and then the changes are read from the kernel, `change` is called for all changes, then `access` for all accesses, then
  // `end_round`. The two queues say nothing of their order. An access can follow a change only of its own round or an earlier one, and precede a change only
  // of its own round or of the one before; so changes are held back for a round, and accesses of the same file take their place among them: reads
  // before a copy-up were of the file below, writes came after it and before a deletion.
  void change(const DirectoryEvent& event);
  void access(const MountAccess& access);
  void end_round();
  bool holds_back() const { return !pending_.empty(); }
  // Directories that may be a removal half done: looked at again until this returns false.
  bool unsettled() const { return !unsettled_.empty(); }
  // Tells all that is held back, taking what is there now for what stays.
  void flush();
  // Tells a Gap: what happened is not known.
  void lost(std::string reason) { emit_(event::Stream(event::Gap{0, 0, std::move(reason)})); }

  std::uint64_t mount_id = 0;  // 0: no process entered
  std::int64_t pid = 0;

 private:
  enum class Kind { File, Directory, Whiteout };
  struct Known {
    ino_t inode = 0;
    Kind kind = Kind::File;
    bool opaque = false;
    bool empty = true;  // files: held nothing when last closed after writing
  };
  enum class Change { Came, Went };
  struct Pending {
    std::string path;
    Change change = Change::Came;
    std::string layer_before;  // where reads that came first found it; empty: nowhere
    std::uint64_t round = 0;
    Payload what;
  };
  struct Lower {
    MergedDir::Found found;
    std::string layer, name;  // `name`: the last component
    bool is_directory() const { return S_ISDIR(found.st.st_mode); }
    std::uint64_t bytes() const { return S_ISREG(found.st.st_mode) ? static_cast<std::uint64_t>(found.st.st_size) : 0; }
  };
  struct Touched {
    bool read = false, written = false;
  };

  void appeared(const std::string& path, Seen seen);
  void appeared_file(const std::string& path, const struct stat& st, int parent, const std::string& name, Seen seen);
  void appeared_directory(const std::string& path, const struct stat& st, int parent, const std::string& name, Seen seen);
  void vanished(const std::string& path);
  void watch_and_scan(const std::string& path, int directory, Seen seen, int depth);
  void forget_below(const std::string& path);
  void tell(const std::string& path, Change change, std::string layer_before, event::File what);
  void flush_through(size_t count);
  void tell_opaque(const std::string& path, Seen seen);
  void settle(DirectoryId used);
  void infer_missed(const std::string& path);
  void tell_read(const MountAccess& access, const std::string& path, const std::string& layer);
  void tell_written(const MountAccess& access, const std::string& path);
  std::string layer_of(const std::string& path);
  // What the container would see there without this layer's own entry; hidden by an opaque directory above, nothing.
  std::optional<Lower> lower(const std::string& path);
  bool in_upper(const std::string& path);

  ContainerId container_;
  UniqueFd upper_;
  Below below_;
  Emit emit_;
  DirectoryEvents& events_;
  std::map<std::string, Known> known_;        // paths without leading slash
  std::map<DirectoryId, std::string> paths_;  // of watched directories; "" is the root
  std::deque<Pending> pending_;
  std::map<std::string, std::chrono::steady_clock::time_point> unsettled_;  // empty opaque directories, and when to believe in them
  std::map<std::string, DirectoryId> ids_;  // the other way of paths_: the directory that has the path now
  std::uint64_t round_ = 0;
  std::unordered_map<std::string, std::map<std::int64_t, Touched>> touched_;  // by path, then pid
};

}  // namespace strates::linux_world
