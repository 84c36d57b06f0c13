// What a registry refuses, in the distribution specification's words (OCI distribution-spec, "Error Codes"; the rest as Docker's registry has it).
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/http.hpp"

namespace strates::registry::server {

enum class Code {
  BlobUnknown,
  BlobUploadInvalid,
  BlobUploadUnknown,
  DigestInvalid,
  ManifestBlobUnknown,
  ManifestInvalid,
  ManifestUnknown,
  NameInvalid,
  NameUnknown,
  SizeInvalid,
  RangeInvalid,
  TagInvalid,
  PaginationNumberInvalid,
  Unauthorized,
  Denied,
  Unsupported,
  TooManyRequests,
  Unavailable,
  NoSpace,
  Unknown,
};

// {"errors":[{"code":..., "message":..., "detail":...}]} with the code's status. `detail`: JSON text; empty: an empty object.
HttpResponse refuse(Code code, std::string_view message = {}, std::string_view detail = {});
HttpResponse refuse_with_status(int status, Code code, std::string_view message);
// 401, with what was asked of which repository (empty: of none), as Docker's registry details it.
HttpResponse refuse_unauthorized(std::string_view message, std::string_view repository, const std::vector<std::string>& actions);
// Several of one code: a manifest that misses several blobs.
HttpResponse refuse_missing(const std::vector<std::string>& digests);
// A failure of the machine below: a full disk is 507, a body that came wrongly is the client's.
HttpResponse refuse_failure(const Error& error);
// For http::ServerOptions::refusal.
HttpResponse refusal(int status, std::string_view why);
// "{\"digest\":\"...\"}"
std::string detail(std::string_view key, std::string_view value);

}  // namespace strates::registry::server
