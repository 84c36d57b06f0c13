#include "viewer/panel/rich_text.hpp"

#include <md4c.h>

#include <algorithm>

#include "base/strings.hpp"

namespace strates::viewer {

namespace {

class Reader {
 public:
  std::vector<Block> read(std::string_view markdown) {
    MD_PARSER parser{};
    parser.flags = MD_FLAG_NOHTML;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) { return static_cast<Reader*>(self)->enter(type, detail); };
    parser.leave_block = [](MD_BLOCKTYPE type, void*, void* self) { return static_cast<Reader*>(self)->leave(type); };
    parser.enter_span = [](MD_SPANTYPE type, void*, void* self) { return static_cast<Reader*>(self)->span(type, 1); };
    parser.leave_span = [](MD_SPANTYPE type, void*, void* self) { return static_cast<Reader*>(self)->span(type, -1); };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) {
      return static_cast<Reader*>(self)->text(type, std::string_view(text, size));
    };
    md_parse(markdown.data(), static_cast<MD_SIZE>(markdown.size()), &parser, this);
    flush();
    return std::move(blocks_);
  }

 private:
  int enter(MD_BLOCKTYPE type, void* detail) {
    if (type == MD_BLOCK_UL || type == MD_BLOCK_OL || type == MD_BLOCK_P || type == MD_BLOCK_H || type == MD_BLOCK_CODE || type == MD_BLOCK_LI) flush();
    if (type == MD_BLOCK_UL) lists_.push_back(0);
    if (type == MD_BLOCK_OL) lists_.push_back(static_cast<int>(static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start) + 1);
    if (type == MD_BLOCK_LI && !lists_.empty()) {
      now_.kind = Block::Kind::ListItem;
      now_.marker = lists_.back() == 0 ? "•" : std::to_string(lists_.back()++ - 1) + ".";
    }
    if (type == MD_BLOCK_H) now_.kind = static_cast<MD_BLOCK_H_DETAIL*>(detail)->level == 1 ? Block::Kind::Title : Block::Kind::Heading;
    if (type == MD_BLOCK_CODE) now_.kind = Block::Kind::Code;
    if (type == MD_BLOCK_QUOTE) ++quotes_;
    return 0;
  }
  int leave(MD_BLOCKTYPE type) {
    if (type != MD_BLOCK_DOC) flush();
    if ((type == MD_BLOCK_UL || type == MD_BLOCK_OL) && !lists_.empty()) lists_.pop_back();
    if (type == MD_BLOCK_QUOTE) --quotes_;
    return 0;
  }
  int span(MD_SPANTYPE type, int change) {
    if (type == MD_SPAN_STRONG) strong_ += change;
    if (type == MD_SPAN_EM) emphasis_ += change;
    if (type == MD_SPAN_CODE) code_ += change;
    return 0;
  }
  int text(MD_TEXTTYPE type, std::string_view bytes) {
    if (type == MD_TEXT_SOFTBR || type == MD_TEXT_BR) bytes = " ";
    else if (type == MD_TEXT_ENTITY && bytes == "&nbsp;") bytes = "\u00a0";
    else if (type == MD_TEXT_NULLCHAR) bytes = "\ufffd";
    const TextStyle style = style_now();
    if (!now_.spans.empty() && now_.spans.back().style == style) now_.spans.back().text += bytes;
    else now_.spans.push_back({std::string(bytes), style});
    return 0;
  }
  TextStyle style_now() const {
    if (now_.kind == Block::Kind::Title) return TextStyle::Title;
    if (now_.kind == Block::Kind::Heading) return TextStyle::Heading;
    if (now_.kind == Block::Kind::Code || code_ > 0) return TextStyle::Mono;
    return strong_ > 0 ? TextStyle::Strong : emphasis_ > 0 ? TextStyle::Emphasis : TextStyle::Body;
  }
  void flush() {
    if (!now_.spans.empty()) {
      if (quotes_ > 0 && now_.kind == Block::Kind::Paragraph) now_.kind = Block::Kind::Quote;
      blocks_.push_back(std::move(now_));
      now_ = Block{};
      return;
    }
    if (now_.kind != Block::Kind::ListItem) now_ = Block{};
  }

  std::vector<Block> blocks_;
  Block now_;
  std::vector<int> lists_;  // 0: bullets; otherwise the next number plus one
  int quotes_ = 0, strong_ = 0, emphasis_ = 0, code_ = 0;
};

// A piece of a line: letters of one style, which no space divides.
struct Piece {
  std::string text;
  TextStyle style;
  float width = 0;
  bool space_before = false;
};

std::vector<Piece> pieces_of(const Block& block, float width, const TextMeasure& measure) {
  std::vector<Piece> out;
  bool space = false;
  for (const Span& span : block.spans) {
    size_t at = 0;
    while (at < span.text.size()) {
      if (span.text[at] == ' ' || span.text[at] == '\n') {
        space = true;
        ++at;
        continue;
      }
      const size_t end = std::min(span.text.find_first_of(" \n", at), span.text.size());
      // What is wider than the line alone is cut.
      for (std::string& part : fold_text(measure, span.style, std::string_view(span.text).substr(at, end - at), width)) {
        const float part_width = measure.width(span.style, part);
        out.push_back({std::move(part), span.style, part_width, space});
        space = false;
      }
      at = end;
    }
  }
  return out;
}

