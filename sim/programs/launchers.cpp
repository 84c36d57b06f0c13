// Programs that run others: env, xargs.
#include <algorithm>

#include "base/strings.hpp"
#include "sim/process/container_kernel.hpp"
#include "sim/process/loader.hpp"
#include "sim/programs/atomic.hpp"
#include "sim/programs/options.hpp"
#include "sim/programs/start.hpp"

namespace strates::sim::streams {

namespace {

// execvp(3) into `into` with its environment; busybox looks for an applet first. 0, or 126 and 127 with what to say.
int load_by_name(Process& into, Process& self, const std::vector<std::string>& words, Family family, std::string& why) {
  auto& slot = &into == &self ? into.replacement : into.program;
  const std::string& name = words.front();
  if (family == Family::Busybox && name.find('/') == std::string::npos && is_busybox_applet(name)) {
    slot = start_program("busybox", words);
    into.args = words;
    return 0;
  }
  std::optional<std::string> path;
  if (name.find('/') != std::string::npos) path = name;
  else path = find_in_path(self, name, into.variable("PATH").value_or("/bin:/usr/bin"));
  if (!path) {
    why = "No such file or directory";
    return 127;
  }
  auto loaded = load_program(self, *path, words);
  if (!loaded.ok()) {
    why = reason(loaded.error());
    return errno_of(loaded.error()) == Errno::NoEntry ? 127 : 126;
  }
  slot = std::move(loaded.value().program);
  into.args = std::move(loaded.value().args);
  return 0;
}

class Env : public Program {
 public:
  Env(std::vector<std::string> args, Family family) : args_(std::move(args)), family_(family) {}
  Step step(Process& self) override {
    Call call(self, args_, family_ == Family::Coreutils ? args_.front() : base_name(args_.front()), family_);
    const Options options = parse_options(args_, "+iu:0", {{"ignore-environment", 'i'}, {"unset", 'u'}, {"null", '0'}});
    if (!options.bad.empty()) return Step::exited(call.unknown_option(options.bad));
    size_t at = 0;
    std::vector<std::string> environment = self.env;
    if (options.has('i') || (!options.operands.empty() && options.operands[0] == "-")) environment.clear();
    if (!options.operands.empty() && options.operands[0] == "-") ++at;
    const auto erase = [&](const std::string& name) {
      environment.erase(std::remove_if(environment.begin(), environment.end(), [&](const std::string& entry) { return entry.rfind(name + "=", 0) == 0; }), environment.end());
    };
    if (options.has('u'))
      for (const std::string& name : options.values.at('u')) erase(name);
    for (; at < options.operands.size(); ++at) {
      const std::string& word = options.operands[at];
      const size_t equal = word.find('=');
      if (equal == std::string::npos) break;
      const std::string name = word.substr(0, equal);
      const auto same = std::find_if(environment.begin(), environment.end(), [&](const std::string& entry) { return entry.rfind(name + "=", 0) == 0; });
      if (same != environment.end()) *same = word;
      else environment.push_back(word);
    }
    if (at == options.operands.size()) {
      for (const std::string& entry : environment) call.out(entry + (options.has('0') ? std::string(1, '\0') : "\n"));
      call.flush();
      return Step::exited(0);
    }
    self.env = std::move(environment);
    const std::vector<std::string> words(options.operands.begin() + static_cast<std::ptrdiff_t>(at), options.operands.end());
    std::string why;
    const int failed = load_by_name(self, self, words, family_, why);
    if (failed == 0) return Step::replaced();
    call.busybox() ? call.fail("can't execute '" + words.front() + "': " + why) : call.fail("'" + words.front() + "': " + why);
    return Step::exited(failed);
  }

