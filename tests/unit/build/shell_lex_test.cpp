#include "build/shell_lex.hpp"

#include <doctest/doctest.h>

#include "base/strings.hpp"
#include "build/lex_limits.hpp"

using namespace strates;
using namespace strates::build;

namespace {

const Variables kVariables = {{"A", "a"},         {"EMPTY", ""},    {"SPACES", " b  c "}, {"PATHX", "/usr/local/bin"}, {"DOTS", "foo.bar.baz"},
                              {"DOLLAR", "$1"},   {"QUOTE", "it's"}, {"É", "accent"},      {"1", "first"},              {"_x9", "under"},
                              {"LINES", "l1\nl2"}, {"STAR", "*"},    {"BYTES", "a\xff" "b\xff"}};

// The text, or the sentence of the error.
std::string expand(std::string_view word, const LexOptions& options = {}) {
  const auto out = expand_word(word, kVariables, options);
  return out.ok() ? out.value() : out.error().message();
}

std::string refused(std::string_view word, std::string_view why) { return "failed to process " + go_quote(word) + ": " + std::string(why); }

struct Row {
  std::string_view word, expected;
};

}  // namespace

TEST_CASE("a later entry of an environment wins, and one without '=' is set and empty") {
  const Variables variables = variables_of({"A=1", "B", "A=2=3", "=x", "", "C="});
  CHECK(variables == Variables{{"", ""}, {"A", "2=3"}, {"B", ""}, {"C", ""}});
}

TEST_CASE("variables, quotes and escapes") {
  const Row rows[] = {{"", ""},
                      {"plain", "plain"},
                      {"$A$A-$A.", "aa-a."},
                      {"${A}b", "ab"},
                      {"$Ab", ""},
                      {"$", "$"},
                      {"a$", "a$"},
                      {"$ A", "$ A"},
                      {"$1A", "firstA"},
                      {"$É${É}", "accentaccent"},
                      {"$_x9", "under"},
                      {"'$A'\"$A\"\\$A", "$Aa$A"},
                      {"\"'$A'\"", "'a'"},
                      {"$QUOTE", "it's"},
                      {"a\\", "a"},
                      {"\\n\\\\", "n\\"},
                      {"\"\\n\\\"\\$\\\\\"", "\\n\"$\\"},
                      {"''\"\"", ""},
                      {"\xef\xbb\xbfx", "x"},
                      {"a\xff$A", "a\xef\xbf\xbd" "a"},
                      {"$BYTES", "a\xff" "b\xff"}};
  for (const Row& row : rows) {
    CAPTURE(row.word);
    CHECK(expand(row.word) == row.expected);
  }
  const std::string nul("a\0$A", 4);
  CHECK(expand(nul) == std::string("a\0a", 3));
}

TEST_CASE("what stands for an unset or an empty variable") {
  const Row rows[] = {{"${NO-w} ${EMPTY-w} ${A-w}", "w  a"},       {"${NO:-w} ${EMPTY:-w} ${A:-w}", "w w a"}, {"${NO+w} ${EMPTY+w} ${A+w}", " w w"},
                      {"${NO:+w} ${EMPTY:+w} ${A:+w}", "  w"},     {"${A?m}${EMPTY?m}${A:?m}", "aa"},         {"${NO:-${NO:-$A}b}", "ab"},
                      {"${NO:-'}'\"}\"\\}}", "}}}"},               {"${NO:-\\$A}", "$A"},                     {"${NO-}", ""},
                      {"${@:-none}${#:-n}${?:-q}", "nonenq"}};
  for (const Row& row : rows) {
    CAPTURE(row.word);
    CHECK(expand(row.word) == row.expected);
  }
}

TEST_CASE("prefixes and suffixes that are cut off") {
  const Row rows[] = {{"${DOTS#*.}", "bar.baz"},       {"${DOTS##*.}", "baz"},         {"${DOTS%.*}", "foo.bar"},       {"${DOTS%%.*}", "foo"},
                      {"${PATHX##*/}", "bin"},         {"${PATHX%/*}", "/usr/local"},  {"${DOTS#?}", "oo.bar.baz"},     {"${DOTS%???}", "foo.bar."},
                      {"${DOTS#z}", "foo.bar.baz"},    {"${NO#x}${EMPTY%%*}", ""},     {"${LINES#*}", "l1\nl2"},        {"${LINES##*}", "\nl2"},
                      {"${LINES%%*}", "l1\n"},         {"${LINES%%?*}", "l1\n"},       {"${STAR#\\*}", ""},             {"${DOTS%$STAR}", "foo.bar.baz"},
                      {"${DOTS%%$STAR}", ""},          {"${BYTES#a}", "\xff" "b\xff"}, {"${BYTES%q}", "a\xef\xbf\xbd" "b\xef\xbf\xbd"}, {"${BYTES#a?}", "b\xff"}};
  for (const Row& row : rows) {
    CAPTURE(row.word);
    CHECK(expand(row.word) == row.expected);
  }
}

