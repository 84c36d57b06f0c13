// Refusing what the specification does not know, with its place and, for an unknown key, the nearest known one.
#include <algorithm>

#include "base/nearest_word.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "compose/schema.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::compose {

namespace {

using Kind = Node::Kind;

Error type_error(const Node& node, const std::string& path, std::string_view wanted) {
  return compose_error("type", node.place, path + " must be a " + std::string(wanted));
}

std::string inside(const std::string& path, std::string_view name) { return path.empty() ? std::string(name) : path + "." + std::string(name); }

bool is_text(const Node& node) { return node.is(Kind::Text); }
bool is_number(const Node& node) { return node.is(Kind::Integer) || node.is(Kind::Decimal); }

Result<void> check_record(const Node& node, const Record& record, const std::string& path);

Result<void> check_dictionary(const Node& node, const std::string& path) {
  if (node.is(Kind::List)) {
    for (size_t i = 0; i < node.items.size(); ++i)
      if (!is_text(node.items[i])) return type_error(node.items[i], path + "." + std::to_string(i), "string");
    return success();
  }
  if (!node.is(Kind::Map)) return type_error(node, path, "mapping");
  for (const Member& member : node.members)
    if (!member.value.is_scalar()) return type_error(member.value, inside(path, member.name), "boolean, null, number or string");
  return success();
}

Result<void> check_words(const Node& node, const std::string& path) {
  if (!node.is(Kind::List)) return type_error(node, path, "list");
  for (size_t i = 0; i < node.items.size(); ++i)
    if (!node.items[i].is_scalar() || node.items[i].is(Kind::Null)) return type_error(node.items[i], path + "." + std::to_string(i), "string");
  return success();
}

Result<void> check_hosts(const Node& node, const std::string& path) {
  if (node.is(Kind::List)) return check_words(node, path);
  if (!node.is(Kind::Map)) return type_error(node, path, "mapping");
  for (const Member& member : node.members)
    if (!is_text(member.value)) TRY(check_words(member.value, inside(path, member.name)));
  return success();
}

// Is it written in the field's short form?
bool is_short(const Node& node, Short form) {
  switch (form) {
    case Short::Build: case Short::Extends: return is_text(node);
    case Short::DependsOn: case Short::Names: return node.is(Kind::List);
    case Short::EnvFiles: case Short::Gpus: return is_text(node);
    case Short::External: return node.is(Kind::Flag) || is_text(node) || node.is(Kind::Null);
    default: return false;
  }
}

// The same for one entry of a list or map.
bool is_short_entry(const Node& node, Short form) {
  switch (form) {
    case Short::Ports: return is_text(node) || is_number(node);
    case Short::Mounts: case Short::Grants: case Short::EnvFiles: case Short::Devices: case Short::Include: return is_text(node);
    case Short::Limits: return node.is(Kind::Integer) || is_text(node);
    default: return false;
  }
}

Result<void> check_field(const Node& node, const Field& field, const std::string& path) {
  if (node.mark == Node::Mark::Reset) return success();
  switch (field.shape) {
    case Shape::Any: return success();
    case Shape::TextOrNull:
      if (node.is(Kind::Null)) return success();
      [[fallthrough]];
    case Shape::Text:
      if (!is_text(node)) return type_error(node, path, "string");
      break;
    case Shape::Flag:
      if (!node.is(Kind::Flag) && !is_text(node)) return type_error(node, path, "boolean or string");
      break;
    case Shape::Integer:
    case Shape::Natural:
      if (!node.is(Kind::Integer) && !is_text(node)) return type_error(node, path, "integer");
      if (field.shape == Shape::Natural && node.is(Kind::Integer) && node.integer() < 0) return compose_error("value", node.place, path + " must be greater than or equal to 0");
      break;
    case Shape::Size:
      if (node.is(Kind::Decimal)) return type_error(node, path, "integer");
      if (!node.is(Kind::Integer) && !is_text(node)) return type_error(node, path, "number or string");
      if (field.name == "size" && node.is(Kind::Integer) && node.integer() < 0) return compose_error("value", node.place, path + " must be greater than or equal to 0");
      break;
    case Shape::Number:
      if (!is_number(node) && !is_text(node)) return type_error(node, path, "number or string");
      break;
    case Shape::TextOrNumber:
      if (!is_number(node) && !is_text(node) && !node.is(Kind::Flag)) return type_error(node, path, "number or string");
      break;
    case Shape::Duration:
      if (!is_text(node)) return type_error(node, path, "string");
      break;
    case Shape::Words: return check_words(node, path);
    case Shape::WordOrWords: return is_text(node) ? success() : check_words(node, path);
    case Shape::Command:
      if (node.is(Kind::Null) || is_text(node)) return success();
      return check_words(node, path);
    case Shape::Dictionary: return check_dictionary(node, path);
    case Shape::Hosts: return check_hosts(node, path);
    case Shape::BlockOrNull:
      if (node.is(Kind::Null)) return success();
      return check_record(node, *field.record, path);
    case Shape::Block: return is_short(node, field.form) ? success() : check_record(node, *field.record, path);
    case Shape::Blocks:
      if (is_short(node, field.form)) return check_words(node, path);
      if (!node.is(Kind::Map)) return type_error(node, path, "mapping");
      for (const Member& member : node.members) {
        const std::string name = inside(path, member.name);
        if (member.name.empty() || member.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != std::string::npos)
          return compose_error("unknown-key", member.place, (path.empty() ? "" : path + " ") + "additional properties '" + member.name + "' not allowed");
        if (member.value.is(Kind::Null) || is_short_entry(member.value, field.form) || member.value.mark == Node::Mark::Reset) continue;
        TRY(check_record(member.value, *field.record, name));
      }
      return success();
    case Shape::BlockList:
      if (is_short(node, field.form)) return success();
      if (!node.is(Kind::List)) return type_error(node, path, "list");
      for (size_t i = 0; i < node.items.size(); ++i)
        if (!is_short_entry(node.items[i], field.form)) TRY(check_record(node.items[i], *field.record, path + "." + std::to_string(i)));
      return success();
  }
  if (field.choices.empty() || !is_text(node) || node.text.find('$') != std::string::npos) return success();
  const auto choices = split(field.choices, '|');
  if (std::find(choices.begin(), choices.end(), node.text) != choices.end()) return success();
  return compose_error("value", node.place, path + " must be one of the following: \"" + join(choices, "\", \"") + "\"");
}

Result<void> check_record(const Node& node, const Record& record, const std::string& path) {
  if (!node.is(Kind::Map)) return type_error(node, path, "mapping");
  for (const Member& member : node.members) {
    if (record.extensions && member.name.starts_with("x-")) continue;
    const Field* field = record.find(member.name);
    if (field == nullptr) {
      std::vector<std::string_view> known;
      for (const Field& candidate : record.fields) known.push_back(candidate.name);
      const std::string_view near = nearest_word(member.name, known);
      return compose_error("unknown-key", member.place, (path.empty() ? "" : path + " ") + "additional properties '" + member.name + "' not allowed",
                           near.empty() ? std::string() : tr(Text::CliDidYouMean, std::string(near)));
    }
    TRY(check_field(member.value, *field, inside(path, member.name)));
  }
  return success();
}

Result<void> require(const Node& node, const Record& record, const std::string& path) {
  if (node.mark == Node::Mark::Reset || !node.is(Kind::Map)) return success();
  if (!record.required.empty())
    for (const std::string& name : split(record.required, ' '))
      if (node.find(name) == nullptr) return compose_error("missing-key", node.place, path + " missing property '" + name + "'");
  for (const Member& member : node.members) {
    const Field* field = record.find(member.name);
    if (field == nullptr || field->record == nullptr) continue;
    const std::string name = inside(path, member.name);
    if (field->shape == Shape::Blocks)
      for (const Member& entry : member.value.members) TRY(require(entry.value, *field->record, inside(name, entry.name)));
    else if (field->shape == Shape::BlockList)
      for (size_t i = 0; i < member.value.items.size(); ++i) TRY(require(member.value.items[i], *field->record, name + "." + std::to_string(i)));
    else TRY(require(member.value, *field->record, name));
  }
  return success();
}

}  // namespace

Result<void> validate(const Node& document) {
  if (!document.is(Kind::Map)) return compose_error("type", document.place, "top-level object must be a mapping");
  return check_record(document, file_record(), "");
}

Result<void> require_keys(const Node& document) { return require(document, file_record(), ""); }

}  // namespace strates::compose
