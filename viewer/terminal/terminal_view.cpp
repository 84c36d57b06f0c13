#include "viewer/terminal/terminal_view.hpp"

#include <algorithm>
#include <cmath>

#include "viewer/terminal/characters.hpp"
#include "viewer/terminal/terminal_inks.hpp"

namespace strates::viewer {

namespace {

constexpr TextStyle kStyle = TextStyle::Mono;
constexpr float kRounding = 0.5f;

// What is drawn of a cell: one character. The picture's letters cannot lie on one another, so a mark is drawn when there is a letter with it, and left out
// otherwise; copying gives all.
char32_t shown(const Cell& cell) {
  char32_t out = cell.text[0];
  for (size_t i = 1; i < cell.text.size() && cell.text[i] != 0; ++i)
    if (const char32_t whole = composed(out, cell.text[i])) out = whole;
  return out;
}

// One row being drawn: cells of one look become one label.
class Row {
 public:
  Row(Drawing& drawing, const TerminalView::Layout& layout, const TextMeasure& measure, int row) : drawing_(drawing), layout_(layout), measure_(measure), row_(row) {}
  ~Row() { end(); }
  Row(const Row&) = delete;
  Row& operator=(const Row&) = delete;

  void add(int column, const Cell& cell, CellInks inks) {
    const int columns = std::max<int>(1, cell.width);
    if (columns_ == 0 || column != first_ + columns_ || !(inks == inks_) || cell.style.underline != underline_) {
      end();
      first_ = column;
      inks_ = inks;
      underline_ = cell.style.underline;
    }
    columns_ += columns;
    const char32_t character = cell.blank() ? U' ' : shown(cell);
    if (character < 0x80 && columns == 1) {
      text_ += static_cast<char>(character);
      if (character != ' ') kept_ = text_.size();
    } else {
      place(column, columns, character);
    }
  }

 private:
  // A character that may be wider than its cell, or narrower: the grid holds, whatever the font has.
  void place(int column, int columns, char32_t character) {
    const std::string text = utf8_of(character);
    const float width = measure_.width(kStyle, text), room = layout_.cell_width * static_cast<float>(columns);
    if (columns == 1 && std::abs(width - room) < 0.01f) {
      text_ += text;
      kept_ = text_.size();
      return;
    }
    // A blank holds its place in the run.
    text_.append(static_cast<size_t>(columns), ' ');
    alone_.push_back({layout_.cell(row_, column, columns), width <= room + kRounding ? text : "?"});
  }

  void end() {
    if (columns_ == 0) return;
    const Box box = layout_.cell(row_, first_, columns_);
    if (inks_.ground != Ink::Terminal) drawing_.fill(box, inks_.ground);
    text_.resize(kept_);
    // Without the blanks it begins with.
    const size_t blanks = std::min(text_.find_first_not_of(' '), text_.size());
    if (blanks < text_.size()) {
      Box room = box;
      room.take_left(layout_.cell_width * static_cast<float>(blanks));
      // The blanks at places of characters drawn alone would let the run's letters lie on them: the run is cut there.
      pieces(room, text_.substr(blanks));
    }
    for (const auto& [where, text] : alone_) drawing_.label(where, text, kStyle, inks_.text);
    if (underline_) {
      const float y = box.bottom() - std::max(1.0f, std::round(box.h / 16));
      drawing_.line({{box.x, y}, {box.right(), y}}, inks_.text);
    }
    text_.clear();
    alone_.clear();
    kept_ = 0;
    columns_ = 0;
  }

  void pieces(Box room, const std::string& text) {
    if (alone_.empty()) return drawing_.label(room, text, kStyle, inks_.text);
    size_t at = 0;
    int column = static_cast<int>(std::lround((room.x - layout_.cells.x) / layout_.cell_width));
    while (at < text.size()) {
      const size_t begin = text.find_first_not_of(' ', at);
      if (begin == std::string::npos) return;
      const size_t end = std::min(text.find(' ', begin), text.size());
      const std::string word = text.substr(begin, end - begin);
      int columns = 0;
      for (const char c : word) columns += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
      column += static_cast<int>(begin - at);
      drawing_.label(layout_.cell(row_, column, columns), word, kStyle, inks_.text);
      column += columns;
      at = end;
    }
  }

