#include "../image/table.hpp"
#include "build/go_text.hpp"
#include "build/shell_lex.hpp"
#include "build/shell_pattern.hpp"

using namespace strates;
using namespace strates::build;
using conformance::each_row;
using conformance::text;

namespace {

// {"A": "b"} or ["A=b"].
Variables environment(const Json& row) {
  const Json& env = json_member(row, "env");
  if (env.is_array()) return variables_of(json_strings(row, "env"));
  Variables out;
  for (const auto& [key, value] : env.items()) out[key] = value.get<std::string>();
  return out;
}

std::vector<std::string> sorted_names(const Json& row, std::string_view key) {
  std::vector<std::string> names = json_strings(row, key);
  std::sort(names.begin(), names.end());
  return names;
}

template <typename T>
void check_refused(const Result<T>& result) {
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == "dockerfile.substitution");
  CHECK(result.error().wire.starts_with("failed to process \""));
}

// A text that a regular expression of the suite describes, and which of its characters the expression fixes.
// The expressions are `^`, then characters, `\c`, `.` and `.*`.
struct Sample {
  std::u32string text;
  std::vector<bool> is_fixed;
};

Sample sample_of(std::string_view expression) {
  Sample out;
  const auto add = [&](std::u32string_view text, bool is_fixed) {
    out.text += text;
    out.is_fixed.insert(out.is_fixed.end(), text.size(), is_fixed);
  };
  REQUIRE(expression.starts_with('^'));
  for (size_t i = 1; i < expression.size(); ++i) {
    const bool is_any = expression[i] == '.';
    if (is_any && expression.substr(i + 1).starts_with('*')) {
      add(U"any text", false);
      ++i;
    } else if (is_any) {
      add(U"x", false);
    } else {
      if (expression[i] == '\\') ++i;
      add(std::u32string(1, static_cast<unsigned char>(expression[i])), true);
    }
  }
  return out;
}

// The variables that the suite's fuzzing program sets (fuzz.env.json, one object); none: the file is not here.
Variables fuzz_environment() {
  Variables out;
  each_row("shell-lex/fuzz.env.json", [&](const Json& row) {
    for (const auto& [name, value] : row.items()) out[name] = value.get<std::string>();
  });
  return out;
}

// All inputs of the suite's tables, and what is left of each when it is cut anywhere or one of its bytes is gone or another.
std::set<std::string> fuzz_inputs() {
  std::set<std::string> out;
  for (const char* table : {"env-var", "mandatory", "words", "process-with-matches", "pattern-to-regex"})
    each_row("shell-lex/" + std::string(table) + ".jsonl", [&](const Json& row) {
      const std::string input = text(row, "input");
      out.insert(input);
      for (size_t at = 0; at < input.size(); ++at) {
        const std::string before = input.substr(0, at), after = input.substr(at + 1);
        out.insert({before, after, before + after});
        for (const char* other : {"$", "}", "'", "${N"}) out.insert(before + other + after);
      }
    });
  return out;
}

// A sentence and its code.
bool speaks(const Error& error) { return error.code == "dockerfile.substitution" && error.wire.starts_with("failed to process \""); }

bool agrees(const Lexed& lexed, const std::string& input, const Variables& variables) {
  const auto known = [&](const std::string& name) { return variables.contains(name); };
  return lexed.text.size() <= 16 * (input.size() + 1)  // the longest value is 14 bytes
         && std::none_of(lexed.words.begin(), lexed.words.end(), [](const std::string& word) { return word.empty(); }) &&
         std::all_of(lexed.matched.begin(), lexed.matched.end(), known) && std::none_of(lexed.unmatched.begin(), lexed.unmatched.end(), known);
}

}  // namespace

TEST_CASE("conformance: with the variables of the suite's fuzzing, all inputs are read or refused with a sentence") {
  const Variables variables = fuzz_environment();
  if (variables.empty()) return;
  CHECK(variables.size() == 5);
  int read = 0, refused = 0;
  for (const std::string& input : fuzz_inputs()) {
    CAPTURE(input);
    LexOptions raw, unset, classic;
    raw.raw_quotes = raw.raw_escapes = true;
    unset.skip_unset = unset.skip_quotes = true;
    classic.classic = true;
    classic.escape = U'`';
    for (const LexOptions& options : {LexOptions{}, raw, unset, classic}) {
      const auto lexed = lex_words(input, variables, options);
      ++(lexed.ok() ? read : refused);
      CHECK((lexed.ok() ? agrees(lexed.value(), input, variables) : speaks(lexed.error())));
    }
  }
  MESSAGE(read << " were read, " << refused << " refused");
  CHECK(read > 1000);
  CHECK(refused > 1000);
}

TEST_CASE("conformance: variables and quotes in a word") {
  int windows = 0;
  each_row("shell-lex/env-var.jsonl", [&](const Json& row) {
    if (text(row, "platform") == "W") {
      ++windows;
      return;
    }
    const auto expanded = expand_word(text(row, "input"), environment(row));
    if (json_bool(row, "error")) return check_refused(expanded);
    REQUIRE(expanded.ok());
    CHECK(expanded.value() == text(row, "expected"));
  });
  MESSAGE("skipped: " << windows << " rows for Windows, where the names of variables have no case");
}

TEST_CASE("conformance: a variable that must be set") {
  each_row("shell-lex/mandatory.jsonl", [](const Json& row) {
    const auto expanded = expand_word(text(row, "input"), environment(row));
    if (json_bool(row, "error")) {
      check_refused(expanded);
      CHECK(expanded.error().wire.find(text(row, "error_contains")) != std::string::npos);
      return;
    }
    REQUIRE(expanded.ok());
    CHECK(expanded.value() == text(row, "expected"));
  });
}

TEST_CASE("conformance: the words of a text") {
  each_row("shell-lex/words.jsonl", [](const Json& row) {
    const auto lexed = lex_words(text(row, "input"), environment(row));
    if (json_bool(row, "error")) return check_refused(lexed);
    REQUIRE(lexed.ok());
    CHECK(lexed.value().words == json_strings(row, "expected"));
  });
}

TEST_CASE("conformance: which variables were found and which were not") {
  each_row("shell-lex/process-with-matches.jsonl", [](const Json& row) {
    const auto lexed = lex_words(text(row, "input"), environment(row));
    // The suite looks at no name of a word that is refused.
    if (json_bool(row, "error")) return check_refused(lexed);
    REQUIRE(lexed.ok());
    CHECK(lexed.value().text == text(row, "expected"));
    CHECK(std::vector<std::string>(lexed.value().matched.begin(), lexed.value().matched.end()) == sorted_names(row, "matches"));
    CHECK(std::vector<std::string>(lexed.value().unmatched.begin(), lexed.value().unmatched.end()) == sorted_names(row, "unmatched"));
  });
}

TEST_CASE("conformance: a pattern matches what its regular expression describes") {
  each_row("shell-lex/pattern-to-regex.jsonl", [](const Json& row) {
    const auto pattern = ShellPattern::compile(to_runes(text(row, "input")), ShellPattern::Stars::Longest);
    REQUIRE(pattern.ok() == (text(row, "expected") != "error"));
    if (!pattern.ok()) return;
    const Sample sample = sample_of(text(row, "expected"));
    Work work(kLexWork);
    CHECK(pattern.value().match_at(sample.text, 0, work) == sample.text.size());
    for (size_t i = 0; i < sample.text.size(); ++i) {
      CAPTURE(i);
      std::u32string changed = sample.text;
      changed[i] = U'é';
      CHECK(pattern.value().match_at(changed, 0, work).has_value() != sample.is_fixed[i]);
    }
  });
}
