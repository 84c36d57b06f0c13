// For builds with sanitizers: what the OpenGL driver leaves behind at its end is not our leak.
#pragma once

namespace strates::viewer {

// The driver is unloaded with its context, and a leak of an unloaded library has no name to excuse it by: keeps loaded what is loaded of the
// driver now. Nothing in other builds.
void keep_driver_loaded();

}  // namespace strates::viewer
