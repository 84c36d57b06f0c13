// A shell's variables, in the order in which ash and dash hand them to programs: the chains of their hash table of 39 buckets.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace strates::sim::shell {

struct Variable {
  std::string name;
  std::optional<std::string> value;
  bool exported = false, readonly = false;
};

class Variables {
 public:
  const Variable* find(std::string_view name) const;
  Variable& make(std::string_view name);
  std::optional<std::string> get(std::string_view name) const;
  // False: it is read-only.
  bool set(std::string_view name, std::string value);
  bool unset(std::string_view name);
  void restore(const std::string& name, const std::optional<Variable>& before);
  std::vector<std::string> environment() const;
  std::vector<Variable> sorted() const;

 private:
  static constexpr size_t kBuckets = 39;
  static size_t bucket(std::string_view name);
  std::array<std::vector<Variable>, kBuckets> buckets_;
};

}  // namespace strates::sim::shell
