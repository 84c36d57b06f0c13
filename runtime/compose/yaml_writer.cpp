#include "compose/yaml_writer.hpp"

#include "base/strings.hpp"
#include "compose/yaml_reader.hpp"

namespace strates::compose {

namespace {

using Kind = Node::Kind;

// Words of YAML 1.1 that Go's emitter quotes for older readers.
bool old_flag(std::string_view text) {
  const std::string lower = to_lower(text);
  for (const std::string_view word : {"y", "n", "yes", "no", "on", "off"})
    if (lower == word) return true;
  return false;
}

bool sexagesimal(std::string_view text) {
  return text.find(':') != std::string_view::npos && text.find_first_not_of("0123456789:_.") == std::string_view::npos && !text.empty() && text[0] != ':';
}

bool control(std::string_view text) {
  for (const char c : text)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7f) return true;
  return false;
}

bool plain(std::string_view text) {
  if (text.empty() || text.front() == ' ' || text.back() == ' ' || text.back() == ':') return false;
  if (std::string_view("!&*{}[]|>@`\"'%#,").find(text.front()) != std::string_view::npos) return false;
  if ((text.front() == '-' || text.front() == '?' || text.front() == ':') && (text.size() == 1 || text[1] == ' ')) return false;
  if (text.starts_with("---") || text.starts_with("...")) return false;
  return text.find(": ") == std::string_view::npos && text.find(" #") == std::string_view::npos && text.find_first_of("\n\t") == std::string_view::npos;
}

std::string double_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\', out += c;
    else if (c == '\n') out += "\\n";
    else if (c == '\t') out += "\\t";
    else if (c == '\r') out += "\\r";
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) out += "\\x" + to_hex(std::string_view(&c, 1));
    else out += c;
  }
  return out + "\"";
}

std::string text_scalar(const std::string& text, int indent) {
  if (control(text)) return double_quoted(text);
  if (text.find('\n') != std::string::npos && text.find_first_not_of(" \n") != std::string::npos && text.front() != ' ' && text.front() != '\n') {
    const std::string margin(static_cast<size_t>(indent), ' ');
    std::string body = text;
    std::string head = "|";
    if (!body.ends_with('\n')) head = "|-";
    else if (body.ends_with("\n\n")) head = "|+";
    std::string out = head;
    if (body.ends_with('\n')) body.pop_back();
    for (const std::string& line : split(body, '\n')) out += "\n" + (line.empty() ? std::string() : margin + line);
    return out;
  }
  if (!resolve_scalar(text, {}).is(Kind::Text) || old_flag(text) || sexagesimal(text) || text.find('\n') != std::string::npos) return double_quoted(text);
  if (plain(text)) return text;
  if (text.find('\t') != std::string::npos) return double_quoted(text);
  return "'" + replace_all(text, "'", "''") + "'";
}

// YAML has keys of one line, and of 1024 characters at most before ":"; a long one is marked, as Go's emitter does from 128.
std::string key_text(const std::string& name, const std::string& margin) {
  const std::string text = name.find('\n') != std::string::npos ? double_quoted(name) : text_scalar(name, 0);
  return text.size() > 128 ? "? " + text + "\n" + margin : text;
}

void write(const Node& node, int indent, std::string& out);

// What follows "key:" or "-".
void write_value(const Node& node, int indent, std::string& out) {
  switch (node.kind) {
    case Kind::Null: out += " null\n"; return;
    case Kind::Text: out += " " + text_scalar(node.text, indent) + "\n"; return;
    case Kind::Flag: case Kind::Integer: case Kind::Decimal: out += " " + node.text + "\n"; return;
    case Kind::List:
      if (node.items.empty()) out += " []\n";
      else out += "\n", write(node, indent, out);
      return;
    case Kind::Map:
      if (node.members.empty()) out += " {}\n";
      else out += "\n", write(node, indent, out);
      return;
  }
}

void write(const Node& node, int indent, std::string& out) {
  const std::string margin(static_cast<size_t>(indent), ' ');
  for (const Member& member : node.members) {
    out += margin + key_text(member.name, margin) + ":";
    write_value(member.value, indent + 2, out);
  }
  for (const Node& item : node.items) {
    if ((item.is(Kind::Map) && !item.members.empty()) || (item.is(Kind::List) && !item.items.empty())) {
      std::string inner;
      write(item, indent + 2, inner);
      out += margin + "- " + inner.substr(static_cast<size_t>(indent) + 2);
      continue;
    }
    out += margin + "-";
    write_value(item, indent + 2, out);
  }
}

}  // namespace

std::string write_yaml(const Node& node) {
  if (node.is_scalar()) return node.is(Kind::Text) ? text_scalar(node.text, 2) + "\n" : node.is(Kind::Null) ? "null\n" : node.text + "\n";
  if (node.empty()) return node.is(Kind::Map) ? "{}\n" : "[]\n";
  std::string out;
  write(node, 0, out);
  return out;
}

}  // namespace strates::compose