TEST_CASE("matches that are replaced") {
  const Row rows[] = {{"${DOTS/./-}", "foo-bar.baz"},
                      {"${DOTS//./-}", "foo-bar-baz"},
                      {"${DOTS//[.]/-}", "foo.bar.baz"},
                      {"${DOTS/b*/}", "foo."},
                      {"${DOTS//b?/é}", "foo.ér.éz"},
                      {"${PATHX//\\//:}", ":usr:local:bin"},
                      {"${A//x/y}${NO//x/y}", "a"},
                      {"${A///-}", "-a-"},
                      {"${A//*/-}", "-"},
                      {"${LINES//*/-}", "-\n-"},
                      {"${BYTES//b/}", "a\xff\xff"},
                      {"${BYTES//?/.}", "...."},
                      // One match is replaced by the text; where all are, Go reads the dollars in it.
                      {"${A/a/$DOLLAR}", "$1"},
                      {"${A//a/$DOLLAR}", ""},
                      {"${A//a/<\\$0>}", "<\\a>"},
                      {"${A//a/'[$0]$$${0}${x}$'}", "[a]$a$"},
                      {"${A//a/'${0'}", "${0"}};
  for (const Row& row : rows) {
    CAPTURE(row.word);
    CHECK(expand(row.word) == row.expected);
  }
}

TEST_CASE("what is refused, and in which words") {
  const Row rows[] = {{"'a", "unexpected end of statement while looking for matching single-quote"},
                      {"\"a", "unexpected end of statement while looking for matching double-quote"},
                      {"\"a\\", "unexpected end of statement while looking for matching double-quote"},
                      {"'a\\'b'", "unexpected end of statement while looking for matching single-quote"},
                      {"${", "syntax error: missing '}'"},
                      {"${A:", "syntax error: missing '}'"},
                      {"${A:-b", "syntax error: missing '}'"},
                      {"${A:-'b", "syntax error: missing '}'"},
                      {"${A/b", "syntax error: missing '/' in ${}"},
                      {"${A/b}", "syntax error: missing '/' in ${}"},
                      {"${A/b/c", "syntax error: missing '}'"},
                      {"${}", "syntax error: bad substitution"},
                      {"${{A}}", "syntax error: bad substitution"},
                      {"${:-b}", "syntax error: bad substitution"},
                      {"${A", "unsupported modifier (\xef\xbf\xbd) in substitution"},
                      {"${.}", "unsupported modifier (.) in substitution"},
                      {"${A=b}", "unsupported modifier (=) in substitution"},
                      {"${A:=b}", "unsupported modifier (:=) in substitution"},
                      {"${A:#b}c", "unsupported modifier (:#) in substitution"},
                      {"${A:é}", "unsupported modifier (:é) in substitution"},
                      {"${NO?}", "NO: is not allowed to be unset"},
                      {"${EMPTY:?}", "EMPTY: is not allowed to be empty"},
                      {"${NO:?give it: $A}", "NO: give it: a"},
                      {"${A#\\x}", "invalid pattern (\\x) in substitution: invalid escape '\\x'"},
                      {"${A%b\\x}", "invalid pattern (\\xb) in substitution: invalid escape '\\x'"},
                      {"${A//\\x/y}", "invalid pattern (\\x) in substitution: invalid escape '\\x'"}};
  for (const Row& row : rows) {
    CAPTURE(row.word);
    CHECK(expand(row.word) == refused(row.word, row.expected));
    const auto out = expand_word(row.word, kVariables);
    REQUIRE_FALSE(out.ok());
    CHECK(out.error().kind == ErrorKind::Invalid);
    CHECK(out.error().code == "dockerfile.substitution");
  }
}

TEST_CASE("the escape character is the file's") {
  LexOptions options;
  options.escape = '`';
  CHECK(expand("C:\\$A`$A``", options) == "C:\\a$A`");
  CHECK(expand("\"\\$A`$A`n\"", options) == "\\a$A`n");
  options.escape = U'é';
  CHECK(expand("é$A", options) == "$A");
}

TEST_CASE("quotes, escapes and unset variables can stay") {
  LexOptions raw_quotes;
  raw_quotes.raw_quotes = true;
  CHECK(expand("'$A'\"$A\"", raw_quotes) == "'$A'\"a\"");
  LexOptions raw_escapes;
  raw_escapes.raw_escapes = true;
  CHECK(expand("\\$A\\\\$A\\", raw_escapes) == "\\$A\\\\a\\");
  LexOptions skip_quotes;
  skip_quotes.skip_quotes = true;
  CHECK(expand("it's \"$A", skip_quotes) == "it's \"a");
  LexOptions skip_unset;
  skip_unset.skip_unset = true;
  for (const std::string_view word : {"$NO", "${NO}", "${NO:-w}", "${NO+w}", "${NO##w}", "${NO/a/b}", "${NO:?w}"}) CHECK(expand(word, skip_unset) == word);
  CHECK(expand("$A${EMPTY:-$NO}", skip_unset) == "a$NO");
}

