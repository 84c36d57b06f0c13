#include "engine/environment.hpp"

#include <map>
#include <string_view>

namespace strates::engine {

void merge_environment(std::vector<std::string>& variables, const std::vector<std::string>& asked) {
  const auto name_of = [](const std::string& variable) { return variable.substr(0, variable.find('=')); };
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < variables.size(); ++i) places[name_of(variables[i])] = i;
  // Of two with one name that were not there, both come: the program sees the last, as with Docker.
  for (const auto& variable : asked) {
    const auto place = places.find(name_of(variable));
    if (variable.find('=') == std::string::npos) {
      if (place != places.end()) variables[place->second].clear();
    } else if (place != places.end()) {
      variables[place->second] = variable;
    } else {
      variables.push_back(variable);
    }
  }
  std::erase(variables, "");
}

}  // namespace strates::engine
