// Mounting and unmounting one overlay (kernel documentation, filesystems/overlayfs.rst).
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/ports.hpp"

namespace strates::linux_world {

// index, metacopy and redirect_dir off: a copied-up file holds its own bytes, a directory is where its name says, and lower layers need no
// bookkeeping. That is what layers as tars can say, and what Docker mounts.
constexpr std::string_view kOverlayOptions = "index=off,metacopy=off,redirect_dir=off";

// How to ask the kernel. Both give the same mount; Classic is for kernels before 6.8, which take the lower directories as one text.
enum class MountWay { Newest, Classic };

// Mounts at where.merged, private to this mount namespace. code overlay.refused, with the kernel's own words and what to do about them.
// `lower` may not be empty, and no directory may hold a line break.
Result<void> mount_overlay(const engine::MountedSnapshot& where, MountWay way = MountWay::Newest, engine::Writes writes = engine::Writes::Kept);
// Waits a moment for a busy tree, then detaches it: nothing new reaches it, and it ends with its last user.
Result<void> unmount_overlay(const std::string& merged);

// Mounts an empty overlay below `directory` and takes it away again: whether a store can be there. Errors as mount_overlay's.
Result<void> probe_overlay(const std::string& directory);

Result<bool> is_mount_point(const std::string& directory);

struct MountedOverlay {
  std::string target;
};
// Overlays mounted at or below the directory in this mount namespace, deepest last (/proc/self/mountinfo, proc(5)).
Result<std::vector<MountedOverlay>> overlays_below(const std::string& directory);

}  // namespace strates::linux_world
