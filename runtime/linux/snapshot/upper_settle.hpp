// Makes a writable layer that nothing uses any more into a layer, in place: what copy_upper writes elsewhere, without writing it.
#pragma once

#include "image/layer.hpp"
#include "linux/snapshot/upper_walk.hpp"

namespace strates::linux_world {

// Removed: hidden entries and sockets. Times are clamped and cut to whole seconds, as a tar holds them; attributes that no layer's archive holds go; a
// directory stays opaque only where `below` has one to hide. Nobody else may change `upper` meanwhile.
Result<void> settle_upper(int upper, const MergedDir& below, const HiddenEntries& hidden, const image::TarOptions& options);

}  // namespace strates::linux_world
