// Asking the engine: query strings as Go encodes them, and errors as Docker's client words them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.hpp"

namespace strates::cli {

// Sorted by name, values of one name in the order they were added (Go's url.Values.Encode).
class Query {
 public:
  Query& add(std::string_view name, std::string_view value);
  Query& add_if(bool wanted, std::string_view name, std::string_view value = "1");
  // "/containers/json", or "/containers/json?all=1&size=1"
  std::string on(std::string_view path) const;

 private:
  std::vector<std::pair<std::string, std::string>> pairs_;
};

// {"name":{"fo":true}} from "name=fo" strings. code cli.filter: "bad format of filter (expected name=value)".
Result<std::string> filters_json(const std::vector<std::string>& filters);

// {"name":"value"} from "name=value" strings: labels and options.
Json pairs_json(const std::vector<std::string>& values);
// The values of a flag that pflag calls "strings": "a,b" is two.
std::vector<std::string> comma_values(const ParsedFlags& flags, std::string_view name);

// Did the daemon answer this, or did we fail to ask?
bool is_from_daemon(const Error& error);
// "Error response from daemon: No such image: x:latest", or the sentence of a failure of ours.
std::string daemon_sentence(const Error& error);
// The error with that sentence as its message.
Error as_daemon_error(Error error);

template <typename T>
Result<T> daemon(Result<T> result) {
  if (result.ok()) return result;
  return as_daemon_error(std::move(result).error());
}

// Docker's client words some absences itself: "Error: No such container: web". Other errors as daemon().
template <typename T>
Result<T> daemon_object(Result<T> result, std::string_view kind, std::string_view name) {
  if (result.ok()) return result;
  Error error = std::move(result).error();
  if (!is_from_daemon(error) || error.kind != ErrorKind::NotFound) return as_daemon_error(std::move(error));
  error.wire = "Error: No such " + std::string(kind) + ": " + std::string(name);
  return error;
}

// Several objects, several errors: joined by newlines into one Error, as Docker does; success when there are none.
Result<int> joined(const std::vector<std::string>& errors);

// The rest of a stream, at most `limit` bytes.
Result<std::string> read_stream(api::ClientStream& stream, size_t limit = 16 << 20);
api::ClientRequest post_request(std::string target);
api::ClientRequest hijack_request(std::string target, std::string body = {});

// The name as a path element: what a name may not hold is encoded.
std::string path_name(std::string_view name);

}  // namespace strates::cli
