// What went wrong, said once and completely: which operation, on which object, why, and what to do.
//
// `code` is stable ("image.not-found"): lessons, checks and tests match it, never the words.
// `wire` holds Docker's own sentence where Docker has one ("No such image: x:latest"); the HTTP edge sends it to the letter.
#pragma once

#include <string>
#include <string_view>

namespace strates {

// Decides the HTTP status at the API's edge and the exit code in the command line.
enum class ErrorKind {
  Invalid,         // 400: the request cannot be right
  Unauthorized,    // 401
  Forbidden,       // 403
  NotFound,        // 404
  Conflict,        // 409: the request is right, the state forbids it
  NotModified,     // 304: already so
  NotImplemented,  // 501
  Unavailable,     // 503
  Internal,        // 500: ours or the machine's
};

struct Error {
  ErrorKind kind = ErrorKind::Internal;
  std::string code;       // stable identifier, "area.reason"
  std::string operation;  // "mount overlay"
  std::string object;     // "/var/lib/strates/containers/ab12/merged"
  std::string cause;      // "EPERM: Operation not permitted"
  std::string advice;     // "run `strates doctor`"; may be empty
  std::string wire;       // Docker's sentence, to the letter; empty when Docker has none

  // Docker's sentence when there is one, otherwise the full explanation.
  std::string message() const;
  // "operation object: cause; advice", whatever Docker would say.
  std::string explanation() const;

  // Fluent additions, for call sites that know more than the place the error arose.
  Error with_advice(std::string text) &&;
  Error with_object(std::string text) &&;
};

// Docker has a sentence for it: `sentence` is both cause and wire.
Error docker_error(ErrorKind kind, std::string_view code, std::string sentence);
// A refusal of ours.
Error make_error(ErrorKind kind, std::string_view code, std::string_view operation, std::string_view object,
                 std::string_view cause, std::string_view advice = {});
// A failed system call: cause is "ENOENT: No such file or directory" from `error_number`; ENOENT maps to NotFound.
Error system_error(std::string_view operation, std::string_view object, int error_number);
// The symbolic name of an errno value ("ENOENT"), "errno 999" when unknown.
std::string errno_name(int error_number);
int http_status(ErrorKind kind);
ErrorKind kind_of_status(int status);

}  // namespace strates
