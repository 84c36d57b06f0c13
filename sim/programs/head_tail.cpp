// head and tail: the ends of files, and tail -f, which follows one.
#include <algorithm>

#include "sim/programs/atomic.hpp"
#include "sim/programs/stream_program.hpp"

namespace strates::sim::streams {

namespace {

// -5 for -n 5, as everybody still writes.
std::vector<std::string> expand_count(std::vector<std::string> args) {
  for (size_t i = 1; i < args.size(); ++i) {
    if (args[i] == "--") break;
    if (args[i].size() > 1 && args[i][0] == '-' && args[i].find_first_not_of("0123456789", 1) == std::string::npos) args[i] = "-n" + args[i].substr(1);
  }
  return args;
}

class Titled : public StreamProgram {
 public:
  using StreamProgram::StreamProgram;

 protected:
  // 0, 1: the titles "==> a <=="
  void title(Call& call, const std::string& operand) {
    const bool wanted = always_ || (!never_ && operands_.size() > 1);
    if (!wanted) return;
    call.out((titled_ ? "\n==> " : "==> ") + (operand == "-" ? std::string("standard input") : operand) + " <==\n");
    titled_ = true;
  }
  bool always_ = false, never_ = false, titled_ = false;
};

class Head : public Titled {
 public:
  using Titled::Titled;

 protected:
  std::optional<int> begin(Call& call) override {
    const Options options = parse_options(expand_count(call.args), "n:c:qv", {{"lines", 'n'}, {"bytes", 'c'}});
    if (!options.bad.empty()) return call.unknown_option(options.bad);
    by_bytes_ = options.order.find_last_of("nc") != std::string::npos && options.order[options.order.find_last_of("nc")] == 'c';
    const std::string text = by_bytes_ ? options.value('c') : options.value('n', "10");
    if (!text.empty() && text[0] == '-') return call.refuse("a negative count");
    if (!parse_count(text, most_)) return call.busybox() ? call.fail("invalid number '" + text + "'") : call.fail(std::string("invalid number of ") + (by_bytes_ ? "bytes" : "lines") + ": '" + text + "'");
    always_ = options.has('v');
    never_ = options.has('q');
    operands_ = options.operands;
    return std::nullopt;
  }
  bool cannot(Call& call, const std::string& operand, const std::string& why, bool reading) override {
    if (call.busybox()) code_ = reading ? call.fail("read error: " + why) : call.fail(operand + ": " + why);
    else code_ = reading ? call.fail("error reading '" + operand + "': " + why) : call.fail("cannot open '" + operand + "' for reading: " + why);
    return true;
  }
  Next input_begins(Call& call, const std::string& operand) override {
    title(call, operand);
    left_ = most_;
    return left_ == 0 ? Next::NextInput : Next::More;
  }
  Next chunk(Call& call, std::string_view bytes) override {
    size_t used = 0;
    if (by_bytes_) {
      used = static_cast<size_t>(std::min<std::uint64_t>(left_, bytes.size()));
      left_ -= used;
    } else {
      while (used < bytes.size() && left_ > 0)
        if (bytes[used++] == '\n') --left_;
    }
    call.out(bytes.substr(0, used));
    if (left_ > 0) return Next::More;
    // A shared file is left where reading stopped to matter.
    if (current_ == "-")
      if (const auto input = call.process.file(0)) input->unread(bytes.size() - used);
    return Next::NextInput;
  }

 private:
  bool by_bytes_ = false;
  std::uint64_t most_ = 10, left_ = 10;
};

class Tail : public Titled {
 public:
  using Titled::Titled;

 protected:
  std::optional<int> begin(Call& call) override {
    const Options options = parse_options(expand_count(call.args), "n:c:qv", {{"lines", 'n'}, {"bytes", 'c'}});
    if (!options.bad.empty()) return call.unknown_option(options.bad);
    by_bytes_ = options.has('c');
    std::string text = by_bytes_ ? options.value('c') : options.value('n', "10");
    from_start_ = !text.empty() && text[0] == '+';
    if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.erase(0, 1);
    if (!parse_count(text, count_)) return call.busybox() ? call.fail("invalid number '" + text + "'") : call.fail(std::string("invalid number of ") + (by_bytes_ ? "bytes" : "lines") + ": '" + text + "'");
    if (from_start_ && count_ > 0) --count_;
    always_ = options.has('v');
    never_ = options.has('q');
    operands_ = options.operands;
    return std::nullopt;
  }
  bool cannot(Call& call, const std::string& operand, const std::string& why, bool reading) override {
    if (call.busybox()) {
      code_ = reading ? call.fail("read error: " + why) : call.fail("can't open '" + operand + "': " + why);
      if (++failed_ == operands_.size() && !reading) code_ = call.fail("no files");
    } else {
      code_ = reading ? call.fail("error reading '" + operand + "': " + why) : call.fail("cannot open '" + operand + "' for reading: " + why);
    }
    return true;
  }
  Next input_begins(Call& call, const std::string& operand) override {
    title(call, operand);
    kept_.clear();
    skipped_ = 0;
    return Next::More;
  }
  Next chunk(Call& call, std::string_view bytes) override {
    if (!from_start_) {
      kept_ += bytes;
      if (kept_.size() > (256u << 20)) {
        code_ = call.refuse("an input of more than 256 MiB");
        return Next::Stop;
      }
      return Next::More;
    }
    size_t at = 0;
    if (by_bytes_) {
      at = static_cast<size_t>(std::min<std::uint64_t>(count_ - skipped_, bytes.size()));
      skipped_ += at;
    } else {
      while (skipped_ < count_ && at < bytes.size())
        if (bytes[at++] == '\n') ++skipped_;
    }
    call.out(bytes.substr(at));
    return Next::More;
  }
  void input_ends(Call& call) override {
    if (!from_start_) {
      size_t start = 0;
      if (by_bytes_) {
        start = kept_.size() > count_ ? kept_.size() - static_cast<size_t>(count_) : 0;
      } else {
        start = kept_.size();
        std::uint64_t lines = 0;
        while (start > 0 && count_ > 0) {
          if (kept_[start - 1] == '\n' && start != kept_.size() && ++lines == count_) break;
          --start;
        }
        if (count_ == 0) start = kept_.size();
      }
      call.out(std::string_view(kept_).substr(start));
    }
  }

