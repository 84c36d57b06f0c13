#include "compose/yaml_reader.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "base/strings.hpp"
#include "base/text.hpp"

namespace strates::compose {

namespace {

size_t count(const Node& node) {
  size_t total = 1;
  for (const Node& item : node.items) total += count(item);
  for (const Member& member : node.members) total += count(member.value);
  return total;
}

// Builds one document. After a first mistake the rest of the events is ignored.
class TreeBuilder : public YAML::EventHandler {
 public:
  int position = -1;  // where the document begins, in bytes

  TreeBuilder(std::shared_ptr<const std::string> file, const YamlLimits& limits) : file_(std::move(file)), limits_(limits) {}

  std::optional<Node> root;
  std::optional<Error> error;

  void OnDocumentStart(const YAML::Mark& mark) override { position = mark.pos; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.place = place(mark);
    put(std::move(node), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    if (error) return;
    if (open_.contains(anchor)) return fail("yaml", mark, "cycle detected: node at path " + path() + " references node at path " + open_path(anchor));
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) return fail("yaml", mark, "unknown anchor");
    Node copy = found->second.node;
    nodes_ += found->second.size;
    if (nodes_ > limits_.nodes) return fail("yaml", mark, "document contains excessive aliasing");
    copy.place = place(mark);
    put(std::move(copy), 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    if (error) return;
    Node node = tag == "?" ? resolve_scalar(value, place(mark)) : Node::of_text(value, place(mark));
    if (!apply_tag(tag, mark, node)) return;
    put(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override { open(Node::list(place(mark)), tag, mark, anchor); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override { open(Node::map(place(mark)), tag, mark, anchor); }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    Member key;
    std::vector<Node> merged;  // what `<<` named
  };
  struct Anchored {
    Node node;
    size_t size = 0;
  };

  Place place(const YAML::Mark& mark) const { return {file_, mark.line + 1}; }
  void fail(std::string_view reason, const Place& where, const std::string& sentence) {
    if (!error) error = compose_error(reason, where, "yaml: line " + std::to_string(where.line) + ": " + sentence);
  }
  void fail(std::string_view reason, const YAML::Mark& mark, const std::string& sentence) { fail(reason, place(mark), sentence); }

  bool apply_tag(const std::string& tag, const YAML::Mark& mark, Node& node) {
    if (tag == "!reset") node.mark = Node::Mark::Reset;
    else if (tag == "!override") node.mark = Node::Mark::Override;
    else if (tag == "tag:yaml.org,2002:str") node = Node::of_text(node.text, node.place);
    else if (tag == "tag:yaml.org,2002:int" || tag == "tag:yaml.org,2002:float" || tag == "tag:yaml.org,2002:bool" || tag == "tag:yaml.org,2002:null") node = resolve_scalar(node.text, node.place);
    else if (tag.size() > 1 && !tag.starts_with("tag:yaml.org,2002:")) return fail("yaml", mark, "unknown tag " + tag), false;
    if (node.mark != Node::Mark::None && node.is(Node::Kind::Text)) {
      const Node::Mark kept = node.mark;
      node = resolve_scalar(node.text, node.place);
      node.mark = kept;
    }
    return true;
  }

  void open(Node node, const std::string& tag, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (error || !apply_tag(tag, mark, node)) return;
    if (stack_.size() >= limits_.depth) return fail("yaml", mark, "exceeded max depth of " + std::to_string(limits_.depth));
    if (anchor != 0) open_.insert(anchor);
    stack_.push_back({std::move(node), anchor, false, {}, {}});
  }

  void close() {
    if (error || stack_.empty()) return;
    Frame frame = std::move(stack_.back());
    stack_.pop_back();
    for (const Node& source : frame.merged)
      for (const Member& member : source.members)
        if (frame.node.find(member.name) == nullptr) frame.node.members.push_back(member);
    open_.erase(frame.anchor);
    put(std::move(frame.node), frame.anchor);
  }

  void put(Node node, YAML::anchor_t anchor) {
    if (error) return;
    if (++nodes_ > limits_.nodes) return fail("yaml", node.place, "document is too large");
    if (anchor != 0) anchors_[anchor] = {node, count(node)};
    if (stack_.empty()) {
      root = std::move(node);
      return;
    }
    Frame& top = stack_.back();
    if (top.node.is(Node::Kind::List)) {
      top.node.items.push_back(std::move(node));
      return;
    }
    if (!top.has_key) {
      if (!node.is_scalar()) return fail("yaml", node.place, "invalid map key");
      top.key = {node.is(Node::Kind::Null) ? "null" : node.text, {}, node.place};
      top.has_key = true;
      return;
    }
    top.has_key = false;
    if (top.key.name == "<<") return merge(top, std::move(node));
    for (const Member& member : top.node.members)
      if (member.name == top.key.name)
        return fail("yaml", top.key.place, "mapping key \"" + member.name + "\" already defined at line " + std::to_string(member.place.line));
    top.node.members.push_back({top.key.name, std::move(node), top.key.place});
  }

  void merge(Frame& top, Node node) {
    const auto bad = [&](const Node& at) { fail("yaml", at.place, "map merge requires map or sequence of maps as the value"); };
    if (node.is(Node::Kind::Map)) return void(top.merged.push_back(std::move(node)));
    if (!node.is(Node::Kind::List)) return bad(node);
    for (Node& item : node.items) {
      if (!item.is(Node::Kind::Map)) return bad(item);
      top.merged.push_back(std::move(item));
    }
  }

  std::string path_to(size_t depth) const {
    std::string out;
    for (size_t i = 0; i < depth && i < stack_.size(); ++i) {
      const Frame& frame = stack_[i];
      out += (out.empty() ? "" : ".") + (frame.node.is(Node::Kind::List) ? std::to_string(frame.node.items.size()) : frame.key.name);
    }
    return out;
  }
  std::string path() const { return path_to(stack_.size()); }
  std::string open_path(YAML::anchor_t anchor) const {
    for (size_t i = 0; i < stack_.size(); ++i)
      if (stack_[i].anchor == anchor) return path_to(i);
    return {};
  }

  std::shared_ptr<const std::string> file_;
  YamlLimits limits_;
  std::vector<Frame> stack_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::set<YAML::anchor_t> open_;
  size_t nodes_ = 0;
};

// YAML forbids tabs in indentation, and yaml-cpp says something else about them.
bool tab_near(std::string_view text, int line) {
  const auto lines = split_lines(text);
  for (int i = std::max(0, line - 1); i <= line && i < static_cast<int>(lines.size()); ++i) {
    const size_t first = lines[static_cast<size_t>(i)].find_first_not_of(" \t");
    if (lines[static_cast<size_t>(i)].substr(0, first).find('\t') != std::string::npos) return true;
  }
  return false;
}

bool is_digits(std::string_view text, std::string_view allowed) { return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos; }

std::optional<std::int64_t> resolve_integer(std::string_view text) {
  std::string clean = replace_all(text, "_", "");
  if (clean.empty() || text.front() == '_') return std::nullopt;
  bool negative = false;
  if (clean[0] == '-' || clean[0] == '+') {
    negative = clean[0] == '-';
    clean.erase(0, 1);
  }
  int base = 10;
  if (clean.size() > 2 && clean[0] == '0' && std::string_view("xXoObB").find(clean[1]) != std::string_view::npos) {
    base = clean[1] == 'x' || clean[1] == 'X' ? 16 : clean[1] == 'o' || clean[1] == 'O' ? 8 : 2;
    clean.erase(0, 2);
  } else if (clean.size() > 1 && clean[0] == '0') {
    base = 8;
  }
  const std::string_view digits = base == 16 ? "0123456789abcdefABCDEF" : base == 10 ? "0123456789" : base == 8 ? "01234567" : "01";
  if (!is_digits(clean, digits) || clean.size() > 20) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : clean) {
    const std::uint64_t digit = static_cast<std::uint64_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    if (value > (UINT64_MAX - digit) / static_cast<unsigned>(base)) return std::nullopt;
    value = value * static_cast<unsigned>(base) + digit;
  }
  if (value > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return negative ? -static_cast<std::int64_t>(value) : static_cast<std::int64_t>(value);
}

bool is_decimal(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  const size_t exponent = text.find_first_of("eE");
  std::string_view number = text.substr(0, exponent);
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (!power.empty() && (power[0] == '-' || power[0] == '+')) power.remove_prefix(1);
    if (!is_digits(power, "0123456789")) return false;
  }
  const size_t dot = number.find('.');
  const std::string_view whole = number.substr(0, dot), fraction = dot == std::string_view::npos ? std::string_view() : number.substr(dot + 1);
  if (whole.empty() && fraction.empty()) return false;
  return (whole.empty() || is_digits(whole, "0123456789")) && (fraction.empty() || is_digits(fraction, "0123456789"));
}

}  // namespace

Node resolve_scalar(std::string text, Place place) {
  Node node = Node::of_text(std::move(text), std::move(place));
  if (node.text.empty() || node.text == "~" || node.text == "null" || node.text == "Null" || node.text == "NULL") {
    node.kind = Node::Kind::Null;
    node.text.clear();
  } else if (node.text == "true" || node.text == "True" || node.text == "TRUE") {
    return Node::of_flag(true, node.place);
  } else if (node.text == "false" || node.text == "False" || node.text == "FALSE") {
    return Node::of_flag(false, node.place);
  } else if (const auto integer = resolve_integer(node.text)) {
    return Node::of_integer(*integer, node.place);
  } else if (is_decimal(node.text)) {
    node.kind = Node::Kind::Decimal;
    // As Go prints the number it read: "2.50" is 2.5, "1.0" is 1.
    if (node.text.find_first_of("eE") == std::string::npos) {
      if (node.text[0] == '+') node.text.erase(0, 1);
      if (node.text.find('.') != std::string::npos) {
        node.text.erase(node.text.find_last_not_of('0') + 1);
        if (node.text.ends_with('.')) node.text.pop_back();
        if (node.text.starts_with('.')) node.text.insert(0, "0");
        if (node.text.starts_with("-.")) node.text.insert(1, "0");
        if (node.text.empty()) node.text = "0";
      }
    }
  }
  return node;
}

Error compose_error(std::string_view reason, const Place& place, const std::string& sentence, const std::string& advice) {
  const std::string where = place.text();
  Error error = docker_error(ErrorKind::Invalid, "compose." + std::string(reason), (where.empty() ? "" : where + ": ") + sentence + (advice.empty() ? "" : "\n" + advice));
  error.object = where;
  error.advice = advice;
  return error;
}

Result<std::vector<Node>> read_yaml(const std::string& file, std::string_view text, const YamlLimits& limits) {
  const auto name = std::make_shared<const std::string>(file);
  if (text.size() > limits.bytes) return compose_error("too-large", {name, 1}, tr(Text::ComposeTooLarge, limits.bytes >> 10));
  std::vector<Node> documents;
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    for (int position = -1;;) {
      TreeBuilder builder(name, limits);
      if (!parser.HandleNextDocument(builder)) break;
      if (builder.error) return *builder.error;
      // yaml-cpp 0.7 takes ", x" for empty documents without end, none of which reads anything.
      if (builder.position == position) {
        const int line = static_cast<int>(std::count(text.begin(), text.begin() + std::clamp<std::ptrdiff_t>(position, 0, std::ssize(text)), '\n')) + 1;
        return compose_error("yaml", {name, line}, "yaml: line " + std::to_string(line) + ": did not find expected node content");
      }
      position = builder.position;
      if (builder.root && !builder.root->is(Node::Kind::Null)) documents.push_back(std::move(*builder.root));
    }
  } catch (const YAML::Exception& exception) {
    const int line = std::max(0, exception.mark.line);
    const std::string sentence = tab_near(text, line) ? "found a tab character that violates indentation" : exception.msg;
    return compose_error("yaml", {name, line + 1}, "yaml: line " + std::to_string(line + 1) + ": " + sentence);
  }
  return documents;
}

}  // namespace strates::compose