TEST_CASE("words are cut at spaces, also those out of variables") {
  const std::pair<std::string_view, std::vector<std::string>> rows[] = {
      {"", {}},
      {"  ", {}},
      {" a\tb\n c ", {"a", "b", "c"}},
      {"x${SPACES}y", {"x", "b", "c", "y"}},
      {"x\"$SPACES\"y", {"x b  c y"}},
      {"a\\ b 'c d'", {"a b", "c d"}},
      {"'' \"\"", {}},
      {"pre${NO:-x y}post", {"prex", "ypost"}},
      {"a\xc2\xa0" "b\xe3\x80\x80" "c", {"a", "b", "c"}},
      {"80${NO:+x} 443/tcp", {"80", "443/tcp"}}};
  for (const auto& [text, expected] : rows) {
    CAPTURE(text);
    const auto lexed = lex_words(text, kVariables);
    REQUIRE(lexed.ok());
    CHECK(lexed.value().words == expected);
  }
}

TEST_CASE("names that were looked up are told, found or not, taken or not") {
  const auto lexed = lex_words("$A '$QUOTE' ${NO:-$OTHER} ${A:+${EMPTY}} $1 $2", kVariables);
  REQUIRE(lexed.ok());
  CHECK(lexed.value().matched == std::set<std::string, std::less<>>{"1", "A", "EMPTY"});
  CHECK(lexed.value().unmatched == std::set<std::string, std::less<>>{"2", "NO", "OTHER"});
}

TEST_CASE("a word that would grow without end is refused") {
  const Variables variables = {{"K", std::string(1024, 'x')}, {"M", std::string(kLexOutput, 'x')}, {"OVER", std::string(kLexOutput + 1, 'x')}};
  std::string thousand, many;
  for (int i = 0; i < 1025; ++i) thousand += "$K";
  for (int i = 0; i < 70; ++i) many += "${NO:+$M}";
  std::string deep = "x";
  for (int i = 0; i < kLexDepth + 1; ++i) deep = "${NO:-" + deep + "}";
  const std::string words[] = {thousand,
                               "\"" + thousand + "\"",
                               "${NO:-" + thousand + "}",
                               "${NO:+" + thousand + "}",
                               "$M$M",
                               "$OVER",
                               "\"$OVER\"",
                               "${K//?/$K$K}",
                               "${K//x/${K//x/$K}}",
                               many,
                               deep,
                               std::string(kLexOutput + 1, 'a')};
  for (const std::string& word : words) {
    CAPTURE(word.substr(0, 60));
    const auto out = lex_words(word, variables);
    REQUIRE_FALSE(out.ok());
    CHECK(out.error().kind == ErrorKind::Invalid);
    CHECK(out.error().code == "dockerfile.too-large");
    CHECK(out.error().message().size() < 300);
  }
}

TEST_CASE("what just fits within the limits is expanded") {
  const Variables variables = {{"K", std::string(1024, 'x')}, {"M", std::string(kLexOutput, 'x')}, {"L", std::string(100'000, 'x')}};
  std::string deep = "x";
  for (int i = 0; i < kLexDepth; ++i) deep = "${NO:-" + deep + "}";
  CHECK(expand_word(deep, variables).value_or("") == "x");
  CHECK(expand_word("$M", variables).value_or("").size() == kLexOutput);
  CHECK(expand_word("${K//?/$K}", variables).value_or("").size() == kLexOutput);
  CHECK(expand_word("${L//?/}y", variables).value_or("") == "y");
  CHECK(expand_word("${L##*}${L%%x*}y", variables).value_or("") == "y");
  CHECK(expand_word(std::string(100'000, '$') + "{", variables).value_or("") == "{");  // `$$` is a variable
  CHECK(expand_word(std::string(kLexOutput, 'a'), variables).value_or("").size() == kLexOutput);
}

TEST_CASE("any text is a word or an error, the same each time") {
  const std::string_view parts[] = {"$",  "{",  "}", "A", "NO", ":",  "-",      "+",     "?",    "#", "%",  "/",
                                    "'", "\"", "\\", " ", "*",  "$A", "${", "${DOTS", "${A:-", "\xff", "é", "\n"};
  unsigned state = 12345;
  int words = 0, errors = 0;
  for (int round = 0; round < 10'000; ++round) {
    std::string word;
    for (state = state * 1664525 + 1013904223; word.size() < (state >> 24) % 24;) {
      state = state * 1664525 + 1013904223;
      word += parts[(state >> 16) % std::size(parts)];
    }
    LexOptions options;
    options.raw_quotes = round % 2 == 1;
    options.raw_escapes = round % 3 == 1;
    options.skip_unset = round % 5 == 1;
    options.skip_quotes = round % 7 == 1;
    CAPTURE(word);
    const auto out = lex_words(word, kVariables, options);
    const auto again = expand_word(word, kVariables, options);
    REQUIRE(out.ok() == again.ok());
    if (out.ok()) {
      ++words;
      REQUIRE(out.value().text == again.value());
      for (const std::string& cut : out.value().words) REQUIRE_FALSE(cut.empty());
    } else {
      ++errors;
      REQUIRE(out.error().code == "dockerfile.substitution");
      REQUIRE(out.error().wire.starts_with("failed to process \""));
    }
  }
  CHECK(words > 1000);
  CHECK(errors > 1000);
}
