// Strates as a plugin of Docker's own client (docker/cli, cli-plugins): a file docker-strates that answers docker-cli-plugin-metadata, and is then
// called with all the words that were typed: "--host unix:///x strates layers busybox".
#pragma once

#include <string>
#include <vector>

#include "cli/front_commands.hpp"

namespace strates::cli {

constexpr std::string_view kPluginProgram = "docker-strates";

// What Docker's client asks a plugin to say of itself.
std::string plugin_metadata();

// The words of a plugin's call, told apart: Docker's host, and what stands behind "strates". code cli.flag for a global option that is not ours.
struct PluginWords {
  std::string host;
  std::vector<std::string> rest;
};
Result<PluginWords> plugin_words(const std::vector<std::string>& words);

// Puts a link to `program` into the directory of plugins, or takes it away. What is there and is no link of ours stays, and is an error: code plugin.taken.
Result<bool> install_plugin(const std::string& directory, const std::string& program);  // false: it was there already
Result<bool> remove_plugin(const std::string& directory);                               // false: there was none

}  // namespace strates::cli
