#include "viewer/terminal/terminal_screen.hpp"

#include <vterm.h>

#include <algorithm>
#include <deque>
#include <utility>

#include "viewer/terminal/characters.hpp"
#include "viewer/terminal/escape_filter.hpp"

namespace strates::viewer {

namespace {

constexpr std::uint32_t kRightHalf = static_cast<std::uint32_t>(-1);

GridSize bounded(GridSize size) {
  return {std::clamp(size.columns, TerminalScreen::kSmallest.columns, TerminalScreen::kLargest.columns),
          std::clamp(size.rows, TerminalScreen::kSmallest.rows, TerminalScreen::kLargest.rows)};
}

TerminalColour colour_of(const VTermColor& colour) {
  if (VTERM_COLOR_IS_DEFAULT_FG(&colour) || VTERM_COLOR_IS_DEFAULT_BG(&colour)) return {};
  if (VTERM_COLOR_IS_INDEXED(&colour)) return {TerminalColour::Kind::Indexed, colour.indexed.idx, 0, 0};
  return {TerminalColour::Kind::Rgb, colour.rgb.red, colour.rgb.green, colour.rgb.blue};
}

VTermColor colour_for(TerminalColour colour, const VTermColor& standard) {
  VTermColor out = standard;
  if (colour.kind == TerminalColour::Kind::Indexed) vterm_color_indexed(&out, colour.r);
  else if (colour.kind == TerminalColour::Kind::Rgb) vterm_color_rgb(&out, colour.r, colour.g, colour.b);
  return out;
}

Cell cell_of(const VTermScreenCell& from) {
  Cell out;
  if (from.chars[0] != kRightHalf)
    for (size_t i = 0; i < out.text.size() && from.chars[i] != 0; ++i) out.text[i] = from.chars[i];
  out.style = {colour_of(from.fg), colour_of(from.bg), from.attrs.bold != 0, from.attrs.italic != 0, from.attrs.underline != 0, from.attrs.reverse != 0};
  out.width = from.width == 2 ? 2 : 1;
  return out;
}

// Right halves as such, so that a column is an index.
void mark_halves(CellLine& line) {
  for (size_t i = 0; i + 1 < line.size(); ++i)
    if (line[i].width == 2) {
      line[i + 1].width = 0;
      line[i + 1].text = {};
      ++i;
    }
  if (!line.empty() && line.back().width == 2) line.back().width = 1;
}

bool plain_blank(const VTermScreenCell& cell) {
  return cell.chars[0] == 0 && VTERM_COLOR_IS_DEFAULT_BG(&cell.bg) && cell.attrs.reverse == 0 && cell.attrs.underline == 0;
}

bool part_of_word(const Cell& cell) {
  static constexpr std::u32string_view kBetween = U" \"'`()[]{}<>|;,│«»";
  return cell.width == 0 || (!cell.blank() && kBetween.find(cell.text[0]) == std::u32string_view::npos);
}

}  // namespace

std::string text_of(const CellLine& line, int from_column, int to_column) {
  std::string out;
  size_t kept = 0;
  for (int i = std::max(0, from_column); i < std::min(to_column, static_cast<int>(line.size())); ++i) {
    const Cell& cell = line[static_cast<size_t>(i)];
    if (cell.width == 0) continue;
    if (cell.text[0] == 0) out += ' ';
    for (size_t k = 0; k < cell.text.size() && cell.text[k] != 0; ++k) append_utf8(out, cell.text[k]);
    if (!cell.blank()) kept = out.size();
  }
  out.resize(kept);
  return out;
}

struct TerminalScreen::State : EscapeFilter::Sink {
  VTerm* vterm = nullptr;
  VTermScreen* screen = nullptr;
  EscapeFilter filter{*this};
  GridSize size;
  TerminalCursor cursor;
  std::string title_text, replies;
  int bells = 0;
  std::uint64_t revision = 0;
  std::deque<CellLine> scrollback;
  size_t scrollback_cells = 0;
  std::uint64_t first_line = 0;
  std::optional<Selection> selection;

