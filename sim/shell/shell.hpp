// A shell as a program of the simulator: it reads a command, runs it frame by frame, waits for its children, and reads the next.
//
// The call stack of a recursive evaluator is a list of frames here, so that the shell can stop anywhere: while a child runs, while standard input has
// no line, while a command substitution has not answered. Messages are those of busybox 1.35's ash or of Debian 12's dash.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/process/process.hpp"
#include "sim/programs/call.hpp"
#include "sim/shell/ast.hpp"
#include "sim/shell/dialect.hpp"
#include "sim/shell/expander.hpp"
#include "sim/shell/line_editor.hpp"
#include "sim/shell/variables.hpp"

namespace strates::sim::shell {

// Where commands come from: a string, a file, or standard input.
struct Source {
  enum class Kind { Text, File, Stdin };
  Kind kind = Kind::Text;
  std::string text, name;
  size_t at = 0;
  int line = 1;
  bool ended = false;  // no more text will come
};

class Shell : public Program, private ExpansionScope {
 public:
  Shell(Dialect dialect, std::vector<std::string> args) : args_(std::move(args)), dialect_(dialect) {}
  Step step(Process& self) override;
  bool reaps_orphans() const override { return true; }

 private:
  friend struct Builtins;

  struct SavedVariable {
    std::string name;
    std::optional<Variable> before;
  };
  struct SavedFile {
    int descriptor;
    OpenFilePtr before;
  };
  struct Substitution {
    int pid = 0;
    OpenFilePtr from;
    std::string output;
    bool reading = true;
  };
  struct ResolvedRedirect {
    Redirect::Kind kind;
    int descriptor;
    std::string target;
  };
  struct Frame {
    enum class Kind { Node, Script, Function, Redirected };
    Kind kind = Kind::Node;
    NodePtr node;
    int stage = 0;
    size_t index = 0;
    bool tested = false;  // its status decides something: `set -e` does not look at it
    bool last = false;    // nothing comes after: an external command may take the shell's place
    std::vector<std::string> answers;
    std::optional<Substitution> substitution;
    std::vector<std::string> list;   // For: the values
    std::vector<int> pids;           // children in the foreground
    std::vector<SavedFile> files;    // redirections to undo
    std::vector<SavedVariable> variables;
    std::optional<std::vector<std::string>> positional;  // Function: the caller's
    std::shared_ptr<Source> source;
    std::optional<std::string> command_name;  // `.`: the caller's
    std::optional<int> keep_status;           // a trap's action leaves $? alone
    int result = 0;
    // `read` and `wait`
    std::vector<std::string> words;
    std::string line;
    bool escaped = false;
  };
  enum class Unwind { Break, Continue, Return };

  // --- shell.cpp: start, frames, ends
  bool begin(Process& self);
  Step finish();
  void push(NodePtr node, const Frame& parent, bool tested, bool last);
  Frame& push_script(std::shared_ptr<Source> source);
  void pop();
  void leave(Frame& frame);
  void leave_all();
  void exit_now(int status);
  void shell_error(int status);
  bool run_trap();
  Step script(Frame& frame);
  bool read_more(Source& source);
  void prompt(bool continued);
  void complain(std::string_view message, std::string_view builtin = {});
  void unsupported(std::string_view what);
  void check_errexit(const Frame& frame);
  bool unwind(Unwind how, int levels);

  // --- evaluate.cpp: nodes
  Step evaluate(Frame& frame);
  Step redirected(Frame& frame);
  Step simple(Frame& frame);
  Step run_simple(Frame& frame);
  Step pipeline(Frame& frame);
  Step for_loop(Frame& frame);
  Step case_choice(Frame& frame);
  Step wait_children(Frame& frame);
  bool substitute(Frame& frame, const Part& part);
  Step drive_substitution(Frame& frame);
  // The expansion is complete, good or bad; false: a command substitution has to answer first.
  bool settled(Frame& frame, Expander& expander);
  bool apply_assigned(const Expander& expander);

  // --- spawn.cpp: children, redirections, files
  Process* fork_shell(NodePtr node);
  Process* fork_process();
  std::string redirect(const std::vector<ResolvedRedirect>& redirects, Frame* saved);
  std::vector<ResolvedRedirect> resolve(const std::vector<Redirect>& redirects, Expander& expander);
  void restore_files(Frame& frame);
  // 0: `into` runs it from now on. 126 or 127: said why.
  int load_into(Process& into, const std::vector<std::string>& words, bool by_path_only, std::string_view builtin);
  void in_own_group(Process& child);
  void take_terminal();
  void note_child_death(const engine::ExitStatus& status);
  // Takes the statuses of background jobs that have ended; tell: says of what signal one died.
  void collect_background(bool tell);

  // --- ExpansionScope
  std::optional<std::string> variable(std::string_view name) override;
  bool is_readonly(std::string_view name) override;
  const std::vector<std::string>& positional() override { return positional_; }
  bool option(char letter) override { return options_.count(letter) != 0; }
  std::optional<std::string> home_of(std::string_view user) override;
  std::vector<std::string> glob(const std::string& pattern) override;
  Dialect dialect() override { return dialect_; }

  bool set_variable(const std::string& name, std::string value, std::string_view builtin = {});
  void trace(const std::vector<std::string>& words, const std::vector<std::pair<std::string, std::string>>& assignments);

  std::vector<std::string> args_;
  Dialect dialect_;
  Process* self_ = nullptr;
  bool begun_ = false, interactive_ = false, subshell_ = false;
  std::string argument_zero_, command_name_;
  std::string dollar_zero_;
  int root_pid_ = 0;
  Variables variables_;
  std::vector<std::string> positional_;
  std::map<std::string, NodePtr> functions_;
  std::set<char> options_;
  bool pipefail_ = false;
  int status_ = 0, line_ = 0;
  int substitution_status_ = 0;
  int last_background_ = 0;
  std::vector<int> background_;
  std::map<int, int> background_status_;  // ended, not yet asked for
  std::map<int, std::string> traps_;      // "": ignored
  bool exit_trap_done_ = false;
  std::optional<int> exiting_;
  bool replaced_ = false;
  int function_depth_ = 0;
  std::uint32_t random_ = 0;
  std::vector<std::unique_ptr<Frame>> frames_;
  std::vector<std::unique_ptr<Frame>> graveyard_;  // a frame that pops itself lives until the step ends
  LineEditor editor_;
};

}  // namespace strates::sim::shell
