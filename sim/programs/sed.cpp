// sed: s, p, d, q, =, a, i, c, y on lines chosen by number, $, or pattern; -n, -e, -E, -i. Labels, hold space and files (r, w) are refused.
#include "sim/programs/atomic.hpp"
#include "sim/programs/posix_regex.hpp"
#include "sim/programs/stream_program.hpp"

namespace strates::sim::streams {

namespace {

struct Address {
  enum class Kind { None, Line, Last, Pattern };
  Kind kind = Kind::None;
  std::uint64_t line = 0;
  std::optional<PosixRegex> pattern;
};

struct Command {
  Address first, second;
  bool negated = false, inside = false;
  char letter = '\0';
  std::optional<PosixRegex> pattern;
  std::string text;  // s: the replacement; a, i, c: lines; y: the first set
  std::string other; // y: the second set
  bool global = false, print = false;
  std::uint64_t occurrence = 1;
  int exit_code = 0;
};

class Sed : public LineProgram {
 public:
  using LineProgram::LineProgram;

 protected:
  std::optional<int> begin(Call& call) override {
    const Options options = parse_options(call.args, "ne:Eri", {{"quiet", 'n'}, {"silent", 'n'}, {"expression", 'e'}, {"regexp-extended", 'E'}});
    if (!options.bad.empty()) return call.unknown_option(options.bad);
    quiet_ = options.has('n');
    in_place_ = options.has('i');
    syntax_ = options.has('E') || options.has('r') ? RegexSyntax::Extended : RegexSyntax::Basic;
    operands_ = options.operands;
    std::string script;
    if (options.has('e')) {
      script = join(options.values.at('e'), "\n");
    } else {
      if (operands_.empty()) return call.refuse("the usage text (a script is missing)", 1);
      script = operands_.front();
      operands_.erase(operands_.begin());
    }
    if (const std::string lacking = parse(script); !lacking.empty()) return call.refuse(lacking, 1);
    if (in_place_ && operands_.empty()) return call.refuse("-i without a file", 1);
    return std::nullopt;
  }
  bool cannot(Call& call, const std::string& operand, const std::string& why, bool reading) override {
    if (call.busybox()) code_ = reading ? call.fail("read error: " + why) : call.fail(operand + ": " + why);
    else if (reading) {
      code_ = call.fail("read error on " + operand + ": " + why, 4);
      return false;
    } else code_ = call.fail("can't read " + operand + ": " + why, 2);
    return true;
  }
  Next input_begins(Call& call, const std::string&) override {
    if (in_place_) {
      flush_held(call);
      held_ = false;
      number_ = 0;
      edited_.clear();
      for (Command& command : commands_) command.inside = false;
    }
    return Next::More;
  }
  // A line is held until the next one is there: only then is it known not to be the last.
  Next line(Call& call, std::string_view text, bool newline) override {
    if (held_) {
      const bool stop = run(call, line_, true, false);
      if (stop) {
        held_ = false;
        if (in_place_) {
          edited_ += std::string(text) + "\n";  // what follows a quit stays, up to the end of what was read
          code_ = call.refuse("q together with -i", 1);
        }
        return Next::Stop;
      }
    }
    line_ = text;
    newline_ = newline;
    held_ = true;
    return Next::More;
  }
  void input_ends(Call& call) override {
    LineProgram::input_ends(call);
    if (!in_place_) return;
    flush_held(call);
    const auto stat = call.vfs().stat(call.path(current_));
    if (!stat.ok()) return;
    // busybox and GNU write a new file and rename it over the old one.
    const std::string path = call.path(current_), fresh = path + ".strates-sed";
    auto done = call.vfs().write(fresh, edited_, Vfs::Write::Truncate, stat.value().meta.mode);
    if (done.ok()) done = call.vfs().change_owner(fresh, stat.value().meta.uid, stat.value().meta.gid);
    if (done.ok()) done = call.vfs().rename(fresh, path);
    if (!done.ok()) {
      ignore(call.vfs().unlink(fresh));
      code_ = call.fail("can't create temp file '" + current_ + "': " + reason(done.error()));
    }
  }
  int finish(Call& call) override {
    if (!in_place_) flush_held(call);
    return quit_code_.value_or(code_);
  }