 private:
  bool by_bytes_ = false, from_start_ = false;
  std::uint64_t count_ = 10, skipped_ = 0;
  size_t failed_ = 0;
  std::string kept_;
};

// tail -f: the end of the file, then what is added to it, for ever. It looks at each step: no timer, so nothing moves while nothing is written.
class Follow : public Program {
 public:
  Follow(std::vector<std::string> args, Family family) : args_(std::move(args)), family_(family) {}
  Step step(Process& self) override {
    const std::string called = family_ == Family::Coreutils ? args_.front() : base_name(args_.front());
    Call call(self, args_, called, family_);
    if (!begun_) {
      begun_ = true;
      const Options options = parse_options(expand_count(args_), "n:c:qvf", {{"lines", 'n'}, {"bytes", 'c'}, {"follow", 'f'}});
      if (!options.bad.empty()) return Step::exited(call.unknown_option(options.bad));
      if (options.has('c') || options.operands.size() > 1 || options.value('n', "10").find_first_not_of("0123456789") != std::string::npos) return Step::exited(call.refuse("these options together with -f"));
      std::uint64_t lines = 10;
      if (!parse_number(options.value('n', "10"), 1'000'000, lines)) return Step::exited(call.refuse("-n " + options.value('n')));
      path_ = options.operands.empty() ? "-" : options.operands.front();
      if (path_ == "-") return Step::exited(call.refuse("-f of standard input"));
      auto file = self.open_for_reading(path_);
      if (!file.ok()) {
        if (call.busybox()) {
          call.fail("can't open '" + path_ + "': " + reason(file.error()));
          return Step::exited(call.fail("no files"));
        }
        call.fail("cannot open '" + path_ + "' for reading: " + reason(file.error()));
        return Step::exited(call.fail("no files remaining"));
      }
      regular_ = file.value()->seekable();
      if (!regular_) return Step::again();
      auto bytes = self.vfs().read(self.absolute(path_));
      const std::string text = bytes.ok() ? bytes.value() : "";
      size_t start = text.size();
      std::uint64_t found = 0;
      while (start > 0 && lines > 0) {
        if (text[start - 1] == '\n' && start != text.size() && ++found == lines) break;
        --start;
      }
      call.out(std::string_view(text).substr(start));
      call.flush();
      seen_ = text.size();
      return Step::again();
    }
    if (!regular_) return Step::blocked();  // /dev/null: nothing ever comes
    const auto stat = self.vfs().stat(self.absolute(path_));
    if (!stat.ok() || stat.value().meta.size == seen_) return Step::blocked();
    auto bytes = self.vfs().read(self.absolute(path_));
    if (!bytes.ok()) return Step::blocked();
    if (bytes.value().size() < seen_) seen_ = 0;  // cut short: from its beginning again
    call.out(std::string_view(bytes.value()).substr(seen_));
    call.flush();
    seen_ = bytes.value().size();
    return Step::again();
  }

 private:
  std::vector<std::string> args_;
  Family family_;
  bool begun_ = false, regular_ = false;
  std::string path_;
  size_t seen_ = 0;
};

}  // namespace

std::unique_ptr<Program> head(const std::vector<std::string>& args, Family family) { return std::make_unique<Head>(args, family); }
std::unique_ptr<Program> tail(const std::vector<std::string>& args, Family family) {
  const Options options = parse_options(expand_count(args), "n:c:qvf", {{"lines", 'n'}, {"bytes", 'c'}, {"follow", 'f'}});
  if (options.has('f')) return std::make_unique<Follow>(args, family);
  return std::make_unique<Tail>(args, family);
}

}  // namespace strates::sim::streams
