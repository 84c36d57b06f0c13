#include <doctest/doctest.h>

#include "api/client.hpp"
#include "api/detach_keys.hpp"
#include "api/human_time.hpp"
#include "api/server.hpp"
#include "base/json_full.hpp"
#include "fake_engine.hpp"

using namespace strates;
using namespace strates::api;
using namespace strates::api::test;
using engine::StdStream;

namespace {

struct Bench {
  Bench() { engine.all_containers = {gold_container()}; }
  ClientResponse send(std::string method, std::string target, bool upgrade = false, std::string body = {}) {
    const auto transport = in_process_transport(make_handler(engine), nullptr);
    ClientRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.upgrade = upgrade;
    request.body = std::move(body);
    auto response = transport->send(request);
    REQUIRE(response.ok());
    return std::move(response).value();
  }
  FakeEngine engine;
};

std::string rest(ClientStream& stream) {
  std::string text;
  for (;;) {
    const auto bytes = stream.read();
    REQUIRE(bytes.ok());
    if (bytes.value().empty()) return text;
    text += bytes.value();
  }
}

std::string framed(int stream, const std::string& text) {
  std::string out(8, '\0');
  out[0] = static_cast<char>(stream);
  out[6] = static_cast<char>(text.size() >> 8);
  out[7] = static_cast<char>(text.size() & 0xff);
  return out + text;
}

}  // namespace

TEST_CASE("a wait is registered before its headers, answers the exit code, and lets go") {
  Bench bench;
  {
    const auto response = bench.send("POST", "/containers/gold/wait?condition=removed");
    CHECK(bench.engine.calls.back() == "wait gold 2");
    CHECK(bench.engine.subscriptions == 1);
    bench.engine.waiter({3, ""});
    CHECK(rest(*response.stream) == "{\"Error\":null,\"StatusCode\":3}\n");
  }
  CHECK(bench.engine.subscriptions == 0);
  const auto failed = bench.send("POST", "/containers/gold/wait");
  bench.engine.waiter({127, "exec: x: not found"});
  CHECK(rest(*failed.stream) == "{\"Error\":null,\"StatusCode\":127}\n");
  const auto cut = bench.send("POST", "/containers/gold/wait?condition=next-exit");
  bench.engine.waiter({-1, "context canceled"});
  CHECK(rest(*cut.stream) == "{\"Error\":{\"Message\":\"context canceled\"},\"StatusCode\":-1}\n");
  CHECK(bench.send("POST", "/containers/gold/wait?condition=never").status == 400);
  bench.engine.fails = docker_error(ErrorKind::NotFound, "x", "No such container: gold");
  CHECK(bench.send("POST", "/containers/gold/wait").status == 404);
}

TEST_CASE("an attach is registered before its headers, frames output and ends with the process") {
  Bench bench;
  {
    const auto response = bench.send("POST", "/containers/gold/attach?stderr=1&stdout=1&stream=1", true);
    CHECK(response.status == 101);
    CHECK(http_header(response.headers, "Content-Type") == "application/vnd.docker.raw-stream");
    CHECK(http_header(response.headers, "Api-Version") == std::nullopt);
    CHECK_FALSE(bench.engine.attach_options.in);
    CHECK(bench.engine.attach_options.stream);
    bench.engine.sink->output(StdStream::Out, 0, "out\n");
    bench.engine.sink->output(StdStream::Err, 0, "err\n");
    response.stream->close_write();
    bench.engine.sink->output(StdStream::Out, 0, "more");
    bench.engine.sink->ended();
    CHECK(rest(*response.stream) == framed(1, "out\n") + framed(2, "err\n") + framed(1, "more"));
    CHECK_FALSE(bench.engine.input_closed);  // standard input was not attached: its end means nothing
  }
  CHECK(bench.engine.subscriptions == 0);
  CHECK(http_header(bench.send("POST", "/v1.42/containers/gold/attach?stdout=1", true).headers, "Content-Type") == "application/vnd.docker.multiplexed-stream");
  CHECK(bench.send("POST", "/containers/nosuch/attach", true).status == 404);
}