class Layout {
 public:
  Layout(Drawing* out, Point at, float width, const Theme& theme, const TextMeasure& measure)
      : out_(out), at_(at), width_(width), theme_(theme), measure_(measure) {}

  float words(const Block& block, Ink ink) {
    const std::vector<Piece> pieces = pieces_of(block, width_, measure_);
    size_t first = 0;
    float y = at_.y;
    while (first < pieces.size()) {
      // Pieces without a space between them stay together: `code`, then its comma.
      size_t last = first;
      float used = 0;
      for (size_t i = first; i < pieces.size();) {
        size_t end = i + 1;
        float more = (i > first && pieces[i].space_before ? space(pieces[i].style) : 0) + pieces[i].width;
        while (end < pieces.size() && !pieces[end].space_before) more += pieces[end++].width;
        if (i > first && used + more > width_) break;
        if (used + more > width_) {  // together too wide for any line: break between the pieces
          end = i;
          float sum = 0;
          while (end < pieces.size() && (end == i || (!pieces[end].space_before && sum + pieces[end].width <= width_))) sum += pieces[end++].width;
          more = sum;
        }
        used += more;
        i = last = end;
      }
      y += line(pieces, first, last, y, ink);
      first = last;
    }
    return y - at_.y;
  }

 private:
  float space(TextStyle style) const { return measure_.width(style, " "); }

  float line(const std::vector<Piece>& pieces, size_t first, size_t last, float y, Ink ink) {
    float height = 0;
    for (size_t i = first; i < last; ++i) height = std::max(height, measure_.line_height(pieces[i].style));
    const float whole = height * 1.25f;
    float x = at_.x;
    for (size_t i = first; i < last; ++i) {
      const Piece& piece = pieces[i];
      if (i > first && piece.space_before) x += space(piece.style);
      if (out_ != nullptr) {
        const Box box{x, y, piece.width, whole};
        if (piece.style == TextStyle::Mono) {
          // The words of one command are one piece of code: its ground goes on under the space between them.
          const float pad = 2 * theme_.scale;
          const bool joined = i > first && piece.space_before && pieces[i - 1].style == TextStyle::Mono;
          const float before = joined ? space(piece.style) : pad;
          out_->fill({box.x - before, box.y + (whole - height) / 2, box.w + before + pad, height}, Ink::Raised, joined ? 0 : 3 * theme_.scale);
        }
        out_->label(box, piece.text, piece.style, ink);
      }
      x += piece.width;
    }
    return whole;
  }

  Drawing* out_;
  Point at_;
  float width_;
  const Theme& theme_;
  const TextMeasure& measure_;
};

float draw_code(Drawing* out, Point at, float width, const Block& block, const Theme& theme, const TextMeasure& measure) {
  const float pad = theme.unit(), line = measure.line_height(TextStyle::Mono) * 1.2f;
  std::string all;
  for (const Span& span : block.spans) all += span.text;
  std::vector<std::string> lines;
  for (const std::string& text : split_lines(all)) {
    auto folded = fold_text(measure, TextStyle::Mono, text, width - 2 * pad);
    if (folded.empty()) folded.emplace_back();
    lines.insert(lines.end(), folded.begin(), folded.end());
  }
  const float height = 2 * pad + line * static_cast<float>(lines.size());
  if (out != nullptr) {
    out->fill({at.x, at.y, width, height}, Ink::Raised, theme.radius());
    for (size_t i = 0; i < lines.size(); ++i)
      if (!lines[i].empty()) out->label({at.x + pad, at.y + pad + line * static_cast<float>(i), width - 2 * pad, line}, lines[i], TextStyle::Mono, Ink::Text);
  }
  return height;
}

}  // namespace

std::vector<Block> markdown_blocks(std::string_view markdown) { return Reader().read(markdown); }

float draw_block(Drawing* out, Point at, float width, const Block& block, const Theme& theme, const TextMeasure& measure) {
  const float unit = theme.unit();
  if (block.kind == Block::Kind::Code) return draw_code(out, at, width, block, theme, measure);
  float indent = 0;
  if (block.kind == Block::Kind::ListItem) {
    indent = std::max(2.5f * unit, measure.width(TextStyle::Body, block.marker) + unit);
    if (out != nullptr)
      out->label({at.x + 0.5f * unit, at.y, indent - 0.5f * unit, measure.line_height(TextStyle::Body) * 1.25f}, block.marker, TextStyle::Body, Ink::Accent);
  }
  if (block.kind == Block::Kind::Quote) indent = 2 * unit;
  const Ink ink = block.kind == Block::Kind::Quote ? Ink::Dim : Ink::Text;
  const float height = Layout(out, {at.x + indent, at.y}, width - indent, theme, measure).words(block, ink);
  if (block.kind == Block::Kind::Quote && out != nullptr) out->fill({at.x, at.y, 0.5f * unit, height}, Ink::Accent);
  return height;
}

float block_gap(const Block& block, const Theme& theme) {
  switch (block.kind) {
    case Block::Kind::Title: return 2 * theme.unit();
    case Block::Kind::ListItem: return 0.5f * theme.unit();
    default: return 1.25f * theme.unit();
  }
}

}  // namespace strates::viewer
