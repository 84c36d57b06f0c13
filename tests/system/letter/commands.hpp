// The list of commands that are run through several clients, and in both worlds, and compared.
#pragma once

#include <string>
#include <vector>

namespace strates::system_test {

class TemporaryRoot;

// What the simulator refuses by design (it has no filters, devices, ... to show) is compared between clients only.
enum class In { BothWorlds, LinuxOnly };

struct LetterCommand {
  std::string label;   // unique
  std::string script;  // a shell command line; `docker` is the client
  In worlds = In::BothWorlds;
};

const std::vector<LetterCommand>& letter_commands();
// Its parts by subject, in this order: a story of which each goes on where the one before ended.
std::vector<LetterCommand> client_commands();
std::vector<LetterCommand> image_commands();
std::vector<LetterCommand> run_commands();
std::vector<LetterCommand> life_commands();
std::vector<LetterCommand> data_commands();
std::vector<LetterCommand> build_commands();
// These stand alone: each cleans up after itself.
std::vector<LetterCommand> network_commands();
std::vector<LetterCommand> format_commands();
std::vector<LetterCommand> build_option_commands();
std::vector<LetterCommand> signal_commands();
std::vector<LetterCommand> log_commands();
// Those whose exit code another docker must agree on.
const std::vector<std::string>& short_list();
// The build contexts and files that the commands use, below root.work().
void write_letter_files(const TemporaryRoot& root);

// A difference that is accepted: what matches `pattern` (ECMAScript) is not compared (empty: the whole output is not; the exit code always is).
struct AcceptedDifference {
  std::string label, pattern, reason;
};
// The rows of a command whose outputs are the same fail the test: they are no longer needed.
const std::vector<AcceptedDifference>& accepted_between_clients();
const std::vector<AcceptedDifference>& accepted_between_worlds();
// Where Docker's client 28 prints otherwise than 20.10.24, whose letter is ours: of short_list().
const std::vector<AcceptedDifference>& accepted_between_versions();

}  // namespace strates::system_test
