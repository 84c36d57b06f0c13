// Word expansion (POSIX.1-2017, 2.6): tilde, parameters, commands, arithmetic, then fields, then file names, then quotes go.
//
// A command substitution takes many steps of other processes. So an expansion is done again from its start each time one more command has
// answered: `answers` holds what is known, in order; `wanted` is the next one. Assignments (${x:=y}, $((x=1))) are kept aside in `assigned` until
// the expansion is complete: doing it again has no effect twice.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/shell/ast.hpp"
#include "sim/shell/dialect.hpp"

namespace strates::sim::shell {

// What an expansion asks of its shell.
class ExpansionScope {
 public:
  virtual ~ExpansionScope() = default;
  virtual std::optional<std::string> variable(std::string_view name) = 0;  // also "?", "#", "$", "!", "-", "0", "1", ...
  virtual bool is_readonly(std::string_view name) = 0;
  virtual const std::vector<std::string>& positional() = 0;
  virtual bool option(char letter) = 0;
  virtual std::optional<std::string> home_of(std::string_view user) = 0;
  virtual std::vector<std::string> glob(const std::string& pattern) = 0;  // sorted; empty: nothing matches
  virtual Dialect dialect() = 0;
};

class Expander {
 public:
  Expander(ExpansionScope& scope, const std::vector<std::string>& answers) : scope_(scope), answers_(answers) {}

  // Not good() after a call: look at wanted() or error(); the result is to be thrown away.
  std::vector<std::string> fields(const Word& word);
  std::string text(const Word& word);           // one field, no splitting, no globbing
  std::string assignment_text(const Word& word);  // the same, ~ also behind ':'
  std::string pattern(const Word& word);        // quoted characters behind backslashes

  bool good() const { return !wanted_ && error_.empty(); }
  const Part* wanted() const { return wanted_; }
  const std::string& error() const { return error_; }
  const std::map<std::string, std::string>& assigned() const { return assigned_; }
  // What follows sees this value (a=1 b=$a).
  void assume(const std::string& name, std::string value) { assigned_[name] = std::move(value); }

 private:
  struct Chars {  // characters and what they are; see expander.cpp
    std::string text;
    std::string flags;
    void add(std::string_view more, char flag) {
      text += more;
      flags.append(more.size(), flag);
    }
  };
  enum class Tilde { Start, Assignment };

  void expand(const Word& word, Chars& out, Tilde tilde);
  void expand_parts(const Word& word, Chars& out, bool quoted);
  void expand_part(const Part& part, Chars& out, bool quoted);
  void parameter(const Part& part, Chars& out);
  void all_parameters(const Part& part, Chars& out);
  void arithmetic(const Part& part, Chars& out);
  void answer(const Part& part, Chars& out);
  void substring(const Part& part, const std::string& value, Chars& out);
  void replace(const Part& part, const std::string& value, Chars& out);
  std::int64_t number(const Word& word);
  std::optional<std::string> lookup(std::string_view name);
  std::string tilde(std::string_view text, Tilde how);
  std::vector<Chars> split(const Chars& chars);
  static std::string plain(const Chars& chars);
  static std::string as_pattern(const Chars& chars);
  void fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
  }

  ExpansionScope& scope_;
  const std::vector<std::string>& answers_;
  size_t next_answer_ = 0;
  const Part* wanted_ = nullptr;
  std::string error_;
  std::map<std::string, std::string> assigned_;
};

}  // namespace strates::sim::shell
