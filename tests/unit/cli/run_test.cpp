// The commands that follow a process: what they ask, in which order, and how they end.
#include <condition_variable>
#include <csignal>

#include "cli/attach_session.hpp"
#include "support.hpp"

using namespace strates;
using namespace strates::cli;
using namespace strates::cli::test;

namespace {

constexpr const char* kId = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";

void runnable(Stage& stage, int code = 0, const std::string& output = frame(1, "out\n") + frame(2, "err\n")) {
  const std::string path = std::string("POST /containers/") + kId;
  stage.answers["POST /containers/create"] = {201, std::string("{\"Id\":\"") + kId + "\",\"Warnings\":[]}"};
  stage.answers[path + "/attach"] = {101, output};
  stage.answers[path + "/wait"] = {200, "{\"Error\":null,\"StatusCode\":" + std::to_string(code) + "}\n"};
  stage.answers[path + "/start"] = {204, ""};
  stage.answers[path + "/resize"] = {200, ""};
  stage.answers[path + "/kill"] = {204, ""};
}

}  // namespace

TEST_CASE("docker run creates, attaches, waits and starts, in this order, and ends as the container did") {
  Stage stage;
  runnable(stage, 5);
  const Ran ran = stage.docker({"run", "--rm", "busybox", "sh", "-c", "exit 5"});
  CHECK(ran.code == 5);
  CHECK(ran.out == "out\n");
  CHECK(ran.err == "err\n");
  const std::string path = std::string("POST /containers/") + kId;
  CHECK(ran.lines() == std::vector<std::string>{"POST /containers/create", path + "/attach?stderr=1&stdout=1&stream=1", path + "/wait?condition=removed", path + "/start"});
  CHECK(ran.asked[1].upgrade);
  CHECK(stage.wire->closed);  // standard input is not attached: half-closed at once
  const Json body = parse_json(ran.asked[0].body).value();
  CHECK(dump_json(body["Cmd"]) == "[\"sh\",\"-c\",\"exit 5\"]");
  CHECK(body["HostConfig"]["AutoRemove"] == true);
  CHECK(body["HostConfig"]["NetworkMode"] == "default");
  CHECK(body["AttachStdin"] == false);
  CHECK(body["AttachStdout"] == true);
}

