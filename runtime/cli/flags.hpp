// Command-line flags with pflag's semantics to the letter (github.com/spf13/pflag: clusters, --name=value, negated booleans, its errors),
// because what is typed for Docker is typed here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace strates::cli {

enum class FlagKind {
  Bool,
  Text,     // one value, the last wins
  List,     // each occurrence adds one
  Integer,  // as Go's strconv.ParseInt(s, 0, 64)
  Bytes,    // "64m", as go-units' RAMInBytes
  SwapBytes,  // the same, and -1
  Decimal,  // a rational number: "1.5"
  Duration, // as Go's time.ParseDuration: "1m30s"
};

enum class FlagSupport {
  Yes,
  Hidden,  // works, but is not in --help: another spelling
  NotYet,  // Docker has it, Strates does not: not in --help, refused by name
};

// What a value must look like, with Docker's sentence as the error.
using FlagCheck = Result<void> (*)(const std::string& value);
Result<void> check_variable(const std::string& value);  // -e
Result<void> check_label(const std::string& value);
Result<void> check_filter(const std::string& value);
Result<void> check_stream(const std::string& value);    // -a of run
Result<void> check_image_name(const std::string& value);
Result<void> check_add_host(const std::string& value);    // "name:address"
Result<void> check_dns(const std::string& value);         // an address
Result<void> check_dns_search(const std::string& value);
Result<void> check_ulimit(const std::string& value);       // "nofile=1024:2048"
Result<void> check_sysctl(const std::string& value);       // only those that have a namespace
Result<void> check_device_rule(const std::string& value);  // "c 1:3 rwm"
Result<void> check_uint16(const std::string& value);

struct FlagSpec {
  std::string_view name;
  char shorthand = 0;
  FlagKind kind = FlagKind::Bool;
  std::string_view type;      // the word after the name in --help: "list", "string"; empty for booleans
  std::string_view help;
  std::string_view fallback;  // the default, shown in --help unless it is empty
  FlagSupport support = FlagSupport::Yes;
  FlagCheck check = nullptr;
};

// Short forms for the tables.
constexpr FlagSpec bool_flag(std::string_view name, char shorthand, std::string_view help, std::string_view fallback = {}) {
  return {name, shorthand, FlagKind::Bool, {}, help, fallback};
}
constexpr FlagSpec text_flag(std::string_view name, char shorthand, std::string_view help, std::string_view fallback = {}, std::string_view type = "string") {
  return {name, shorthand, FlagKind::Text, type, help, fallback};
}
constexpr FlagSpec list_flag(std::string_view name, char shorthand, std::string_view help, FlagCheck check = nullptr) {
  return {name, shorthand, FlagKind::List, "list", help, {}, FlagSupport::Yes, check};
}
constexpr FlagSpec filter_flag() {
  return {"filter", 'f', FlagKind::List, "filter", "Filter output based on conditions provided", {}, FlagSupport::Yes, check_filter};
}
constexpr FlagSpec integer_flag(std::string_view name, char shorthand, std::string_view help, std::string_view fallback = {}) {
  return {name, shorthand, FlagKind::Integer, "int", help, fallback};
}
constexpr FlagSpec duration_flag(std::string_view name, std::string_view help) { return {name, 0, FlagKind::Duration, "duration", help, "0s"}; }
constexpr FlagSpec bytes_flag(std::string_view name, char shorthand, std::string_view help) { return {name, shorthand, FlagKind::Bytes, "bytes", help}; }
constexpr FlagSpec hidden_list_flag(std::string_view name) { return {name, 0, FlagKind::List, "list", {}, {}, FlagSupport::Hidden}; }
constexpr FlagSpec not_yet_bool(std::string_view name, char shorthand = 0) { return {name, shorthand, FlagKind::Bool, {}, {}, {}, FlagSupport::NotYet}; }
constexpr FlagSpec not_yet_value(std::string_view name, char shorthand = 0) { return {name, shorthand, FlagKind::List, {}, {}, {}, FlagSupport::NotYet}; }

enum class Positionals {
  Interspersed,  // flags may follow arguments
  EndFlags,      // the first argument ends the flags: `docker run IMAGE -c ...`
};

class ParsedFlags {
 public:
  bool changed(std::string_view name) const;
  bool boolean(std::string_view name) const;
  std::string text(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::int64_t bytes(std::string_view name) const;        // of SwapBytes: -1 too
  std::int64_t nanoseconds(std::string_view name) const;  // Duration
  // Billionths: "1.5" is 1'500'000'000.
  std::int64_t billionths(std::string_view name) const;

  bool help = false;             // --help was given: nothing else is checked
  bool deprecated_help = false;  // as -h
  std::vector<std::string> arguments;

 private:
  friend class FlagParser;
  const FlagSpec* spec(std::string_view name) const;
  std::span<const FlagSpec> specs_;
  std::map<std::string, std::vector<std::string>, std::less<>> values_;
};

// Errors have pflag's sentence as `wire`: code cli.flag, or cli.flag-not-yet for a flag of Docker's that Strates refuses.
Result<ParsedFlags> parse_flags(std::span<const FlagSpec> specs, std::span<const std::string> words, Positionals positionals);

// Values, with Go's sentences as `cause`.
Result<bool> parse_go_bool(std::string_view text);
Result<std::int64_t> parse_go_int(std::string_view text);
Result<std::int64_t> parse_ram_bytes(std::string_view text);
Result<std::int64_t> parse_billionths(std::string_view text);

}  // namespace strates::cli
