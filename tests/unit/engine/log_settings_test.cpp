#include <doctest/doctest.h>

#include "engine/log_settings.hpp"
#include "sim/process/kept_log.hpp"

using namespace strates;
using namespace strates::engine;

namespace {

std::string created(const std::string& driver, const std::map<std::string, std::string>& options) {
  const auto checked = check_log_settings({driver, options});
  return checked.ok() ? "" : checked.error().message();
}
std::string started(const std::map<std::string, std::string>& options) {
  const auto keeping = log_keeping({"json-file", options});
  if (!keeping.ok()) return keeping.error().message();
  return std::to_string(keeping.value().max_bytes) + " bytes, " + std::to_string(keeping.value().files);
}

}  // namespace

TEST_CASE("what is asked of logs is refused in Docker's words, a name at once and a value at the start") {
  CHECK(created("json-file", {{"max-size", "foo"}, {"max-file", "x"}}).empty());
  CHECK(created("json-file", {{"foo", "bar"}}) == "unknown log opt 'foo' for json-file log driver");
  CHECK(created("nosuch", {}) == "error looking up logging plugin nosuch: plugin \"nosuch\" not found");
  CHECK(created("none", {}).empty());
  CHECK(created("none", {{"a", "b"}}) == "invalid logging opts for driver none");
  CHECK(created("json-file", {{"mode", "x"}}) == "logger: logging mode not supported: x");
  CHECK(created("json-file", {{"mode", "blocking"}}).empty());
  CHECK(created("json-file", {{"max-buffer-size", "1"}}) == "logger: max-buffer-size option is only supported with 'mode=non-blocking'");
  // What Docker has and this engine has not is told as that.
  CHECK(check_log_settings({"journald", {}}).error().kind == ErrorKind::NotImplemented);
  CHECK(check_log_settings({"json-file", {{"tag", "x"}}}).error().kind == ErrorKind::NotImplemented);

  CHECK(started({}) == "0 bytes, 1");
  CHECK(started({{"max-size", "10m"}, {"max-file", "3"}}) == "10000000 bytes, 3");
  CHECK(started({{"max-size", "1.5 KiB"}, {"compress", "false"}}) == "1500 bytes, 1");
  CHECK(started({{"max-size", "512"}}) == "512 bytes, 1");
  for (const char* size : {"foo", "-1", "", "1x", "1kk", "k"}) CHECK(started({{"max-size", size}}) == "failed to initialize logging driver: invalid size: '" + std::string(size) + "'");
  CHECK(started({{"max-size", "0"}}) == "failed to initialize logging driver: max-size must be a positive number");
  CHECK(started({{"max-file", "0"}}) == "failed to initialize logging driver: max-file cannot be less than 1");
  CHECK(started({{"max-file", "x"}}) == "failed to initialize logging driver: strconv.Atoi: parsing \"x\": invalid syntax");
  CHECK(started({{"compress", "x"}}) == "failed to initialize logging driver: strconv.ParseBool: parsing \"x\": invalid syntax");
  CHECK(started({{"compress", "true"}}) == "failed to initialize logging driver: compress cannot be true when max-file is less than 2 or max-size is not set");
}

TEST_CASE("the simulator keeps what Docker's files would hold") {
  // Docker kept 36 of 60 such lines in three files of 1 kB: a record of 85 bytes, twelve to a file.
  sim::KeptLog log;
  log.keep({.max_bytes = 1000, .files = 3});
  std::string chunk;
  for (int i = 0; i < 60; ++i) chunk += "line-number-" + std::string(i < 10 ? "0" : "") + std::to_string(i) + "\n";
  log.add({StdStream::Out, 1'795'000'000'944'518'715, chunk});
  const auto records = log.records();
  CHECK(records.size() == 36);
  CHECK(records.front().bytes == "line-number-24\n");
  CHECK(records.back().bytes == "line-number-59\n");
  sim::KeptLog nothing;
  nothing.keep({.kept = false});
  nothing.add({StdStream::Out, 1, "x\n"});
  CHECK(nothing.records().empty());
}
