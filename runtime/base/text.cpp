#include "base/text.hpp"

#include <cstdlib>

#include "base/strings.hpp"

namespace strates {

namespace {

struct Row {
  std::string_view french, english;
};

constexpr Row kRows[] = {
#define TEXT(id, french, english) {french, english},
#include "base/catalogue/all.inc"
#undef TEXT
};

Language current = Language::French;

}  // namespace

std::string_view text_in(Text id, Language language) {
  const Row& row = kRows[static_cast<size_t>(id)];
  return language == Language::English ? row.english : row.french;
}

void set_language(Language language) { current = language; }
Language language() { return current; }

Language choose_language(std::string_view option) {
  if (option == "en") return Language::English;
  if (option == "fr") return Language::French;
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    return std::string_view(value).substr(0, 2) == "en" ? Language::English : Language::French;
  }
  return Language::French;
}

}  // namespace strates
