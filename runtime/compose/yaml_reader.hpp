// YAML to trees, by yaml-cpp's events: anchors, merge keys (`<<`) and the marks !reset and !override are taken here.
//
// Everything is bounded: the text, the depth, and what aliases expand to. Plain scalars resolve as in YAML 1.2's core schema, with 0-led octals (as go-yaml).
#pragma once

#include <vector>

#include "compose/node.hpp"

namespace strates::compose {

struct YamlLimits {
  size_t bytes = 1 << 20;
  size_t depth = 100;
  size_t nodes = 100'000;  // with all aliases expanded
};

// The documents of a file; an empty file gives none. code compose.yaml: the place, then YAML's complaint
// ("yaml: line 6: mapping key "command" already defined at line 5", "document contains excessive aliasing", "cycle detected: ...").
Result<std::vector<Node>> read_yaml(const std::string& file, std::string_view text, const YamlLimits& limits = {});

// A plain scalar as the kind it resolves to.
Node resolve_scalar(std::string text, Place place);

// Errors of the model: "compose.yaml:7: SENTENCE" is the message, SENTENCE being Compose's own where it has one. code "compose.REASON".
Error compose_error(std::string_view reason, const Place& place, const std::string& sentence, const std::string& advice = {});

}  // namespace strates::compose
