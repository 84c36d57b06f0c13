// The words of the window and of pictures, in the catalogue's form (base/text.hpp): TEXT(Id, "français {}", "English {}").
#pragma once

#include "base/text.hpp"

namespace strates::viewer {

enum class AppText {
#define TEXT(id, french, english) id,
#include "viewer/app/words.inc"
#undef TEXT
  Count
};

std::string_view app_text_in(AppText id, Language language);

template <typename... Args>
std::string said(AppText id, const Args&... args) {
  return fmt::format(fmt::runtime(app_text_in(id, language())), args...);
}

}  // namespace strates::viewer
