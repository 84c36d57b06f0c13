#include "viewer/app/painter.hpp"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <deque>

namespace strates::viewer {

namespace {

constexpr float kFurthest = 65536;  // beyond any picture; keeps sums finite
constexpr int kMostDashes = 4096;
constexpr float kWorthClearing = 4096;  // points; below, ending a set of triangles costs more than it saves

bool finite(float value) { return std::isfinite(value) && std::abs(value) <= kFurthest; }
bool finite(Point p) { return finite(p.x) && finite(p.y); }
bool finite(const Box& b) { return finite(b.x) && finite(b.y) && finite(b.w) && finite(b.h); }

float snap(float value) { return std::floor(value + 0.5f); }
// Widths of lines: whole, and never nothing.
float snap_width(float value) { return std::max(1.0f, snap(value)); }
ImVec2 at(Point p) { return {p.x, p.y}; }

struct Corners {
  ImVec2 low, high;
  bool empty() const { return low.x >= high.x || low.y >= high.y; }
};
Corners snapped(const Box& box) { return {{snap(box.x), snap(box.y)}, {snap(box.right()), snap(box.bottom())}}; }

}  // namespace

struct Painter::State {
  const Fonts& fonts;
  ImDrawListSharedData shared;
  ImDrawList list{&shared};
  ImDrawList* lists[1] = {&list};
  ImDrawData data;
  const Theme* theme = nullptr;
  Box all;
  int clips = 0;
  ClearBox clear_box;
  std::deque<ClearedBox> cleared;  // the commands point into it

  State(const Fonts& given, ClearBox given_clear) : fonts(given), clear_box(given_clear) {
    const ImFontAtlas& atlas = fonts.atlas();
    shared.TexUvWhitePixel = atlas.TexUvWhitePixel;
    shared.TexUvLines = atlas.TexUvLines;
    shared.CurveTessellationTol = 1.25f;
    shared.SetCircleTessellationMaxError(0.3f);
    shared.InitialFlags = ImDrawListFlags_AntiAliasedLines | ImDrawListFlags_AntiAliasedLinesUseTex | ImDrawListFlags_AntiAliasedFill |
                          ImDrawListFlags_AllowVtxOffset;
  }

  ImU32 colour(Ink ink, float alpha) const {
    const Colour c = theme->colour(ink);
    const float share = std::isfinite(alpha) ? std::clamp(alpha, 0.0f, 1.0f) : 0.0f;
    return IM_COL32(c.r, c.g, c.b, static_cast<int>(share * 255 + 0.5f));
  }
  static bool unseen(ImU32 colour) { return (colour & IM_COL32_A_MASK) == 0; }

  void rectangle(ImVec2 low, ImVec2 high, ImU32 ink) {
    if (low.x < high.x && low.y < high.y) list.AddRectFilled(low, high, ink);
  }

  void clear(ImVec2 low, ImVec2 high, Ink ink) {
    const ImVec4 clip = list._ClipRectStack.back();
    low = {std::max(low.x, clip.x), std::max(low.y, clip.y)};
    high = {std::min(high.x, clip.z), std::min(high.y, clip.w)};
    if (Corners{low, high}.empty()) return;
    const auto whole = [](float value) { return static_cast<int>(value); };
    cleared.push_back({whole(low.x), whole(low.y), whole(high.x - low.x), whole(high.y - low.y), whole(std::ceil(all.h)), theme->colour(ink)});
    list.AddCallback(clear_box, &cleared.back());
  }

  void filled(ImVec2 low, ImVec2 high, float radius, const Fill& fill, ImU32 ink) {
    // ImGui rounds a corner by a point less than half a side: a dot would be a square with soft corners.
    if (high.x - low.x == high.y - low.y && radius * 2 >= high.x - low.x - 1 && radius >= 1) {
      list.AddCircleFilled({(low.x + high.x) / 2, (low.y + high.y) / 2}, (high.x - low.x) / 2 - 0.1f, ink, 4 * static_cast<int>(4 + std::sqrt(radius)));
      return;
    }
    // Round corners need a strip above and one below; each reaches a point into the middle, which hides where they end.
    const float strip = radius >= 0.5f ? std::ceil(radius) : 0;
    const float middle = (high.x - low.x) * (high.y - low.y - 2 * strip);
    if (clear_box == nullptr || (ink & IM_COL32_A_MASK) != IM_COL32_A_MASK || middle < kWorthClearing) {
      list.AddRectFilled(low, high, ink, radius >= 0.5f ? radius : 0);
      return;
    }
    if (strip > 0) {
      list.AddRectFilled(low, {high.x, low.y + strip + 1}, ink, radius, ImDrawFlags_RoundCornersTop);
      list.AddRectFilled({low.x, high.y - strip - 1}, high, ink, radius, ImDrawFlags_RoundCornersBottom);
    }
    clear({low.x, low.y + strip}, {high.x, high.y - strip}, fill.ink);
  }

