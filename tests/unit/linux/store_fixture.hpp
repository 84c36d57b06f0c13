// A store on tmpfs, gone with everything it held when the test ends: mounts, files, directories.
#pragma once

#include <doctest/doctest.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "adapters/archive_reader.hpp"
#include "adapters/openssl_hasher.hpp"
#include "linux/snapshot/overlay_snapshots.hpp"
#include "linux/storage/oci_blobs.hpp"
#include "tests/support/snapshots_contract.hpp"

namespace strates::testing {

// Prints why once for each test that is skipped.
inline bool is_root(const char* test) {
  if (::geteuid() == 0) return true;
  std::printf("skipped: %s: needs root\n", test);
  return false;
}

class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = "/dev/shm/strates-test-XXXXXX";
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  TestDirectory(const TestDirectory&) = delete;
  TestDirectory& operator=(const TestDirectory&) = delete;
  ~TestDirectory() {
    std::ifstream file("/proc/self/mountinfo");
    for (std::string line; std::getline(file, line);) CHECK_MESSAGE(line.find(path) == std::string::npos, "left mounted: " << line);
    const auto parent = linux_world::open_directory("/dev/shm");
    REQUIRE(parent.ok());
    const auto removed = linux_world::remove_tree(parent.value().get(), path.substr(path.rfind('/') + 1));
    CHECK_MESSAGE(removed.ok(), (removed.ok() ? std::string() : removed.error().explanation()));
    CHECK(::access(path.c_str(), F_OK) != 0);
  }
  std::string path;
};

struct LinuxStore {
  TestDirectory directory;
  adapters::OpensslHasher hasher;
  adapters::LibarchiveReader archives;
  std::unique_ptr<linux_world::OciBlobs> blobs;
  std::unique_ptr<linux_world::OverlaySnapshots> snapshots;
  linux_world::MountWay way;

  explicit LinuxStore(linux_world::MountWay mount_way = linux_world::MountWay::Newest) : way(mount_way) { open(); }
  void open() {
    snapshots.reset();
    blobs = must(linux_world::OciBlobs::open(directory.path + "/oci", hasher));
    snapshots = must(linux_world::OverlaySnapshots::open(directory.path, *blobs, hasher, archives, way));
  }
  SnapshotsUnderTest world() { return {*snapshots, *blobs, nullptr}; }
};

inline SnapshotsUnderTest make_linux_store(linux_world::MountWay way) {
  auto store = std::make_shared<LinuxStore>(way);
  return {*store->snapshots, *store->blobs, store};
}

// Names in a directory of the store.
inline std::vector<std::string> names_of(const std::string& path) {
  const auto fd = must(linux_world::open_directory(path));
  return must(linux_world::names_in(fd.get(), path));
}

}  // namespace strates::testing
