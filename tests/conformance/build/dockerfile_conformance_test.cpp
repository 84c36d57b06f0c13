#include "../image/table.hpp"
#include "build/dockerfile.hpp"
#include "build/instruction.hpp"
#include "build/words.hpp"

using namespace strates;
using namespace strates::build;
using conformance::each_row;
using conformance::text;

namespace {

// The tree as the suite prints it: (env "A" "b" "=").
std::string dump(const Node& node) {
  std::string out = "(" + to_lower(node.name);
  if (!node.flags.empty()) {
    out += " [";
    for (size_t i = 0; i < node.flags.size(); ++i) out += (i == 0 ? "" : " ") + go_quote(node.flags[i]);
    out += "]";
  }
  for (const Node& inner : node.inner) out += " " + dump(inner);
  for (const std::string& word : node.words) out += " " + go_quote(word);
  const auto step = parse_instruction(node);
  if (!step.ok() && step.error().message().starts_with("unknown instruction")) out += " \"\"";  // so the suite prints what it does not take apart
  return out + ")";
}

std::string dump(const Dockerfile& file) {
  std::string out;
  for (const Node& node : file.nodes) out += dump(node) + "\n";
  return out;
}

void check_heredoc(const Json& expected, const Heredoc& found) {
  CHECK(found.name == text(expected, "Name"));
  CHECK(found.content == text(expected, "Content"));
  CHECK(found.expand == json_bool(expected, "Expand"));
  CHECK(found.chomp == json_bool(expected, "Chomp"));
  CHECK(found.descriptor == json_int(expected, "FileDescriptor"));
}

}  // namespace

TEST_CASE("conformance: the parser's syntax trees") {
  each_row("dockerfile-parser/ast.jsonl", [](const Json& row) {
    const auto file = parse_dockerfile(text(row, "input"));
    REQUIRE(file.ok());
    CHECK(dump(file.value()) == text(row, "expected"));
  });
}

TEST_CASE("conformance: files the parser refuses") {
  each_row("dockerfile-parser/negative.jsonl", [](const Json& row) { CHECK_FALSE(parse_dockerfile(text(row, "input")).ok()); });
}

namespace {

// The classic builder takes no frontend and makes no checks: `syntax` and `check` are directives that it passes by. What is a directive shows
// in the line after it: only there may `# escape=` still stand.
void check_passed_by(const Json& row) {
  std::vector<std::string> lines = split_lines(text(row, "input"));
  const auto line = static_cast<size_t>(json_int(row, "line"));
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(line), "# escape=`");
  for (const Dialect dialect : {Dialect::BuildKit, Dialect::Classic}) {
    const auto file = parse_dockerfile(join(lines, "\n") + "\nFROM x\n", dialect);
    REQUIRE(file.ok());
    // `check` is later than the classic builder: a comment to it, that ends the directives.
    const bool is_directive = dialect == Dialect::BuildKit || text(row, "directive") != "check";
    CHECK(file.value().escape == (is_directive ? U'`' : U'\\'));
    CHECK(file.value().nodes.front().first_line == static_cast<int>(line) + 2);
  }
}

// No line of it is a directive: what is left is a Dockerfile, or none.
void check_ordinary(const std::string& input, size_t instructions) {
  const auto file = parse_dockerfile(input);
  if (instructions == 0) {
    REQUIRE_FALSE(file.ok());
    CHECK(file.error().message() == "file with no instructions");
    return;
  }
  REQUIRE(file.ok());
  CHECK(file.value().nodes.size() == instructions);
  CHECK(file.value().escape == U'\\');
}

// What only BuildKit's DetectSyntax reads, before it knows the language of the file. To a Dockerfile's parser it is something else; the number
// of instructions it is then is checked instead of the table's column.
const std::map<std::string, std::pair<size_t, std::string>>& other_languages() {
  static const std::map<std::string, std::pair<size_t, std::string>> kRows = {
      {"syntax-shebang", {1, "a first line #! is a comment here, and the one after it no directive any more"}},
      {"syntax-slashes", {2, "// begins no comment of a Dockerfile: two unknown instructions"}},
      {"syntax-json", {1, "a JSON document is no Dockerfile: an unknown instruction"}},
      {"syntax-json-unterminated", {1, "a JSON document is no Dockerfile: an unknown instruction"}},
      {"syntax-json-trailing", {1, "a JSON document is no Dockerfile: an unknown instruction, then a comment"}},
  };
  return kRows;
}

}  // namespace

TEST_CASE("conformance: directives") {
  size_t escapes = 0, passed_by = 0, ordinary = 0, others = 0;
  each_row("dockerfile-parser/directives.jsonl", [&](const Json& row) {
    const std::string name = text(row, "name"), input = text(row, "input");
    if (const auto other = other_languages().find(name); other != other_languages().end()) {
      ++others;
      MESSAGE("left out: " << name << ": " << other->second.second);
      return check_ordinary(input, other->second.first);
    }
    if (text(row, "directive") == "escape") {
      ++escapes;
      const auto file = parse_dockerfile(input + "FROM x\n");
      REQUIRE(file.ok());
      CHECK(file.value().escape == static_cast<unsigned char>(text(row, "expected")[0]));
    } else if (json_member(row, "expected").is_string()) {
      ++passed_by;
      check_passed_by(row);
    } else {
      ++ordinary;
      check_ordinary(input, input.find("FROM") == std::string::npos ? 0 : 2);
    }
  });
  if (escapes == 0) return;
  CHECK(escapes == 2);
  CHECK(passed_by == 3);
  CHECK(ordinary == 2);
  CHECK(others == other_languages().size());
}

