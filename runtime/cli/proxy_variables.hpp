// The proxies of ~/.docker/config.json ("proxies": docs.docker.com, "Configure the Docker client to use a proxy server"): every container and every build gets
// them as variables.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace strates::cli {

// Names and values, each name in capitals and in small letters: HTTP_PROXY, http_proxy, ... `host`: the engine's address ("unix:///run/strates/strates.sock"),
// whose own proxies replace the default ones. Empty when there are none, or no file that can be read: `docker login` is who says what is wrong with it.
std::vector<std::pair<std::string, std::string>> proxy_variables(const std::string& host);

// The same as "NAME=value", without the names that `given` ("NAME=value" or "NAME") speaks of.
std::vector<std::string> proxy_environment(const std::string& host, const std::vector<std::string>& given);

}  // namespace strates::cli
