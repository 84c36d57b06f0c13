#include "engine/log_settings.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/strings.hpp"

namespace strates::engine {

namespace {

Error not_initialized(const std::string& cause) { return docker_error(ErrorKind::Internal, "log.option", "failed to initialize logging driver: " + cause); }

// A decimal size (docker/go-units, FromHumanSize): "10m", "1.5 kB".
std::optional<std::uint64_t> size_of(std::string_view text) {
  double value = 0;
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc()) return std::nullopt;
  std::string_view unit = text.substr(static_cast<size_t>(end - text.data()));
  if (unit.starts_with(' ')) unit.remove_prefix(1);
  if (constexpr std::string_view kPrefixes = "kmgtp"; !unit.empty()) {
    const size_t power = kPrefixes.find(to_lower(unit.substr(0, 1)));
    if (power != std::string_view::npos) {
      value *= std::pow(1000.0, static_cast<double>(power + 1));
      unit.remove_prefix(1);
    }
  }
  if (unit.starts_with('i') || unit.starts_with('I')) unit.remove_prefix(1);
  if (unit.starts_with('b') || unit.starts_with('B')) unit.remove_prefix(1);
  if (!unit.empty() || value > 9e18) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

bool among(const std::string& text, std::initializer_list<std::string_view> words) { return std::find(words.begin(), words.end(), text) != words.end(); }

Error unsupported(const std::string& option, const std::string& cause) {
  return make_error(ErrorKind::NotImplemented, "log.option", "keep logs with", option, cause, "leave it out");
}

}  // namespace

Result<void> check_log_settings(const LogSettings& settings) {
  if (settings.driver == "none") {
    if (!settings.options.empty()) return docker_error(ErrorKind::Invalid, "log.option", "invalid logging opts for driver none");
    return success();
  }
  if (settings.driver != "json-file") {
    if (among(settings.driver, {"awslogs", "fluentd", "gcplogs", "gelf", "journald", "local", "logentries", "splunk", "syslog"}))
      return make_error(ErrorKind::NotImplemented, "log.driver", "keep logs with", settings.driver, "this engine has the drivers json-file and none", "leave --log-driver out");
    return docker_error(ErrorKind::Internal, "log.driver", "error looking up logging plugin " + settings.driver + ": plugin " + go_quote(settings.driver) + " not found");
  }
  for (const auto& [name, value] : settings.options) {
    if (among(name, {"max-size", "max-file", "compress"})) continue;
    if (name == "mode") {
      if (!value.empty() && !among(value, {"blocking", "non-blocking"}))
        return docker_error(ErrorKind::Internal, "log.option", "logger: logging mode not supported: " + value);
      if (value == "non-blocking") return unsupported("mode=non-blocking", "a container waits here until what it wrote is kept");
      continue;
    }
    if (name == "max-buffer-size") return docker_error(ErrorKind::Internal, "log.option", "logger: max-buffer-size option is only supported with 'mode=non-blocking'");
    if (among(name, {"labels", "labels-regex", "env", "env-regex", "tag"})) return unsupported(name, "records have no attributes here");
    return docker_error(ErrorKind::Invalid, "log.option", "unknown log opt '" + name + "' for json-file log driver");
  }
  return success();
}

Result<LogKeeping> log_keeping(const LogSettings& settings) {
  LogKeeping out;
  out.kept = settings.driver != "none";
  const auto option = [&](const char* name) -> const std::string* {
    const auto found = settings.options.find(name);
    return found == settings.options.end() ? nullptr : &found->second;
  };
  if (const auto* text = option("max-size")) {
    const auto bytes = size_of(*text);
    if (!bytes) return not_initialized("invalid size: '" + *text + "'");
    if (*bytes == 0) return not_initialized("max-size must be a positive number");
    out.max_bytes = *bytes;
  }
  if (const auto* text = option("max-file")) {
    std::int64_t files = 0;
    const char* from = text->data() + (text->starts_with('+') ? 1 : 0);
    const auto [end, error] = std::from_chars(from, text->data() + text->size(), files);
    if (error == std::errc::result_out_of_range) return not_initialized("strconv.Atoi: parsing " + go_quote(*text) + ": value out of range");
    if (error != std::errc() || end != text->data() + text->size()) return not_initialized("strconv.Atoi: parsing " + go_quote(*text) + ": invalid syntax");
    if (files < 1) return not_initialized("max-file cannot be less than 1");
    out.files = static_cast<std::uint32_t>(std::min<std::int64_t>(files, std::numeric_limits<std::uint32_t>::max()));
  }
  if (const auto* text = option("compress")) {
    if (among(*text, {"1", "t", "T", "TRUE", "true", "True"})) {
      if (out.files == 1 || out.max_bytes == 0) return not_initialized("compress cannot be true when max-file is less than 2 or max-size is not set");
      return unsupported("compress=true", "old files stay as they were written");
    }
    if (!among(*text, {"0", "f", "F", "FALSE", "false", "False"})) return not_initialized("strconv.ParseBool: parsing " + go_quote(*text) + ": invalid syntax");
  }
  return out;
}

}  // namespace strates::engine