 private:
  std::vector<std::string> args_;
  Family family_;
};

class Xargs : public Program {
 public:
  Xargs(std::vector<std::string> args, Family family) : args_(std::move(args)), family_(family) {}
  Step step(Process& self) override {
    Call call(self, args_, family_ == Family::Coreutils ? args_.front() : base_name(args_.front()), family_);
    if (!begun_) {
      begun_ = true;
      options_ = parse_options(args_, "+n:I:r0", {{"max-args", 'n'}, {"no-run-if-empty", 'r'}, {"null", '0'}});
      if (!options_.bad.empty()) return Step::exited(call.unknown_option(options_.bad));
      if (options_.has('n') && (!parse_number(options_.value('n'), 100'000, most_) || most_ == 0)) return Step::exited(call.refuse("-n " + options_.value('n')));
      if (options_.has('I') && options_.value('I').empty()) return Step::exited(call.refuse("-I with nothing"));
      command_ = options_.operands;
      if (command_.empty()) command_.push_back("echo");
      return Step::again();
    }
    if (!complete_) {
      Reading reading = self.read(0, 65'536);
      if (reading.kind == Reading::Kind::Blocked) return Step::blocked();
      if (reading.kind == Reading::Kind::Data) {
        input_ += reading.bytes;
        if (input_.size() > (64u << 20)) return Step::exited(call.refuse("an input of more than 64 MiB"));
        return Step::again();
      }
      complete_ = true;
      if (!take_words()) return Step::exited(call.refuse("an unmatched quote in the input", 1));
      return Step::again();
    }
    if (child_ != 0) {
      const auto ended = self.kernel.reap(self, child_);
      if (!ended) return Step::blocked();
      child_ = 0;
      if (ended->code == 255 && ended->signal == 0) return Step::exited(call.busybox() ? call.fail("'" + command_.front() + "': exited with status 255; aborting", 124) : call.fail(command_.front() + ": exited with status 255; aborting", 124));
      if (ended->signal != 0) return Step::exited(call.busybox() ? call.fail("'" + command_.front() + "': terminated by signal " + std::to_string(ended->signal), 125) : call.fail(command_.front() + ": terminated by signal " + std::to_string(ended->signal), 125));
      if (ended->code != 0) code_ = ended->code >= 126 && call.busybox() ? ended->code : 123;
      return Step::again();
    }
    std::vector<std::string> words = command_;
    if (options_.has('I')) {
      if (next_ == words_.size()) return Step::exited(code_);
      for (size_t i = 1; i < words.size(); ++i) words[i] = replace_all(words[i], options_.value('I'), words_[next_]);
      ++next_;
    } else {
      if (next_ == words_.size() && (ran_ || (options_.has('r') && words_.empty()))) return Step::exited(code_);
      for (std::uint64_t count = 0; next_ < words_.size() && count < most_ && (count < 5000); ++count) words.push_back(words_[next_++]);
    }
    ran_ = true;
    Process* child = self.kernel.fork(self);
    if (child == nullptr) return Step::exited(call.fail("fork: Resource temporarily unavailable"));
    child->files[0] = std::make_shared<DeviceFile>(Device::Null);
    std::string why;
    const int failed = load_by_name(*child, self, words, family_, why);
    if (failed != 0) {
      self.kernel.discard(*child);
      call.fail(words.front() + ": " + why);
      return Step::exited(failed);
    }
    child_ = child->pid;
    return Step::again();
  }

 private:
  // Words as xargs reads them: blanks separate, quotes and backslashes protect; -0: zero bytes; -I: lines.
  bool take_words() {
    if (options_.has('0')) {
      for (std::string& word : split(input_, '\0')) words_.push_back(std::move(word));
      if (!words_.empty() && words_.back().empty()) words_.pop_back();
      return true;
    }
    const bool lines = options_.has('I');
    std::string word;
    bool open = false;
    const auto close = [&] {
      if (open) words_.push_back(word);
      word.clear();
      open = false;
    };
    for (size_t i = 0; i < input_.size(); ++i) {
      const char c = input_[i];
      if (c == '\n' || (!lines && (c == ' ' || c == '\t'))) {
        close();
      } else if (lines && !open && (c == ' ' || c == '\t')) {
        continue;
      } else if (c == '\\' && i + 1 < input_.size()) {
        word += input_[++i];
        open = true;
      } else if (c == '\'' || c == '"') {
        const size_t end = input_.find(c, i + 1);
        if (end == std::string::npos || input_.substr(i, end - i).find('\n') != std::string::npos) return false;
        word += input_.substr(i + 1, end - i - 1);
        open = true;
        i = end;
      } else {
        word += c;
        open = true;
      }
    }
    close();
    return true;
  }

  std::vector<std::string> args_;
  Family family_;
  bool begun_ = false, complete_ = false, ran_ = false;
  Options options_;
  std::uint64_t most_ = 5000;
  std::vector<std::string> command_, words_;
  std::string input_;
  size_t next_ = 0;
  int child_ = 0, code_ = 0;
};

}  // namespace

std::unique_ptr<Program> env(const std::vector<std::string>& args, Family family) { return std::make_unique<Env>(args, family); }
std::unique_ptr<Program> xargs(const std::vector<std::string>& args, Family family) { return std::make_unique<Xargs>(args, family); }

}  // namespace strates::sim::streams