TEST_CASE("an attached standard input reaches the process, and its end as well") {
  Bench bench;
  const auto response = bench.send("POST", "/containers/gold/attach?stdin=1&stdout=1&stream=1", true);
  CHECK(response.stream->write("a\n").ok());
  CHECK(response.stream->write("\x10\x11").ok());  // not a terminal: no detaching
  CHECK(bench.engine.input == "a\n\x10\x11");
  response.stream->close_write();
  CHECK(bench.engine.input_closed);
}

TEST_CASE("a terminal's output is raw, and its keys let go without ending the process") {
  Bench bench;
  bench.engine.all_containers[0].config.tty = true;
  const auto response = bench.send("POST", "/v1.42/containers/gold/attach?stdin=1&stdout=1&stream=1", true);
  CHECK(http_header(response.headers, "Content-Type") == "application/vnd.docker.raw-stream");
  bench.engine.sink->output(StdStream::Out, 0, "$ ");
  CHECK(response.stream->read().value_or("") == "$ ");
  CHECK(response.stream->write("ls\x10 \x10\x11never").ok());
  CHECK(bench.engine.input == "ls\x10 ");
  CHECK(rest(*response.stream) == "");
  CHECK_FALSE(bench.engine.input_closed);
  CHECK(bench.send("POST", "/containers/gold/attach?detachKeys=ctrl-%25", true).status == 400);
}

TEST_CASE("detach keys are read as Docker reads them, wherever the bytes are cut") {
  CHECK(parse_detach_keys("").value_or("") == "\x10\x11");
  CHECK(parse_detach_keys("ctrl-a,b").value_or("") == "\x01"
                                                      "b");
  CHECK(parse_detach_keys("ctrl-[").value_or("") == "\x1b");
  CHECK_FALSE(parse_detach_keys("ctrl-A").ok());
  CHECK_FALSE(parse_detach_keys("ab").ok());
  DetachKeys keys("ab");
  bool detached = false;
  CHECK(keys.feed("xa", detached) == "x");
  CHECK(keys.feed("aa", detached) == "aa");
  CHECK_FALSE(detached);
  CHECK(keys.feed("bz", detached) == "");
  CHECK(detached);
}

TEST_CASE("logs are asked for as told, framed and stamped") {
  Bench bench;
  const auto response = bench.send("GET", "/containers/gold/logs?stderr=1&stdout=1&tail=2&timestamps=1&follow=1&since=1795454421.5");
  CHECK(response.status == 200);
  CHECK(http_header(response.headers, "Content-Type") == std::nullopt);  // as Docker before 1.42
  CHECK(bench.engine.log_query.tail == 2);
  CHECK(bench.engine.log_query.follow);
  CHECK(bench.engine.log_query.since == 1795454421 * kSecond + kSecond / 2);
  CHECK(bench.engine.log_query.until == std::nullopt);
  bench.engine.sink->output(StdStream::Out, 1795454421 * kSecond + 559937900, "tick\nto");
  bench.engine.sink->output(StdStream::Out, 1795454422 * kSecond, "ck\n");
  bench.engine.sink->ended();
  CHECK(rest(*response.stream) == framed(1, "2026-11-23T17:20:21.559937900Z tick\n2026-11-23T17:20:21.559937900Z to") + framed(1, "ck\n"));
  CHECK(http_header(bench.send("GET", "/v1.42/containers/gold/logs?stdout=1&tail=all").headers, "Content-Type") == "application/vnd.docker.multiplexed-stream");
  CHECK(bench.engine.log_query.tail == -1);
  CHECK_FALSE(bench.engine.log_query.err);
  CHECK(bench.send("GET", "/containers/gold/logs").status == 400);
  CHECK(bench.send("GET", "/containers/gold/logs?stdout=1&since=yesterday").status == 400);
  CHECK(bench.send("GET", "/containers/nosuch/logs?stdout=1").status == 404);
}

