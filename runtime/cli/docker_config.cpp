#include "cli/docker_config.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/base64.hpp"
#include "base/go_errno.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/config_complaint.hpp"
#include "cli/credential_helper.hpp"
#include "cli/file_source.hpp"
#include "cli/which_engine.hpp"

namespace strates::cli {

namespace {

constexpr size_t kMostBytes = 1 << 20;

StoredAuth from_entry(const std::string& server, const Json& entry) {
  StoredAuth out{server, {}, {}, json_string(entry, "identitytoken")};
  const std::string auth = replace_all(replace_all(json_string(entry, "auth"), "\n", ""), "\r", "");
  if (auth.empty()) {
    // As a person writes it by hand.
    out.username = json_string(entry, "username");
    out.password = json_string(entry, "password");
    return out;
  }
  const std::string both = base64_decode(auth).value_or("");
  if (const size_t colon = both.find(':'); colon != std::string::npos) {
    out.username = both.substr(0, colon);
    out.password = both.substr(colon + 1);
    while (out.password.ends_with('\0')) out.password.pop_back();
  }
  return out;
}

// In Go's words: "open /x/config.json: permission denied".
Error unreadable(const std::string& path, const std::string& operation, int why) {
  Error error = system_error(operation, path, why);
  error.wire = operation + " " + path + ": " + go_errno(why);
  return error;
}

// A file that is written anew stays its owner's, and as open or closed to others as it was.
void keep_owner_and_mode(const UniqueFd& file, const std::string& of) {
  struct stat before {};
  if (::stat(of.c_str(), &before) != 0 || !S_ISREG(before.st_mode)) return;
  // To somebody else's file whose group we cannot give it, we give it to its owner only.
  const bool given = ::fchown(file.get(), before.st_uid, before.st_gid) == 0;
  ::fchmod(file.get(), before.st_mode & (given ? 0777 : 0700));
}

std::string url_base64(const std::string& text) {
  std::string out = base64_encode(text);
  for (char& c : out) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return out;
}

Json json_of(const StoredAuth& auth) {
  Json out = Json::object();
  if (!auth.username.empty()) out["username"] = auth.username;
  if (!auth.password.empty()) out["password"] = auth.password;
  if (!auth.server.empty()) out["serveraddress"] = auth.server;
  if (!auth.identity_token.empty()) out["identitytoken"] = auth.identity_token;
  return out;
}

}  // namespace

std::string server_host(std::string_view server) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (server.starts_with(scheme)) server.remove_prefix(scheme.size());
  return std::string(server.substr(0, server.find('/')));
}

