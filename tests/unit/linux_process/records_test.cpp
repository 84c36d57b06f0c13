#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "linux/process/executable.hpp"
#include "linux/process/exit_record.hpp"
#include "linux/process/log_file.hpp"
#include "linux/process/monitor_frame.hpp"
#include "linux/process/small_file.hpp"

using namespace strates;
using namespace strates::linux_world;
using engine::Flush;
using engine::log_records;
using engine::parse_log_record;
using engine::StdStream;

namespace {

struct TemporaryDirectory {
  TemporaryDirectory() {
    char pattern[] = "/tmp/strates-records-XXXXXX";
    path = ::mkdtemp(pattern);
  }
  ~TemporaryDirectory() { ignore(remove_directory_tree(path)); }
  std::string path;
};

}  // namespace

TEST_CASE("a log's records are Docker's: one a line, escaped, with time and stream") {
  std::string held;
  CHECK(log_records(held, StdStream::Out, 1'500'000'000, "a\"b\\\n<c>\x01\ttail", Flush::No) ==
        "{\"log\":\"a\\\"b\\\\\\n\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:01.5Z\"}\n"
        "{\"log\":\"\\u003cc\\u003e\\u0001\\ttail\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:01.5Z\"}\n");
  CHECK(held.empty());
}

TEST_CASE("a character cut in two chunks is kept whole; what is not UTF-8 is replaced") {
  std::string held;
  CHECK(log_records(held, StdStream::Err, 0, "\xc3", Flush::No).empty());
  CHECK(log_records(held, StdStream::Err, 0, "\xa9\xff\n\xe2\x82", Flush::No) ==
        "{\"log\":\"\xc3\xa9\\ufffd\\n\",\"stream\":\"stderr\",\"time\":\"1970-01-01T00:00:00Z\"}\n");
  CHECK(held == "\xe2\x82");
  CHECK(log_records(held, StdStream::Err, 0, "", Flush::Yes) == "{\"log\":\"\\ufffd\\ufffd\",\"stream\":\"stderr\",\"time\":\"1970-01-01T00:00:00Z\"}\n");
}

TEST_CASE("a log is read as it was written, and a torn last line is left out") {
  const TemporaryDirectory directory;
  const std::string path = directory.path + "/log";
  std::string all;
  for (int i = 0; i < 256; ++i)
    if (i < 0x80) all += static_cast<char>(i);
  {
    auto log = LogWriter::open(path).value();
    CHECK(log.write(StdStream::Out, 5, all).ok());
    CHECK(log.write(StdStream::Err, 6, "caf\xc3\xa9").ok());
    CHECK(log.finish(7).ok());
  }
  std::ofstream(path, std::ios::app) << "{\"log\":\"half";
  std::string out, err;
  Nanos last = 0;
  CHECK(read_log_file(path, [&](const engine::LogRecord& record) {
          (record.stream == StdStream::Out ? out : err) += record.bytes;
          last = record.at;
          return true;
        }).ok());
  CHECK(out == all);
  CHECK(err == "caf\xc3\xa9");
  CHECK(last == 6);
  int visited = 0;
  CHECK(read_log_file(path, [&](const engine::LogRecord&) { return ++visited < 1; }).ok());
  CHECK(visited == 1);
  CHECK(read_log_file(directory.path + "/absent", [](const auto&) { return true; }).ok());
  engine::LogRecord record;
  CHECK_FALSE(parse_log_record("{\"log\":\"a\",\"stream\":\"stdout\",\"time\":\"yesterday\"}", record));
  CHECK_FALSE(parse_log_record("{\"log\":\"\\u00zz\",\"stream\":\"stdout\",\"time\":\"1970-01-01T00:00:00Z\"}", record));
}

TEST_CASE("a log that is full gives way to a new one, and the oldest goes") {
  const TemporaryDirectory directory;
  const std::string path = directory.path + "/log";
  const auto kept = [&] {
    std::string text;
    CHECK(read_log_file(path, [&](const engine::LogRecord& record) { text += record.bytes; return true; }).ok());
    return text;
  };
  // A record of one letter and a line end has 66 bytes: three of them reach 150.
  {
    auto log = LogWriter::open(path, {.max_bytes = 150, .files = 3}).value();
    for (char c = 'a'; c <= 'h'; ++c) CHECK(log.write(StdStream::Out, 0, std::string{c, '\n'}).ok());
  }
  CHECK(::access((path + ".2").c_str(), F_OK) == 0);
  CHECK(kept() == "a\nb\nc\nd\ne\nf\ng\nh\n");
  {
    auto log = LogWriter::open(path, {.max_bytes = 150, .files = 3}).value();  // the next start goes on where the last one ended
    CHECK(log.write(StdStream::Out, 0, "i\nj\n").ok());  // one chunk, two records, and a file ends between them
  }
  CHECK(kept() == "d\ne\nf\ng\nh\ni\nj\n");
  CHECK(::access((path + ".3").c_str(), F_OK) != 0);
  {
    auto log = LogWriter::open(path + "1", {.max_bytes = 150}).value();  // one file: it is emptied
    for (char c = 'a'; c <= 'e'; ++c) CHECK(log.write(StdStream::Out, 0, std::string{c, '\n'}).ok());
  }
  std::string text;
  CHECK(read_log_file(path + "1", [&](const engine::LogRecord& record) { text += record.bytes; return true; }).ok());
  CHECK(text == "d\ne\n");
}

TEST_CASE("an exit record says how it ended") {
  const TemporaryDirectory directory;
  CHECK_FALSE(read_exit_record(directory.path).has_value());
  auto status = exit_status(CLD_KILLED, SIGTERM, 42);
  status.oom_killed = true;
  REQUIRE(write_exit_record(directory.path, status).ok());
  const auto back = read_exit_record(directory.path);
  REQUIRE(back.has_value());
  CHECK(back->code == 143);
  CHECK(back->signal == SIGTERM);
  CHECK(back->oom_killed);
  CHECK(back->at == 42);
  CHECK(exit_status(CLD_EXITED, 7, 0).code == 7);
  REQUIRE(write_small_file(directory.path + "/exit", "nonsense", 0600).ok());
  CHECK_FALSE(read_exit_record(directory.path).has_value());
}

TEST_CASE("frames survive being sent, and cut ones are refused") {
  engine::ExitStatus status;
  status.code = 137;
  status.signal = 9;
  status.oom_killed = true;
  const std::string bytes = encode_frame(frame::Exited{status});
  CHECK(std::get<frame::Exited>(decode_frame(bytes).value()).status.signal == 9);
  for (size_t length = 0; length < bytes.size(); ++length) CHECK_FALSE(decode_frame(std::string_view(bytes).substr(0, length)).ok());
  CHECK_FALSE(decode_frame("\x7f").ok());
  const std::string output = encode_frame(frame::Output{StdStream::Err, 12, "bytes"});
  CHECK(std::get<frame::Output>(decode_frame(output).value()).bytes == "bytes");
  const std::string failed = encode_frame(frame::Failed{make_error(ErrorKind::Invalid, "process.cwd", "a", "b", "c", "d")});
  CHECK(std::get<frame::Failed>(decode_frame(failed).value()).error.explanation() == "a b: c; d");
}

TEST_CASE("a program is looked up as runc does, with its sentences") {
  const TemporaryDirectory directory;
  const std::string& at = directory.path;
  REQUIRE(write_small_file(at + "/yes", "", 0755).ok());
  REQUIRE(write_small_file(at + "/no", "", 0644).ok());
  const std::vector<std::string> env{"PATH=/nowhere", "PATH=/nowhere::" + at};
  CHECK(find_executable("yes", env).value() == at + "/yes");
  CHECK(find_executable(at + "/yes", {}).value() == at + "/yes");
  const auto cause = [](const Result<std::string>& result) { return result.error().code + " " + result.error().cause; };
  CHECK(cause(find_executable("nosuchcmd", env)) == "process.not-found exec: \"nosuchcmd\": executable file not found in $PATH");
  CHECK(cause(find_executable("no", env)) == "process.not-found exec: \"no\": executable file not found in $PATH");
  CHECK(cause(find_executable("yes", {})) == "process.not-found exec: \"yes\": executable file not found in $PATH");
  CHECK(cause(find_executable("/nosuch", env)) == "process.not-found exec: \"/nosuch\": stat /nosuch: no such file or directory");
  CHECK(cause(find_executable(at + "/no", env)) == "process.permission exec: \"" + at + "/no\": permission denied");
  CHECK(cause(find_executable(at, env)) == "process.permission exec: \"" + at + "\": permission denied");
  CHECK(cause(find_executable(at + "/yes/x", env)) == "process.not-found exec: \"" + at + "/yes/x\": stat " + at + "/yes/x: not a directory");
  CHECK(execute_error("/x", ENOEXEC).cause == "exec /x: exec format error");
  CHECK(execute_error("/x", ENOENT).code == "process.not-found");
}
