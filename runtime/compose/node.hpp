// A Compose document as a tree: what YAML says, with the place of everything, so that a refusal names its line.
//
// Scalars keep the text they resolve to; maps keep their order. Nothing here knows Compose's keys.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"

namespace strates::compose {

struct Place {
  std::shared_ptr<const std::string> file;  // null: made here, not read
  int line = 0;                             // from 1
  std::string text() const;                 // "compose.yaml:7", empty when there is none
};

struct Member;

class Node {
 public:
  enum class Kind { Null, Flag, Integer, Decimal, Text, List, Map };
  // YAML tags of the Compose specification (13-merge.md): take the key out, or replace instead of merging.
  enum class Mark { None, Reset, Override };

  Kind kind = Kind::Null;
  Mark mark = Mark::None;
  std::string text;             // of a scalar: "true", "80", "2.5"
  std::vector<Node> items;      // of a list
  std::vector<Member> members;  // of a map, in the document's order
  Place place;

  static Node of_text(std::string value, Place place = {});
  static Node of_flag(bool value, Place place = {});
  static Node of_integer(std::int64_t value, Place place = {});
  static Node list(Place place = {});
  static Node map(Place place = {});

  bool is(Kind wanted) const { return kind == wanted; }
  bool is_scalar() const { return kind != Kind::List && kind != Kind::Map; }
  bool empty() const;

  const Node* find(std::string_view name) const;
  Node* find(std::string_view name);
  // Reads along a path; null when a part is absent.
  const Node* at(std::initializer_list<std::string_view> path) const;
  // Adds or replaces in place.
  Node& set(std::string_view name, Node value);
  void erase(std::string_view name);

  // Lenient reads of a member: absent or of another kind gives the fallback.
  std::string text_of(std::string_view name, std::string_view fallback = {}) const;
  bool flag_of(std::string_view name, bool fallback = false) const;
  std::int64_t integer_of(std::string_view name, std::int64_t fallback = 0) const;
  std::vector<std::string> texts_of(std::string_view name) const;

  std::int64_t integer(std::int64_t fallback = 0) const;
  std::vector<std::string> texts() const;  // the scalars of a list
};

struct Member {
  std::string name;
  Node value;
  Place place;  // of the key
};

// Same values; the order of maps does not count, that of lists does.
bool same(const Node& a, const Node& b);
// Numbers and flags as such, Text as strings.
Json to_json(const Node& node);

}  // namespace strates::compose
