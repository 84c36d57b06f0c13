// The overlay scene in text: the stack of layers, the writable one on top, what was read where, what was copied up, hidden, made.
#pragma once

#include <string>
#include <vector>

#include "lessons/player/screen.hpp"
#include "viewer/model/overlay_stack.hpp"

namespace strates::lessons {

// Lines, without newline. `focus`: a path to follow through the stack; may be empty.
std::vector<std::string> draw_overlay(const viewer::OverlayStack& stack, const std::string& focus, const Screen& screen);

}  // namespace strates::lessons
