#include "registry/server/errors.hpp"

#include "base/json_full.hpp"

namespace strates::registry::server {

namespace {

struct Row {
  Code code;
  int status;
  std::string_view name, message;
};
constexpr Row kRows[] = {
    {Code::BlobUnknown, 404, "BLOB_UNKNOWN", "blob unknown to registry"},
    {Code::BlobUploadInvalid, 400, "BLOB_UPLOAD_INVALID", "blob upload invalid"},
    {Code::BlobUploadUnknown, 404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry"},
    {Code::DigestInvalid, 400, "DIGEST_INVALID", "provided digest did not match uploaded content"},
    {Code::ManifestBlobUnknown, 400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry"},
    {Code::ManifestInvalid, 400, "MANIFEST_INVALID", "manifest invalid"},
    {Code::ManifestUnknown, 404, "MANIFEST_UNKNOWN", "manifest unknown"},
    {Code::NameInvalid, 400, "NAME_INVALID", "invalid repository name"},
    {Code::NameUnknown, 404, "NAME_UNKNOWN", "repository name not known to registry"},
    {Code::SizeInvalid, 400, "SIZE_INVALID", "provided length did not match content length"},
    {Code::RangeInvalid, 416, "BLOB_UPLOAD_INVALID", "the chunk does not follow what was received"},
    {Code::TagInvalid, 400, "TAG_INVALID", "manifest tag did not match URI"},
    {Code::PaginationNumberInvalid, 400, "PAGINATION_NUMBER_INVALID", "invalid number of results requested"},
    {Code::Unauthorized, 401, "UNAUTHORIZED", "authentication required"},
    {Code::Denied, 403, "DENIED", "requested access to the resource is denied"},
    {Code::Unsupported, 405, "UNSUPPORTED", "the operation is unsupported"},
    {Code::TooManyRequests, 429, "TOOMANYREQUESTS", "too many requests"},
    {Code::Unavailable, 503, "UNAVAILABLE", "service unavailable"},
    {Code::NoSpace, 507, "DENIED", "no space left on the registry's disk"},
    {Code::Unknown, 500, "UNKNOWN", "unknown error"},
};

const Row& row_of(Code code) {
  for (const Row& row : kRows)
    if (row.code == code) return row;
  return kRows[std::size(kRows) - 1];
}

// Never without a detail: a usual message alone is for Docker's client a code and no error, and it tries five times what was refused for good
// (distribution, registry/api/errcode/errors.go, Errors.UnmarshalJSON; Docker Engine, distribution/errors.go, retryOnError).
Json one(const Row& row, std::string_view message) {
  Json json = {{"code", row.name}};
  json["message"] = message.empty() ? row.message : message;
  json["detail"] = Json::object();
  return json;
}

HttpResponse answer(int status, Json errors) {
  return {status, {{"Content-Type", "application/json; charset=utf-8"}}, dump_json(Json{{"errors", std::move(errors)}}) + "\n"};
}

}  // namespace

std::string detail(std::string_view key, std::string_view value) { return dump_json(Json{{std::string(key), std::string(value)}}); }

HttpResponse refuse_with_status(int status, Code code, std::string_view message) { return answer(status, Json::array({one(row_of(code), message)})); }

HttpResponse refuse(Code code, std::string_view message, std::string_view detail_json) {
  const Row& row = row_of(code);
  Json json = one(row, message);
  if (!detail_json.empty())
    if (auto parsed = parse_json(detail_json); parsed.ok()) json["detail"] = std::move(parsed).value();
  return answer(row.status, Json::array({std::move(json)}));
}

HttpResponse refuse_unauthorized(std::string_view message, std::string_view repository, const std::vector<std::string>& actions) {
  const Row& row = row_of(Code::Unauthorized);
  Json json = one(row, message);
  if (!repository.empty()) {
    json["detail"] = Json::array();
    for (const auto& action : actions) json["detail"].push_back({{"Type", "repository"}, {"Class", ""}, {"Name", repository}, {"Action", action}});
  }
  return answer(row.status, Json::array({std::move(json)}));
}

HttpResponse refuse_missing(const std::vector<std::string>& digests) {
  const Row& row = row_of(Code::ManifestBlobUnknown);
  Json errors = Json::array();
  for (const auto& digest : digests) {
    Json json = one(row, {});
    json["detail"] = {{"digest", digest}};
    errors.push_back(std::move(json));
  }
  return answer(row.status, std::move(errors));
}

HttpResponse refuse_failure(const Error& error) {
  if (error.code == "http.too-large" || error.code == "stream.too-large") return refuse_with_status(413, Code::SizeInvalid, error.cause);
  if (error.code == "http.timeout") return refuse_with_status(408, Code::BlobUploadInvalid, error.cause);
  if (error.code == "http.framing" || error.code == "http.cut-short") return refuse(Code::BlobUploadInvalid, error.explanation());
  if (error.cause.starts_with("ENOSPC") || error.cause.starts_with("EDQUOT") || error.cause.find("disk is full") != std::string::npos) return refuse(Code::NoSpace);
  switch (error.kind) {
    case ErrorKind::Invalid: return refuse_with_status(400, Code::Unknown, error.explanation());
    case ErrorKind::Unavailable: return refuse(Code::Unavailable, error.explanation());
    default: return refuse(Code::Unknown, error.explanation());
  }
}

HttpResponse refusal(int status, std::string_view why) {
  const Code code = status == 413 ? Code::SizeInvalid : status == 503 ? Code::Unavailable : status == 429 ? Code::TooManyRequests : Code::Unsupported;
  return refuse_with_status(status, status >= 500 && status != 503 ? Code::Unknown : code, why);
}

}  // namespace strates::registry::server