TEST_CASE("the create request says what the flags say") {
  setenv("STRATES_TEST_VARIABLE", "from here", 1);
  Stage stage;
  runnable(stage);
  const Ran ran = stage.docker({"create", "--name", "web", "-it", "-e", "A=b", "-e", "STRATES_TEST_VARIABLE", "-e", "NO_SUCH_VARIABLE_X", "-w", "/w", "-u", "1:2", "-h", "hh",
                                "--entrypoint", "ep", "--network", "none", "--label", "k=v", "-l", "alone", "-m", "64m", "--cpus", "1.5", "--pids-limit", "5", "--read-only",
                                "--privileged", "--stop-signal", "INT", "--stop-timeout", "3", "busybox"});
  CHECK(ran.code == 0);
  CHECK(ran.out == std::string(kId) + "\n");
  CHECK(ran.asked[0].line == "POST /containers/create?name=web");
  const Json body = parse_json(ran.asked[0].body).value();
  CHECK(dump_json(body["Env"]) == "[\"A=b\",\"STRATES_TEST_VARIABLE=from here\",\"NO_SUCH_VARIABLE_X\"]");
  CHECK(dump_json(body["Entrypoint"]) == "[\"ep\"]");
  CHECK(dump_json(body["Labels"]) == "{\"alone\":\"\",\"k\":\"v\"}");
  CHECK(body["Hostname"] == "hh");
  CHECK(body["User"] == "1:2");
  CHECK(body["WorkingDir"] == "/w");
  CHECK(body["StopSignal"] == "INT");
  CHECK(body["StopTimeout"] == 3);
  CHECK(body["OpenStdin"] == true);
  CHECK(body["StdinOnce"] == true);
  const Json& host = body["HostConfig"];
  CHECK(host["NetworkMode"] == "none");
  CHECK(host["Memory"] == 64 << 20);
  CHECK(host["NanoCpus"] == 1'500'000'000);
  CHECK(host["PidsLimit"] == 5);
  CHECK(host["ReadonlyRootfs"] == true);
  CHECK(host["Privileged"] == true);
}

TEST_CASE("-i passes standard input on and half-closes at its end") {
  Stage stage;
  runnable(stage);
  stage.console.input = StringSource("a\nb\n");
  CHECK(stage.docker({"run", "-i", "busybox", "cat"}).code == 0);
  CHECK(stage.wire->written == "a\nb\n");
  CHECK(stage.wire->closed);
}

TEST_CASE("-t needs a terminal; with one, it is given back and the window's size is sent") {
  Stage stage;
  runnable(stage, 0, "raw output");
  Ran ran = stage.docker({"run", "-it", "busybox"});
  CHECK(ran.code == 1);
  CHECK(ran.err == "the input device is not a TTY\n");
  CHECK(ran.asked.empty());
  stage.console.terminal = true;
  ran = stage.docker({"run", "-it", "busybox"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "raw output");
  CHECK(ran.lines().back() == std::string("POST /containers/") + kId + "/resize?h=24&w=80");
  CHECK(stage.console.raw_modes == 1);
  CHECK(stage.console.raw_given_back == 1);
}

TEST_CASE("-d prints the id and follows nothing") {
  Stage stage;
  runnable(stage);
  const Ran ran = stage.docker({"run", "-d", "busybox"});
  CHECK(ran.out == std::string(kId) + "\n");
  CHECK(ran.lines().size() == 2);
  const Ran conflict = stage.docker({"run", "-d", "-a", "stdout", "busybox"});
  CHECK(conflict.code == 1);
  CHECK(conflict.err == "Conflicting options: -a and -d\n");
}

TEST_CASE("a start that fails is worded as Docker's, with Docker's exit codes") {
  const auto recorded = reference("run-errors");
  Stage stage;
  runnable(stage, 127);
  const std::string start = std::string("POST /containers/") + kId + "/start";
  const auto failing = [&](const std::string& message) {
    stage.answers[start] = {400, dump_json(Json{{"message", message}})};
    return stage.docker({"run", "--rm", "busybox", "x"});
  };
  Ran ran = failing("failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"nosuchcmd\": executable file not found in $PATH: unknown");
  CHECK(ran.code == 127);
  stage.clock.at = parse_rfc3339("2026-11-23T17:05:06.5Z").value();
  ran = failing("failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"nosuchcmd\": executable file not found in $PATH: unknown");
  if (!recorded.empty()) CHECK(ran.err == recorded.at("docker run --rm busybox nosuchcmd").err);
  CHECK(failing("exec: \"/etc/passwd\": permission denied: unknown").code == 126);
  CHECK(failing("exec: \"/etc\": is a directory: unknown").code == 126);
  ran = failing("network nonet not found");
  CHECK(ran.code == 125);
  CHECK(ran.err == "docker: Error response from daemon: network nonet not found.\n");
}

TEST_CASE("a creation that fails says where to look, exit code 125") {
  Stage stage;
  stage.answers["POST /containers/create"] = {409, "{\"message\":\"Conflict. The container name \\\"/x\\\" is already in use.\"}"};
  Ran ran = stage.docker({"run", "--name", "x", "busybox"});
  CHECK(ran.code == 125);
  CHECK(ran.err == "docker: Error response from daemon: Conflict. The container name \"/x\" is already in use.\nSee 'docker run --help'.\n");
  stage.absent = true;
  ran = stage.docker({"run", "busybox"});
  CHECK(ran.code == 125);
  CHECK(ran.err == "docker: Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?.\nSee 'docker run --help'.\n");
  CHECK(stage.docker({"run", "Busybox"}).err == "docker: invalid reference format: repository name must be lowercase.\nSee 'docker run --help'.\n");
}

TEST_CASE("an absent image is asked of the daemon once, whose refusal is shown") {
  Stage stage;
  stage.answers["POST /containers/create"] = {404, "{\"message\":\"No such image: nosuch:latest\"}"};
  stage.answers["POST /images/create"] = {404, "{\"message\":\"pull access denied for nosuch\"}"};
  Ran ran = stage.docker({"run", "nosuch", "true"});
  CHECK(ran.code == 125);
  CHECK(ran.err == "Unable to find image 'nosuch:latest' locally\ndocker: Error response from daemon: pull access denied for nosuch.\nSee 'docker run --help'.\n");
  CHECK(join(ran.lines(), "\n") == "POST /containers/create\nPOST /images/create?fromImage=nosuch&tag=latest");
  ran = stage.docker({"run", "--pull", "never", "nosuch", "true"});
  CHECK(ran.code == 125);
  CHECK(ran.lines().size() == 1);
  CHECK(ran.err == "docker: Error response from daemon: No such image: nosuch:latest.\nSee 'docker run --help'.\n");
}

TEST_CASE("signals go to the container, as their names") {
  Stage stage;
  runnable(stage);
  stage.console.input = StringSource("");
  // The canned engine ends at once: the signal arrives before the session runs, and must not be lost.
  struct Early : StringConsole {
    std::unique_ptr<ConsoleGuard> watch_signals(std::function<void(int)> callback) override {
      callback(SIGINT);
      return nullptr;
    }
  } console;
  auto engine = std::make_unique<CannedEngine>();
  engine->answers = stage.answers;
  const auto log = engine->log;
  api::Client client(std::move(engine));
  Session session{client, console, stage.clock};
  CHECK(run_docker(session, {"run", "busybox"}) == 0);
  CHECK(log->back().line == std::string("POST /containers/") + kId + "/kill?signal=INT");
}

TEST_CASE("the detach keys are found wherever they are cut, and let through when they are not the whole sequence") {
  EscapeKeys keys = EscapeKeys::parse("ctrl-p,ctrl-q").value();
  CHECK(keys.feed("ab").pass == "ab");
  CHECK(keys.feed("\x10").pass == "");
  CHECK(keys.feed("x").pass == "\x10x");
  CHECK(keys.feed("\x10\x10").pass == "\x10");
  const auto last = keys.feed("\x11more");
  CHECK(last.detached);
  CHECK(last.pass == "");
  CHECK(EscapeKeys::parse("ctrl-x,a,ctrl-@,ctrl-[,ctrl-_").ok());
  CHECK(EscapeKeys::parse("ctrl-pp").error().message() == "Unknown character: 'ctrl-pp'");
  CHECK(EscapeKeys::none().feed("\x10\x11").pass == "\x10\x11");
}

TEST_CASE("detaching leaves the container: run ends with 0, exec and attach say so") {
  Stage stage;
  runnable(stage, 0, "");
  stage.console.terminal = true;
  stage.console.input = StringSource("ls\n\x10\x11");
  // The output stays open until the session is cancelled.
  struct OpenStream : api::ClientStream {
    Result<std::string> read() override {
      std::unique_lock lock(mutex);
      ended.wait(lock, [&] { return cancelled; });
      return std::string();
    }
    Result<void> write(std::string_view bytes) override {
      written += bytes;
      return success();
    }
    void close_write() override {}
    void cancel() override {
      const std::lock_guard lock(mutex);
      cancelled = true;
      ended.notify_all();
    }
    std::mutex mutex;
    std::condition_variable ended;
    bool cancelled = false;
    std::string written;
  } stream;
  auto engine = std::make_unique<CannedEngine>();
  api::Client client(std::move(engine));
  Session session{client, stage.console, stage.clock};
  AttachSettings settings;
  settings.tty = settings.in = true;
  settings.keys = EscapeKeys::parse(kDetachKeys).value();
  AttachSession attach(session, std::move(settings));
  const AttachOutcome outcome = attach.run(stream).value();
  CHECK(outcome.end == AttachEnd::Detached);
  CHECK(stream.written == "ls\n");
  CHECK(stage.console.raw_given_back == 1);
}

TEST_CASE("exec takes its exit code from the engine") {
  Stage stage;
  stage.answers["GET /containers/web/json"] = {200, "{\"Id\":\"abc\"}"};
  stage.answers["POST /containers/web/exec"] = {201, "{\"Id\":\"eee\"}"};
  stage.answers["POST /exec/eee/start"] = {101, frame(1, "o\n") + frame(2, "e\n")};
  stage.answers["GET /exec/eee/json"] = {200, "{\"ExitCode\":7}"};
  Ran ran = stage.docker({"exec", "-e", "A=1", "-w", "/x", "web", "sh", "-c", "exit 7"});
  CHECK(ran.code == 7);
  CHECK(ran.out == "o\n");
  CHECK(ran.err == "e\n");
  CHECK(ran.asked[1].body == "{\"User\":\"\",\"Privileged\":false,\"Tty\":false,\"AttachStdin\":false,\"AttachStderr\":true,\"AttachStdout\":true,\"Detach\":false,"
                             "\"DetachKeys\":\"\",\"Env\":[\"A=1\"],\"WorkingDir\":\"/x\",\"Cmd\":[\"sh\",\"-c\",\"exit 7\"]}");
  CHECK(ran.asked[2].body == "{\"Detach\":false,\"Tty\":false}");
  ran = stage.docker({"exec", "nosuch", "true"});
  CHECK(ran.code == 1);
}

TEST_CASE("logs keep the two streams apart and ask as Docker asks") {
  Stage stage;
  stage.answers["GET /containers/web/json"] = {200, "{\"Id\":\"abc\",\"Config\":{\"Tty\":false}}"};
  stage.answers["GET /containers/abc/logs"] = {200, frame(1, "log-out\n") + frame(2, "log-err\n")};
  Ran ran = stage.docker({"logs", "-f", "--tail", "5", "-t", "--since", "10m", "web"});
  CHECK(ran.out == "log-out\n");
  CHECK(ran.err == "log-err\n");
  CHECK(ran.asked[1].line == "GET /containers/abc/logs?follow=1&since=1795452900&stderr=1&stdout=1&tail=5&timestamps=1");
  stage.answers["GET /containers/nosuch/json"] = {404, "{\"message\":\"No such container: nosuch\"}"};
  CHECK(stage.docker({"logs", "nosuch"}).err == "Error: No such container: nosuch\n");
}

TEST_CASE("commands over several containers print those that went well, then the errors") {
  Stage stage;
  stage.answers["POST /containers/a/stop"] = {204, ""};
  stage.answers["POST /containers/nosuch/"] = {404, "{\"message\":\"No such container: nosuch\"}"};
  stage.answers["DELETE /containers/nosuch"] = {404, "{\"message\":\"No such container: nosuch\"}"};
  stage.answers["DELETE /containers/a"] = {204, ""};
  Ran ran = stage.docker({"stop", "-t", "1", "a", "nosuch"});
  CHECK(ran.code == 1);
  CHECK(ran.out == "a\n");
  CHECK(ran.err == "Error response from daemon: No such container: nosuch\n");
  CHECK(ran.lines()[0] == "POST /containers/a/stop?t=1");
  ran = stage.docker({"rm", "nosuch"});
  CHECK(ran.code == 1);
  CHECK(ran.err == "Error: No such container: nosuch\n");
  ran = stage.docker({"rm", "-fv", "nosuch", "a"});
  CHECK(ran.code == 0);
  CHECK(ran.lines()[1] == "DELETE /containers/a?force=1&v=1");
  ran = stage.docker({"start", "nosuch"});
  CHECK(ran.err == "Error response from daemon: No such container: nosuch\nError: failed to start containers: nosuch\n");
  ran = stage.docker({"rename", "nosuch", "b"});
  CHECK(ran.err == "Error response from daemon: No such container: nosuch\nError: failed to rename container named nosuch\n");
  stage.answers["DELETE /images/nosuch:1"] = {404, "{\"message\":\"No such image: nosuch:1\"}"};
  ran = stage.docker({"rmi", "nosuch:1"});
  CHECK(ran.err == "Error: No such image: nosuch:1\n");
  CHECK(ran.code == 1);
  CHECK(stage.docker({"rmi", "-f", "nosuch:1"}).code == 0);
}
