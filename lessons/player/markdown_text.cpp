#include "lessons/player/markdown_text.hpp"

#include <md4c.h>

#include "base/strings.hpp"

namespace strates::lessons {

namespace {

class Renderer {
 public:
  explicit Renderer(const Screen& screen) : screen_(screen) {}

  std::vector<std::string> render(std::string_view markdown) {
    MD_PARSER parser{};
    parser.flags = MD_FLAG_NOHTML | MD_FLAG_TABLES;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* self) { return static_cast<Renderer*>(self)->enter_block(type, detail); };
    parser.leave_block = [](MD_BLOCKTYPE type, void*, void* self) { return static_cast<Renderer*>(self)->leave_block(type); };
    parser.enter_span = [](MD_SPANTYPE type, void*, void* self) { return static_cast<Renderer*>(self)->span(type, true); };
    parser.leave_span = [](MD_SPANTYPE type, void*, void* self) { return static_cast<Renderer*>(self)->span(type, false); };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR* text, MD_SIZE size, void* self) {
      return static_cast<Renderer*>(self)->text(type, std::string_view(text, size));
    };
    md_parse(markdown.data(), static_cast<MD_SIZE>(markdown.size()), &parser, this);
    while (!lines_.empty() && lines_.back().empty()) lines_.pop_back();
    return std::move(lines_);
  }

 private:
  int enter_block(MD_BLOCKTYPE type, void* detail) {
    if (type == MD_BLOCK_UL || type == MD_BLOCK_OL) {
      flush();
      ordered_ = type == MD_BLOCK_OL ? static_cast<int>(static_cast<MD_BLOCK_OL_DETAIL*>(detail)->start) : 0;
    } else if (type == MD_BLOCK_LI) {
      bullet_ = ordered_ > 0 ? std::to_string(ordered_++) + ". " : "• ";
    } else if (type == MD_BLOCK_H) {
      heading_ = true;
    } else if (type == MD_BLOCK_CODE) {
      code_ = true;
    } else if (type == MD_BLOCK_QUOTE) {
      quote_ = true;
    }
    return 0;
  }
  int leave_block(MD_BLOCKTYPE type) {
    switch (type) {
      case MD_BLOCK_H:
        lines_.push_back(screen_.styled(Style::Title, text_));
        text_.clear();
        heading_ = false;
        lines_.emplace_back();
        break;
      case MD_BLOCK_P:
        flush();
        lines_.emplace_back();
        break;
      case MD_BLOCK_LI: flush(); break;
      case MD_BLOCK_UL:
      case MD_BLOCK_OL: lines_.emplace_back(); break;
      case MD_BLOCK_CODE:
        for (const auto& line : split_lines(text_)) lines_.push_back("    " + screen_.styled(Style::Code, line));
        text_.clear();
        code_ = false;
        lines_.emplace_back();
        break;
      case MD_BLOCK_QUOTE: quote_ = false; break;
      default: break;
    }
    return 0;
  }
  int span(MD_SPANTYPE type, bool enter) {
    // A style is opened and closed around each word later: here only remembered by markers that fold_lines keeps with their word.
    if (!screen_.colour()) {
      if (type == MD_SPAN_CODE) text_ += enter ? "«\u00a0" : "\u00a0»";
      return 0;
    }
    const char* code = type == MD_SPAN_STRONG ? "1" : type == MD_SPAN_EM ? "3" : type == MD_SPAN_CODE ? "33" : nullptr;
    if (code != nullptr) text_ += enter ? "\x1b[" + std::string(code) + "m" : "\x1b[0m";
    return 0;
  }
  int text(MD_TEXTTYPE type, std::string_view bytes) {
    if (type == MD_TEXT_SOFTBR) text_ += ' ';
    else if (type == MD_TEXT_BR) text_ += ' ';
    else if (type == MD_TEXT_ENTITY && bytes == "&nbsp;") text_ += "\u00a0";
    else text_ += bytes;
    return 0;
  }
  void flush() {
    if (trim(text_).empty()) {
      text_.clear();
      return;
    }
    const std::string first = quote_ ? "  ┃ " : bullet_.empty() ? "" : "  " + bullet_;
    const std::string next = quote_ ? "  ┃ " : std::string(static_cast<size_t>(bullet_.empty() ? 0 : columns_of(bullet_) + 2), ' ');
    bool leading = true;
    for (const auto& line : fold_lines(text_, screen_.width() - columns_of(first))) {
      lines_.push_back((leading ? first : next) + line);
      leading = false;
    }
    text_.clear();
    bullet_.clear();
  }

  const Screen& screen_;
  std::vector<std::string> lines_;
  std::string text_, bullet_;
  int ordered_ = 0;
  bool heading_ = false, code_ = false, quote_ = false;
};

}  // namespace

std::vector<std::string> markdown_lines(std::string_view markdown, const Screen& screen) { return Renderer(screen).render(markdown); }

}  // namespace strates::lessons
