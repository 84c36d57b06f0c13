#include <doctest/doctest.h>

#include <random>

#include "base/strings.hpp"
#include "build/dockerfile.hpp"
#include "build/words.hpp"

using namespace strates;
using namespace strates::build;

namespace {

Node only(std::string_view text) {
  const auto file = parse_dockerfile(text);
  REQUIRE(file.ok());
  REQUIRE(file.value().nodes.size() == 1);
  return file.value().nodes.front();
}

std::string refusal(std::string_view text) {
  const auto file = parse_dockerfile(text);
  return file.ok() ? "accepted" : file.error().message();
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("continuations are joined, comments inside them skipped, empty lines warned about") {
  const auto file = parse_dockerfile("FROM a\nRUN one \\\n  # said why\n\n  && two\n");
  REQUIRE(file.ok());
  REQUIRE(file.value().nodes.size() == 2);
  const Node& run = file.value().nodes[1];
  CHECK(run.words == Words{"one   && two"});
  CHECK(run.original == "RUN one   && two");
  CHECK(run.first_line == 2);
  CHECK(run.last_line == 5);
  CHECK(file.value().warnings == Words{"Empty continuation line found in: RUN one   && two"});
}

TEST_CASE("the escape directive counts only at the top, once") {
  CHECK(parse_dockerfile("# escape=`\nFROM a\n").value().escape == U'`');
  CHECK(parse_dockerfile("\n# escape=`\nFROM a\n").value().escape == U'\\');
  CHECK(parse_dockerfile("# a remark\n# escape=`\nFROM a\n").value().escape == U'\\');
  CHECK(refusal("# escape=`\n# escape=`\nFROM a\n") == "only one escape parser directive can be used");
  CHECK(refusal("# escape=x\nFROM a\n") == "invalid escape token 'x' does not match ` or \\");
  CHECK(only("# escape=`\nRUN a `\n b\n").words == Words{"a  b"});
}

TEST_CASE("JSON lists are lists of strings, anything else is text for a shell") {
  CHECK(only("CMD [\"a\", \"b c\"]\n").json);
  CHECK(only("CMD [\"a\", \"b c\"]\n").words == Words{"a", "b c"});
  CHECK_FALSE(only("CMD ['a']\n").json);
  CHECK(only("CMD ['a']\n").words == Words{"['a']"});
  CHECK(refusal("CMD [\"a\", 1]\n") == "when using JSON array syntax, arrays must be comprised of strings only");
  CHECK_FALSE(only("CMD [\"a\"] b\n").json);
}

TEST_CASE("ENV takes pairs, or one name and the rest of the line") {
  CHECK(only("ENV A=b C=\"d e\" F='g h'\n").words == Words{"A", "b", "=", "C", "\"d e\"", "=", "F", "'g h'", "="});
  CHECK(only("ENV A b c\n").words == Words{"A", "b c", ""});
  CHECK(only("ENV A=b\\ c\n").words == Words{"A", "b\\ c", "="});
  CHECK(refusal("ENV A\n") == "ENV must have two arguments");
  CHECK(refusal("ENV A=b c\n") == "Syntax error - can't find = in \"c\". Must be of the form: name=value");
}

TEST_CASE("flags end at the first word without dashes") {
  const Node copy = only("COPY --from=build --chown='1 2' a b\n");
  CHECK(copy.flags == Words{"--from=build", "--chown=1 2"});
  CHECK(copy.words == Words{"a", "b"});
  CHECK(only("RUN -- --not-a-flag\n").words == Words{"--not-a-flag"});
  CHECK(only("RUN echo --x\n").flags.empty());
}

TEST_CASE("line ends of DOS and a byte order mark are no part of the words") {
  CHECK(only("\xef\xbb\xbf" "FROM a\r\n").words == Words{"a"});
  CHECK(only("RUN a \\\r\n b\r\n").words == Words{"a  b"});
}

TEST_CASE("here-documents hold their lines, and must end") {
  const Node run = only("RUN <<-\"END\" cat\n\tx $A\n\tEND\n");
  REQUIRE(run.heredocs.size() == 1);
  CHECK(run.heredocs[0].content == "\tx $A\n");
  CHECK_FALSE(run.heredocs[0].expand);
  CHECK(run.last_line == 3);
  CHECK(refusal("RUN <<EOF\nx\n") == "unterminated heredoc");
  CHECK(only("RUN cat <<<word\n").heredocs.empty());
  CHECK(only("RUN echo \"it's\" '<<EOF'\n").heredocs.empty());
}

TEST_CASE("what is hostile is refused or bounded") {
  CHECK(refusal("RUN " + std::string(70000, 'a') + "\n") == "dockerfile line greater than maximum allowed size of 65535");
  std::string chain;
  for (int i = 0; i < 5000; ++i) chain += "ONBUILD ";
  CHECK(only(chain + "RUN a\n").inner.size() == 1);  // however many there are
  CHECK(refusal("") == "file with no instructions");
  std::mt19937 random(7);
  const std::string_view pieces[] = {"RUN ", "\\\n", "<<EOF", "\"", "'", "[\"", "]", "\n", "ENV A=", "# escape=`\n", "ONBUILD ", "\xff", "\xe2\x80\xaf", "--x=", " ", "COPY ", "EOF\n", "\t", "`"};
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (int i = 0; i < 30; ++i) text += pieces[random() % std::size(pieces)];
    const auto file = parse_dockerfile(text);
    if (!file.ok()) CHECK_FALSE(file.error().message().empty());
    else CHECK_FALSE(file.value().nodes.empty());
  }
}
