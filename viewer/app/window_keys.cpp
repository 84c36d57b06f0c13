#include "viewer/app/window_keys.hpp"

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include <string_view>

#include "viewer/app/fonts.hpp"

namespace strates::viewer {

namespace {

struct Row {
  int glfw;
  Key key;
};

constexpr Row kKeys[] = {
    {GLFW_KEY_ENTER, Key::Enter},     {GLFW_KEY_KP_ENTER, Key::Enter}, {GLFW_KEY_TAB, Key::Tab},       {GLFW_KEY_BACKSPACE, Key::Backspace},
    {GLFW_KEY_ESCAPE, Key::Escape},   {GLFW_KEY_INSERT, Key::Insert},  {GLFW_KEY_DELETE, Key::Delete}, {GLFW_KEY_LEFT, Key::Left},
    {GLFW_KEY_RIGHT, Key::Right},     {GLFW_KEY_UP, Key::Up},          {GLFW_KEY_DOWN, Key::Down},     {GLFW_KEY_PAGE_UP, Key::PageUp},
    {GLFW_KEY_PAGE_DOWN, Key::PageDown}, {GLFW_KEY_HOME, Key::Home},   {GLFW_KEY_END, Key::End},       {GLFW_KEY_F1, Key::F1},
    {GLFW_KEY_F2, Key::F2},           {GLFW_KEY_F3, Key::F3},          {GLFW_KEY_F4, Key::F4},         {GLFW_KEY_F5, Key::F5},
    {GLFW_KEY_F6, Key::F6},           {GLFW_KEY_F7, Key::F7},          {GLFW_KEY_F8, Key::F8},         {GLFW_KEY_F9, Key::F9},
    {GLFW_KEY_F10, Key::F10},         {GLFW_KEY_F11, Key::F11},        {GLFW_KEY_F12, Key::F12},
};

// GLFW numbers printable keys by their place on a US keyboard; the name is what is printed there here. 0: not printable.
char32_t printed_on(int glfw_key, const char* name) {
  if (glfw_key == GLFW_KEY_SPACE) return U' ';
  std::string_view text = name != nullptr ? name : "";
  if (!text.empty()) {
    const char32_t c = take_character(text);
    return c >= U'A' && c <= U'Z' ? c - U'A' + U'a' : c;
  }
  if (glfw_key >= GLFW_KEY_A && glfw_key <= GLFW_KEY_Z) return U'a' + static_cast<char32_t>(glfw_key - GLFW_KEY_A);
  return glfw_key > GLFW_KEY_SPACE && glfw_key < GLFW_KEY_A ? static_cast<char32_t>(glfw_key) : 0;
}

}  // namespace

std::optional<WindowCommand> window_command(int glfw_key, const char* name, int modifiers) {
  if (glfw_key == GLFW_KEY_F11 && (modifiers & (GLFW_MOD_CONTROL | GLFW_MOD_ALT | GLFW_MOD_SHIFT)) == 0) return WindowCommand::FullScreen;
  if ((modifiers & GLFW_MOD_CONTROL) == 0 || (modifiers & GLFW_MOD_ALT) != 0) return std::nullopt;
  const bool shift = (modifiers & GLFW_MOD_SHIFT) != 0;
  const char32_t printed = printed_on(glfw_key, name);
  if (shift && printed == U'c') return WindowCommand::Copy;
  if (shift && printed == U'v') return WindowCommand::Paste;
  // '+' is over '=' on US and French keyboards, and alone on others and on the number pad.
  if (printed == U'+' || printed == U'=' || glfw_key == GLFW_KEY_KP_ADD) return WindowCommand::Larger;
  if ((!shift && printed == U'-') || glfw_key == GLFW_KEY_KP_SUBTRACT) return WindowCommand::Smaller;
  if (!shift && (printed == U'0' || glfw_key == GLFW_KEY_0 || glfw_key == GLFW_KEY_KP_0)) return WindowCommand::UsualSize;
  if (!shift && printed == U't') return WindowCommand::OtherShade;
  return std::nullopt;
}

std::optional<KeyPress> key_press(int glfw_key, const char* name, int modifiers, bool repeated) {
  KeyPress out;
  out.ctrl = (modifiers & GLFW_MOD_CONTROL) != 0;
  out.alt = (modifiers & GLFW_MOD_ALT) != 0;
  out.shift = (modifiers & GLFW_MOD_SHIFT) != 0;
  out.repeated = repeated;
  for (const Row& row : kKeys)
    if (row.glfw == glfw_key) {
      out.key = row.key;
      return out;
    }
  if (!out.ctrl && !out.alt) return std::nullopt;
  out.character = printed_on(glfw_key, name);
  return out.character == 0 ? std::nullopt : std::optional(out);
}

}  // namespace strates::viewer