 private:
  void flush_held(Call& call) {
    if (!held_) return;
    held_ = false;
    run(call, line_, newline_, true);
  }

  // ---------------------------------------------------------------- reading the script
  static void blanks(const std::string& script, size_t& at) {
    while (at < script.size() && (script[at] == ' ' || script[at] == '\t')) ++at;
  }

  // Up to an unescaped `end`. False: there is none.
  static bool delimited(const std::string& script, size_t& at, char end, std::string& out, bool pattern) {
    bool in_bracket = false;
    while (at < script.size()) {
      const char c = script[at];
      if (c == '\\' && at + 1 < script.size()) {
        if (script[at + 1] == end) {
          if (!pattern && end == '&') out += '\\';
          out += end;
        } else if (script[at + 1] == 'n' && pattern) {
          out += "\\n";
        } else {
          out += c;
          out += script[at + 1];
        }
        at += 2;
        continue;
      }
      if (pattern && c == '[' && !in_bracket) in_bracket = true;
      else if (pattern && c == ']') in_bracket = false;
      if (c == end && !in_bracket) {
        ++at;
        return true;
      }
      if (c == '\n' && pattern) return false;
      out += c;
      ++at;
    }
    return false;
  }

  std::string address(const std::string& script, size_t& at, Address& into) {
    if (at >= script.size()) return {};
    const char c = script[at];
    if (c >= '0' && c <= '9') {
      size_t end = at;
      while (end < script.size() && script[end] >= '0' && script[end] <= '9') ++end;
      if (!parse_number(script.substr(at, end - at), 1'000'000'000, into.line)) return "the line number";
      into.kind = Address::Kind::Line;
      at = end;
      if (at < script.size() && script[at] == '~') return "addresses with a step (first~step)";
      return {};
    }
    if (c == '$') {
      into.kind = Address::Kind::Last;
      ++at;
      return {};
    }
    if (c != '/' && c != '\\') return {};
    char end = '/';
    ++at;
    if (c == '\\') {
      if (at >= script.size()) return "the address";
      end = script[at++];
    }
    std::string pattern;
    if (!delimited(script, at, end, pattern, true)) return "an address that does not end";
    if (pattern.empty()) return "an empty pattern";
    const bool fold = at < script.size() && script[at] == 'I';
    if (fold) ++at;
    auto regex = PosixRegex::compile(pattern, syntax_, fold ? RegexCase::Ignore : RegexCase::Exact);
    if (!regex.ok()) return "the pattern '" + pattern + "': " + regex.error().cause;
    into.kind = Address::Kind::Pattern;
    into.pattern = std::move(regex).value();
    return {};
  }

  // "" or what is not supported.
  std::string parse(const std::string& script) {
    size_t at = 0;
    while (at < script.size()) {
      while (at < script.size() && (script[at] == ' ' || script[at] == '\t' || script[at] == '\n' || script[at] == ';')) ++at;
      if (at >= script.size()) break;
      if (script[at] == '#') {
        while (at < script.size() && script[at] != '\n') ++at;
        continue;
      }
      Command command;
      if (auto lacking = address(script, at, command.first); !lacking.empty()) return lacking;
      blanks(script, at);
      if (at < script.size() && script[at] == ',') {
        ++at;
        blanks(script, at);
        if (at < script.size() && script[at] == '+') return "addresses addr,+N";
        if (auto lacking = address(script, at, command.second); !lacking.empty()) return lacking;
        if (command.second.kind == Address::Kind::None) return "the second address";
      }
      blanks(script, at);
      while (at < script.size() && script[at] == '!') {
        command.negated = true;
        ++at;
        blanks(script, at);
      }
      if (at >= script.size()) return "an address without a command";
      command.letter = script[at++];
      switch (command.letter) {
        case 'p': case 'd': case '=': break;
        case 'q': {
          blanks(script, at);
          size_t end = at;
          while (end < script.size() && script[end] >= '0' && script[end] <= '9') ++end;
          std::uint64_t code = 0;
          if (end > at && !parse_number(script.substr(at, end - at), 255, code)) return "the exit code of q";
          if (end > at && family_ == Family::Busybox) return "an exit code of q";
          command.exit_code = static_cast<int>(code);
          at = end;
          break;
        }
        case 's':
          if (auto lacking = substitution(script, at, command); !lacking.empty()) return lacking;
          break;
        case 'y': {
          if (at >= script.size()) return "y";
          const char end = script[at++];
          if (!delimited(script, at, end, command.text, false) || !delimited(script, at, end, command.other, false) || command.text.size() != command.other.size() || command.text.find('\\') != std::string::npos) return "this y command";
          break;
        }
        case 'a': case 'i': case 'c': {
          blanks(script, at);
          if (at < script.size() && script[at] == '\\') {
            ++at;
            blanks(script, at);
            if (at < script.size() && script[at] == '\n') ++at;
          }
          while (at < script.size() && script[at] != '\n') {
            if (script[at] == '\\' && at + 1 < script.size()) ++at;
            command.text += script[at++];
          }
          break;
        }
        default: return std::string("the command ") + command.letter;
      }
      blanks(script, at);
      if (at < script.size() && script[at] != ';' && script[at] != '\n' && script[at] != '#') return std::string("what follows the command ") + command.letter;
      commands_.push_back(std::move(command));
    }
    return {};
  }

  std::string substitution(const std::string& script, size_t& at, Command& command) {
    if (at >= script.size()) return "s";
    const char end = script[at++];
    std::string pattern;
    if (!delimited(script, at, end, pattern, true)) return "an s command that does not end";
    if (!delimited(script, at, end, command.text, false)) return "an s command that does not end";
    if (pattern.empty()) return "an empty pattern";
    bool fold = false;
    while (at < script.size() && script[at] != ';' && script[at] != '\n' && script[at] != ' ') {
      const char flag = script[at++];
      if (flag == 'g') {
        command.global = true;
        if (family_ == Family::Busybox) command.occurrence = 1;  // its g forgets the number
      }
      else if (flag == 'p') command.print = true;
      else if (flag == 'I' || flag == 'i') fold = true;
      else if (flag >= '1' && flag <= '9') {
        if (family_ == Family::Busybox && command.global) return "a number after the flag g";
        command.occurrence = static_cast<std::uint64_t>(flag - '0');
      }
      else return std::string("the flag ") + flag + " of s";
    }
    auto regex = PosixRegex::compile(pattern, syntax_, fold ? RegexCase::Ignore : RegexCase::Exact);
    if (!regex.ok()) return "the pattern '" + pattern + "': " + regex.error().cause;
    command.pattern = std::move(regex).value();
    return {};
  }

  // ---------------------------------------------------------------- running it
  bool is_at(const Address& address, std::string_view text, bool last) const {
    switch (address.kind) {
      case Address::Kind::None: return true;
      case Address::Kind::Line: return number_ == address.line;
      case Address::Kind::Last: return last;
      case Address::Kind::Pattern: return address.pattern->search(text).has_value();
    }
    return false;
  }
  bool chosen(Command& command, std::string_view text, bool last) const {
    bool yes = false;
    if (command.second.kind == Address::Kind::None) {
      yes = is_at(command.first, text, last);
    } else if (command.inside) {
      yes = true;
      if (command.second.kind == Address::Kind::Line ? number_ >= command.second.line : is_at(command.second, text, last)) command.inside = false;
      if (command.second.kind == Address::Kind::Line && number_ > command.second.line) yes = false;
    } else if (is_at(command.first, text, last)) {
      yes = true;
      command.inside = !(command.second.kind == Address::Kind::Line && command.second.line <= number_);
    }
    return yes != command.negated;
  }

  static std::string replaced(const Command& command, const std::string& text, bool& any) {
    std::string out;
    size_t at = 0;
    std::uint64_t count = 0;
    while (at <= text.size()) {
      const auto match = command.pattern->search(text, at);
      if (!match) break;
      ++count;
      out += text.substr(at, match->begin() - at);
      const bool wanted = command.global ? count >= command.occurrence : count == command.occurrence;
      if (wanted) {
        any = true;
        for (size_t i = 0; i < command.text.size(); ++i) {
          const char c = command.text[i];
          if (c == '&') {
            out += match->group(text, 0);
          } else if (c == '\\' && i + 1 < command.text.size()) {
            const char next = command.text[++i];
            if (next >= '0' && next <= '9') out += match->group(text, static_cast<size_t>(next - '0'));
            else if (next == 'n') out += '\n';
            else if (next == 't') out += '\t';
            else out += next;
          } else {
            out += c;
          }
        }
      } else {
        out += text.substr(match->begin(), match->length());
      }
      if (match->length() == 0) {
        if (match->begin() < text.size()) out += text[match->begin()];
        at = match->begin() + 1;
      } else {
        at = match->end();
        // An empty match right behind a match is none (POSIX).
        if (at <= text.size()) {
          const auto next = command.pattern->search(text, at);
          if (next && next->begin() == at && next->length() == 0) {
            if (at < text.size()) out += text[at];
            ++at;
          }
        }
      }
      if (wanted && !command.global) break;
    }
    if (at < text.size()) out += text.substr(at);
    return out;
  }

  void put(Call& call, std::string_view text) {
    if (in_place_) edited_ += text;
    else call.out(text);
  }

  // True: quit.
  bool run(Call& call, const std::string& line_text, bool newline, bool last_of_input) {
    ++number_;
    const bool last = last_of_input;
    std::string text = line_text, appended;
    bool deleted = false, quit = false;
    for (Command& command : commands_) {
      if (!chosen(command, text, last)) continue;
      switch (command.letter) {
        case 'p': put(call, text + "\n"); break;
        case '=': put(call, std::to_string(number_) + "\n"); break;
        case 'd': deleted = true; break;
        case 'q':
          quit = true;
          if (command.exit_code != 0) quit_code_ = command.exit_code;
          break;
        case 's': {
          bool any = false;
          text = replaced(command, text, any);
          if (any && command.print) put(call, text + "\n");
          break;
        }
        case 'y':
          for (char& c : text)
            if (const size_t found = command.text.find(c); found != std::string::npos) c = command.other[found];
          break;
        case 'a': appended += command.text + "\n"; break;
        case 'i': put(call, command.text + "\n"); break;
        case 'c':
          if (!command.inside || command.negated) put(call, command.text + "\n");
          deleted = true;
          break;
        default: break;
      }
      if (deleted || quit) break;
    }
    // A last line without newline stays without, unless something follows it.
    if (!deleted && !quiet_) put(call, text + (newline || !appended.empty() || !last_of_input ? "\n" : ""));
    if (!appended.empty()) put(call, appended);
    return quit;
  }

  bool quiet_ = false, in_place_ = false, held_ = false, newline_ = true;
  RegexSyntax syntax_ = RegexSyntax::Basic;
  std::vector<Command> commands_;
  std::string line_, edited_;
  std::uint64_t number_ = 0;
  std::optional<int> quit_code_;
};

}  // namespace

std::unique_ptr<Program> sed(const std::vector<std::string>& args, Family family) { return std::make_unique<Sed>(args, family); }

}  // namespace strates::sim::streams
