// A picture as values: boxes, texts and strokes in the order they are painted. No drawing library here: scenes make one, the window and the
// picture writer paint it, tests dump it and measure it.
//
// Units: points of the picture, x to the right, y down. A picture is laid out for its real size; nothing is scaled afterwards.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace strates::viewer {

struct Point {
  float x = 0, y = 0;
  bool operator==(const Point&) const = default;
};

struct Box {
  float x = 0, y = 0, w = 0, h = 0;
  float right() const { return x + w; }
  float bottom() const { return y + h; }
  Point centre() const { return {x + w / 2, y + h / 2}; }
  bool contains(Point p) const { return p.x >= x && p.x < right() && p.y >= y && p.y < bottom(); }
  bool overlaps(const Box& other) const { return x < other.right() && other.x < right() && y < other.bottom() && other.y < bottom(); }
  bool inside(const Box& outer) const { return x >= outer.x && y >= outer.y && right() <= outer.right() && bottom() <= outer.bottom(); }
  Box inset(float by) const { return {x + by, y + by, w - 2 * by, h - 2 * by}; }
  // Cuts a strip off and gives it: the rest stays.
  Box take_top(float height);
  Box take_bottom(float height);
  Box take_left(float width);
  Box take_right(float width);
  bool operator==(const Box&) const = default;
};

// What a colour means; the theme says which it is (theme.hpp). A scene never names a colour.
enum class Ink {
  Ground,      // behind everything
  Panel,       // a surface
  Raised,      // a surface on a surface
  Line,        // borders, rules
  Text,
  Dim,         // secondary text
  Accent,      // what to look at now
  Layer,       // a layer of an image
  LayerText,
  Writable,    // a container's writable layer, and what is written there
  Copied,      // copied up
  Removed,     // whiteouts, removals, failures
  Read,        // a read falling through
  Hit,         // the cache gave it
  Miss,        // it had to be made
  OnColour,    // text on Accent, Writable, Copied, Removed, Read, Hit, Miss
  Terminal,    // the terminal's ground
  TerminalText,
  TerminalRed,  // the terminal's colours: readable on its ground, and its ground readable on them
  TerminalGreen,
  TerminalYellow,
  TerminalBlue,
  TerminalMagenta,
  TerminalCyan,
  TerminalDim,
  Shadow,
  Count
};

// One type scale for all; sizes in theme.hpp.
enum class TextStyle { Title, Heading, Body, Strong, Emphasis, Small, Mono, MonoSmall, Count };

struct Fill {
  Box box;
  Ink ink = Ink::Panel;
  float radius = 0;
  float alpha = 1;
  bool outline = false;  // only its border, `width` points wide
  float width = 1;
};

// One line of text. `box` is the room it was given: a text wider or higher than its room is a mistake that check_drawing finds.
struct Label {
  enum class Align { Left, Centre, Right };
  Box box;
  std::string text;
  TextStyle style = TextStyle::Body;
  Ink ink = Ink::Text;
  Align align = Align::Left;
  float alpha = 1;
  bool moving = false;  // in the middle of a motion: may cross others
};

struct Stroke {
  std::vector<Point> points;
  Ink ink = Ink::Line;
  float width = 1;
  float alpha = 1;
  bool arrow = false;   // a head at the last point
  bool dashed = false;
};

// What follows is cut at `box`, until the matching Unclip. For content that scrolls; a label half cut by it is not a mistake.
struct Clip {
  Box box;
};
struct Unclip {};

using Item = std::variant<Fill, Label, Stroke, Clip, Unclip>;

// A place that can be clicked. `action` is the program's own word: "play", "step-forward", "answer:2", "run".
struct Target {
  Box box;
  std::string action;
};

struct Drawing {
  float width = 0, height = 0;
  std::vector<Item> items;
  std::vector<Target> targets;

  void fill(Box box, Ink ink, float radius = 0, float alpha = 1) { items.push_back(Fill{box, ink, radius, alpha, false, 1}); }
  void outline(Box box, Ink ink, float radius = 0, float width_of_line = 1, float alpha = 1) {
    items.push_back(Fill{box, ink, radius, alpha, true, width_of_line});
  }
  void label(Box box, std::string text, TextStyle style, Ink ink, Label::Align align = Label::Align::Left, float alpha = 1) {
    items.push_back(Label{box, std::move(text), style, ink, align, alpha, false});
  }
  void line(std::vector<Point> points, Ink ink, float width_of_line = 1, float alpha = 1) {
    items.push_back(Stroke{std::move(points), ink, width_of_line, alpha, false, false});
  }
  void arrow(std::vector<Point> points, Ink ink, float width_of_line = 2, float alpha = 1) {
    items.push_back(Stroke{std::move(points), ink, width_of_line, alpha, true, false});
  }
  void clip(Box box) { items.push_back(Clip{box}); }
  void unclip() { items.push_back(Unclip{}); }
  void target(Box box, std::string action) { targets.push_back({box, std::move(action)}); }
};

}  // namespace strates::viewer
