// Where Docker's client 28 prints otherwise than 20.10.24 on the same engine, and why. What is learnt here is the letter of 20.10.24, which Debian has.
#include "tests/system/letter/commands.hpp"

namespace strates::system_test {

const std::vector<AcceptedDifference>& accepted_between_versions() {
  constexpr const char* kHelp = "28 says where help is in another sentence and behind an empty line, without a dot after the engine's words, and no longer tells of the wait that it gave up";
  constexpr const char* kDaemon = "28 says of these errors, too, that they are the daemon's";
  constexpr const char* kLegacy = "28 warns that its classic builder will go; the classic builder is what is learnt here";
  static const std::vector<AcceptedDifference> rows = [&] {
    std::vector<AcceptedDifference> out = {
        {"run a program that is absent", "\\.?\n(\nRun 'docker run --help' for more information|time=\"[^\n]*)\n", kHelp},
        {"run with a name in use", "\n(See 'docker run --help'\\.|\nRun 'docker run --help' for more information)\n", kHelp},
        {"exec in an unknown container", "\nError( response from daemon)?: ", kDaemon},
        {"rm several, one unknown", "\nError( response from daemon)?: ", kDaemon},
    };
    for (const char* label : {"build", "build again, from the cache", "build with an unknown instruction", "build with a RUN that fails"})
      out.push_back({label, "DEPRECATED: [^]*environment-variable\\.\n\n", kLegacy});
    return out;
  }();
  return rows;
}

}  // namespace strates::system_test