  void operator()(const Fill& fill) {
    const ImU32 ink = colour(fill.ink, fill.alpha);
    if (!finite(fill.box) || unseen(ink)) return;
    const auto [low, high] = snapped(fill.box);
    if (Corners{low, high}.empty()) return;
    const float shorter = std::min(high.x - low.x, high.y - low.y);
    const float radius = finite(fill.radius) ? std::clamp(fill.radius, 0.0f, shorter / 2) : 0;
    if (!fill.outline) {
      filled(low, high, radius, fill, ink);
      return;
    }
    const float width = std::min(finite(fill.width) ? snap_width(fill.width) : 1, std::max(1.0f, std::floor(shorter / 2)));
    if (radius < 0.5f) {
      rectangle(low, {high.x, low.y + width}, ink);
      rectangle({low.x, high.y - width}, high, ink);
      rectangle({low.x, low.y + width}, {low.x + width, high.y - width}, ink);
      rectangle({high.x - width, low.y + width}, {high.x, high.y - width}, ink);
      return;
    }
    // A border lies inside its box: its middle half its width further in.
    const float half = width / 2;
    list.PathRect({low.x + half, low.y + half}, {high.x - half, high.y - half}, std::max(0.0f, radius - half));
    list.PathStroke(ink, ImDrawFlags_Closed, width);
  }

  void operator()(const Label& label) {
    const ImU32 ink = colour(label.ink, label.alpha);
    if (!finite(label.box) || unseen(ink)) return;
    const Box letters = letters_box(fonts, label);
    const ImVec4 clip = list._ClipRectStack.back();
    if (letters.bottom() <= clip.y || letters.y >= clip.w || letters.right() <= clip.x || letters.x >= clip.z) return;
    std::string_view rest = label.text;
    for (float x = letters.x; !rest.empty() && x < clip.z;) {
      const ImFontGlyph* glyph = fonts.glyph(label.style, take_character(rest));
      if (glyph->Visible && x + glyph->X1 > clip.x) {
        list.PrimReserve(6, 4);
        list.PrimRectUV({x + glyph->X0, letters.y + glyph->Y0}, {x + glyph->X1, letters.y + glyph->Y1}, {glyph->U0, glyph->V0},
                        {glyph->U1, glyph->V1}, ink);
      }
      x += glyph->AdvanceX;
    }
  }

  // A rule along an axis covers whole points.
  void segment(Point a, Point b, ImU32 ink, float width) {
    if (a.x != b.x && a.y != b.y) {
      const ImVec2 ends[2] = {at(a), at(b)};
      list.AddPolyline(ends, 2, ink, 0, width);
      return;
    }
    const float whole = snap_width(width);
    const bool upright = a.x == b.x;
    const float across = snap((upright ? a.x : a.y) - whole / 2);
    const float from = snap(upright ? std::min(a.y, b.y) : std::min(a.x, b.x)), to = snap(upright ? std::max(a.y, b.y) : std::max(a.x, b.x));
    if (upright) rectangle({across, from}, {across + whole, to}, ink);
    else rectangle({from, across}, {to, across + whole}, ink);
  }

  void dashes(const std::vector<Point>& points, ImU32 ink, float width) {
    const float dash = 4 * width + 2, period = dash + 3 * width + 2;
    float along = 0;  // since the last dash began
    int count = 0;
    for (size_t i = 1; i < points.size(); ++i) {
      const Point a = points[i - 1], b = points[i];
      const float length = std::hypot(b.x - a.x, b.y - a.y);
      const auto on = [&](float t) { return Point{a.x + (b.x - a.x) * t / length, a.y + (b.y - a.y) * t / length}; };
      for (float t = 0; t < length && count < kMostDashes;) {
        const bool inked = along < dash;
        const float step = std::max(0.01f, std::min((inked ? dash : period) - along, length - t));
        if (inked) {
          segment(on(t), on(std::min(length, t + step)), ink, width);
          ++count;
        }
        t += step;
        along += step;
        if (along >= period - 0.005f) along = 0;
      }
    }
  }

  // The head's point is the last one; gives where the line must stop so that it does not stick out.
  Point head(Point from, Point tip, ImU32 ink, float width) {
    const float length = std::hypot(tip.x - from.x, tip.y - from.y);
    const float reach = std::min(length, 3 * width + 4), half = reach * 0.5f;
    const Point unit{(tip.x - from.x) / length, (tip.y - from.y) / length};
    const Point base{tip.x - unit.x * reach, tip.y - unit.y * reach};
    // Clockwise on the screen, as smoothing wants it.
    list.AddTriangleFilled(at(tip), {base.x - unit.y * half, base.y + unit.x * half}, {base.x + unit.y * half, base.y - unit.x * half}, ink);
    return base;
  }

