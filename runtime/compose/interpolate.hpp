// ${VARIABLES} in values: the Compose specification, 12-interpolation.md.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compose/node.hpp"

namespace strates::compose {

using Lookup = std::function<std::optional<std::string>(const std::string& name)>;

struct Interpolation {
  Lookup lookup;
  // Names without a value that stood without default: their text is empty. May be null.
  std::vector<std::string>* unset = nullptr;
  // Bytes that all results together may still take: a long variable named often is a bomb. Null: each result is bounded, their sum is not.
  size_t* room = nullptr;
};
constexpr size_t kInterpolatedBytes = 8u << 20;  // of a file, or of a file of variables

// $NAME, ${NAME}, ${NAME:-default}, ${NAME-default}, ${NAME:?error}, ${NAME?error}, ${NAME:+other}, ${NAME+other}, $$.
// code compose.template: `invalid interpolation format: "${foo"`; compose.required: `required variable NAME is missing a value: WHY`;
// compose.too-large: "interpolated values are too large".
Result<std::string> interpolate(std::string_view text, const Interpolation& with, int depth = 0);

// All Text scalars below; keys stay. `path` ("services.web.image") is for the errors.
Result<void> interpolate_tree(Node& node, const Interpolation& with, const std::string& path);

struct Variable {
  std::string name, fallback, presence;
  bool required = false;
};
// The variables that a tree names, by name: what `config --variables` shows.
std::map<std::string, Variable> variables_of(const Node& node);

}  // namespace strates::compose
