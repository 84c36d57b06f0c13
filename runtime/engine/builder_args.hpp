// ARG and --build-arg: which variables an instruction sees, and which were given for nothing.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace strates::engine {

class BuildArgs {
 public:
  using Given = std::vector<std::pair<std::string, std::optional<std::string>>>;
  explicit BuildArgs(const Given& given);

  // ARG before the first FROM.
  void add_meta(const std::string& name, const std::optional<std::string>& value) { meta_[name] = value; }
  // ARG in a stage; without value it takes the one from before FROM.
  void add(const std::string& name, const std::optional<std::string>& value);
  void end_stage() { allowed_.clear(); }

  // "name=value", sorted. What the environment sets already hides an argument of that name.
  std::vector<std::string> visible(const std::vector<std::string>& environment) const;
  std::vector<std::string> visible_before_from() const;
  // Those of `visible` that count in the cache: the predefined ones (HTTP_PROXY, ...) only where ARG names them.
  std::vector<std::string> cached(const std::vector<std::string>& visible_ones) const;
  // Given and never named by an ARG, sorted.
  std::vector<std::string> unused() const;

 private:
  using Values = std::map<std::string, std::optional<std::string>>;
  std::map<std::string, std::string> values_of(const Values& names) const;

  std::map<std::string, std::string> given_;
  Values allowed_, meta_;
  std::set<std::string> named_;
};

}  // namespace strates::engine
