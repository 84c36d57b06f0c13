#include "viewer/app/words.hpp"

#include <array>

namespace strates::viewer {

namespace {

struct Row {
  std::string_view french, english;
};

constexpr std::array<Row, static_cast<size_t>(AppText::Count)> kRows = {{
#define TEXT(id, french, english) {french, english},
#include "viewer/app/words.inc"
#undef TEXT
}};

}  // namespace

std::string_view app_text_in(AppText id, Language language) {
  const Row& row = kRows[static_cast<size_t>(id)];
  return language == Language::French ? row.french : row.english;
}

}  // namespace strates::viewer
