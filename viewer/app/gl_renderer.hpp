// Shows drawings through the OpenGL context that is current: a window's or a surface without one. One thread, the context's.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "viewer/app/fonts.hpp"
#include "viewer/app/painter.hpp"

struct ImGuiContext;

namespace strates::viewer {

class GlRenderer {
 public:
  // Needs OpenGL 3.3, current; it must be current too when this is destroyed. code gl.unavailable.
  static Result<std::unique_ptr<GlRenderer>> create();
  ~GlRenderer();
  GlRenderer(const GlRenderer&) = delete;
  GlRenderer& operator=(const GlRenderer&) = delete;

  // Letters for this theme: made when those here have other sizes (some tenths of a second), else nothing. code font.*, gl.unavailable;
  // after an error the letters that were here stay.
  Result<void> prepare(const Theme& theme);
  // After prepare() succeeded once.
  const Fonts& fonts() const { return *fonts_; }
  // Clears to the theme's ground and paints, into the bound framebuffer, from its corner, as large as the drawing.
  void render(const Drawing& drawing, const Theme& theme);

 private:
  GlRenderer() = default;
  void drop_letters();

  int largest_texture_ = 0;
  ImGuiContext* context_ = nullptr;
  std::unique_ptr<Fonts> fonts_;
  std::unique_ptr<Painter> painter_;
};

}  // namespace strates::viewer
