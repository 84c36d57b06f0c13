// Copies a writable layer into a layer's directory. Never by hard link: the container may write on. Where the file system can, the copy shares the
// bytes (FICLONE, copy_file_range), and differs from then on.
#pragma once

#include "image/layer.hpp"
#include "linux/snapshot/upper_walk.hpp"

namespace strates::linux_world {

// A file's time as a layer has it: clamped, and cut to whole seconds, as a tar holds them.
Nanos layer_time(Nanos time, const image::TarOptions& options);

// `to` is an empty directory. Left out: hidden entries, sockets, and what vanishes while it is copied. Times are clamped and cut to whole seconds,
// as a tar holds them, so that the copy is what unpacking the tar would give. A directory is marked opaque only where `below` has one to hide.
Result<void> copy_upper(int upper, int to, const MergedDir& below, const HiddenEntries& hidden, const image::TarOptions& options);

}  // namespace strates::linux_world
