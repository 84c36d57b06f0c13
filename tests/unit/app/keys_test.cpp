#include <doctest/doctest.h>

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include "viewer/app/window_keys.hpp"

using namespace strates::viewer;

TEST_CASE("control keys are those the keyboard's layout prints") {
  // On AZERTY the key in the place of the American Q prints a.
  const auto a = key_press(GLFW_KEY_Q, "a", GLFW_MOD_CONTROL, false);
  REQUIRE(a.has_value());
  CHECK(a->key == Key::Character);
  CHECK(a->character == U'a');
  CHECK(a->ctrl);
  CHECK(key_press(GLFW_KEY_C, "C", GLFW_MOD_CONTROL, false)->character == U'c');
  CHECK(key_press(GLFW_KEY_C, nullptr, GLFW_MOD_CONTROL, true)->character == U'c');
  CHECK(key_press(GLFW_KEY_2, "é", GLFW_MOD_ALT, false)->character == U'é');
  CHECK(key_press(GLFW_KEY_SPACE, nullptr, GLFW_MOD_CONTROL, false)->character == U' ');
}

TEST_CASE("keys that only type are left to the text, others have names") {
  CHECK_FALSE(key_press(GLFW_KEY_A, "a", 0, false).has_value());
  CHECK_FALSE(key_press(GLFW_KEY_A, "a", GLFW_MOD_SHIFT, false).has_value());
  CHECK_FALSE(key_press(GLFW_KEY_LEFT_CONTROL, nullptr, GLFW_MOD_CONTROL, false).has_value());
  CHECK_FALSE(key_press(GLFW_KEY_UNKNOWN, nullptr, GLFW_MOD_CONTROL, false).has_value());
  CHECK(key_press(GLFW_KEY_KP_ENTER, nullptr, 0, false)->key == Key::Enter);
  CHECK(key_press(GLFW_KEY_UP, nullptr, 0, true)->repeated);
  CHECK(key_press(GLFW_KEY_TAB, nullptr, GLFW_MOD_SHIFT, false)->shift);
  CHECK(key_press(GLFW_KEY_F12, nullptr, 0, false)->key == Key::F12);
}

TEST_CASE("the window's own keys work on French and American keyboards") {
  CHECK(window_command(GLFW_KEY_F11, nullptr, 0) == WindowCommand::FullScreen);
  CHECK(window_command(GLFW_KEY_EQUAL, "=", GLFW_MOD_CONTROL | GLFW_MOD_SHIFT) == WindowCommand::Larger);
  CHECK(window_command(GLFW_KEY_KP_ADD, "+", GLFW_MOD_CONTROL) == WindowCommand::Larger);
  CHECK(window_command(GLFW_KEY_6, "-", GLFW_MOD_CONTROL) == WindowCommand::Smaller);  // AZERTY
  CHECK(window_command(GLFW_KEY_MINUS, "-", GLFW_MOD_CONTROL) == WindowCommand::Smaller);
  CHECK(window_command(GLFW_KEY_0, "à", GLFW_MOD_CONTROL) == WindowCommand::UsualSize);
  CHECK(window_command(GLFW_KEY_T, "t", GLFW_MOD_CONTROL) == WindowCommand::OtherShade);
  CHECK(window_command(GLFW_KEY_C, "c", GLFW_MOD_CONTROL | GLFW_MOD_SHIFT) == WindowCommand::Copy);
  CHECK(window_command(GLFW_KEY_V, "v", GLFW_MOD_CONTROL | GLFW_MOD_SHIFT) == WindowCommand::Paste);
  // These are the shell's.
  CHECK_FALSE(window_command(GLFW_KEY_C, "c", GLFW_MOD_CONTROL).has_value());
  CHECK_FALSE(window_command(GLFW_KEY_V, "v", GLFW_MOD_CONTROL).has_value());
  CHECK_FALSE(window_command(GLFW_KEY_MINUS, "_", GLFW_MOD_CONTROL | GLFW_MOD_SHIFT).has_value());
  CHECK_FALSE(window_command(GLFW_KEY_EQUAL, "=", 0).has_value());
}
