#include "../image/table.hpp"
#include "build/instruction.hpp"

using namespace strates;
using namespace strates::build;
using conformance::each_row;
using conformance::text;

TEST_CASE("conformance: instructions that are refused") {
  each_row("dockerfile-instructions/errors.jsonl", [](const Json& row) {
    const auto file = parse_dockerfile(text(row, "input"));
    std::string said;
    if (!file.ok()) {
      said = file.error().message();
    } else {
      const auto step = parse_instruction(file.value().nodes.front());
      REQUIRE_FALSE(step.ok());
      said = step.error().message();
    }
    // Docker 20.10 says it in capitals, and names an unknown flag without its dashes.
    const std::string expected = to_lower(replace_all(text(row, "expected_error"), "flag: --", "flag: "));
    CAPTURE(said);
    CHECK(to_lower(said).find(expected) != std::string::npos);
  });
}

TEST_CASE("conformance: instructions with here-documents") {
  each_row("dockerfile-instructions/heredoc.jsonl", [](const Json& row) {
    const auto file = parse_dockerfile(text(row, "input"));
    REQUIRE(file.ok());
    const auto step = parse_instruction(file.value().nodes.front());
    REQUIRE(step.ok());
    const Json& expected = json_member(row, "expected");
    if (const auto* run = std::get_if<Run>(&step.value().instruction)) {
      CHECK(run->command.words == json_strings(expected, "command"));
      CHECK(run->command.shell_form == json_bool(expected, "shell"));
      const Json& files = json_member(expected, "files");
      REQUIRE(step.value().heredocs.size() == (files.is_array() ? files.size() : 0));
      for (size_t i = 0; i < step.value().heredocs.size(); ++i) {
        CHECK(step.value().heredocs[i].name == text(files[i], "Name"));
        CHECK(step.value().heredocs[i].content == text(files[i], "Data"));
      }
      return;
    }
    const Copy& copy = std::get<Copy>(step.value().instruction);
    const Json& paths = json_member(expected, "sourcesAndDest");
    CHECK(copy.destination == text(paths, "DestPath"));
    const Json& contents = json_member(paths, "SourceContents");
    CHECK(step.value().heredocs.size() == (contents.is_array() ? contents.size() : 0));
    CHECK(copy.sources.size() == step.value().heredocs.size() + json_strings(paths, "SourcePaths").size());
  });
}
