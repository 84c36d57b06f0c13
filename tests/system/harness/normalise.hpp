// What differs from one run to the next, replaced by stable names, so that two outputs can be compared to the letter.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace strates::system_test {

// - hexadecimal ids of 12 or 64 digits: <id1>, <id2>... in order of appearance; the long form of a short one has the same name. Checksums of COPY
//   (file:..., dir:..., multi:...) are kept: they must be the same.
// - dates: <time>; ages ("3 seconds ago", "Up 2 seconds"): <age>, and then blanks of columns count as two, because an age's width moves them.
// - process ids in JSON, MAC addresses' none.
// - `paths`: what to write instead of a path.
std::string normalise(const std::string& text, const std::vector<std::pair<std::string, std::string>>& paths);

// One line for each difference, "-" the first text's and "+" the second's; empty when they are the same.
std::string difference(const std::string& first, const std::string& second);

}  // namespace strates::system_test
