// GLFW's keys as ours, by what the keyboard's layout prints on them.
#pragma once

#include <optional>

#include "viewer/app/window_content.hpp"

namespace strates::viewer {

// What the window does itself.
enum class WindowCommand { FullScreen, Larger, Smaller, UsualSize, OtherShade, Copy, Paste };

// `name` is glfwGetKeyName's, UTF-8 or null; key and modifiers are GLFW's numbers.
std::optional<WindowCommand> window_command(int glfw_key, const char* name, int modifiers);
// Nothing for keys that only type (they come as text), modifiers by themselves, and keys we have no name for.
std::optional<KeyPress> key_press(int glfw_key, const char* name, int modifiers, bool repeated);

}  // namespace strates::viewer
