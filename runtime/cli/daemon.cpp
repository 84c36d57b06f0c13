#include "cli/daemon.hpp"

#include <algorithm>
#include <cctype>

#include "base/json_full.hpp"
#include "base/strings.hpp"

namespace strates::cli {

namespace {

// Go's url.QueryEscape: a blank is '+'.
std::string query_escape(std::string_view text) { return replace_all(percent_encode(text), "%20", "+"); }

}  // namespace

Query& Query::add(std::string_view name, std::string_view value) {
  pairs_.emplace_back(name, value);
  return *this;
}

Query& Query::add_if(bool wanted, std::string_view name, std::string_view value) { return wanted ? add(name, value) : *this; }

std::string Query::on(std::string_view path) const {
  auto sorted = pairs_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out(path);
  char separator = '?';
  for (const auto& [name, value] : sorted) {
    out += separator + query_escape(name) + "=" + query_escape(value);
    separator = '&';
  }
  return out;
}

Result<std::string> filters_json(const std::vector<std::string>& filters) {
  std::map<std::string, std::map<std::string, bool>> sorted;
  for (const std::string& filter : filters) {
    const size_t equals = filter.find('=');
    if (equals == std::string::npos) return docker_error(ErrorKind::Invalid, "cli.filter", "bad format of filter (expected name=value)");
    sorted[to_lower(trim(filter.substr(0, equals)))][std::string(trim(filter.substr(equals + 1)))] = true;
  }
  Json json = Json::object();
  for (const auto& [name, values] : sorted)
    for (const auto& [value, yes] : values) json[name][value] = yes;
  return dump_json(json);
}

Json pairs_json(const std::vector<std::string>& values) {
  Json out = Json::object();
  for (const auto& value : values) {
    const size_t equals = value.find('=');
    out[value.substr(0, equals)] = equals == std::string::npos ? "" : value.substr(equals + 1);
  }
  return out;
}

std::vector<std::string> comma_values(const ParsedFlags& flags, std::string_view name) {
  std::vector<std::string> out;
  const std::vector<std::string> all = flags.list(name);
  for (const std::string& given : all)
    for (std::string& value : split(given, ',')) out.push_back(std::move(value));
  return out;
}

bool is_from_daemon(const Error& error) { return error.code.starts_with("client.status-"); }

std::string daemon_sentence(const Error& error) {
  return is_from_daemon(error) ? "Error response from daemon: " + error.message() : error.message();
}

Error as_daemon_error(Error error) {
  error.wire = daemon_sentence(error);
  return error;
}

Result<int> joined(const std::vector<std::string>& errors) {
  if (errors.empty()) return 0;
  return docker_error(ErrorKind::Invalid, "cli.failed", join(errors, "\n"));
}

Result<std::string> read_stream(api::ClientStream& stream, size_t limit) {
  std::string out;
  for (;;) {
    const std::string bytes = TRY(stream.read());
    if (bytes.empty()) return out;
    if (out.size() + bytes.size() > limit) return make_error(ErrorKind::Invalid, "cli.answer-too-large", "read the daemon's answer", "", "too large");
    out += bytes;
  }
}

api::ClientRequest post_request(std::string target) {
  api::ClientRequest request;
  request.method = "POST";
  request.target = std::move(target);
  return request;
}

api::ClientRequest hijack_request(std::string target, std::string body) {
  api::ClientRequest request = post_request(std::move(target));
  request.headers.emplace_back("Content-Type", body.empty() ? "text/plain" : "application/json");
  request.body = std::move(body);
  request.upgrade = true;
  return request;
}

std::string path_name(std::string_view name) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-_.~/:@").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace strates::cli
