// Without OpenGL and without a display: one error with what to install, so that the caller can play in the terminal.
#include <doctest/doctest.h>

#include "app_support.hpp"
#include "viewer/app/headless.hpp"
#include "viewer/app/window.hpp"

using namespace strates;
using namespace strates::viewer;
using namespace strates::viewer::test;

// Run by the next case in a process of its own: EGL's drivers are loaded once in a process.
TEST_CASE("alone: no EGL driver" * doctest::skip()) {
  const auto out = Headless::open();
  REQUIRE_FALSE(out.ok());
  CHECK(out.error().code == "gl.unavailable");
  CHECK(out.error().advice.find("libegl-mesa0") != std::string::npos);
}

TEST_CASE("a machine without an EGL driver is told so") {
  CHECK(run_case("alone: no EGL driver", {"__EGL_VENDOR_LIBRARY_FILENAMES=/nonexistent"}) == 0);
}

TEST_CASE("alone: no fonts" * doctest::skip()) {
  auto out = Headless::open();
  REQUIRE(out.ok());
  Drawing drawing;
  drawing.width = drawing.height = 10;
  const auto picture = out.value()->paint(drawing, {});
  REQUIRE_FALSE(picture.ok());
  CHECK(picture.error().code == "font.missing");
  CHECK(picture.error().object == "/nonexistent");
}

TEST_CASE("a picture without fonts is told so") {
  if (headless() == nullptr) return;
  CHECK(run_case("alone: no fonts", {"STRATES_FONTS=/nonexistent"}) == 0);
}

TEST_CASE("alone: no display" * doctest::skip()) {
  const auto out = Window::open({});
  REQUIRE_FALSE(out.ok());
  CHECK(out.error().code == "window.no-display");
  CHECK_FALSE(out.error().cause.empty());
  CHECK_FALSE(out.error().advice.empty());
}

TEST_CASE("a window without a display is told so") {
  CHECK(run_case("alone: no display", {"DISPLAY", "WAYLAND_DISPLAY"}) == 0);
  CHECK(run_case("alone: no display", {"DISPLAY=:987", "WAYLAND_DISPLAY"}) == 0);
}

TEST_CASE("pictures can be made one context after the other") {
  if (headless() == nullptr) return;
  // In another process: a context of this one is current for the other tests.
  CHECK(run_case("alone: twice", {}) == 0);
}

TEST_CASE("alone: twice" * doctest::skip()) {
  Drawing drawing;
  drawing.width = drawing.height = 40;
  drawing.label({0, 0, 40, 40}, "é", TextStyle::Body, Ink::Text);
  std::vector<std::uint8_t> first;
  for (int i = 0; i < 3; ++i) {
    auto out = Headless::open();
    REQUIRE(out.ok());
    const auto picture = out.value()->paint(drawing, {});
    REQUIRE(picture.ok());
    if (i == 0) first = picture.value().rgba;
    CHECK(picture.value().rgba == first);
  }
}
