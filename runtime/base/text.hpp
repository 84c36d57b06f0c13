// Words shown to people, by identifier: French by default, English by locale or --lang.
//
// The catalogue is runtime/base/catalogue/*.inc: TEXT(Id, "français {}", "English {}"), fmt's placeholders, the same in both.
// Docker's own outputs are not in it: they are English and to the letter.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace strates {

enum class Language { French, English };

enum class Text {
#define TEXT(id, french, english) id,
#include "base/catalogue/all.inc"
#undef TEXT
  Count
};

std::string_view text_in(Text id, Language language);

// The process's language: set once in main, before threads. French until then.
void set_language(Language language);
Language language();
// --lang's value ("fr", "en"), else LC_ALL, LC_MESSAGES, LANG: English only when one says so.
Language choose_language(std::string_view option);

template <typename... Args>
std::string tr(Text id, const Args&... args) {
  return fmt::format(fmt::runtime(text_in(id, language())), args...);
}

}  // namespace strates
