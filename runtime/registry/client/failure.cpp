#include "registry/client/failure.hpp"

#include "base/go_json_error.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "registry/client/challenge.hpp"
#include "registry/client/patience.hpp"

namespace strates::registry {

namespace {

constexpr std::uint64_t kMostBody = 64 << 10;
constexpr size_t kMostErrors = 8;  // of one answer

// Codes are the registry's: they become part of a stable code of ours only in a shape of ours.
std::string code_of(std::string_view code) {
  std::string out = "registry.";
  for (const char c : to_lower(code.substr(0, 40))) out += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
  return out;
}

// "MANIFEST_UNKNOWN" is said as "manifest unknown".
std::string words_of(std::string_view code) { return to_lower(replace_all(code, "_", " ")); }

Error coded(int status, std::string_view code, const std::string& message) {
  const ErrorKind kind = code == "DENIED" ? ErrorKind::Forbidden : status == 404 ? ErrorKind::NotFound : status == 401 ? ErrorKind::Unauthorized : ErrorKind::Internal;
  return docker_error(kind, code_of(code), words_of(code) + ": " + message);
}

// What Docker's client says for a code that came without words.
std::string default_message(std::string_view code) {
  if (code == "UNAUTHORIZED") return "authentication required";
  if (code == "DENIED") return "requested access to the resource is denied";
  if (code == "TOOMANYREQUESTS") return "too many requests";
  if (code == "MANIFEST_UNKNOWN") return "manifest unknown";
  if (code == "NAME_UNKNOWN") return "repository name not known to registry";
  if (code == "UNKNOWN") return "unknown error";
  return words_of(code);
}

Error from_body(int status, const std::string& body) {
  const auto unreadable = [&](const std::string& why) {
    return docker_error(ErrorKind::Internal, "registry.answer", "error parsing HTTP " + std::to_string(status) + " response body: " + why + ": " + go_quote(body));
  };
  const auto parsed = parse_json(body, {.bytes = kMostBody, .depth = 32});
  if (!parsed.ok()) return unreadable(go_json_error(body));
  const Json& json = parsed.value();
  if (!json.is_object()) return unreadable("json: cannot unmarshal into Go value");
  if (const std::string details = json_string(json, "details"); !details.empty())
    return coded(status, status == 401 ? "UNAUTHORIZED" : status == 429 ? "TOOMANYREQUESTS" : "UNKNOWN", details);
  const Json& errors = json_member(json, "errors");
  if (!errors.is_array() || errors.empty()) return unreadable("no error details found in HTTP response body");
  std::vector<Error> all;
  for (const Json& one : errors) {
    if (!one.is_object() || all.size() == kMostErrors) break;
    const std::string code = json_string(one, "code", "UNKNOWN"), message = json_string(one, "message");
    all.push_back(coded(status, code, message.empty() ? default_message(code) : message));
  }
  if (all.empty()) return unreadable("no error details found in HTTP response body");
  if (all.size() == 1) return all.front();
  Error out = all.front();
  out.wire = out.cause = "errors:";
  for (const Error& one : all) out.wire += "\n" + one.message();
  out.wire += "\n";
  out.cause = out.wire;
  return out;
}

std::string body_of(FetchResponse& answer) {
  std::string body(kMostBody, '\0');
  size_t size = 0;
  while (size < body.size()) {
    const auto got = answer.body->read({body.data() + size, body.size() - size});
    if (!got.ok() || got.value() == 0) break;
    size += got.value();
  }
  body.resize(size);
  return body;
}

// Docker tells no more than the status; what a mirror says of its registry would be lost.
Error unexpected(FetchResponse& answer) {
  std::string words = "received unexpected HTTP status: " + std::to_string(answer.status) + " " + answer.reason;
  if (const auto json = parse_json(body_of(answer), {.bytes = kMostBody, .depth = 32}); json.ok())
    if (const Json& errors = json_member(json.value(), "errors"); errors.is_array())
      for (size_t i = 0; i < errors.size() && i < kMostErrors; ++i)
        if (const std::string message = json_string(errors[i], "message"); !message.empty()) words += ": " + message;
  return docker_error(ErrorKind::Internal, may_pass(answer.status) ? "registry.unavailable" : "registry.status", words);
}

Error worded(FetchResponse& answer) {
  if (answer.status < 400 || answer.status >= 500) return unexpected(answer);
  const std::string body = body_of(answer);
  Error out = from_body(answer.status, body);
  for (const Challenge& challenge : challenges_of(answer.headers)) {
    const std::string problem = challenge.scheme == "bearer" ? challenge.parameter("error") : "";
    const std::string code = problem == "invalid_token" ? "UNAUTHORIZED" : problem == "insufficient_scope" ? "DENIED" : "";
    if (code.empty()) continue;
    const std::string description = challenge.parameter("error_description");
    return coded(answer.status, code, description.empty() ? default_message(code) : description);
  }
  if (answer.status == 401 && out.code == "registry.answer") return coded(401, "UNAUTHORIZED", default_message("UNAUTHORIZED"));
  if (answer.status == 429 && out.code == "registry.answer") return coded(429, "TOOMANYREQUESTS", default_message("TOOMANYREQUESTS"));
  return out;
}

}  // namespace

Error refusal(FetchResponse& answer, Nanos now) {
  Error out = worded(answer);
  const auto wait = retry_after(answer, now);
  const std::string until = wait ? "wait " + wait_text(*wait) + " as the registry asks" : "wait until the limit is over";
  if (answer.status == 429) {
    out.code = "registry.toomanyrequests";
    out.advice = "log in, " + until + ", or let the class share one cache: the daemon's option --registry-mirror";
  }
  if (wait && *wait > kLongestWait) {
    out.code = "registry.later";
    if (out.advice.empty()) out.advice = until;
  }
  return out;
}

Error with_request(Error error, std::string_view method, std::string_view url) {
  std::string shown(method);
  for (size_t i = 1; i < shown.size(); ++i) shown[i] = static_cast<char>(shown[i] - 'A' + 'a');
  error.wire = shown + " " + go_quote(url) + ": " + error.message();
  error.object = url;
  return error;
}

std::string without_request(const Error& error) {
  const std::string text = error.message();
  for (const std::string_view method : {"Get \"", "Head \"", "Post \"", "Put \"", "Patch \""})
    if (text.starts_with(method))
      if (const size_t end = text.find("\": ", method.size()); end != std::string::npos) return text.substr(end + 3);
  return text;
}

}  // namespace strates::registry
