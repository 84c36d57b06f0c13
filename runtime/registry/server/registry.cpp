#include "registry/server/registry.hpp"

#include <charconv>

#include "base/strings.hpp"

namespace strates::registry::server {

struct Registry::Row {
  Endpoint endpoint;
  std::string_view method;
  Right right;
  HttpResponse (Registry::*handler)(const HttpRequest&, const Route&);
};

// HEAD is GET whose body stays here.
const Registry::Row Registry::kRows[] = {
    {Endpoint::Base, "GET", Right::Read, &Registry::base},
    {Endpoint::Catalog, "GET", Right::Read, &Registry::catalog},
    {Endpoint::Tags, "GET", Right::Read, &Registry::tags},
    {Endpoint::Referrers, "GET", Right::Read, &Registry::referrers},
    {Endpoint::Manifest, "GET", Right::Read, &Registry::get_manifest},
    {Endpoint::Manifest, "PUT", Right::Write, &Registry::put_manifest},
    {Endpoint::Manifest, "DELETE", Right::Write, &Registry::delete_manifest},
    {Endpoint::Blob, "GET", Right::Read, &Registry::get_blob},
    {Endpoint::Blob, "DELETE", Right::Write, &Registry::delete_blob},
    {Endpoint::Uploads, "POST", Right::Write, &Registry::start_upload},
    {Endpoint::Upload, "GET", Right::Write, &Registry::upload_status},
    {Endpoint::Upload, "PATCH", Right::Write, &Registry::append_upload},
    {Endpoint::Upload, "PUT", Right::Write, &Registry::finish_upload},
    {Endpoint::Upload, "DELETE", Right::Write, &Registry::cancel_upload},
    {Endpoint::Search, "GET", Right::Read, &Registry::search},
};
HttpResponse Registry::handle(const HttpRequest& request) {
  const auto found = find_route(request.path);
  HttpResponse response;
  if (const auto* misnamed = std::get_if<Misnamed>(&found)) response = refuse(misnamed->code, misnamed->why);
  else response = dispatch(request, std::get<Route>(found));
  if (request.path.starts_with("/v2")) response.headers.emplace_back("Docker-Distribution-API-Version", "registry/2.0");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  return response;
}

HttpResponse Registry::dispatch(const HttpRequest& request, const Route& route) {
  const std::string_view method = request.method == "HEAD" ? "GET" : std::string_view(request.method);
  if (method == "GET") {
    if (request.path == "/") return {200, {{"Cache-Control", "no-cache"}}, std::string()};  // who asks whether it lives
    if (route.endpoint == Endpoint::OldPing) return old_ping(request, route);
    if (route.endpoint == Endpoint::Token) return token(request, route);
    if (route.endpoint == Endpoint::Debian) {
      if (parts_.access != nullptr)
        if (auto refused = parts_.access->refuse(request, Right::Read)) return std::move(*refused);
      return debian(request, route);
    }
  }
  std::string allowed;
  for (const Row& row : kRows) {
    if (row.endpoint != route.endpoint) continue;
    allowed += std::string(allowed.empty() ? "" : ", ") + std::string(row.method) + (row.method == "GET" ? ", HEAD" : "");
    if (row.method != method) continue;
    if (parts_.access != nullptr)
      if (auto refused = parts_.access->refuse(request, row.right)) return std::move(*refused);
    return (this->*row.handler)(request, route);
  }
  if (allowed.empty()) return refuse_with_status(404, Code::Unsupported, "no such page");
  HttpResponse response = refuse(Code::Unsupported);
  response.headers.emplace_back("Allow", allowed);
  return response;
}

HttpResponse Registry::base(const HttpRequest&, const Route&) { return {200, {{"Content-Type", "application/json; charset=utf-8"}}, std::string("{}")}; }

HttpResponse Registry::old_ping(const HttpRequest&, const Route&) {
  return {200, {{"Content-Type", "application/json"}, {"X-Docker-Registry-Version", "0.9"}, {"X-Docker-Registry-Standalone", "true"}}, std::string("{\"standalone\":true}")};
}

HttpResponse Registry::token(const HttpRequest& request, const Route&) {
  return parts_.access == nullptr ? refuse_with_status(404, Code::Unsupported, "no such page") : parts_.access->token(request);
}

HttpResponse Registry::debian(const HttpRequest&, const Route& route) {
  if (parts_.debian == nullptr) return refuse_with_status(404, Code::Unsupported, "this registry has no packages");
  return parts_.debian->get(route.reference);
}

bool matches_digest(std::string_view header, const Digest& digest) {
  for (const auto& one : split(std::string(header), ',')) {
    std::string_view tag = trim(one);
    if (tag == "*") return true;
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
    if (tag == digest.str()) return true;
  }
  return false;
}

std::string location_of(std::string_view name, std::string_view what, std::string_view reference) {
  return "/v2/" + std::string(name) + "/" + std::string(what) + "/" + std::string(reference);
}

Result<std::optional<std::uint64_t>> query_number(const HttpRequest& request, std::string_view name) {
  if (!request.has_query(name)) return std::optional<std::uint64_t>();
  const std::string text = request.query_value(name);
  std::uint64_t number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size()) return make_error(ErrorKind::Invalid, "query.number", "read", name, "a number is expected");
  return std::optional(number);
}

HttpResponse refuse_upstream(const Error& error, Code unknown) {
  if (error.code == "upstream.not-found") return refuse(unknown);
  if (error.code == "upstream.refused") return refuse(unknown, "the registry behind this mirror refuses it: " + error.cause);
  if (error.code == "upstream.rate-limited") return refuse(Code::TooManyRequests, "the registry behind this mirror: " + error.cause);
  if (error.code.starts_with("upstream.")) return refuse(Code::Unavailable, "the registry behind this mirror: " + error.cause);
  return refuse_failure(error);
}

}  // namespace strates::registry::server