TEST_CASE("conformance: words") {
  each_row("dockerfile-parser/words.jsonl", [](const Json& row) { CHECK(quoted_words(text(row, "input"), '\\') == json_strings(row, "expected")); });
}

TEST_CASE("conformance: JSON lists") {
  each_row("dockerfile-parser/json-exec-form.jsonl", [](const Json& row) {
    const auto list = parse_json_list(text(row, "input"));
    if (!json_member(row, "expected").is_array()) {
      CHECK_FALSE(list.ok());
      return;
    }
    REQUIRE(list.ok());
    REQUIRE(list.value());
    CHECK(*list.value() == json_strings(row, "expected"));
  });
}

TEST_CASE("conformance: lines of instructions") {
  each_row("dockerfile-parser/line-info.jsonl", [](const Json& row) {
    const auto file = parse_dockerfile(text(row, "input"));
    REQUIRE(file.ok());
    const Json& children = json_member(json_member(row, "expected"), "children");
    REQUIRE(file.value().nodes.size() == children.size());
    for (size_t i = 0; i < children.size(); ++i) {
      CHECK(file.value().nodes[i].first_line == children[i][0].get<int>());
      CHECK(file.value().nodes[i].last_line == children[i][1].get<int>());
    }
  });
}

TEST_CASE("conformance: here-documents of a word") {
  each_row("dockerfile-parser/heredoc-word.jsonl", [](const Json& row) {
    const auto found = parse_heredoc(text(row, "input"));
    if (text(row, "expected") == "error") {
      CHECK_FALSE(found.ok());
      return;
    }
    REQUIRE(found.ok());
    CHECK(found.value().has_value() == json_member(row, "expected").is_string());
    if (found.value()) CHECK(found.value()->name == text(row, "expected"));
  });
}

TEST_CASE("conformance: here-documents of a line") {
  each_row("dockerfile-parser/heredoc-line.jsonl", [](const Json& row) {
    const auto found = heredocs_of_line(text(row, "input"));
    REQUIRE(found.ok());
    std::vector<std::string> names;
    for (const Heredoc& heredoc : found.value()) names.push_back(heredoc.name);
    CHECK(names == json_strings(row, "expected"));
  });
}

TEST_CASE("conformance: here-documents of a file") {
  each_row("dockerfile-parser/heredoc-extract.jsonl", [](const Json& row) {
    const auto file = parse_dockerfile(text(row, "input"));
    REQUIRE(file.ok());
    const Json& expected = json_member(row, "expected_heredocs_of_children_from_index_1");
    REQUIRE(file.value().nodes.size() == expected.size() + 1);
    for (size_t i = 0; i < expected.size(); ++i) {
      const auto& found = file.value().nodes[i + 1].heredocs;
      const std::string original = file.value().nodes[i + 1].original;
      CAPTURE(original);
      REQUIRE(found.size() == expected[i].size());
      for (size_t k = 0; k < found.size(); ++k) check_heredoc(expected[i][k], found[k]);
    }
  });
}

TEST_CASE("conformance: 441 Dockerfiles people wrote") {
  each_row("dockerfile-corpus/ast.jsonl", [](const Json& row) {
    const auto file = parse_dockerfile(text(row, "input"));
    if (row.contains("parse_error")) {
      REQUIRE_FALSE(file.ok());
      CHECK(file.error().message() == text(row, "parse_error"));
      return;
    }
    const std::string why = file.ok() ? "" : file.error().message();
    CAPTURE(why);
    REQUIRE(file.ok());
    CHECK(dump(file.value()) == text(row, "expected_ast"));
    CHECK(file.value().escape == static_cast<unsigned char>(text(row, "escape")[0]));
    CHECK(file.value().warnings == json_strings(row, "warnings"));
    const Json& lines = json_member(row, "lines");
    REQUIRE(lines.size() == file.value().nodes.size());
    for (size_t i = 0; i < lines.size(); ++i) {
      CHECK(file.value().nodes[i].first_line == lines[i][0].get<int>());
      CHECK(file.value().nodes[i].last_line == lines[i][1].get<int>());
    }
    if (row.contains("heredocs")) {
      size_t count = 0;
      for (const Node& node : file.value().nodes) count += node.heredocs.size();
      CHECK(count == json_member(row, "heredocs").size());
    }
    const auto stages = parse_stages(file.value());
    if (row.contains("instr_error")) {
      REQUIRE_FALSE(stages.ok());
      // The table's sentences are of a later release: "on line 2", small letters.
      CHECK(to_lower(replace_all(stages.error().message(), "error line", "error on line")) == to_lower(text(row, "instr_error")));
      return;
    }
    const std::string refused = stages.ok() ? "" : stages.error().message();
    CAPTURE(refused);
    REQUIRE(stages.ok());
    const Json& expected = json_member(row, "stages");
    REQUIRE(stages.value().stages.size() == expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      const Stage& stage = stages.value().stages[i];
      CHECK(stage.from.base == text(expected[i], "base"));
      CHECK(stage.from.name == text(expected[i], "name"));
      CHECK(stage.from.platform == text(expected[i], "platform"));
      std::vector<std::string> commands;
      for (const Step& step : stage.steps) commands.push_back(step.text);
      CHECK(commands == json_strings(expected[i], "commands"));
    }
  });
}
