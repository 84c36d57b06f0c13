#include "build/instruction_flags.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace strates::build {

Error instruction_error(std::string sentence) { return docker_error(ErrorKind::Invalid, "dockerfile.instruction", std::move(sentence)); }

Result<InstructionFlags> InstructionFlags::parse(const std::vector<std::string>& written, std::initializer_list<Known> known) {
  InstructionFlags out;
  for (const std::string& word : written) {
    const std::string_view text = std::string_view(word).substr(std::min<size_t>(2, word.size()));
    const size_t equals = text.find('=');
    const std::string name(text.substr(0, equals));
    const auto found = std::find_if(known.begin(), known.end(), [&](const Known& flag) { return flag.name == name; });
    if (found == known.end()) return instruction_error("Unknown flag: " + name);
    if (out.values_.contains(name) && found->kind != FlagKind::Texts) return instruction_error("Duplicate flag specified: " + name);
    std::string value(equals == std::string_view::npos ? "" : text.substr(equals + 1));
    if (found->kind != FlagKind::Flag) {
      if (equals == std::string_view::npos) return instruction_error("Missing a value on flag: " + name);
    } else {
      const std::string lower = to_lower(value);
      if (lower != "" && lower != "true" && lower != "false")
        return instruction_error("Expecting boolean value for flag " + name + ", not: " + value);
      value = lower == "false" ? "false" : "true";
    }
    out.values_[name] = std::move(value);
  }
  return out;
}

std::string InstructionFlags::value(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? "" : found->second;
}

std::vector<std::string> InstructionFlags::used() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : values_) out.push_back(name);
  return out;
}

}  // namespace strates::build