  // A line of right angles lies on whole points, whatever its width: each piece is moved across itself.
  static void align(std::vector<Point>& points, float& width) {
    for (size_t i = 1; i < points.size(); ++i)
      if (points[i].x != points[i - 1].x && points[i].y != points[i - 1].y) return;
    width = snap_width(width);
    const auto across = [&](float value) { return snap(value - width / 2) + width / 2; };
    const std::vector<Point> given = points;
    for (size_t i = 1; i < given.size(); ++i) {
      if (given[i].x == given[i - 1].x) points[i].x = points[i - 1].x = across(given[i].x);
      else points[i].y = points[i - 1].y = across(given[i].y);
    }
  }

  void operator()(const Stroke& stroke) {
    const ImU32 ink = colour(stroke.ink, stroke.alpha);
    if (unseen(ink) || !finite(stroke.width) || stroke.width <= 0) return;
    if (!std::all_of(stroke.points.begin(), stroke.points.end(), [](Point p) { return finite(p); })) return;
    std::vector<Point> points;
    for (const Point& p : stroke.points)
      if (points.empty() || !(p == points.back())) points.push_back(p);
    if (points.size() < 2) return;
    float width = stroke.width;
    align(points, width);
    if (stroke.arrow) points.back() = head(points[points.size() - 2], points.back(), ink, width);
    if (stroke.dashed) {
      dashes(points, ink, width);
    } else if (points.size() == 2) {
      if (!(points[0] == points[1])) segment(points[0], points[1], ink, width);
    } else {
      std::vector<ImVec2> path;
      for (const Point& p : points) path.push_back(at(p));
      list.AddPolyline(path.data(), static_cast<int>(path.size()), ink, 0, width);
    }
  }

  void operator()(const Clip& clip) {
    const Corners corners = finite(clip.box) ? snapped(clip.box) : Corners{{0, 0}, {0, 0}};
    list.PushClipRect(corners.low, {std::max(corners.low.x, corners.high.x), std::max(corners.low.y, corners.high.y)}, true);
    ++clips;
  }

  void operator()(const Unclip&) {
    if (clips == 0) return;
    list.PopClipRect();
    --clips;
  }

  // The whole picture in the ground's colour, as a scene's first item: cleared already, and the largest rectangle is the slowest.
  bool is_ground(const Item& item) const {
    const auto* fill = std::get_if<Fill>(&item);
    return fill != nullptr && fill->ink == Ink::Ground && !fill->outline && fill->alpha >= 1 && fill->radius <= 0 && finite(fill->box) &&
           all.inside(fill->box);
  }
};

Painter::Painter(const Fonts& fonts, ClearBox clear_box) : state_(std::make_unique<State>(fonts, clear_box)) {}
Painter::~Painter() = default;

ImDrawData& Painter::paint(const Drawing& drawing, const Theme& theme) {
  State& s = *state_;
  s.theme = &theme;
  s.all = {0, 0, drawing.width, drawing.height};
  s.cleared.clear();
  s.list._ResetForNewFrame();
  s.list.PushTextureID(s.fonts.atlas().TexID);
  s.list.PushClipRect({0, 0}, {drawing.width, drawing.height});
  for (size_t i = 0; i < drawing.items.size(); ++i)
    if (i > 0 || !s.is_ground(drawing.items[i])) std::visit(s, drawing.items[i]);
  while (s.clips > 0) s(Unclip{});
  s.list._PopUnusedDrawCmd();
  s.data.Clear();
  s.data.Valid = true;
  s.data.CmdLists = s.lists;
  s.data.CmdListsCount = 1;
  s.data.TotalIdxCount = s.list.IdxBuffer.Size;
  s.data.TotalVtxCount = s.list.VtxBuffer.Size;
  s.data.DisplaySize = {std::ceil(drawing.width), std::ceil(drawing.height)};
  s.data.FramebufferScale = {1, 1};
  return s.data;
}

Box letters_box(const Fonts& fonts, const Label& label) {
  const float width = fonts.width(label.style, label.text), height = fonts.line_height(label.style);
  Box out{label.box.x, snap(label.box.y + (label.box.h - height) / 2), width, height};
  if (label.align == Label::Align::Centre) out.x += (label.box.w - width) / 2;
  if (label.align == Label::Align::Right) out.x += label.box.w - width;
  out.x = snap(out.x);
  return out;
}

}  // namespace strates::viewer
