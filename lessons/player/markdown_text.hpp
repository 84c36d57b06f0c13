// A lesson's prose on a terminal: Markdown to folded, styled lines (md4c parses it).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lessons/player/screen.hpp"

namespace strates::lessons {

std::vector<std::string> markdown_lines(std::string_view markdown, const Screen& screen);

}  // namespace strates::lessons