TEST_CASE("an exec starts once its connection is raw, and a failure is told there") {
  Bench bench;
  bench.engine.one_exec.id = ExecId("e1");
  bench.engine.one_exec.attach_stdin = true;
  {
    const auto response = bench.send("POST", "/exec/e1/start", true, R"({"Detach":false,"Tty":false,"ConsoleSize":[24,80]})");
    CHECK(response.status == 101);
    CHECK(http_header(response.headers, "Api-Version") == "1.41");
    CHECK(bench.engine.calls.back() == "exec_start e1 24x80");
    CHECK(response.stream->write("in").ok());
    response.stream->close_write();
    CHECK(bench.engine.input == "in");
    CHECK(bench.engine.input_closed);
    bench.engine.sink->output(StdStream::Err, 0, "e");
    bench.engine.sink->ended();
    CHECK(rest(*response.stream) == framed(2, "e"));
  }
  CHECK(bench.engine.subscriptions == 0);
  bench.engine.fails = docker_error(ErrorKind::Invalid, "process.not-found", "OCI runtime exec failed: no x");
  CHECK(rest(*bench.send("POST", "/exec/e1/start", true, R"({"Detach":false,"Tty":true})").stream) == "OCI runtime exec failed: no x\r\n");
  CHECK(bench.send("POST", "/exec/e1/start", false, R"({"Detach":true})").status == 200);
  CHECK(bench.engine.calls.back() == "exec_start e1 0x0 detached");
  CHECK(bench.send("POST", "/exec/nosuch/start", true, "{}").status == 404);
  CHECK(bench.send("POST", "/exec/e1/resize?h=1&w=2").status == 200);
  CHECK(bench.engine.calls.back() == "exec_resize e1 1x2");
  bench.engine.one_exec.started = true;
  CHECK(bench.send("POST", "/exec/e1/start", true, "{}").status == 409);
}

TEST_CASE("a client that leaves lets the engine go") {
  Bench bench;
  {
    const auto response = bench.send("POST", "/containers/gold/attach?stdin=1&stdout=1&stream=1", true);
    const auto logs = bench.send("GET", "/containers/gold/logs?stdout=1&follow=1");
    const auto wait = bench.send("POST", "/containers/gold/wait");
    CHECK(bench.engine.subscriptions == 3);
  }
  CHECK(bench.engine.subscriptions == 0);
  bench.engine.sink->output(StdStream::Out, 0, "to nobody");
  bench.engine.sink->ended();
}

TEST_CASE("time is told in Docker's words") {
  CHECK(human_duration(0) == "Less than a second");
  CHECK(human_duration(kSecond) == "1 second");
  CHECK(human_duration(59 * kSecond) == "59 seconds");
  CHECK(human_duration(60 * kSecond) == "About a minute");
  CHECK(human_duration(120 * kSecond) == "2 minutes");
  CHECK(human_duration(3600 * kSecond) == "About an hour");
  CHECK(human_duration(5 * 3600 * kSecond) == "5 hours");
  CHECK(human_duration(72 * 3600 * kSecond) == "3 days");
  CHECK(human_duration(Nanos{15} * 24 * 3600 * kSecond) == "2 weeks");
  CHECK(human_duration(Nanos{100} * 24 * 3600 * kSecond) == "3 months");
  CHECK(human_duration(Nanos{800} * 24 * 3600 * kSecond) == "2 years");
  engine::ContainerState state;
  CHECK(status_text(state, 0) == "Created");
  state.status = engine::Status::Exited;
  state.exit_code = 137;
  state.finished_at = 1000 * kSecond;
  CHECK(status_text(state, 1005 * kSecond) == "Exited (137) 5 seconds ago");
}
