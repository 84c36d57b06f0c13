// The file systems that a kernel makes up: /dev as containers get it, and the little of /proc and /sys that the simulator can say truthfully.
// What it cannot say is absent (ENOENT), never invented.
#pragma once

#include <string>
#include <vector>

#include "sim/tree/tree.hpp"
#include "sim/vfs.hpp"

namespace strates::sim {

// Devices, links and empty directories (pts, shm, mqueue), as Docker lays them on a tmpfs.
Tree make_dev(Nanos now, std::uint64_t& inodes);
// `self`: the acting process; `mounts`: the text of /proc/mounts.
Tree make_proc(const std::vector<ProcEntry>& processes, std::int64_t self, const std::string& mounts, Nanos now);
Tree make_sys(Nanos now);

}  // namespace strates::sim
