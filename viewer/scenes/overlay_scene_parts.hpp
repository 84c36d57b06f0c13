// What the overlay picture is made of: slabs, chips (a file's name with a word about it), hatching, texts that always fit.
#pragma once

#include <string>

#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"

namespace strates::viewer {

// How a file looks where it stands. Each differs from the others by more than its colour.
struct ChipLook {
  enum class Kind {
    Plain,     // is there
    Found,     // the read ended here: a thick border
    Seen,      // in the merged view: a thin border of its colour
    Absent,    // not there: a dashed border
    Below,     // intact, something above covers it: a dashed border, a dim name
    Struck,    // hidden by a whiteout: dim, its name struck through
    Copied,    // filled
    Written,   // filled
    Made,      // a directory of the writable layer: its border in the layer's colour
    Whiteout,  // hatched, its name struck through
    Opaque     // hatched
  } kind = Kind::Plain;
  std::string path, word;
};

class OverlayParts {
 public:
  OverlayParts(Drawing& out, const Theme& theme, const TextMeasure& measure) : out_(out), theme_(theme), measure_(measure) {}

  // What is drawn from here on is so opaque, and its texts may cross others.
  void set_alpha(float alpha) { alpha_ = alpha; }
  void set_moving(bool moving) { moving_ = moving; }

  enum class Cut { End, Middle };
  void text(Box box, const std::string& words, TextStyle style, Ink ink, Label::Align align = Label::Align::Left, Cut cut = Cut::End);
  // As text, and takes its line off `box`.
  void line(Box& box, const std::string& words, TextStyle style, Ink ink, Cut cut = Cut::End);
  void fill(Box box, Ink ink) { out_.fill(box, ink, theme_.radius(), alpha_); }
  // A surface with a shadow and a visible edge.
  void slab(Box box, Ink surface);
  void outline(Box box, Ink ink, float width);
  void dashed(Box box, Ink ink, float width = 1.5f);
  // Slanting lines inside `box`.
  void hatch(Box box, Ink ink, float alpha);
  void chip(Box box, const ChipLook& look);
  void ray(Point from, Point to, Ink ink, bool dashed, bool head);

  float width(TextStyle style, const std::string& words) const { return measure_.width(style, words); }
  float high(TextStyle style) const { return measure_.line_height(style); }
  const Theme& theme() const { return theme_; }
  const TextMeasure& measure() const { return measure_; }
  Drawing& out() { return out_; }

 private:
  Drawing& out_;
  const Theme& theme_;
  const TextMeasure& measure_;
  float alpha_ = 1;
  bool moving_ = false;
};

}  // namespace strates::viewer
