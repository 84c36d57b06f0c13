#include "engine/builder_args.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace strates::engine {

namespace {

constexpr std::array<std::string_view, 8> kPredefined = {"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy",
                                                         "FTP_PROXY",  "ftp_proxy",  "NO_PROXY",    "no_proxy"};
bool is_predefined(std::string_view name) { return std::find(kPredefined.begin(), kPredefined.end(), name) != kPredefined.end(); }

}  // namespace

BuildArgs::BuildArgs(const Given& given) {
  for (const auto& [name, value] : given)
    if (value) given_[name] = *value;
}

void BuildArgs::add(const std::string& name, const std::optional<std::string>& value) {
  allowed_[name] = value;
  named_.insert(name);
}

std::map<std::string, std::string> BuildArgs::values_of(const Values& names) const {
  std::map<std::string, std::string> out;
  const auto take = [&](const std::string& name, const std::optional<std::string>& fallback) {
    if (const auto found = given_.find(name); found != given_.end()) {
      out[name] = found->second;
    } else if (fallback) {
      out[name] = *fallback;
    } else if (const auto before = meta_.find(name); before != meta_.end() && before->second) {
      out[name] = *before->second;
    }
  };
  for (const std::string_view name : kPredefined) take(std::string(name), std::nullopt);
  for (const auto& [name, value] : names) take(name, value);
  return out;
}

std::vector<std::string> BuildArgs::visible(const std::vector<std::string>& environment) const {
  std::vector<std::string> out;
  for (const auto& [name, value] : values_of(allowed_)) {
    const bool hidden = std::any_of(environment.begin(), environment.end(),
                                    [&](const std::string& entry) { return std::string_view(entry).substr(0, entry.find('=')) == name; });
    if (!hidden) out.push_back(name + "=" + value);
  }
  return out;
}

std::vector<std::string> BuildArgs::visible_before_from() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : values_of(meta_)) out.push_back(name + "=" + value);
  return out;
}

std::vector<std::string> BuildArgs::cached(const std::vector<std::string>& visible_ones) const {
  std::vector<std::string> out;
  for (const std::string& entry : visible_ones) {
    const std::string name = entry.substr(0, entry.find('='));
    if (!is_predefined(name) || allowed_.contains(name)) out.push_back(entry);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> BuildArgs::unused() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : given_)
    if (!is_predefined(name) && !named_.contains(name)) out.push_back(name);
  return out;
}

}  // namespace strates::engine
