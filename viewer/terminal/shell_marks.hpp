// The shell tells the terminal where a command begins and ends: escape sequences that are taken out of its output before anything is drawn.
//
//   ESC ] 133 ; A ; aid=NONCE BEL                   a prompt follows
//   ESC ] 133 ; C ; aid=NONCE ; line=LINE BEL       this command line starts
//   ESC ] 133 ; D ; CODE ; aid=NONCE BEL            it ended with this exit code
//
// The letters are FinalTerm's (the "semantic prompts" of terminals); a LINE is escaped as VS Code's OSC 633;E does: \xHH for control characters, ';' and '\'.
// The nonce is the session's own: what a program prints, in a container or not, cannot pass for a mark of the shell.
#pragma once

#include <string>
#include <string_view>
#include <variant>

namespace strates::viewer {

struct PromptMark {
  bool operator==(const PromptMark&) const = default;
};
struct StartMark {
  std::string line;
  bool operator==(const StartMark&) const = default;
};
struct EndMark {
  int exit_code = 0;
  bool operator==(const EndMark&) const = default;
};
using ShellMark = std::variant<PromptMark, StartMark, EndMark>;

class ShellMarks {
 public:
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void bytes(std::string_view bytes) = 0;
    virtual void mark(ShellMark mark) = 0;
  };
  static constexpr size_t kMostHeld = 64 * 1024;  // what is longer is no mark

  ShellMarks(std::string nonce, Sink& sink) : nonce_(std::move(nonce)), sink_(sink) {}
  // Everything but this session's marks reaches the sink unchanged and in order; at most kMostHeld bytes wait for what follows them.
  void feed(std::string_view bytes);
  // What waits will not be a mark.
  void flush();

 private:
  bool take(char byte);
  bool finish();

  std::string nonce_;
  Sink& sink_;
  std::string held_;
};

// 32 hexadecimal digits from the kernel's generator.
std::string new_nonce();

// The file that an interactive bash reads first: prompt, history, marks.
std::string shell_start_file(const std::string& nonce);

// What a command wrote, as a reader sees it: without escape sequences and controls, lines ended by '\n'. Text that was overwritten is kept.
std::string plain_text(std::string_view output);

}  // namespace strates::viewer
