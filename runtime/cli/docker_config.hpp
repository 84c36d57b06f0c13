// The file that `docker login` keeps (docker/cli, cli/config): $DOCKER_CONFIG/config.json or ~/.docker/config.json, and the programs that keep passwords
// instead of it (docker-credential-NAME: credsStore, credHelpers; github.com/docker/docker-credential-helpers).
//
// Passwords never become part of an Error.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace strates::cli {

struct StoredAuth {
  std::string server, username, password, identity_token;
  bool empty() const { return username.empty() && identity_token.empty(); }
};

// "https://index.docker.io/v1/": what Docker Hub's credentials are kept under.
constexpr std::string_view kHubServer = "https://index.docker.io/v1/";

class DockerConfig {
 public:
  // An absent file is an empty one; any other that cannot be read is an error. Error: Docker's "WARNING: Error loading config file: ..." without the beginning.
  static Result<DockerConfig> load();
  // The same of what is wrong with the file, whether it can be used or not: an entry that cannot be read keeps no other from being used. Empty: nothing.
  static std::string complaint();
  const std::string& path() const { return path_; }

  // `server`: a host name, or kHubServer.
  Result<StoredAuth> get(const std::string& server) const;
  std::vector<StoredAuth> all() const;
  // Is the password written into the file itself?
  bool stores_plainly(const std::string& server) const { return helper_for(server).empty(); }
  Result<void> store(const StoredAuth& auth);
  Result<void> erase(const std::string& server);
  // What the file says under another key; null when it says nothing.
  Json member(const std::string& key) const;

 private:
  explicit DockerConfig(std::string path) : path_(std::move(path)) {}
  std::string helper_for(const std::string& server) const;  // "pass"; empty: none
  Result<void> save() const;

  std::string path_;
  std::string text_ = "{}";  // what the file holds; keys of Docker's that we do not know stay
};

// The key of a registry: without scheme and path.
std::string server_host(std::string_view server);
// X-Registry-Auth for an image's registry ("docker.io", "127.0.0.1:5000"); that of nobody when nothing is kept.
std::string registry_auth_header(const std::string& domain);
// X-Registry-Config: all that is kept.
std::string registry_config_header();
std::string encode_auth(const StoredAuth& auth);

}  // namespace strates::cli
