#include "sim/shell/variables.hpp"

#include <algorithm>

namespace strates::sim::shell {

size_t Variables::bucket(std::string_view name) {
  if (name.empty()) return 0;
  unsigned hash = static_cast<unsigned>(static_cast<unsigned char>(name.front())) << 4;
  for (const char c : name) hash += static_cast<unsigned char>(c);
  return hash % kBuckets;
}

const Variable* Variables::find(std::string_view name) const {
  for (const Variable& variable : buckets_[bucket(name)])
    if (variable.name == name) return &variable;
  return nullptr;
}

Variable& Variables::make(std::string_view name) {
  auto& chain = buckets_[bucket(name)];
  for (Variable& variable : chain)
    if (variable.name == name) return variable;
  chain.push_back({std::string(name), std::nullopt, false, false});
  return chain.back();
}

std::optional<std::string> Variables::get(std::string_view name) const {
  const Variable* variable = find(name);
  return variable == nullptr ? std::nullopt : variable->value;
}

bool Variables::set(std::string_view name, std::string value) {
  Variable& variable = make(name);
  if (variable.readonly) return false;
  variable.value = std::move(value);
  return true;
}

bool Variables::unset(std::string_view name) {
  auto& chain = buckets_[bucket(name)];
  for (auto it = chain.begin(); it != chain.end(); ++it) {
    if (it->name != name) continue;
    if (it->readonly) return false;
    chain.erase(it);
    return true;
  }
  return true;
}

void Variables::restore(const std::string& name, const std::optional<Variable>& before) {
  if (before) {
    make(name) = *before;
    return;
  }
  auto& chain = buckets_[bucket(name)];
  chain.erase(std::remove_if(chain.begin(), chain.end(), [&](const Variable& variable) { return variable.name == name; }), chain.end());
}

std::vector<std::string> Variables::environment() const {
  std::vector<std::string> list;
  for (const auto& chain : buckets_)
    for (const Variable& variable : chain)
      if (variable.exported && variable.value) list.push_back(variable.name + "=" + *variable.value);
  return list;
}

std::vector<Variable> Variables::sorted() const {
  std::vector<Variable> list;
  for (const auto& chain : buckets_) list.insert(list.end(), chain.begin(), chain.end());
  std::sort(list.begin(), list.end(), [](const Variable& a, const Variable& b) { return a.name < b.name; });
  return list;
}

}  // namespace strates::sim::shell
