#include <doctest/doctest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "tests/support/leaks.hpp"
#include "viewer/terminal/shell_session.hpp"

using namespace strates;
using namespace strates::viewer;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

// Far more than anything here takes; slow machines and sanitizers.
constexpr auto kPatience = 60s;

struct Terminal {
  lessons::ShellCommands commands;
  std::unique_ptr<ShellSession> session;
  std::vector<ShellEvent> events;  // not looked at yet

  explicit Terminal(GridSize size = {80, 24}, const std::string& program = "/bin/echo")
      : commands(lessons::ShellCommands::open(program, "unix:///nowhere.sock").value()), session(ShellSession::open(commands, size, "/").value()) {}

  bool until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + kPatience;
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      for (auto& event : session->wait(50ms)) events.push_back(std::move(event));
    }
    return true;
  }
  template <typename Event>
  Event next() {
    Event out;
    REQUIRE(until([&] {
      while (!events.empty()) {
        const ShellEvent event = std::move(events.front());
        events.erase(events.begin());
        if (const auto* found = std::get_if<Event>(&event)) {
          out = *found;
          return true;
        }
      }
      return false;
    }));
    return out;
  }
  std::string all_text() const {
    std::string out;
    const TerminalScreen& screen = session->screen();
    for (auto line = screen.first_line(); line < screen.top_line() + static_cast<std::uint64_t>(screen.size().rows); ++line)
      out += text_of(screen.line(line), 0, 1000) + "\n";
    return out;
  }
  // Ctrl-C until it helps: pressed while the shell is just starting the program, it reaches neither.
  CommandEnded interrupt() {
    auto pressed = std::chrono::steady_clock::now() - 1s;
    REQUIRE(until([&] {
      if (std::chrono::steady_clock::now() - pressed >= 1s) {
        REQUIRE(session->send(session->screen().character(U'c', {false, false, true})));
        pressed = std::chrono::steady_clock::now();
      }
      return std::any_of(events.begin(), events.end(), [](const ShellEvent& event) { return std::holds_alternative<CommandEnded>(event); });
    }));
    return next<CommandEnded>();
  }
  CommandEnded run(const std::string& line) {
    REQUIRE(session->type(line + "\n"));
    next<CommandStarted>();
    return next<CommandEnded>();
  }
};

}  // namespace

TEST_CASE("a command's line, output and exit code are known") {
  Terminal terminal;
  terminal.next<PromptShown>();
  REQUIRE(terminal.session->type("echo bonjour; echo \"c'est l'été \\\\ 100 %\"\n"));
  CHECK(terminal.next<CommandStarted>().line == "echo bonjour; echo \"c'est l'été \\\\ 100 %\"");
  const CommandEnded ended = terminal.next<CommandEnded>();
  CHECK(ended.exit_code == 0);
  CHECK(ended.output == "bonjour\r\nc'est l'été \\ 100 %\r\n");
  CHECK_FALSE(ended.truncated);
  terminal.next<PromptShown>();
  CHECK_FALSE(terminal.session->running());
  CHECK(terminal.all_text().find("$ echo bonjour; echo") != std::string::npos);
  CHECK(terminal.run("false").exit_code == 1);
  CHECK(terminal.run("echo \"il valait $?\"").output == "il valait 1\r\n");  // the marks leave $? alone
  CHECK(terminal.run("(exit 42)").exit_code == 42);
  CHECK(terminal.run("commande-qui-n-existe-pas").exit_code == 127);
  CHECK(terminal.run("kill -TERM $BASHPID; sh -c 'kill -TERM $$'").exit_code == 143);
}

TEST_CASE("an empty line and a mistake of syntax are no commands; the same line twice is two") {
  Terminal terminal;
  REQUIRE(terminal.session->type("\n\nfi\n echo a\n echo a\n"));
  CHECK(terminal.next<CommandStarted>().line == " echo a");
  CHECK(terminal.next<CommandEnded>().output == "a\r\n");
  CHECK(terminal.next<CommandStarted>().line == " echo a");
  CHECK(terminal.next<CommandEnded>().output == "a\r\n");
  REQUIRE(terminal.session->type("for i in 1 2; do\necho \"n$i\"\ndone\n"));
  CHECK(terminal.next<CommandStarted>().line.starts_with("for i in 1 2; do"));
  CHECK(terminal.next<CommandEnded>().output == "n1\r\nn2\r\n");
}