  struct Alone {
    Box box;
    std::string text;
  };
  Drawing& drawing_;
  const TerminalView::Layout& layout_;
  const TextMeasure& measure_;
  int row_;
  int first_ = 0, columns_ = 0;
  CellInks inks_;
  bool underline_ = false;
  std::string text_;
  size_t kept_ = 0;  // without the blanks at its end
  std::vector<Alone> alone_;
};

bool selected(const TerminalScreen& screen, std::uint64_t line, int column) {
  const auto& selection = screen.selection();
  const GridPoint here{line, column};
  return selection && selection->first <= here && here <= selection->last;
}

void draw_cursor(Drawing& drawing, const TerminalView::Layout& layout, const TerminalCursor& cursor, bool wide, bool focused) {
  const Box cell = layout.cell(cursor.row, cursor.column, wide ? 2 : 1);
  const float thin = std::max(1.0f, std::round(layout.cell_width / 6));
  if (!focused) return drawing.outline(cell, Ink::TerminalText);
  if (cursor.shape == TerminalCursor::Shape::Bar) return drawing.fill({cell.x, cell.y, thin, cell.h}, Ink::TerminalText);
  if (cursor.shape == TerminalCursor::Shape::Underline) return drawing.fill({cell.x, cell.bottom() - thin, cell.w, thin}, Ink::TerminalText);
}

}  // namespace

TerminalView::Layout TerminalView::layout(const Box& box, const TextMeasure& measure, const Theme& theme) {
  Layout out;
  out.cell_width = std::max(1.0f, measure.width(kStyle, "0"));
  out.cell_height = std::max(1.0f, std::ceil(measure.line_height(kStyle)));
  Box inner = box.inset(theme.unit() / 2);
  out.bar = inner.take_right(theme.unit() / 2);
  inner.take_right(theme.unit() / 2);
  const auto fitting = [](float room, float each, int least, int most) { return std::clamp(static_cast<int>(std::max(0.0f, room) / each + 0.001f), least, most); };
  out.size = {fitting(inner.w, out.cell_width, TerminalScreen::kSmallest.columns, TerminalScreen::kLargest.columns),
              fitting(inner.h, out.cell_height, TerminalScreen::kSmallest.rows, TerminalScreen::kLargest.rows)};
  out.cells = {inner.x, inner.y, out.cell_width * static_cast<float>(out.size.columns), out.cell_height * static_cast<float>(out.size.rows)};
  return out;
}

std::uint64_t TerminalView::shown_top(const TerminalScreen& screen) const {
  if (!top_ || screen.alternate()) return screen.top_line();
  return std::clamp(*top_, screen.first_line(), screen.top_line());
}

int TerminalView::lines_back(const TerminalScreen& screen) const { return static_cast<int>(screen.top_line() - shown_top(screen)); }

void TerminalView::scroll(const TerminalScreen& screen, int lines) {
  const int most = screen.alternate() ? 0 : static_cast<int>(screen.top_line() - screen.first_line());
  const int back = std::clamp(lines_back(screen) + std::clamp(lines, -most, most), 0, most);
  if (back == 0) follow();
  else top_ = screen.top_line() - static_cast<std::uint64_t>(back);
}

void TerminalView::draw(Drawing& drawing, const Box& box, const TerminalScreen& screen, const TextMeasure& measure, const Theme& theme, bool focused) const {
  const Layout at = layout(box, measure, theme);
  const std::uint64_t top = shown_top(screen);
  const int back = lines_back(screen);
  const GridSize size{std::min(at.size.columns, screen.size().columns), std::min(at.size.rows, screen.size().rows)};
  drawing.clip(box);
  drawing.fill(box, Ink::Terminal);
  drawing.target(box, "terminal");
  TerminalCursor cursor = screen.cursor();
  cursor.row += back;
  const int rows = back > 0 ? at.size.rows - 1 : size.rows;  // the last one says that more follows
  const bool cursor_seen = cursor.visible && cursor.row < rows && cursor.column < size.columns;
  const bool cursor_block = cursor_seen && focused && cursor.shape == TerminalCursor::Shape::Block;
  bool cursor_wide = false;
  for (int row = 0; row < rows; ++row) {
    const std::uint64_t number = top + static_cast<std::uint64_t>(row);
    CellLine line = screen.line(number);
    if (line.size() < static_cast<size_t>(size.columns)) line.resize(static_cast<size_t>(size.columns));
    Row drawn(drawing, at, measure, row);
    for (int column = 0; column < size.columns; ++column) {
      Cell cell = line[static_cast<size_t>(column)];
      if (cell.width == 0) continue;
      if (column + cell.width > size.columns) cell = Cell{};
      const bool here = cursor_seen && row == cursor.row && cursor.column >= column && cursor.column < column + cell.width;
      if (here) cursor_wide = cell.width == 2;
      drawn.add(column, cell, inks_of(cell.style, selected(screen, number, column) != (here && cursor_block)));
    }
  }
  if (cursor_seen) draw_cursor(drawing, at, cursor, cursor_wide, focused);

  const float kept = static_cast<float>(screen.top_line() - screen.first_line()), all = kept + static_cast<float>(at.size.rows);
  if (kept > 0 && !screen.alternate()) {
    const float height = std::max(theme.unit() * 2, at.bar.h * static_cast<float>(at.size.rows) / all);
    const float y = at.bar.y + (at.bar.h - height) * (kept - static_cast<float>(back)) / kept;
    if (height <= at.bar.h) drawing.fill({at.bar.x, y, at.bar.w, height}, Ink::TerminalDim, at.bar.w / 2, back > 0 ? 1.0f : 0.5f);
  }
  if (back > 0) {
    const Box strip = at.cell(at.size.rows - 1, 0, at.size.columns);
    drawing.fill(strip, Ink::TerminalDim);
    drawing.label(strip, elide_end(measure, kStyle, "↓ " + std::to_string(back), strip.w), kStyle, Ink::Terminal, Label::Align::Centre);
    if (strip.inside(box)) drawing.target(strip, "terminal:follow");
  }
  drawing.unclip();
}

GridPoint TerminalView::at(Point point, const Box& box, const TerminalScreen& screen, const TextMeasure& measure, const Theme& theme) const {
  const Layout where = layout(box, measure, theme);
  const auto cell = [](float distance, float each, int count) { return std::clamp(static_cast<int>(std::floor(distance / each)), 0, count - 1); };
  return {shown_top(screen) + static_cast<std::uint64_t>(cell(point.y - where.cells.y, where.cell_height, where.size.rows)),
          cell(point.x - where.cells.x, where.cell_width, where.size.columns)};
}

}  // namespace strates::viewer
