// A folder in memory for one daemon: its root, its socket, its log, a home and a work folder for clients. All of it goes with the object: what still
// runs or is mounted below it is killed and unmounted, so that a failed test leaves the machine as it was. Check for leaks before.
#pragma once

#include <string>
#include <vector>

namespace strates::system_test {

class TemporaryRoot {
 public:
  TemporaryRoot();
  ~TemporaryRoot();
  TemporaryRoot(const TemporaryRoot&) = delete;
  TemporaryRoot& operator=(const TemporaryRoot&) = delete;

  const std::string& path() const { return path_; }
  std::string daemon_root() const { return path_ + "/root"; }
  std::string socket() const { return path_ + "/s.sock"; }
  std::string log() const { return path_ + "/daemon.log"; }
  std::string home() const { return path_ + "/home"; }
  std::string work() const { return path_ + "/work"; }
  // Below work(); folders are made.
  void write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

std::string read_file(const std::string& path);
// Every path below `folder` down to `depth`, relative, sorted.
std::vector<std::string> paths_below(const std::string& folder, int depth);
// What the store of a daemon holds, relative to its root: blobs, layers, snapshots, containers; not what is inside a layer or a snapshot, nor the
// database's files, the lock and what running containers keep.
std::vector<std::string> stored(const TemporaryRoot& root);
// Those of `after` that are not in `before`, one a line.
std::string added(const std::vector<std::string>& before, const std::vector<std::string>& after);
// Process ids that live in a mount namespace of their own with something of `path` mounted, or that have a file open below it.
std::vector<int> processes_of(const std::string& path);
bool is_alive(int pid);

}  // namespace strates::system_test