  explicit State(GridSize wanted) : size(bounded(wanted)) {
    vterm = vterm_new(size.rows, size.columns);
    vterm_set_utf8(vterm, 1);
    vterm_output_set_callback(vterm, [](const char* bytes, size_t count, void* self) { static_cast<State*>(self)->reply({bytes, count}); }, this);
    screen = vterm_obtain_screen(vterm);
    static const VTermScreenCallbacks kCallbacks = {
        nullptr,
        nullptr,
        nullptr,
        [](VTermProp property, VTermValue* value, void* self) { return static_cast<State*>(self)->set(property, *value); },
        [](void* self) { return ++static_cast<State*>(self)->bells; },
        nullptr,
        [](int columns, const VTermScreenCell* cells, void* self) { return static_cast<State*>(self)->push_line(columns, cells); },
        [](int columns, VTermScreenCell* cells, void* self) { return static_cast<State*>(self)->pop_line(columns, cells); },
    };
    vterm_screen_set_callbacks(screen, &kCallbacks, this);
    vterm_screen_set_damage_merge(screen, VTERM_DAMAGE_SCREEN);
    vterm_screen_enable_altscreen(screen, 1);
    vterm_screen_reset(screen, 1);
  }
  ~State() override { vterm_free(vterm); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  // What libvterm calls.
  void reply(std::string_view bytes) {
    if (replies.size() + bytes.size() <= kMostReplies) replies += bytes;
  }
  int set(VTermProp property, const VTermValue& value) {
    if (property == VTERM_PROP_CURSORVISIBLE) cursor.visible = value.boolean != 0;
    if (property == VTERM_PROP_CURSORSHAPE)
      cursor.shape = value.number == VTERM_PROP_CURSORSHAPE_UNDERLINE  ? TerminalCursor::Shape::Underline
                     : value.number == VTERM_PROP_CURSORSHAPE_BAR_LEFT ? TerminalCursor::Shape::Bar
                                                                       : TerminalCursor::Shape::Block;
    if (property == VTERM_PROP_ALTSCREEN) selection.reset();
    return 1;
  }
  int push_line(int columns, const VTermScreenCell* cells) {
    while (columns > 0 && plain_blank(cells[columns - 1])) --columns;
    CellLine line;
    line.reserve(static_cast<size_t>(columns));
    for (int i = 0; i < columns; ++i) line.push_back(cell_of(cells[i]));
    mark_halves(line);
    scrollback_cells += line.size();
    scrollback.push_back(std::move(line));
    while (scrollback.size() > kScrollbackLines || scrollback_cells > kScrollbackCells) {
      scrollback_cells -= scrollback.front().size();
      scrollback.pop_front();
      ++first_line;
    }
    return 1;
  }
  // A line that no longer fits stays where it is rather than be cut.
  int pop_line(int columns, VTermScreenCell* cells) {
    if (scrollback.empty() || scrollback.back().size() > static_cast<size_t>(columns)) return 0;
    VTermColor fg, bg;
    vterm_state_get_default_colors(vterm_obtain_state(vterm), &fg, &bg);
    CellLine line = std::move(scrollback.back());
    scrollback.pop_back();
    scrollback_cells -= line.size();
    line.resize(static_cast<size_t>(columns));
    for (size_t i = 0; i < line.size(); ++i) {
      VTermScreenCell out = {};
      for (size_t k = 0; k < line[i].text.size(); ++k) out.chars[k] = line[i].text[k];
      out.width = static_cast<char>(line[i].width == 2 ? 2 : 1);
      out.attrs.bold = line[i].style.bold;
      out.attrs.italic = line[i].style.italic;
      out.attrs.underline = line[i].style.underline;
      out.attrs.reverse = line[i].style.reverse;
      out.fg = colour_for(line[i].style.fg, fg);
      out.bg = colour_for(line[i].style.bg, bg);
      cells[i] = out;
    }
    return 1;
  }

  // What the filter calls.
  void write(std::string_view bytes) override { vterm_input_write(vterm, bytes.data(), bytes.size()); }
  VTermPos position() const {
    VTermPos out{0, 0};
    vterm_state_get_cursorpos(vterm_obtain_state(vterm), &out);
    return {std::clamp(out.row, 0, size.rows - 1), std::clamp(out.col, 0, size.columns - 1)};
  }
  int room() override { return size.columns - position().col; }
  void title(std::string text) override { title_text = std::move(text); }
  void clear_scrollback() override {
    first_line += scrollback.size();
    scrollback.clear();
    scrollback_cells = 0;
  }

  void resize(GridSize wanted) {
    wanted = bounded(wanted);
    if (wanted == size) return;
    if (filter.release_region()) {
      const VTermPos at = position();
      write("\x1b[?6l\x1b[r\x1b[" + std::to_string(at.row + 1) + ";" + std::to_string(at.col + 1) + "H");
    }
    selection.reset();
    vterm_set_size(vterm, wanted.rows, wanted.columns);
    size = wanted;
    write(EscapeFilter::kCursorInside);
    ++revision;
  }

  std::uint64_t top_line() const { return first_line + scrollback.size(); }

  CellLine line(std::uint64_t number) const {
    if (number < first_line || number >= top_line() + static_cast<std::uint64_t>(size.rows)) return {};
    if (number < top_line()) return scrollback[number - first_line];
    CellLine out;
    VTermPos at{static_cast<int>(number - top_line()), 0};
    for (; at.col < size.columns; ++at.col) {
      VTermScreenCell cell = {};
      vterm_screen_get_cell(screen, at, &cell);
      out.push_back(cell_of(cell));
    }
    mark_halves(out);
    return out;
  }

  // Written to its very end, and not by the side of a frame.
  bool goes_on(const CellLine& line) const {
    if (line.size() != static_cast<size_t>(size.columns)) return false;
    const Cell& last = line.back();
    const char32_t c = last.text[0];
    return last.width == 0 || (c != 0 && !(c >= 0x2500 && c < 0x2580) && c != U'|' && c != U'+');
  }
};

TerminalScreen::TerminalScreen(GridSize size) : state_(std::make_unique<State>(size)) {}
TerminalScreen::~TerminalScreen() = default;

void TerminalScreen::feed(std::string_view bytes) {
  if (bytes.empty()) return;
  state_->filter.feed(bytes);
  ++state_->revision;
}

void TerminalScreen::resize(GridSize size) { state_->resize(size); }

void TerminalScreen::settle() {
  state_->filter.settle();
  ++state_->revision;
}

GridSize TerminalScreen::size() const { return state_->size; }

TerminalCursor TerminalScreen::cursor() const {
  TerminalCursor out = state_->cursor;
  const VTermPos at = state_->position();
  out.row = at.row;
  out.column = at.col;
  return out;
}

bool TerminalScreen::alternate() const { return state_->filter.modes().alternate; }
const std::string& TerminalScreen::title() const { return state_->title_text; }
int TerminalScreen::take_bells() { return std::exchange(state_->bells, 0); }
std::string TerminalScreen::take_replies() { return std::exchange(state_->replies, {}); }
std::uint64_t TerminalScreen::revision() const { return state_->revision; }
std::uint64_t TerminalScreen::first_line() const { return state_->first_line; }
std::uint64_t TerminalScreen::top_line() const { return state_->top_line(); }
CellLine TerminalScreen::line(std::uint64_t number) const { return state_->line(number); }

std::string TerminalScreen::key(TerminalKey key, Modifiers modifiers) const { return key_bytes(key, modifiers, state_->filter.modes().application_cursor); }
std::string TerminalScreen::character(char32_t character, Modifiers modifiers) const { return character_bytes(character, modifiers); }
std::string TerminalScreen::paste(std::string_view text) const { return paste_bytes(text, state_->filter.modes().bracketed_paste); }

std::string TerminalScreen::wheel(int lines) const {
  std::string out;
  if (!alternate()) return out;
  for (int i = 0; i < std::min(std::abs(lines), state_->size.rows); ++i) out += key(lines > 0 ? TerminalKey::Up : TerminalKey::Down, {});
  return out;
}

void TerminalScreen::select(GridPoint anchor, GridPoint head) {
  state_->selection = Selection{std::min(anchor, head), std::max(anchor, head)};
  ++state_->revision;
}

void TerminalScreen::select_word(GridPoint at) {
  const CellLine cells = line(at.line);
  const auto in_word = [&](int column) { return column >= 0 && column < static_cast<int>(cells.size()) && part_of_word(cells[static_cast<size_t>(column)]); };
  GridPoint first = at, last = at;
  if (in_word(at.column)) {
    while (in_word(first.column - 1)) --first.column;
    while (in_word(last.column + 1)) ++last.column;
  }
  select(first, last);
}

void TerminalScreen::select_line(GridPoint at) { select({at.line, 0}, {at.line, state_->size.columns - 1}); }

void TerminalScreen::clear_selection() {
  if (state_->selection) ++state_->revision;
  state_->selection.reset();
}

const std::optional<TerminalScreen::Selection>& TerminalScreen::selection() const { return state_->selection; }

std::string TerminalScreen::selected_text() const {
  if (!state_->selection) return "";
  const auto [first, last] = *state_->selection;
  const std::uint64_t end = top_line() + static_cast<std::uint64_t>(state_->size.rows);
  std::string out;
  for (std::uint64_t number = std::max(first.line, first_line()); number <= last.line && number < end; ++number) {
    const CellLine cells = line(number);
    const int from = number == first.line ? std::max(0, first.column) : 0;
    const bool more = number < last.line && number + 1 < end, joined = more && state_->goes_on(cells);
    out += text_of(cells, from, number == last.line ? last.column + 1 : state_->size.columns);
    if (joined && cells.back().text[0] == U' ') {  // the blanks at its end are in the middle of the text
      for (size_t i = cells.size(); i > static_cast<size_t>(from) && cells[i - 1].text[0] == U' '; --i) out += ' ';
    } else if (more && !joined) {
      out += '\n';
    }
  }
  return out;
}

}  // namespace strates::viewer
