// Short forms written out, text of ${VARIABLES} cast to what the key holds.
#include <charconv>

#include "base/strings.hpp"
#include "compose/schema.hpp"
#include "compose/short_forms.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::compose {

namespace {

using Kind = Node::Kind;

Error at(const Node& node, const std::string& path, const Error& cause) {
  return compose_error(cause.code.starts_with("compose.") ? cause.code.substr(8) : "value", node.place, path + ": " + cause.message());
}

Error wrong(const Node& node, const std::string& path, std::string_view wanted) { return compose_error("type", node.place, path + " must be a " + std::string(wanted)); }

std::string inside(const std::string& path, std::string_view name) { return path.empty() ? std::string(name) : path + "." + std::string(name); }

void as_text(Node& node) {
  if (node.is_scalar() && !node.is(Kind::Null)) node.kind = Kind::Text;
}

Result<void> cast_flag(Node& node, const std::string& path) {
  if (node.is(Kind::Flag)) return success();
  const std::string text = to_lower(node.text);
  for (const std::string_view yes : {"true", "y", "yes", "on", "1"})
    if (text == yes) return node = Node::of_flag(true, node.place), success();
  for (const std::string_view no : {"false", "n", "no", "off", "0"})
    if (text == no) return node = Node::of_flag(false, node.place), success();
  return wrong(node, path, "boolean");
}

Result<void> cast_number(Node& node, const std::string& path, bool whole) {
  Node resolved = node.is(Kind::Text) ? resolve_scalar(node.text, node.place) : node;
  if (resolved.is(Kind::Integer) || (resolved.is(Kind::Decimal) && !whole)) return node = std::move(resolved), success();
  return wrong(node, path, whole ? "integer" : "number");
}

// NAME=VALUE lists as maps; values are text or null.
void write_dictionary(Node& node) {
  if (node.is(Kind::List)) {
    Node map = Node::map(node.place);
    map.mark = node.mark;
    for (const Node& item : node.items) {
      const size_t equals = item.text.find('=');
      Node value = equals == std::string::npos ? Node() : Node::of_text(item.text.substr(equals + 1), item.place);
      value.place = item.place;
      map.set(item.text.substr(0, equals), std::move(value));
    }
    node = std::move(map);
  }
  for (Member& member : node.members) as_text(member.value);
}

// A map of names to lists of addresses.
Result<void> write_hosts(Node& node, const std::string& path) {
  Node map = Node::map(node.place);
  map.mark = node.mark;
  const auto add = [&](const std::string& name, std::string address) {
    if (address.size() > 1 && address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
    Node* list = map.find(name);
    if (list == nullptr) list = &map.set(name, Node::list(node.place));
    for (const Node& item : list->items)
      if (item.text == address) return;
    list->items.push_back(Node::of_text(address, node.place));
  };
  for (const Node& item : node.items) {
    size_t separator = item.text.find('=');
    if (separator == std::string::npos) separator = item.text.find(':');
    if (separator == std::string::npos) return compose_error("hosts", item.place, path + ": bad host name '" + item.text + "'");
    add(item.text.substr(0, separator), item.text.substr(separator + 1));
  }
  for (const Member& member : node.members) {
    if (member.value.is(Kind::List)) {
      for (const Node& address : member.value.items) add(member.name, address.text);
    } else {
      add(member.name, member.value.text);
    }
  }
  node = std::move(map);
  return success();
}

Result<void> write_command(Node& node, const std::string& path, bool test) {
  if (node.is(Kind::Null)) return success();
  if (node.is_scalar()) {
    Node list = Node::list(node.place);
    list.mark = node.mark;
    if (test) {
      list.items = {Node::of_text("CMD-SHELL", node.place), Node::of_text(node.text, node.place)};
    } else {
      const auto words = shell_words(node.text);
      if (!words.ok()) return at(node, path, words.error());
      for (const std::string& word : words.value()) list.items.push_back(Node::of_text(word, node.place));
    }
    node = std::move(list);
  }
  for (Node& item : node.items) as_text(item);
  return success();
}

Node record_with(std::string_view name, const Node& value) {
  Node record = Node::map(value.place);
  record.mark = value.mark;
  Node text = Node::of_text(value.text, value.place);
  record.set(name, std::move(text));
  return record;
}

// The short form of a whole field.
void write_short(Node& node, Short form) {
  switch (form) {
    case Short::Build:
      if (node.is(Kind::Text)) node = record_with("context", node);
      return;
    case Short::Extends:
      if (node.is(Kind::Text)) node = record_with("service", node);
      return;
    case Short::EnvFiles:
      if (node.is(Kind::Text)) {
        Node list = Node::list(node.place);
        list.mark = node.mark;
        list.items.push_back(Node::of_text(node.text, node.place));
        node = std::move(list);
      }
      return;
    case Short::Gpus:
      if (node.is(Kind::Text)) {
        Node list = Node::list(node.place);
        list.mark = node.mark;
        Node all = Node::map(node.place);
        all.set("count", Node::of_integer(-1, node.place));
        list.items.push_back(std::move(all));
        node = std::move(list);
      }
      return;
    case Short::DependsOn:
    case Short::Names: {
      if (!node.is(Kind::List)) return;
      Node map = Node::map(node.place);
      map.mark = node.mark;
      for (const Node& item : node.items) {
        Node value;
        value.place = item.place;
        if (form == Short::DependsOn) value = record_with("condition", Node::of_text("service_started", item.place));
        map.set(item.text, std::move(value));
      }
      node = std::move(map);
      return;
    }
    default: return;
  }
}

Result<void> write_entries(Node& node, const Field& field, const std::string& path) {
  std::vector<Node> out;
  for (size_t i = 0; i < node.items.size(); ++i) {
    Node& item = node.items[i];
    const std::string name = path + "." + std::to_string(i);
    if (field.form == Short::Ports && item.is_scalar()) {
      auto ports = parse_port(item.text, item.place);
      if (!ports.ok()) return at(item, name, ports.error());
      for (Node& port : ports.value()) out.push_back(std::move(port));
      continue;
    }
    if (item.is(Kind::Text)) {
      Result<Node> written = item;
      if (field.form == Short::Mounts) written = parse_mount(item.text, item.place);
      if (field.form == Short::Devices) written = parse_device(item.text, item.place);
      if (field.form == Short::Grants) written = record_with("source", item);
      if (field.form == Short::EnvFiles) written = record_with("path", item);
      if (field.form == Short::Include) written = record_with("path", item);
      if (!written.ok()) return at(item, name, written.error());
      item = std::move(written).value();
    }
    TRY(make_canonical(item, *field.record, name));
    if (field.form == Short::Ports) {
      if (item.find("mode") == nullptr) item.set("mode", Node::of_text("ingress", item.place));
      if (item.find("protocol") == nullptr) item.set("protocol", Node::of_text("tcp", item.place));
      if (Node* published = item.find("published")) as_text(*published);
    }
    if (field.form == Short::EnvFiles && item.find("required") == nullptr) item.set("required", Node::of_flag(true, item.place));
    if (field.form == Short::Mounts && item.text_of("type") == "bind") {
      Node* bind = item.find("bind");
      if (bind == nullptr) bind = &item.set("bind", Node::map(item.place));
      if (bind->find("create_host_path") == nullptr) bind->set("create_host_path", Node::of_flag(true, item.place));
    }
    out.push_back(std::move(item));
  }
  node.items = std::move(out);
  return success();
}

Result<void> check_device_request(const Node& device, const std::string& path) {
  const Node* count = device.find("count");
  if (count != nullptr && device.find("device_ids") != nullptr) return compose_error("value", device.place, path + ": \"count\" and \"device_ids\" attributes are exclusive");
  return success();
}

Result<void> write_field(Node& node, const Field& field, const std::string& path) {
  if (node.mark == Node::Mark::Reset) return success();
  write_short(node, field.form);
  switch (field.shape) {
    case Shape::Any: return success();
    case Shape::Text:
    case Shape::TextOrNull: as_text(node); return success();
    case Shape::TextOrNumber:
      if (field.name == "count" && node.is(Kind::Text)) {
        const Node number = resolve_scalar(node.text, node.place);
        if (node.text == "all") node = Node::of_integer(-1, node.place);
        else if (number.is(Kind::Integer)) node = number;
        else return compose_error("value", node.place, path + ": invalid value \"" + node.text + "\", the only value allowed is 'all' or a number");
      }
      if (field.name == "cpus" && node.is(Kind::Text)) return cast_number(node, path, false);
      if (field.name == "mode") {
        // Text is octal ("0440"), a number is what YAML made of it.
        Node number = node.is(Kind::Text) && !node.text.empty() && node.text[0] != '0' ? resolve_scalar("0" + node.text, node.place) : resolve_scalar(node.text, node.place);
        if (node.is(Kind::Text) && number.is(Kind::Integer)) node = std::move(number);
      }
      return success();
    case Shape::Flag: return cast_flag(node, path);
    case Shape::Integer: return cast_number(node, path, true);
    case Shape::Natural:
      TRY(cast_number(node, path, true));
      if (node.integer() < 0) return compose_error("value", node.place, path + " must be greater than or equal to 0");
      return success();
    case Shape::Number: return cast_number(node, path, false);
    case Shape::Size: {
      if (!node.is(Kind::Text)) return success();
      const auto size = parse_size(node.text);
      if (!size.ok()) return at(node, path, size.error());
      node = Node::of_integer(size.value(), node.place);
      return success();
    }
    case Shape::Duration: {
      const auto duration = parse_duration(node.text);
      if (!duration.ok()) return at(node, path, duration.error());
      node.text = duration_text(duration.value());
      return success();
    }
    case Shape::WordOrWords:
      if (node.is_scalar() && !node.is(Kind::Null)) {
        Node list = Node::list(node.place);
        list.mark = node.mark;
        list.items.push_back(Node::of_text(node.text, node.place));
        node = std::move(list);
      }
      [[fallthrough]];
    case Shape::Words:
      for (Node& item : node.items) as_text(item);
      return success();
    case Shape::Command: return write_command(node, path, field.form == Short::Test);
    case Shape::Dictionary: write_dictionary(node); return success();
    case Shape::Hosts: return write_hosts(node, path);
    case Shape::BlockOrNull:
      if (node.is(Kind::Null)) return success();
      return make_canonical(node, *field.record, path);
    case Shape::Block:
      if (field.form == Short::External && !node.is(Kind::Map)) return node.is(Kind::Null) ? success() : cast_flag(node, path);
      return make_canonical(node, *field.record, path);
    case Shape::Blocks:
      for (Member& member : node.members) {
        Node& value = member.value;
        const std::string name = inside(path, member.name);
        if (field.form == Short::Limits && value.is_scalar() && !value.is(Kind::Null)) {
          TRY(cast_number(value, name, true));
          continue;
        }
        if (value.is(Kind::Null)) continue;
        TRY(make_canonical(value, *field.record, name));
        if (field.form == Short::DependsOn && value.find("required") == nullptr) value.set("required", Node::of_flag(true, value.place));
      }
      return success();
    case Shape::BlockList:
      TRY(write_entries(node, field, path));
      if (field.name == "devices" || field.name == "gpus")
        for (const Node& item : node.items) TRY(check_device_request(item, path));
      return success();
  }
  return success();
}

}  // namespace

Result<void> make_canonical(Node& node, const Record& record, const std::string& path) {
  if (node.mark == Node::Mark::Reset) return success();
  for (Member& member : node.members) {
    const Field* field = record.find(member.name);
    if (field == nullptr) continue;
    TRY(write_field(member.value, *field, inside(path, member.name)));
  }
  return success();
}

Result<void> make_canonical(Node& document) { return make_canonical(document, file_record(), ""); }

}  // namespace strates::compose
