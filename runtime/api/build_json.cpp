#include "api/build_json.hpp"

#include <charconv>

#include "api/answers.hpp"
#include "api/confinement_json.hpp"
#include "api/host_config_json.hpp"
#include "api/registry_json.hpp"
#include "base/git_address.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "build/platform.hpp"

namespace strates::api {

namespace {

Error refuse(std::string_view what, std::string_view reason) { return unsupported("build with", what, reason, "leave it out"); }

// The limits of RUN's containers, by the names of Docker's query.
struct NumberParameter {
  std::string_view name;
  std::int64_t engine::Limits::*member;
};
constexpr NumberParameter kNumbers[] = {{"memory", &engine::Limits::memory},         {"memswap", &engine::Limits::memory_swap}, {"cpushares", &engine::Limits::cpu_shares},
                                        {"cpuperiod", &engine::Limits::cpu_period}, {"cpuquota", &engine::Limits::cpu_quota}};

bool not_asked(const std::string& text) {
  if (text.empty() || text == "null") return true;
  const auto json = parse_json(text, {1 << 20, 8});
  return json.ok() && says_nothing(json.value());
}

// As Docker's server reads its numbers: what is none counts as 0.
std::int64_t number_parameter(const HttpRequest& request, std::string_view name) {
  const std::string text = request.query_value(name);
  std::int64_t out = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  return read.ec == std::errc() && read.ptr == end ? out : 0;
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

Result<void> read_limits(const HttpRequest& request, engine::HostConfig& host) {
  for (const auto& row : kNumbers) host.limits.*row.member = number_parameter(request, row.name);
  if (const auto shm = number_parameter(request, "shmsize"); shm > 0) host.shm_size = static_cast<std::uint64_t>(shm);
  host.limits.cpuset_cpus = request.query_value("cpusetcpus");
  host.limits.cpuset_mems = request.query_value("cpusetmems");
  host.isolation.cgroup_parent = request.query_value("cgroupparent");
  host.extra_hosts = request.query_values("extrahosts");
  if (const std::string ulimits = request.query_value("ulimits"); !ulimits.empty()) {
    const auto json = parse_json(ulimits, {1 << 20, 8});
    if (!json.ok()) return bad_parameter("error reading ulimit settings: not JSON");
    TRY(read_confinement("Ulimits", json.value(), host));
  }
  return {};
}

}  // namespace

Result<engine::BuildRequest> build_request_from_query(const HttpRequest& request) {
  if (request.query_value("version") == "2")
    return unsupported("build with", "BuildKit", "this engine has Docker's classic builder only", "set DOCKER_BUILDKIT=0");
  // Docker's sentences: its daemon has them as well, when it is not experimental.
  if (request.query_bool("squash")) return bad_parameter("squash is only supported with experimental mode");
  if (!request.query_values("securityopt").empty()) return bad_parameter("The daemon on this platform does not support setting security options on build");
  if (!not_asked(request.query_value("outputs"))) return refuse("outputs", "only BuildKit has outputs");
  const std::string platform = request.query_value("platform"), isolation = request.query_value("isolation");
  // As Docker's classic builder: an image that is here is taken whatever its platform.
  if (!platform.empty()) TRY(build::check_platform(platform));
  if (!isolation.empty() && isolation != "default") return bad_parameter("Unsupported isolation: " + go_quote(isolation));

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
  build.credentials = registry_config(request);
  if (is_git_address(build.remote)) return refuse("remote " + build.remote, "git contexts are fetched by the client; Docker's own does so as well");
  const std::string mode = request.query_value("networkmode", "default");
  build.host.network_mode = mode.empty() ? "default" : mode;
  TRY(read_limits(request, build.host));
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
