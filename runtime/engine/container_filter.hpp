// Which containers `docker ps` shows: Docker's filters as a table (Docker Engine, daemon/list.go).
//
// Values of one filter are alternatives, filters must all hold; labels must all hold.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/container.hpp"
#include "engine/engine.hpp"

namespace strates::engine {

// What a filter needs to know beyond the container itself.
struct FilterSources {
  std::function<Result<Container>(const std::string& name)> find;                       // for before and since
  std::function<bool(const Container& container, const std::string& image)> descends;  // for ancestor
};

class ContainerMatcher {
 public:
  // Docker's sentences for values that cannot be.
  static Result<ContainerMatcher> make(const ContainerFilter& filter, const FilterSources& sources);
  bool operator()(const Container& container) const;

 private:
  ContainerMatcher() = default;
  bool all_ = false;
  std::vector<std::function<bool(const Container&)>> tests_;
};

bool label_holds(const image::RunConfig& config, std::string_view wanted);  // "key" or "key=value"

}  // namespace strates::engine
