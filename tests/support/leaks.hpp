// What a kernel test must not leave behind: mounts, processes, control groups, descriptors, files, interfaces, packet rules.
//
//   const auto before = testing::take_leak_snapshot();
//   ... everything, until the objects under test are destroyed ...
//   CHECK(testing::validate_no_leaks(before, {root, ids}).empty());
//
// Other tests may run at the same time on the machine: only what belongs to this process counts. A network namespace lives by a process, a descriptor
// or a mount, so those three find it. Interfaces and rules are those of this program's own namespace: all new ones count, unless it is the machine's;
// there those with the mark of scope.root do.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace strates::testing {

struct LeakSnapshot {
  std::set<std::string> mounts;       // mount points, with what is mounted
  std::set<std::string> processes;    // "pid name" of our descendants, without the spawner
  std::set<std::string> cgroups;      // directories strates/ID in every hierarchy
  std::set<std::string> descriptors;  // of this process, by what they show
  std::set<std::string> interfaces;   // "name alias"
  std::set<std::string> rules;        // tables of nftables, and rules of ours in another's chain
  std::string network;                // the namespace that the last two are of
};

struct LeakScope {
  std::string root;              // processes that have a file open below it are ours; mounts below other roots in /dev/shm are not
  std::vector<std::string> ids;  // control groups of these names are ours; none: all new ones
};

LeakSnapshot take_leak_snapshot(const std::string& root = {});
// One line for each thing left; empty when all is well. What is dying gets two seconds. Files: run/ below scope.root must be empty.
std::vector<std::string> validate_no_leaks(const LeakSnapshot& before, const LeakScope& scope);

}  // namespace strates::testing
