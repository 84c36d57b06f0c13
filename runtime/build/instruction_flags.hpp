// The `--name=value` options of one instruction (BuildKit, frontend/dockerfile/instructions/bflag.go, with Docker 20.10's sentences).
#pragma once

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace strates::build {

enum class FlagKind { Text, Texts, Flag };  // Texts may be repeated, a Flag needs no value

class InstructionFlags {
 public:
  struct Known {
    std::string_view name;
    FlagKind kind = FlagKind::Text;
  };
  // code dockerfile.instruction: "Unknown flag: x", "Missing a value on flag: x", "Duplicate flag specified: x",
  // "Expecting boolean value for flag x, not: y".
  static Result<InstructionFlags> parse(const std::vector<std::string>& written, std::initializer_list<Known> known);

  // Empty when not given; of a repeated one, the last.
  std::string value(std::string_view name) const;
  std::vector<std::string> used() const;  // names, sorted

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

Error instruction_error(std::string sentence);

}  // namespace strates::build
