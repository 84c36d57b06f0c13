#include "base/error.hpp"

#include <cerrno>
#include <cstring>

namespace strates {

namespace {

struct StatusRow {
  ErrorKind kind;
  int status;
};

constexpr StatusRow kStatuses[] = {
    {ErrorKind::Invalid, 400},     {ErrorKind::Unauthorized, 401},   {ErrorKind::Forbidden, 403},
    {ErrorKind::NotFound, 404},    {ErrorKind::Conflict, 409},       {ErrorKind::NotModified, 304},
    {ErrorKind::NotImplemented, 501}, {ErrorKind::Unavailable, 503}, {ErrorKind::Internal, 500},
};

}  // namespace

std::string Error::explanation() const {
  std::string text = operation;
  if (!object.empty()) text += (text.empty() ? "" : " ") + object;
  if (!cause.empty()) text += (text.empty() ? "" : ": ") + cause;
  if (!advice.empty()) text += (text.empty() ? "" : "; ") + advice;
  return text.empty() ? code : text;
}

std::string Error::message() const { return wire.empty() ? explanation() : wire; }

Error Error::with_advice(std::string text) && {
  advice = std::move(text);
  return std::move(*this);
}

Error Error::with_object(std::string text) && {
  object = std::move(text);
  return std::move(*this);
}

Error docker_error(ErrorKind kind, std::string_view code, std::string sentence) {
  Error error;
  error.kind = kind;
  error.code = code;
  error.cause = sentence;
  error.wire = std::move(sentence);
  return error;
}

Error make_error(ErrorKind kind, std::string_view code, std::string_view operation, std::string_view object,
                 std::string_view cause, std::string_view advice) {
  Error error;
  error.kind = kind;
  error.code = code;
  error.operation = operation;
  error.object = object;
  error.cause = cause;
  error.advice = advice;
  return error;
}

std::string errno_name(int error_number) {
  const char* name = strerrorname_np(error_number);
  return name != nullptr ? name : "errno " + std::to_string(error_number);
}

Error system_error(std::string_view operation, std::string_view object, int error_number) {
  const std::string name = errno_name(error_number);
  const char* words = strerrordesc_np(error_number);
  Error error = make_error(error_number == ENOENT ? ErrorKind::NotFound : ErrorKind::Internal, "system." + name, operation, object,
                           name + ": " + (words != nullptr ? words : "unknown error"));
  return error;
}

int http_status(ErrorKind kind) {
  for (const auto& row : kStatuses)
    if (row.kind == kind) return row.status;
  return 500;
}

ErrorKind kind_of_status(int status) {
  for (const auto& row : kStatuses)
    if (row.status == status) return row.kind;
  return status >= 400 && status < 500 ? ErrorKind::Invalid : ErrorKind::Internal;
}

}  // namespace strates
