// The build scene in text: the Dockerfile's steps, from the cache or not and why, the layer each of them made.
#pragma once

#include <string>
#include <vector>

#include "lessons/player/screen.hpp"
#include "viewer/model/build_steps.hpp"

namespace strates::lessons {

// Lines, without newline. `tag`: of which image; empty: of any. `last`: which of its builds from the end, "1" when empty.
std::vector<std::string> draw_build(const viewer::BuildSteps& builds, const std::string& tag, const std::string& last, const Screen& screen);

}  // namespace strates::lessons