TEST_CASE("docker is our program, with the lesson's engine, and the shell has its own files") {
  Terminal terminal;
  CHECK(terminal.run("docker run --rm debian").output == "run --rm debian\r\n");
  CHECK(terminal.run("echo $DOCKER_HOST $TERM $PWD").output == "unix:///nowhere.sock xterm-256color /\r\n");
  CHECK(terminal.run("type -p docker").output == terminal.commands.directory() + "/docker\r\n");
  const std::string history = plain_text(terminal.run("echo $HISTFILE").output);
  CHECK(history.starts_with(terminal.commands.directory() + "/terminal-"));
  // The file with the nonce is gone, and no program's environment has it.
  CHECK(terminal.run("ls -A ${HISTFILE%/*}").output.find("bashrc") == std::string::npos);
  CHECK(terminal.run("env | grep -c aid=").output == "0\r\n");
  struct stat facts = {};
  REQUIRE(stat(fs::path(history).parent_path().c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0700);
  const std::string directory = terminal.commands.directory();
  terminal.session->close();
  CHECK(std::distance(fs::directory_iterator(directory), fs::directory_iterator()) == 2);  // docker, strates
}

TEST_CASE("French is edited and shown, in line mode too") {
  Terminal terminal;
  CHECK(terminal.run("printf '%s\\n' 'Ça été œuvré : ½'").output == "Ça été œuvré : ½\r\n");
  // readline erases a whole character.
  CHECK(terminal.run("echo né\x7fon").output == "non\r\n");
  // and so does the kernel, while a program reads lines
  REQUIRE(terminal.session->type("cat\n"));
  terminal.next<CommandStarted>();
  REQUIRE(terminal.session->type("é\x7fx\n"));
  REQUIRE(terminal.until([&] { return terminal.all_text().find("\nx\nx\n") != std::string::npos; }));
  REQUIRE(terminal.session->type("\x04"));
  CHECK(terminal.next<CommandEnded>().exit_code == 0);
}

TEST_CASE("Ctrl-C interrupts a command, and the shell goes on") {
  Terminal terminal;
  REQUIRE(terminal.session->type("sleep 100\n"));
  terminal.next<CommandStarted>();
  CHECK(terminal.session->running());
  const auto begin = std::chrono::steady_clock::now();
  CHECK(terminal.interrupt().exit_code == 130);
  CHECK(std::chrono::steady_clock::now() - begin < 50s);
  CHECK(terminal.run("echo encore").output == "encore\r\n");
}

TEST_CASE("a program sees the terminal's size, and its change") {
  Terminal terminal({90, 30});
  CHECK(terminal.run("stty size").output == "30 90\r\n");
  terminal.session->resize({60, 20});
  CHECK(terminal.run("stty size").output == "20 60\r\n");
  terminal.session->resize({1'000'000, -3});
  CHECK(terminal.run("stty size").output == "2 512\r\n");
}

TEST_CASE("what is asked of the terminal is answered") {
  Terminal terminal;
  const CommandEnded ended = terminal.run("IFS= read -rs -d R -p $'\\e[6n' answer; printf '%q\\n' \"$answer\"");
  CHECK(ended.output.find("\\E[") != std::string::npos);
  CHECK(ended.exit_code == 0);
}

TEST_CASE("a flood is shown in small parts, and Ctrl-C ends it") {
  Terminal terminal;
  terminal.next<PromptShown>();
  REQUIRE(terminal.session->type("yes | head -c 1G\n"));
  terminal.next<CommandStarted>();
  std::chrono::steady_clock::duration longest{};
  for (const auto end = std::chrono::steady_clock::now() + 2s; std::chrono::steady_clock::now() < end;) {
    const auto begin = std::chrono::steady_clock::now();
    CHECK(terminal.session->pump().empty());
    longest = std::max(longest, std::chrono::steady_clock::now() - begin);
  }
  CHECK(longest < 2s);  // its own bound is 8 ms; the machine may be busy
  CHECK(terminal.all_text().find("\ny\ny\ny\n") != std::string::npos);
  CHECK(terminal.interrupt().exit_code == 130);
}

TEST_CASE("of much output the beginning is kept, within its bound, and all of it is shown") {
  Terminal terminal;
  const CommandEnded ended = terminal.run("yes \"$(printf %0300d 7)\" | tr -d '\\n' | head -c 10M | tr 7 '\\n'; (exit 4)");
  CHECK(ended.truncated);
  CHECK(ended.output.size() == ShellSession::kOutputKept);
  CHECK(ended.output.starts_with("00000"));
  CHECK(ended.exit_code == 4);
  const TerminalScreen& screen = terminal.session->screen();
  CHECK(screen.top_line() - screen.first_line() == TerminalScreen::kScrollbackLines);
  CHECK(screen.top_line() > 100'000);  // 10 MiB of 4 lines each 300 bytes
}

TEST_CASE("a program cannot pretend that the shell's command ended") {
  Terminal terminal;
  const CommandEnded ended = terminal.run("printf '\\e]133;D;0\\a\\e]133;D;0;aid=00112233445566778899aabbccddeeff\\e\\\\\\e]133;A\\aencore\\e]133;D;'; exit_with() { return 9; }; exit_with");
  CHECK(ended.exit_code == 9);
  CHECK(ended.output.find("encore") != std::string::npos);
  CHECK(terminal.run("echo ok").output == "ok\r\n");
}

TEST_CASE("what a program left open ends at the next prompt") {
  Terminal terminal;
  terminal.run("printf '\\e[?1049h\\e[?25l\\e(0\\e]0;sans fin'");
  terminal.next<PromptShown>();
  CHECK_FALSE(terminal.session->screen().alternate());
  CHECK(terminal.session->screen().cursor().visible);
  CHECK(terminal.run("echo lqk").output == "lqk\r\n");
  REQUIRE(terminal.until([&] { return terminal.all_text().find("\nlqk\n") != std::string::npos; }));
}

TEST_CASE("a shell that leaves says how") {
  Terminal terminal;
  terminal.next<PromptShown>();
  REQUIRE(terminal.session->type("exit 3\n"));
  CHECK(terminal.next<CommandStarted>().line == "exit 3");
  CHECK(terminal.next<CommandEnded>().exit_code == 3);
  CHECK(terminal.next<ShellExited>().exit_code == 3);
  CHECK(terminal.session->ended());
  CHECK(terminal.session->pump().empty());
  terminal.session->close();
  CHECK(terminal.session->wake_descriptor() == -1);
  CHECK_FALSE(terminal.session->type("x"));
  CHECK(terminal.session->pump().empty());
}

TEST_CASE("a shell that leaves while what it started goes on writing has left all the same") {
  Terminal terminal;
  REQUIRE(terminal.session->type("set +m; (trap '' HUP; while :; do echo x; done) &\nexit 0\n"));
  CHECK(terminal.next<ShellExited>().exit_code == 0);
}

TEST_CASE("more than the shell can take is refused, not kept") {
  Terminal terminal;
  terminal.run("stty -icanon; true");
  REQUIRE(terminal.session->type("sleep 100\n"));
  terminal.next<CommandStarted>();
  const std::string block(100'000, 'x');
  bool refused = false;
  for (int i = 0; i < 30 && !refused; ++i) refused = !terminal.session->type(block);
  CHECK(refused);
}

TEST_CASE("closing takes everything with it: no process, no zombie, no descriptor, no file") {
  const auto before = testing::take_leak_snapshot();
  std::string directory;
  for (const std::string line : {"", "sleep 1000\n", "sleep 1000 & sleep 1000 | cat\n", "trap '' HUP TERM INT; sh -c \"trap '' HUP; while :; do sleep 1; done\"\n", "cat\n", "yes\n", "exit\n"}) {
    CAPTURE(line);
    Terminal terminal;
    directory = terminal.commands.directory();
    terminal.next<PromptShown>();
    REQUIRE(terminal.session->type(line));
    if (!line.empty()) terminal.next<CommandStarted>();
    std::this_thread::sleep_for(50ms);
    const auto begin = std::chrono::steady_clock::now();
    terminal.session->close(300ms);
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
    terminal.session->close();
    CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
    CHECK(errno == ECHILD);
  }
  CHECK_FALSE(fs::exists(directory));
  {
    Terminal forgotten;  // its destructor does the same
    forgotten.next<PromptShown>();
    directory = forgotten.commands.directory();
  }
  CHECK_FALSE(fs::exists(directory));
  // No control group is a shell's: those of tests beside this one are not looked at.
  for (const auto& leak : testing::validate_no_leaks(before, {{}, {"none"}})) FAIL_CHECK(leak);
}

TEST_CASE("the shell inherits nothing of ours but its terminal") {
  const UniqueFd kept_open(dup(STDOUT_FILENO));  // without CLOEXEC, as a library may have
  signal(SIGPIPE, SIG_IGN);
  Terminal terminal;
  CHECK(terminal.run("ls /proc/$$/fd | tr '\\n' ' '").output == "0 1 2 255 ");  // 255: bash's own
  CHECK(terminal.run("grep SigIgn /proc/self/status").output.find("0000000000001000") == std::string::npos);
  signal(SIGPIPE, SIG_DFL);
}

TEST_CASE("a shell that cannot start says why, and leaves nothing") {
  const auto commands = lessons::ShellCommands::open("/bin/echo", "unix:///nowhere.sock").value();
  const auto session = ShellSession::open(commands, {80, 24}, "/nulle/part");
  REQUIRE_FALSE(session.ok());
  CHECK(session.error().code == "terminal.open");
  CHECK(std::distance(fs::directory_iterator(commands.directory()), fs::directory_iterator()) == 2);
}
