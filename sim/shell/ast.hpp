// What a shell script means before it runs: immutable nodes that subshells share (POSIX.1-2017, Shell Command Language, 2.9 and 2.10).
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace strates::sim::shell {

struct Node;
struct Word;
using NodePtr = std::shared_ptr<const Node>;

// One piece of a word. A piece inside quotes is neither split into fields nor globbed.
struct Part {
  enum class Kind { Text, Parameter, Command, Arithmetic };
  Kind kind = Kind::Text;
  bool quoted = false;
  std::string text;  // Text: the characters; Parameter: its name; Command: the script
  // Parameter: "", "-", ":-", "=", ":=", "?", ":?", "+", ":+", "#", "##", "%", "%%", "length", "substring", "replace", "replace-all"
  std::string operation;
  std::shared_ptr<const Word> argument, second;  // argument also holds an arithmetic expression; second: replacement, or a substring's length
  NodePtr command;                                // Command: parsed; null when empty
};

struct Word {
  std::vector<Part> parts;
  // The text when the word is only unquoted text (a keyword can be one); otherwise empty.
  std::string plain() const {
    std::string text;
    for (const Part& part : parts) {
      if (part.kind != Part::Kind::Text || part.quoted) return {};
      text += part.text;
    }
    return text;
  }
};

struct Redirect {
  enum class Kind { In, Out, Append, DuplicateIn, DuplicateOut, Document };
  Kind kind = Kind::In;
  int descriptor = -1;  // as written, or 0 and 1 by default
  Word target;          // Document: its text
};

struct Assignment {
  std::string name;
  Word value;
};

struct CaseItem {
  std::vector<Word> patterns;
  NodePtr body;
};

struct Node {
  enum class Kind { Simple, Pipeline, And, Or, Sequence, Background, Subshell, Group, If, While, Until, For, Case, Function, Not };
  Kind kind = Kind::Simple;
  int line = 0;
  std::vector<Assignment> assignments;  // Simple
  std::vector<Word> words;              // Simple: the command; For: the list; Case: the subject
  std::vector<Redirect> redirects;
  // Pipeline, Sequence: members. And, Or: left, right. Not, Background, Subshell, Group: one. If: condition, body, [else]. While, Until: condition, body.
  // For, Function: body.
  std::vector<NodePtr> children;
  std::string name;        // For: the variable; Function: its name
  bool has_list = false;   // For: `in` was written
  std::vector<CaseItem> items;
};

}  // namespace strates::sim::shell
