// Pictures without a display: an OpenGL context without a surface (EGL_MESA_platform_surfaceless), painted in software by Mesa where there is no GPU.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "viewer/app/gl_renderer.hpp"
#include "viewer/app/pixels.hpp"

namespace strates::viewer {

// One at a time in a thread, and no Window in that thread meanwhile: its context is the thread's current one while it lives.
class Headless {
 public:
  // code gl.unavailable: no EGL, no driver, no OpenGL 3.3; the advice names the packages.
  static Result<std::unique_ptr<Headless>> open();
  ~Headless();
  Headless(const Headless&) = delete;
  Headless& operator=(const Headless&) = delete;

  // Letters of this theme, to lay out with before painting. code font.*.
  Result<const Fonts*> fonts(const Theme& theme);
  // The drawing at its size: sides of 1 to 8192 points, rounded up, 2^25 points in all. code picture.size, font.*, gl.unavailable.
  Result<Pixels> paint(const Drawing& drawing, const Theme& theme);
  // Paints and waits until it is done, without reading it back: for measuring.
  Result<void> paint_only(const Drawing& drawing, const Theme& theme);

 private:
  struct Context;
  struct Surface;
  Headless() = default;
  Result<void> paint_into_surface(const Drawing& drawing, const Theme& theme);

  // Destroyed from the last to the first: what lies in the context before it.
  std::unique_ptr<Context> context_;
  std::unique_ptr<GlRenderer> renderer_;
  std::unique_ptr<Surface> surface_;
};

}  // namespace strates::viewer
