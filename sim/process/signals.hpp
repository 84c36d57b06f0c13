// Signals by number and name (signal(7), x86).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace strates::sim {

constexpr int kSigHup = 1, kSigInt = 2, kSigQuit = 3, kSigKill = 9, kSigPipe = 13, kSigAlrm = 14, kSigTerm = 15, kSigChld = 17, kSigCont = 18,
              kSigStop = 19, kSigTstp = 20, kSigTtin = 21, kSigTtou = 22, kSigUrg = 23, kSigWinch = 28;
constexpr int kSignals = 64;

enum class DefaultAction { Terminate, Ignore, Stop, Continue };
DefaultAction default_action(int signal);
// "TERM"; "RTMIN+1" for the real-time ones.
std::string signal_name(int signal);
// "TERM", "SIGTERM", "sigterm" or "15"; 0 is EXIT.
std::optional<int> signal_number(std::string_view text);
// strsignal(3): "Terminated".
std::string_view signal_sentence(int signal);

}  // namespace strates::sim
