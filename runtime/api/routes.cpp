// The table of routes, and how a request finds its row (Docker Engine API 1.41; swagger of 1.50 for what came later).
#include <charconv>

#include "api/answers.hpp"
#include "api/handlers.hpp"
#include "api/server.hpp"
#include "base/strings.hpp"

namespace strates::api {

namespace {

constexpr Route kRoutes[] = {
    {"GET", "/_ping", ping},
    {"HEAD", "/_ping", ping},
    {"GET", "/version", show_version},
    {"GET", "/info", show_info},
    {"GET", "/events", docker_events},
    {"GET", "/system/df", disk_usage},

    {"GET", "/containers/json", list_containers},
    {"POST", "/containers/create", create_container},
    {"POST", "/containers/prune", prune_containers, {1, 25}},
    {"GET", "/containers/*/json", inspect_container},
    {"GET", "/containers/*/top", list_processes},
    {"GET", "/containers/*/logs", container_logs},
    {"GET", "/containers/*/changes", list_changes},
    {"GET", "/containers/*/export", export_container},
    {"HEAD", "/containers/*/archive", stat_archive},
    {"GET", "/containers/*/archive", get_archive},
    {"PUT", "/containers/*/archive", put_archive},
    {"GET", "/containers/*/stats", container_stats},
    {"POST", "/containers/*/pause", pause_container},
    {"POST", "/containers/*/unpause", unpause_container},
    {"POST", "/containers/*/start", start_container},
    {"POST", "/containers/*/stop", stop_container},
    {"POST", "/containers/*/restart", restart_container},
    {"POST", "/containers/*/kill", kill_container},
    {"POST", "/containers/*/wait", wait_container},
    {"POST", "/containers/*/attach", attach_container, kOldest, Headers::Bare},
    {"POST", "/containers/*/resize", resize_container},
    {"POST", "/containers/*/rename", rename_container},
    {"POST", "/containers/*/update", update_container},
    {"POST", "/containers/*/exec", create_exec},
    {"DELETE", "/containers/*", remove_container},

    {"POST", "/exec/*/start", start_exec},
    {"POST", "/exec/*/resize", resize_exec},
    {"GET", "/exec/*/json", inspect_exec},

    {"POST", "/commit", commit_container},
    {"POST", "/build", build_image},
    {"POST", "/build/prune", prune_builds, {1, 31}},

    {"GET", "/images/json", list_images},
    {"GET", "/images/get", save_images},
    {"POST", "/images/load", load_images},
    {"POST", "/images/create", create_image},
    {"POST", "/images/prune", prune_images, {1, 25}},
    {"GET", "/images/search", search_images},
    {"POST", "/images/*/push", push_image},
    {"POST", "/auth", log_in},
    {"GET", "/images/*/json", inspect_image},
    {"GET", "/images/*/history", image_history},
    {"GET", "/images/*/get", save_image},
    {"POST", "/images/*/tag", tag_image},
    {"DELETE", "/images/*", remove_image},

    {"GET", "/networks", list_networks},
    {"GET", "/networks/", list_networks},
    {"GET", "/networks/*", show_network},
    {"POST", "/networks/create", create_network},
    {"POST", "/networks/prune", prune_networks, {1, 25}},
    {"POST", "/networks/*/connect", connect_network},
    {"POST", "/networks/*/disconnect", disconnect_network},
    {"DELETE", "/networks/*", remove_network},
    {"GET", "/volumes", list_volumes},
    {"GET", "/volumes/*", show_volume},
    {"POST", "/volumes/create", create_volume},
    {"POST", "/volumes/prune", prune_volumes, {1, 25}},
    {"DELETE", "/volumes/*", remove_volume},
    {"GET", "/plugins", list_plugins},
    {"GET", "/plugins/*/json", show_plugin},

    {"GET", "/strates/v1/trace", trace},
    {"GET", "/strates/v1/info", strates_info},
    {"GET", "/strates/v1/layers/*/files", layer_files},
    {"GET", "/strates/v1/images/*/layers", image_layers},
};

constexpr std::string_view kNoDistribution = "only `docker manifest`, `service` and content trust ask for it, which are not here";
constexpr std::string_view kNoSwarm = "clusters of machines are not what Strates teaches";

constexpr Refused kRefused[] = {
    {"GET", "/distribution/*/json", kNoDistribution},
    {"GET", "/containers/*/attach/ws", "attaching over a websocket is not done; use the hijacked attach"},
    {"GET", "/containers/*/checkpoints", "checkpoints are experimental in Docker and not done here"},
    {"POST", "/containers/*/checkpoints", "checkpoints are experimental in Docker and not done here"},
    {"POST", "/build/cancel", "close the connection of the build to cancel it"},
    {"POST", "/session", "this engine has the classic builder only; set DOCKER_BUILDKIT=0"},
    {"POST", "/grpc", "this engine has the classic builder only; set DOCKER_BUILDKIT=0"},
    {"POST", "/plugins/*", "plugins are not what Strates teaches"},
    {"DELETE", "/plugins/*", "plugins are not what Strates teaches"},
    {"POST", "/swarm/*", kNoSwarm},
    {"GET", "/swarm", kNoSwarm},
    {"GET", "/swarm/*", kNoSwarm},
    {"GET", "/services", kNoSwarm},
    {"GET", "/nodes", kNoSwarm},
    {"GET", "/tasks", kNoSwarm},
    {"GET", "/secrets", kNoSwarm},
    {"GET", "/configs", kNoSwarm},
};

// "v1.41"; none: the path has no version.
std::optional<ApiVersion> take_version(std::string_view& path) {
  if (path.substr(0, 2) != "/v") return std::nullopt;
  const auto slash = path.find('/', 1);
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view text = path.substr(2, slash - 2);
  ApiVersion version;
  const auto major = std::from_chars(text.data(), text.data() + text.size(), version.major);
  if (major.ec != std::errc() || major.ptr == text.data() + text.size() || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, text.data() + text.size(), version.minor);
  if (minor.ec != std::errc() || minor.ptr != text.data() + text.size()) return std::nullopt;
  path.remove_prefix(slash);
  return version;
}

std::string to_text(ApiVersion version) { return std::to_string(version.major) + "." + std::to_string(version.minor); }

// Docker's answers to versions it does not speak (engine-golden/err_version_*): the old one in plain text, as such clients expect.
std::optional<HttpResponse> refuse_version(ApiVersion version) {
  if (version > kNewest) {
    HttpResponse response = error_answer(bad_parameter("client version " + to_text(version) + " is too new. Maximum supported API version is " + std::string(kAnnouncedText)));
    add_headers(response, false);
    return response;
  }
  if (version < kOldest) {
    HttpResponse response{400, {{"Content-Type", "text/plain; charset=utf-8"}}, "client version " + to_text(version) + " is too old. Minimum supported API version is " + std::string(kOldestText) +
                                    ", please upgrade your client to a newer version\n"};
    add_headers(response, false);
    response.headers.emplace_back("X-Content-Type-Options", "nosniff");
    return response;
  }
  return std::nullopt;
}

HttpResponse answer(const Route& route, const Call& call) {
  auto result = route.handler(call);
  HttpResponse response = result.ok() ? std::move(result).value() : error_answer(result.error());
  const bool hijacked = std::holds_alternative<HttpUpgradeBody>(response.body);
  if (!hijacked || route.headers == Headers::Common) add_headers(response, true);
  return response;
}

HttpResponse dispatch(engine::Engine& engine, const HttpRequest& request) {
  std::string_view path = request.path;
  const auto asked = take_version(path);
  const ApiVersion version = asked.value_or(kAnnounced);
  if (asked) {
    if (auto refusal = refuse_version(*asked)) return *std::move(refusal);
  }
  for (const auto& row : kRefused) {
    if (row.method != request.method || !match_pattern(row.pattern, path)) continue;
    HttpResponse response = error_answer(unsupported(request.method, path, row.reason));
    add_headers(response, true);
    return response;
  }
  for (const auto& route : kRoutes) {
    if (route.method != request.method || version < route.since) continue;
    if (auto name = match_pattern(route.pattern, path)) return answer(route, Call{engine, request, version, *std::move(name)});
  }
  return {404, {{"Content-Type", "application/json"}}, "{\"message\":\"page not found\"}\n"};
}

}  // namespace

std::optional<std::string> match_pattern(std::string_view pattern, std::string_view path) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == path ? std::optional<std::string>("") : std::nullopt;
  const std::string_view before = pattern.substr(0, star), after = pattern.substr(star + 1);
  if (path.size() <= before.size() + after.size() || path.substr(0, before.size()) != before || path.substr(path.size() - after.size()) != after) return std::nullopt;
  return std::string(path.substr(before.size(), path.size() - before.size() - after.size()));
}

void add_headers(HttpResponse& response, bool experimental) {
  HttpHeaders headers = {{"Api-Version", std::string(kAnnouncedText)}};
  for (auto& header : response.headers) headers.push_back(std::move(header));
  if (experimental) headers.emplace_back("Docker-Experimental", "false");
  headers.emplace_back("Ostype", "linux");
  headers.emplace_back("Server", "Docker/" + std::string(kDockerVersion) + " (linux)");
  response.headers = std::move(headers);
}

HttpHandler make_handler(engine::Engine& engine) {
  return [&engine](const HttpRequest& request) { return dispatch(engine, request); };
}

}  // namespace strates::api
