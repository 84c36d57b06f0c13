#include "build/dockerfile.hpp"

#include <optional>
#include <set>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "build/unicode_space.hpp"
#include "build/words.hpp"

namespace strates::build {

namespace {

constexpr size_t kLongestLine = 65535;
// The second ONBUILD of a line is refused when it is read as an instruction; deeper ones are not even taken apart.
constexpr int kDeepest = 8;

Error syntax(std::string sentence) { return docker_error(ErrorKind::Invalid, "dockerfile.syntax", std::move(sentence)); }

bool is_comment(std::string_view line) { return trim_left(line).starts_with('#'); }

// Lines without their ends, with their number.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    if (text_.starts_with("\xef\xbb\xbf")) text_.remove_prefix(3);
  }
  // False at the end.
  Result<bool> next() {
    if (at_ >= text_.size()) return false;
    const size_t end = text_.find('\n', at_);
    const size_t stop = end == std::string_view::npos ? text_.size() : end + 1;
    whole_ = text_.substr(at_, stop - at_);
    at_ = stop;
    ++number_;
    line_ = whole_;
    if (line_.ends_with('\n')) line_.remove_suffix(1);
    if (line_.size() > kLongestLine) return syntax("dockerfile line greater than maximum allowed size of " + std::to_string(kLongestLine));
    while (line_.ends_with('\r')) line_.remove_suffix(1);
    return true;
  }
  std::string_view line() const { return line_; }
  std::string_view whole() const { return whole_; }
  int number() const { return number_; }

 private:
  std::string_view text_, line_, whole_;
  size_t at_ = 0;
  int number_ = 0;
};

// `# escape=\`` at the top, before anything else.
class Directives {
 public:
  Directives(char32_t& escape, Dialect dialect) : escape_(escape), dialect_(dialect) {}
  Result<void> look(std::string_view line) {
    if (done_) return success();
    done_ = true;
    if (!line.starts_with('#')) return success();
    line = trim_space(line.substr(1));
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) return success();
    const std::string name = to_lower(trim_space(line.substr(0, equals)));
    const std::string_view value = trim_space(line.substr(equals + 1));
    if (name.empty() || value.empty() || !is_known(name)) return success();
    done_ = false;
    if (!seen_.insert(name).second) return syntax("only one " + name + " parser directive can be used");
    if (name != "escape") return success();
    if (value != "\\" && value != "`") return syntax("invalid escape token '" + std::string(value) + "' does not match ` or \\");
    escape_ = static_cast<unsigned char>(value[0]);
    return success();
  }

 private:
  bool is_known(const std::string& name) const { return name == "escape" || name == "syntax" || (name == "check" && dialect_ == Dialect::BuildKit); }
  char32_t& escape_;
  Dialect dialect_;
  bool done_ = false;
  std::set<std::string> seen_;
};

// Takes a continuation mark off the end; false: there is none, the instruction ends here.
bool take_continuation(std::string_view& line, char32_t escape) {
  std::string_view text = line;
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  const char mark = static_cast<char>(escape);
  if (!text.ends_with(mark) || (text.size() > 1 && text[text.size() - 2] == mark)) return false;
  line = text.substr(0, text.size() - 1);
  return true;
}

using Words = std::vector<std::string>;

Result<void> read_json_or_text(std::string_view rest, Node& node) {
  if (rest.empty()) return success();
  if (auto list = TRY(parse_json_list(rest))) {
    node.words.insert(node.words.end(), list->begin(), list->end());
    node.json = true;
  } else {
    node.words.emplace_back(rest);
  }
  return success();
}

Result<void> read_json_or_words(std::string_view rest, Node& node) {
  if (auto list = TRY(parse_json_list(rest))) {
    node.words = std::move(*list);
    node.json = true;
  } else if (!rest.empty()) {
    node.words = split_blanks(rest);
  }
  return success();
}

Result<void> read_pairs(std::string_view rest, char32_t escape, Node& node) {
  const Words words = quoted_words(rest, escape);
  if (words.empty()) return success();
  if (words[0].find('=') == std::string::npos) {
    Words parts = split_blanks(rest, 2);
    if (parts.size() < 2) return syntax(to_upper(node.name) + " must have two arguments");
    node.words = {std::move(parts[0]), std::move(parts[1]), ""};
    return success();
  }
  for (const std::string& word : words) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) return syntax("Syntax error - can't find = in " + go_quote(word) + ". Must be of the form: name=value");
    node.words.push_back(word.substr(0, equals));
    node.words.push_back(word.substr(equals + 1));
    node.words.emplace_back("=");
  }
  return success();
}

