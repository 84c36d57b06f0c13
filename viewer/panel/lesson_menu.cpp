#include "viewer/panel/lesson_menu.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace strates::viewer {

namespace {

// The column in the middle of the picture that both pictures use.
Box column_of(const Drawing& out, const Theme& theme) {
  const float width = std::min(out.width - 4 * theme.unit(), 96 * theme.unit());
  return {(out.width - width) / 2, 3 * theme.unit(), width, out.height - 6 * theme.unit()};
}

void take_line(Drawing& out, Box& column, const std::string& text, TextStyle style, Ink ink, const TextMeasure& measure) {
  const float height = measure.line_height(style) * 1.3f;
  if (column.h < height || text.empty()) return;
  out.label(column.take_top(height), elide_end(measure, style, text, column.w), style, ink);
}

struct Row {
  const MenuLesson* lesson = nullptr;  // null: a chapter's heading
  size_t index = 0;
  std::string heading;
  float height = 0;
};

std::vector<Row> rows_of(const LessonMenu& what, const Theme& theme, const TextMeasure& measure) {
  std::vector<Row> out;
  for (size_t i = 0; i < what.lessons.size(); ++i) {
    const MenuLesson& lesson = what.lessons[i];
    if (i == 0 || what.lessons[i - 1].chapter != lesson.chapter) out.push_back({nullptr, i, lesson.chapter, measure.line_height(TextStyle::Heading) * 1.3f + 2 * theme.unit()});
    out.push_back({&lesson, i, "", measure.line_height(TextStyle::Body) * 1.3f + 1.5f * theme.unit()});
  }
  return out;
}

// Which row stands at the top so that the chosen one shows: as few as possible are scrolled away.
size_t first_row(const std::vector<Row>& rows, size_t chosen, float room) {
  size_t last = 0;
  while (last < rows.size() && (rows[last].lesson == nullptr || rows[last].index != chosen)) ++last;
  float height = 0;
  size_t first = std::min(last + 1, rows.size());
  while (first > 0 && height + rows[first - 1].height <= room) height += rows[--first].height;
  return first;
}

void draw_lesson(Drawing& out, Box box, const Row& row, bool chosen, const Theme& theme, const TextMeasure& measure) {
  const float unit = theme.unit();
  box = {box.x, box.y, box.w, box.h - unit / 2};
  out.fill(box, Ink::Panel, theme.radius());
  out.outline(box, chosen ? Ink::Accent : Ink::Line, theme.radius(), (chosen ? 2.0f : 1.0f) * theme.scale);
  out.target(box, "lesson:" + std::to_string(row.index));
  Box inside{box.x + 1.5f * unit, box.y, box.w - 3 * unit, box.h};
  const std::string minutes = tr(Text::WindowMinutes, row.lesson->minutes);
  out.label(inside.take_right(measure.width(TextStyle::Small, minutes)), minutes, TextStyle::Small, Ink::Dim, Label::Align::Right);
  inside.take_right(2 * unit);
  const float mark = measure.width(TextStyle::Strong, "✓");
  if (row.lesson->done) out.label({inside.x, inside.y, mark, inside.h}, "✓", TextStyle::Strong, Ink::Hit);
  inside.take_left(mark + unit);
  out.label(inside, elide_end(measure, chosen ? TextStyle::Strong : TextStyle::Body, row.lesson->title, inside.w), chosen ? TextStyle::Strong : TextStyle::Body, Ink::Text);
}

}  // namespace

void draw_lesson_menu(Drawing& out, const LessonMenu& what, const Theme& theme, const TextMeasure& measure) {
  out.fill({0, 0, out.width, out.height}, Ink::Ground);
  Box column = column_of(out, theme);
  take_line(out, column, tr(Text::WindowMenuTitle), TextStyle::Title, Ink::Text, measure);
  take_line(out, column, tr(Text::WindowMenuKeys), TextStyle::Small, Ink::Dim, measure);
  for (const std::string& line : fold_text(measure, TextStyle::Body, what.message, column.w)) take_line(out, column, line, TextStyle::Body, Ink::Removed, measure);
  column.take_top(theme.unit());
  const auto rows = rows_of(what, theme, measure);
  for (size_t i = first_row(rows, what.chosen, column.h); i < rows.size() && rows[i].height <= column.h; ++i) {
    Box box = column.take_top(rows[i].height);
    if (rows[i].lesson != nullptr) draw_lesson(out, box, rows[i], rows[i].index == what.chosen, theme, measure);
    else out.label(box, elide_end(measure, TextStyle::Heading, rows[i].heading, box.w), TextStyle::Heading, Ink::Accent);
  }
}

void draw_waiting(Drawing& out, const Waiting& what, const Theme& theme, const TextMeasure& measure) {
  out.fill({0, 0, out.width, out.height}, Ink::Ground);
  Box column = column_of(out, theme);
  for (const std::string& line : fold_text(measure, TextStyle::Title, what.title, column.w)) take_line(out, column, line, TextStyle::Title, Ink::Text, measure);
  take_line(out, column, what.doing, TextStyle::Body, Ink::Dim, measure);
  column.take_top(theme.unit());
  const float height = measure.line_height(TextStyle::Mono) * 1.2f;
  const size_t room = static_cast<size_t>(std::max(0.0f, column.h / height));
  for (size_t i = what.lines.size() > room ? what.lines.size() - room : 0; i < what.lines.size(); ++i)
    if (!what.lines[i].empty()) out.label({column.x, column.y, column.w, height}, elide_end(measure, TextStyle::Mono, what.lines[i], column.w), TextStyle::Mono, Ink::Dim), column.take_top(height);
}

}  // namespace strates::viewer
