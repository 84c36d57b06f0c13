// A measure of texts that needs no font: every character as wide as any other. Pictures laid out with it are the same on every machine.
#pragma once

#include "viewer/draw/text_layout.hpp"
#include "viewer/draw/theme.hpp"

namespace strates::viewer {

class FixedMeasure : public TextMeasure {
 public:
  explicit FixedMeasure(const Theme& theme) : theme_(theme) {}
  float width(TextStyle style, std::string_view text) const override {
    const float each = style == TextStyle::Mono || style == TextStyle::MonoSmall ? 0.6f : 0.55f;
    size_t characters = 0;
    for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return each * theme_.text_size(style) * static_cast<float>(characters);
  }
  float line_height(TextStyle style) const override { return 1.25f * theme_.text_size(style); }

 private:
  Theme theme_;
};

}  // namespace strates::viewer
