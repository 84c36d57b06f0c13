// A Drawing as triangles: what any OpenGL can show. No OpenGL here.
//
// Straight edges and letters lie on whole points, so a rule is as dark as its colour and no letter is blurred; slanted strokes and round corners
// are smoothed. Items with coordinates that are not finite are left out; at most 4096 dashes a stroke.
#pragma once

#include <memory>

#include "viewer/app/fonts.hpp"
#include "viewer/draw/drawing.hpp"

struct ImDrawCmd;
struct ImDrawData;
struct ImDrawList;

namespace strates::viewer {

// A large opaque rectangle: clearing it is many times faster than triangles where there is no GPU. Whole points, inside the picture.
struct ClearedBox {
  int x = 0, y = 0, width = 0, height = 0;  // y from the top
  int picture_height = 0;
  Colour colour;
};

class Painter {
 public:
  // Called back while the triangles are shown, at the right moment; its command's UserCallbackData is a ClearedBox.
  using ClearBox = void (*)(const ImDrawList*, const ImDrawCmd*);

  // Keeps the fonts: they must outlive it. Without `clear_box` everything is triangles.
  explicit Painter(const Fonts& fonts, ClearBox clear_box = nullptr);
  ~Painter();
  Painter(const Painter&) = delete;
  Painter& operator=(const Painter&) = delete;

  // Colours from `theme`; sizes are in the drawing and in the fonts. The ground is not painted: who shows the triangles clears to Ink::Ground first.
  // Valid until the next call.
  ImDrawData& paint(const Drawing& drawing, const Theme& theme);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Where a label's letters begin and how much room they take, as painted: whole points, the line centred in the height of its box.
Box letters_box(const Fonts& fonts, const Label& label);

}  // namespace strates::viewer
