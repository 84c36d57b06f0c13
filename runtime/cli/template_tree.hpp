// The parsed form of a template; private to go_template, its parser and its evaluator.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace strates::cli::tmpl {

struct Pipeline;

struct Operand {
  enum class Kind { Dot, Variable, Literal, Function, Group } kind = Kind::Dot;
  std::string name;                 // variable (with $) or function
  std::unique_ptr<Json> literal;
  std::unique_ptr<Pipeline> group;  // "( ... )"
  std::vector<std::string> fields;  // ".A.B" after it
  size_t position = 0;              // byte offset that Go reports
  std::string source;               // as written, for errors
};

struct Command {
  std::vector<Operand> operands;
  std::string source;  // "index .RepoTags 5"
};

struct Pipeline {
  std::vector<std::string> variables;  // "$i", "$e"
  bool declares = false;               // := rather than =
  std::vector<Command> commands;
};

struct Node {
  enum class Kind { Text, Action, If, Range, With } kind = Kind::Text;
  std::string text;
  Pipeline pipeline;
  std::vector<std::unique_ptr<Node>> body, otherwise;
};

using Nodes = std::vector<std::unique_ptr<Node>>;

constexpr int kMaxDepth = 100;  // nesting of blocks and parentheses
Result<Nodes> parse_template(std::string_view text);
Error template_error(std::string_view text, size_t position, const std::string& what);

// `arguments` are already evaluated. Errors carry only the reason; the evaluator adds where.
Result<Json> call_function(const std::string& name, const std::vector<Json>& arguments);
bool is_function(std::string_view name);
bool truth(const Json& value);
// As fmt's %v.
std::string print_value(const Json& value);

}  // namespace strates::cli::tmpl
