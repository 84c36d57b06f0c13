#include "compose/node.hpp"

#include <charconv>

#include "base/json_full.hpp"

namespace strates::compose {

std::string Place::text() const { return file == nullptr ? std::string() : *file + ":" + std::to_string(line); }

Node Node::of_text(std::string value, Place place) {
  Node node;
  node.kind = Kind::Text;
  node.text = std::move(value);
  node.place = std::move(place);
  return node;
}

Node Node::of_flag(bool value, Place place) {
  Node node = of_text(value ? "true" : "false", std::move(place));
  node.kind = Kind::Flag;
  return node;
}

Node Node::of_integer(std::int64_t value, Place place) {
  Node node = of_text(std::to_string(value), std::move(place));
  node.kind = Kind::Integer;
  return node;
}

Node Node::list(Place place) {
  Node node;
  node.kind = Kind::List;
  node.place = std::move(place);
  return node;
}

Node Node::map(Place place) {
  Node node;
  node.kind = Kind::Map;
  node.place = std::move(place);
  return node;
}

bool Node::empty() const {
  switch (kind) {
    case Kind::Null: return true;
    case Kind::List: return items.empty();
    case Kind::Map: return members.empty();
    default: return text.empty();
  }
}

const Node* Node::find(std::string_view name) const {
  for (const Member& member : members)
    if (member.name == name) return &member.value;
  return nullptr;
}

Node* Node::find(std::string_view name) { return const_cast<Node*>(std::as_const(*this).find(name)); }

const Node* Node::at(std::initializer_list<std::string_view> path) const {
  const Node* node = this;
  for (const std::string_view name : path) {
    node = node->find(name);
    if (node == nullptr) return nullptr;
  }
  return node;
}

Node& Node::set(std::string_view name, Node value) {
  kind = Kind::Map;
  if (Node* found = find(name)) {
    *found = std::move(value);
    return *found;
  }
  const Place where = value.place;
  members.push_back({std::string(name), std::move(value), where});
  return members.back().value;
}

void Node::erase(std::string_view name) {
  std::erase_if(members, [&](const Member& member) { return member.name == name; });
}

std::string Node::text_of(std::string_view name, std::string_view fallback) const {
  const Node* found = find(name);
  return found != nullptr && found->is_scalar() && !found->is(Kind::Null) ? found->text : std::string(fallback);
}

bool Node::flag_of(std::string_view name, bool fallback) const {
  const Node* found = find(name);
  return found != nullptr && found->is(Kind::Flag) ? found->text == "true" : fallback;
}

std::int64_t Node::integer_of(std::string_view name, std::int64_t fallback) const {
  const Node* found = find(name);
  return found == nullptr ? fallback : found->integer(fallback);
}

std::vector<std::string> Node::texts_of(std::string_view name) const {
  const Node* found = find(name);
  return found == nullptr ? std::vector<std::string>() : found->texts();
}

std::int64_t Node::integer(std::int64_t fallback) const {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error == std::errc() && end == text.data() + text.size() ? value : fallback;
}

std::vector<std::string> Node::texts() const {
  std::vector<std::string> out;
  for (const Node& item : items)
    if (item.is_scalar()) out.push_back(item.text);
  return out;
}

bool same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.text != b.text || a.items.size() != b.items.size() || a.members.size() != b.members.size()) return false;
  for (size_t i = 0; i < a.items.size(); ++i)
    if (!same(a.items[i], b.items[i])) return false;
  for (const Member& member : a.members) {
    const Node* other = b.find(member.name);
    if (other == nullptr || !same(member.value, *other)) return false;
  }
  return true;
}

Json to_json(const Node& node) {
  switch (node.kind) {
    case Node::Kind::Null: return nullptr;
    case Node::Kind::Flag: return node.text == "true";
    case Node::Kind::Integer: return node.integer();
    case Node::Kind::Decimal: {
      double value = 0;
      std::from_chars(node.text.data(), node.text.data() + node.text.size(), value);
      return value;
    }
    case Node::Kind::Text: return node.text;
    case Node::Kind::List: {
      Json out = Json::array();
      for (const Node& item : node.items) out.push_back(to_json(item));
      return out;
    }
    case Node::Kind::Map: {
      Json out = Json::object();
      for (const Member& member : node.members) out[member.name] = to_json(member.value);
      return out;
    }
  }
  return nullptr;
}

}  // namespace strates::compose
