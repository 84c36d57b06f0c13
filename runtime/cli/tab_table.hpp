// Columns aligned with spaces as Go's text/tabwriter aligns them: a column is a run of lines that have a cell ended by a tab there.
#pragma once

#include <string>
#include <string_view>

namespace strates::cli {

struct TabLayout {
  size_t min_width = 10, padding = 3;
};
constexpr TabLayout kListLayout{10, 3};     // ps, images, history
constexpr TabLayout kTopLayout{20, 3};      // top
constexpr TabLayout kVersionLayout{20, 1};  // version

// `text`: lines whose cells are separated by tabs. Widths count code points.
std::string align_tabs(std::string_view text, TabLayout layout);
size_t code_points(std::string_view text);

}  // namespace strates::cli
