// A Dockerfile as its lines: instructions with their words, nothing looked at yet (BuildKit, frontend/dockerfile/parser).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "build/heredoc.hpp"

namespace strates::build {

// Whose Dockerfiles: BuildKit's of today, or those of Docker 20.10's classic builder, which has no here-document and fewer options.
enum class Dialect { BuildKit, Classic };

struct Node {
  std::string name;                // as written: "Run"
  std::vector<std::string> flags;  // "--from=build"
  // What follows, as the instruction takes it: one text (RUN, USER), words (FROM, EXPOSE), a JSON list's strings, or for ENV and LABEL
  // name, value and "=" (or "" for `ENV name value`) in turn.
  std::vector<std::string> words;
  bool json = false;               // written as a JSON list
  std::vector<Node> inner;         // ONBUILD: its one instruction
  std::string original;            // the line, continuations joined
  int first_line = 0, last_line = 0;  // from 1, here-documents included
  std::vector<Heredoc> heredocs;
};

struct Dockerfile {
  std::vector<Node> nodes;  // at least one
  char32_t escape = '\\';   // the `# escape=` directive
  std::vector<std::string> warnings;  // "Empty continuation line found in: RUN a b"
};

// code dockerfile.syntax, with Docker's sentences: "file with no instructions", "ENV must have two arguments",
// "Syntax error - can't find = in \"b\". Must be of the form: name=value",
// "when using JSON array syntax, arrays must be comprised of strings only", "unterminated heredoc",
// "only one escape parser directive can be used", "dockerfile line greater than maximum allowed size of 65535".
Result<Dockerfile> parse_dockerfile(std::string_view text, Dialect dialect = Dialect::BuildKit);

// `["a", "b"]` exactly: a list of strings. None: it is not JSON; an error: it is, of something else than strings.
Result<std::optional<std::vector<std::string>>> parse_json_list(std::string_view text);

}  // namespace strates::build
