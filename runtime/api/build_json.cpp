#include "api/build_json.hpp"

#include <charconv>

#include "api/answers.hpp"
#include "api/host_config_json.hpp"
#include "base/json_full.hpp"

namespace strates::api {

namespace {

struct Parameter {
  std::string_view name, reason;
};

// Each would change what is built; empty values, zeros and false are what clients send for "not asked".
constexpr Parameter kRefused[] = {
    {"outputs", "only BuildKit has outputs"},
    {"squash", "squashing is experimental in Docker and not done here"},
    {"extrahosts", "networks come in a later version"},
    {"memswap", "swap is not limited by this version"},
    {"cpusetcpus", "processors are not pinned by this version"},
    {"cpusetmems", "memory nodes are not pinned by this version"},
    {"cpuperiod", "the scheduler's periods are not set by this version"},
    {"cpuquota", "the scheduler's periods are not set by this version"},
    {"cgroupparent", "control groups have one place in this version"},
    {"ulimits", "limits of a build's processes come in a later version"},
    {"securityopt", "containers have Docker's default protections"},
};

Error refuse(std::string_view what, std::string_view reason) { return unsupported("build with", what, reason, "leave it out"); }

bool not_asked(const std::string& text) {
  if (text.empty() || text == "0" || text == "false" || text == "null" || text == "default") return true;
  const auto json = parse_json(text, {1 << 20, 8});
  return json.ok() && says_nothing(json.value());
}

bool is_git(const std::string& remote) {
  for (const std::string_view scheme : {"git://", "github.com/", "git@"})
    if (remote.starts_with(scheme)) return true;
  const std::string path = remote.substr(0, remote.find('#'));
  return (remote.starts_with("http://") || remote.starts_with("https://")) && path.ends_with(".git");
}

Result<std::int64_t> number_parameter(const HttpRequest& request, std::string_view name) {
  const std::string text = request.query_value(name);
  std::int64_t out = 0;
  if (text.empty()) return out;
  const char* const end = text.data() + text.size();
  if (std::from_chars(text.data(), end, out).ptr != end || out < 0) return bad_parameter("error reading " + std::string(name) + ": not a number");
  return out;
}

Result<std::vector<std::string>> list_parameter(const HttpRequest& request, std::string_view name) {
  std::vector<std::string> out;
  const std::string text = request.query_value(name);
  if (text.empty()) return out;
  const auto json = parse_json(text, {1 << 20, 8});
  if (!json.ok() || !(json.value().is_array() || json.value().is_null())) return bad_parameter("error reading " + std::string(name) + ": not a list");
  for (const Json& item : json.value()) {
    if (!item.is_string()) return bad_parameter("error reading " + std::string(name) + ": not a list of texts");
    out.push_back(item.get<std::string>());
  }
  return out;
}

Result<Json> object_parameter(const HttpRequest& request, std::string_view name) {
  const std::string text = request.query_value(name);
  if (text.empty()) return Json::object();
  auto json = parse_json(text, {1 << 20, 8});
  if (!json.ok() || !(json.value().is_object() || json.value().is_null())) return bad_parameter("error reading " + std::string(name) + ": not a JSON object");
  return json.value().is_null() ? Json(Json::object()) : std::move(json).value();
}

}  // namespace

Result<engine::BuildRequest> build_request_from_query(const HttpRequest& request) {
  if (request.query_value("version") == "2")
    return unsupported("build with", "BuildKit", "this engine has Docker's classic builder only", "set DOCKER_BUILDKIT=0");
  for (const auto& row : kRefused)
    if (!not_asked(request.query_value(row.name))) return refuse(row.name, row.reason);
  const std::string platform = request.query_value("platform"), isolation = request.query_value("isolation");
  if (!platform.empty() && platform != "linux" && platform != "linux/amd64" && platform != "linux/x86_64") return refuse("platform " + platform, "images are built for linux/amd64 only");
  if (!isolation.empty() && isolation != "default") return refuse("isolation " + isolation, "there is one isolation on Linux");

  engine::BuildRequest build;
  build.context = request.body;
  build.dockerfile = request.query_value("dockerfile", "Dockerfile");
  if (build.dockerfile.empty()) build.dockerfile = "Dockerfile";
  build.tags = request.query_values("t");
  std::erase(build.tags, "");
  build.no_cache = request.query_bool("nocache");
  build.quiet = request.query_bool("q");
  build.remove = request.query_bool("rm", true);
  build.force_remove = request.query_bool("forcerm");
  build.target = request.query_value("target");
  build.pull = request.query_bool("pull");
  build.remote = request.query_value("remote");
  if (is_git(build.remote)) return refuse("remote " + build.remote, "git contexts are fetched by the client; Docker's own does so as well");
  const std::string mode = request.query_value("networkmode", "default");
  if (mode != "" && mode != "default" && mode != "none" && mode != "host") return refuse("networkmode " + mode, "this version has the networks none and host only");
  build.host.network_mode = mode.empty() ? "default" : mode;
  build.host.limits.memory = TRY(number_parameter(request, "memory"));
  build.host.limits.cpu_shares = TRY(number_parameter(request, "cpushares"));
  if (const auto shm = TRY(number_parameter(request, "shmsize")); shm > 0) build.host.shm_size = static_cast<std::uint64_t>(shm);
  build.cache_from = TRY(list_parameter(request, "cachefrom"));
  const Json labels = TRY(object_parameter(request, "labels")), args = TRY(object_parameter(request, "buildargs"));
  for (const auto& [key, value] : labels.items()) {
    if (!value.is_string()) return bad_parameter("error reading labels: not a text");
    build.labels[key] = value.get<std::string>();
  }
  for (const auto& [key, value] : args.items()) {
    if (!value.is_string() && !value.is_null()) return bad_parameter("error reading build args: not a text");
    build.build_args.emplace_back(key, value.is_null() ? std::optional<std::string>() : value.get<std::string>());
  }
  return build;
}

std::string stream_line(std::string_view text) { return dump_json_go({{"stream", text}}) + "\r\n"; }

std::string aux_line(const ImageId& id) { return dump_json_go({{"aux", {{"ID", id.str()}}}}) + "\r\n"; }

std::string error_line(const Error& error) {
  const std::string message = error.message();
  static constexpr std::string_view kExit = "returned a non-zero code: ";
  Json detail = Json::object();
  if (const auto at = message.rfind(kExit); at != std::string::npos) {
    int code = 0;
    const char* const end = message.data() + message.size();
    if (std::from_chars(message.data() + at + kExit.size(), end, code).ptr == end && code != 0) detail["code"] = code;
  }
  detail["message"] = message;
  return dump_json_go({{"errorDetail", detail}, {"error", message}}) + "\r\n";
}

}  // namespace strates::api
