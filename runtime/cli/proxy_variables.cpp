#include "cli/proxy_variables.hpp"

#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/docker_config.hpp"

namespace strates::cli {

std::vector<std::pair<std::string, std::string>> proxy_variables(const std::string& host) {
  struct Row {
    const char *key, *variable;
  };
  // In the order of docker/cli 20.10 (cli/config/configfile/file.go, ParseProxyConfig).
  constexpr Row kRows[] = {{"httpProxy", "HTTP_PROXY"}, {"httpsProxy", "HTTPS_PROXY"}, {"noProxy", "NO_PROXY"}, {"ftpProxy", "FTP_PROXY"}};
  const auto config = DockerConfig::load();
  if (!config.ok()) return {};
  const Json all = config.value().member("proxies");
  const Json& own = json_member(all, host);
  const Json& proxies = own.is_object() ? own : json_member(all, "default");
  std::vector<std::pair<std::string, std::string>> out;
  for (const Row& row : kRows) {
    const std::string value = json_string(proxies, row.key);
    if (value.empty()) continue;
    out.emplace_back(row.variable, value);
    out.emplace_back(to_lower(row.variable), value);
  }
  return out;
}

std::vector<std::string> proxy_environment(const std::string& host, const std::vector<std::string>& given) {
  std::vector<std::string> out;
  const auto variables = proxy_variables(host);
  for (const auto& [name, value] : variables)
    if (std::none_of(given.begin(), given.end(), [&, &wanted = name](const std::string& entry) { return entry.substr(0, entry.find('=')) == wanted; }))
      out.push_back(name + "=" + value);
  return out;
}

}  // namespace strates::cli