Result<DockerConfig> DockerConfig::load() {
  DockerConfig out(docker_config_folder(process_surroundings()) + "/config.json");
  // A folder's name that is a file, a file that is not ours to read: all but "it is not there" is told, or the next login would write over it.
  const UniqueFd file(::open(out.path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file && errno == ENOENT) return out;
  if (!file) return unreadable(out.path_, "open", errno);
  std::string text(kMostBytes + 1, '\0');
  size_t have = 0;
  while (have < text.size()) {
    const ssize_t got = ::read(file.get(), text.data() + have, text.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(out.path_, "read", errno);
    if (got == 0) break;
    have += static_cast<size_t>(got);
  }
  text.resize(have);
  const auto json = trim(text).empty() ? Result<Json>(Json()) : parse_json(text, {.bytes = kMostBytes, .depth = 32});
  if (json.ok() && json.value().is_null()) return out;
  if (!json.ok() || !json.value().is_object()) {
    const std::string why = config_complaint(text);
    return docker_error(ErrorKind::Invalid, "cli.config", out.path_ + ": " + (why.empty() ? "not a JSON object of a bearable size" : why));
  }
  out.text_ = std::move(text);
  return out;
}

std::string DockerConfig::complaint() {
  const auto config = load();
  if (!config.ok()) return config.error().message();
  const std::string why = config_complaint(config.value().text_);
  return why.empty() ? "" : config.value().path() + ": " + why;
}

std::string DockerConfig::helper_for(const std::string& server) const {
  const Json json = parse_json(text_).value_or(Json::object());
  const std::string own = json_string(json_member(json, "credHelpers"), server);
  const std::string helper = own.empty() ? json_string(json, "credsStore") : own;
  // It becomes part of a program's name.
  return helper.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == std::string::npos ? helper : "";
}

Result<StoredAuth> DockerConfig::get(const std::string& server) const {
  if (const std::string helper = helper_for(server); !helper.empty()) {
    auto secret = CredentialHelper(helper).get(server);
    if (!secret.ok()) return std::move(secret).error();
    StoredAuth out{server, secret.value().username, secret.value().secret, {}};
    if (out.username != "<token>") return out;
    return StoredAuth{server, "", "", out.password};
  }
  const Json json = parse_json(text_).value_or(Json::object());
  const Json& auths = json_member(json, "auths");
  if (!auths.is_object()) return StoredAuth{server, {}, {}, {}};
  if (auths.contains(server)) return from_entry(server, auths[server]);
  // Older clients kept an address with its scheme.
  for (const auto& [key, entry] : auths.items())
    if (server_host(key) == server) return from_entry(server, entry);
  return StoredAuth{server, {}, {}, {}};
}

std::vector<StoredAuth> DockerConfig::all() const {
  const Json json = parse_json(text_).value_or(Json::object());
  std::vector<std::string> servers;
  if (const Json& auths = json_member(json, "auths"); auths.is_object())
    for (const auto& [server, entry] : auths.items()) servers.push_back(server);
  if (const Json& helpers = json_member(json, "credHelpers"); helpers.is_object())
    for (const auto& [server, helper] : helpers.items()) servers.push_back(server);
  if (const std::string helper = helper_for(""); !helper.empty())
    for (const auto& server : CredentialHelper(helper).list()) servers.push_back(server);
  std::vector<StoredAuth> out;
  for (const auto& server : servers) {
    const auto auth = get(server);
    if (auth.ok() && !auth.value().empty()) out.push_back(auth.value());
  }
  return out;
}

Result<void> DockerConfig::store(const StoredAuth& auth) {
  const std::string helper = helper_for(auth.server);
  if (!helper.empty()) {
    const bool token = !auth.identity_token.empty();
    TRY(CredentialHelper(helper).store(auth.server, {token ? "<token>" : auth.username, token ? auth.identity_token : auth.password}));
  }
  Json json = TRY(parse_json(text_));
  if (!json_member(json, "auths").is_object()) {
    Json ordered = {{"auths", Json::object()}};
    for (const auto& [key, value] : json.items())
      if (key != "auths") ordered[key] = value;
    json = std::move(ordered);
  }
  Json entry = Json::object();
  if (helper.empty() && !auth.username.empty()) entry["auth"] = base64_encode(auth.username + ":" + auth.password);
  if (helper.empty() && !auth.identity_token.empty()) entry["identitytoken"] = auth.identity_token;
  json["auths"][auth.server] = entry;
  text_ = json.dump(1, '\t');
  return save();
}

Result<void> DockerConfig::erase(const std::string& server) {
  if (const std::string helper = helper_for(server); !helper.empty()) TRY(CredentialHelper(helper).erase(server));
  Json json = TRY(parse_json(text_));
  if (!json_member(json, "auths").is_object() || !json["auths"].contains(server)) return success();
  json["auths"].erase(server);
  text_ = json.dump(1, '\t');
  return save();
}

Json DockerConfig::member(const std::string& key) const {
  const Json json = parse_json(text_).value_or(Json::object());
  return json_member(json, key);
}

// Whole or not at all, for its owner's eyes.
Result<void> DockerConfig::save() const {
  // Of a file that is a link, what it leads to is written, as Docker does.
  char resolved[PATH_MAX];
  const std::string target = ::realpath(path_.c_str(), resolved) != nullptr ? std::string(resolved) : path_;
  ::mkdir(dir_name(target).c_str(), 0700);
  const std::string temporary = target + std::to_string(::getpid());
  {
    UniqueFd file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file) return system_error("create", temporary, errno);
    keep_owner_and_mode(file, target);
    if (auto written = write_all(file, text_, temporary); !written.ok()) {
      ::unlink(temporary.c_str());
      return written;
    }
  }
  if (::rename(temporary.c_str(), target.c_str()) != 0) {
    const int why = errno;
    ::unlink(temporary.c_str());
    return system_error("rename", target, why);
  }
  return success();
}

std::string encode_auth(const StoredAuth& auth) { return url_base64(dump_json(json_of(auth))); }

std::string registry_auth_header(const std::string& domain) {
  const std::string server = domain == "docker.io" ? std::string(kHubServer) : domain;
  const auto config = DockerConfig::load();
  if (!config.ok()) return encode_auth({});
  const auto auth = config.value().get(server);
  return encode_auth(auth.ok() && !auth.value().empty() ? auth.value() : StoredAuth{});
}

std::string registry_config_header() {
  Json out = Json::object();
  if (const auto config = DockerConfig::load(); config.ok())
    for (const auto& auth : config.value().all()) out[auth.server] = json_of(auth);
  return url_base64(dump_json(out));
}

}  // namespace strates::cli
