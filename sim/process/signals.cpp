#include "sim/process/signals.hpp"

#include <array>

#include "base/strings.hpp"

namespace strates::sim {

namespace {

struct Row {
  std::string_view name, sentence;
};

constexpr std::array<Row, 32> kRows = {{
    {"EXIT", ""}, {"HUP", "Hangup"}, {"INT", "Interrupt"}, {"QUIT", "Quit"}, {"ILL", "Illegal instruction"}, {"TRAP", "Trace/breakpoint trap"},
    {"ABRT", "Aborted"}, {"BUS", "Bus error"}, {"FPE", "Floating point exception"}, {"KILL", "Killed"}, {"USR1", "User defined signal 1"},
    {"SEGV", "Segmentation fault"}, {"USR2", "User defined signal 2"}, {"PIPE", "Broken pipe"}, {"ALRM", "Alarm clock"}, {"TERM", "Terminated"},
    {"STKFLT", "Stack fault"}, {"CHLD", "Child exited"}, {"CONT", "Continued"}, {"STOP", "Stopped (signal)"}, {"TSTP", "Stopped"},
    {"TTIN", "Stopped (tty input)"}, {"TTOU", "Stopped (tty output)"}, {"URG", "Urgent I/O condition"}, {"XCPU", "CPU time limit exceeded"},
    {"XFSZ", "File size limit exceeded"}, {"VTALRM", "Virtual timer expired"}, {"PROF", "Profiling timer expired"}, {"WINCH", "Window changed"},
    {"POLL", "I/O possible"}, {"PWR", "Power failure"}, {"SYS", "Bad system call"},
}};

}  // namespace

DefaultAction default_action(int signal) {
  switch (signal) {
    case kSigChld:
    case kSigUrg:
    case kSigWinch: return DefaultAction::Ignore;
    case kSigCont: return DefaultAction::Continue;
    case kSigStop:
    case kSigTstp:
    case kSigTtin:
    case kSigTtou: return DefaultAction::Stop;
    default: return DefaultAction::Terminate;
  }
}

std::string signal_name(int signal) {
  if (signal >= 0 && signal < 32) return std::string(kRows[static_cast<size_t>(signal)].name);
  if (signal == 34) return "RTMIN";
  return signal > 34 ? "RTMIN+" + std::to_string(signal - 34) : std::to_string(signal);
}

std::optional<int> signal_number(std::string_view text) {
  if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos && text.size() <= 2) {
    const int number = std::stoi(std::string(text));
    if (number <= kSignals) return number;
    return std::nullopt;
  }
  std::string upper = to_upper(text);
  if (upper.rfind("SIG", 0) == 0) upper.erase(0, 3);
  for (size_t i = 0; i < kRows.size(); ++i)
    if (kRows[i].name == upper) return static_cast<int>(i);
  if (upper == "IO") return 29;
  if (upper == "IOT") return 6;
  if (upper == "CLD") return kSigChld;
  return std::nullopt;
}

std::string_view signal_sentence(int signal) {
  return signal > 0 && signal < 32 ? kRows[static_cast<size_t>(signal)].sentence : std::string_view("Real-time signal");
}

}  // namespace strates::sim
