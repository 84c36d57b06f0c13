// YAML with lines: the only place of the lessons that knows yaml-cpp. A tree of plain values, each with the line it stands on.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace strates::lessons {

struct YamlNode {
  enum class Kind { Null, Scalar, Sequence, Map } kind = Kind::Null;
  int line = 0;         // in the whole file, from 1
  std::string scalar;
  bool quoted = false;  // "4.10" and 4.10 are not the same to a teacher: rows must be quoted
  std::vector<YamlNode> items;
  std::vector<std::pair<std::string, YamlNode>> members;

  const YamlNode* member(std::string_view key) const;
};

// `first_line`: where the text starts in its file. Bounded: 64 KiB, 16 levels, no anchors or aliases. code lesson.syntax, object "FILE:LINE".
Result<YamlNode> parse_yaml(const std::string& file, std::string_view text, int first_line);

}  // namespace strates::lessons