Result<void> read_health(std::string_view rest, Node& node) {
  size_t end = 0;
  while (end < rest.size() && !is_space(static_cast<unsigned char>(rest[end]))) ++end;
  if (end == 0) return success();
  node.words.emplace_back(rest.substr(0, end));
  return read_json_or_text(trim_left(rest.substr(end)), node);
}

Result<Node> read_node(std::string_view line, char32_t escape, int depth) {
  CommandWords command = split_command(line);
  Node node;
  node.name = std::move(command.name);
  node.flags = std::move(command.flags);
  node.original = line;
  const std::string& rest = command.rest;
  const std::string kind = to_lower(node.name);
  if (kind == "run" || kind == "cmd" || kind == "entrypoint" || kind == "shell") TRY(read_json_or_text(rest, node));
  else if (kind == "add" || kind == "copy" || kind == "volume") TRY(read_json_or_words(rest, node));
  else if (kind == "env" || kind == "label") TRY(read_pairs(rest, escape, node));
  else if (kind == "healthcheck") TRY(read_health(rest, node));
  else if (kind == "arg") node.words = quoted_words(rest, escape);
  else if ((kind == "from" || kind == "expose") && !rest.empty()) node.words = split_blanks(rest);
  else if ((kind == "maintainer" || kind == "stopsignal" || kind == "user" || kind == "workdir") && !rest.empty()) node.words = {rest};
  else if (kind == "onbuild" && !rest.empty()) {
    if (depth < kDeepest) node.inner.push_back(TRY(read_node(rest, escape, depth + 1)));
  }
  return node;
}

bool may_open_heredoc(const Node& node) {
  const Node& at = to_lower(node.name) == "onbuild" && !node.inner.empty() ? node.inner.front() : node;
  const std::string kind = to_lower(at.name);
  return !at.json && (kind == "add" || kind == "copy" || kind == "run");
}

Result<void> read_heredocs(Lines& lines, Node& node) {
  if (node.original.find("<<") == std::string::npos || !may_open_heredoc(node)) return success();
  node.heredocs = TRY(heredocs_of_line(node.original));
  for (Heredoc& heredoc : node.heredocs) {
    bool terminated = false;
    while (!terminated && TRY(lines.next())) {
      std::string_view end = lines.line();
      while (heredoc.chomp && end.starts_with('\t')) end.remove_prefix(1);
      terminated = end == heredoc.name;
      if (!terminated) heredoc.content += lines.whole();
    }
    if (!terminated) return syntax("unterminated heredoc");
  }
  return success();
}

}  // namespace

Result<std::optional<Words>> parse_json_list(std::string_view text) {
  const std::optional<Words> none;
  if (!trim_left(text).starts_with('[')) return none;
  const auto parsed = parse_json(text);
  if (!parsed.ok() || !parsed.value().is_array()) return none;
  Words out;
  for (const Json& item : parsed.value()) {
    if (!item.is_string()) return syntax("when using JSON array syntax, arrays must be comprised of strings only");
    out.push_back(item.get<std::string>());
  }
  return std::optional(std::move(out));
}

Result<Dockerfile> parse_dockerfile(std::string_view text, Dialect dialect) {
  Dockerfile out;
  Lines lines(text);
  Directives directives(out.escape, dialect);
  while (TRY(lines.next())) {
    std::string_view line = trim_left(lines.line());
    TRY(directives.look(line));
    if (line.empty() || is_comment(line)) continue;
    const int first = lines.number();
    bool goes_on = take_continuation(line, out.escape);
    std::string joined(line);
    bool has_empty_line = false;
    while (goes_on && TRY(lines.next())) {
      line = lines.line();
      if (is_comment(line)) continue;
      if (trim_left(line).empty()) {
        has_empty_line = true;
        continue;
      }
      goes_on = take_continuation(line, out.escape);
      joined += line;
    }
    if (has_empty_line) out.warnings.push_back("Empty continuation line found in: " + joined);
    Node node = TRY(read_node(joined, out.escape, 0));
    if (dialect == Dialect::BuildKit) TRY(read_heredocs(lines, node));
    node.first_line = first;
    node.last_line = lines.number();
    out.nodes.push_back(std::move(node));
  }
  if (out.nodes.empty()) return syntax("file with no instructions");
  return out;
}

}  // namespace strates::build
