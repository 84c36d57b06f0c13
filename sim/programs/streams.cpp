// cat, wc, tee, yes, sleep, dd.
#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/programs/atomic.hpp"
#include "sim/programs/stream_program.hpp"

namespace strates::sim::streams {

namespace {

class Cat : public StreamProgram {
 public:
  using StreamProgram::StreamProgram;

 protected:
  std::optional<int> begin(Call& call) override {
    const Options options = parse_options(call.args, "un", {{"number", 'n'}});
    if (!options.bad.empty()) return call.unknown_option(options.bad);
    number_ = options.has('n');
    operands_ = options.operands;
    return std::nullopt;
  }
  Next chunk(Call& call, std::string_view bytes) override {
    if (!number_) {
      call.out(bytes);
      return Next::More;
    }
    for (const char c : bytes) {
      if (fresh_) {
        const std::string digits = std::to_string(++count_);
        call.out(std::string(digits.size() < 6 ? 6 - digits.size() : 0, ' ') + digits + "\t");
      }
      fresh_ = c == '\n';
      call.out(std::string_view(&c, 1));
    }
    return Next::More;
  }

 private:
  bool number_ = false, fresh_ = true;
  std::uint64_t count_ = 0;
};

class Wc : public StreamProgram {
 public:
  using StreamProgram::StreamProgram;

 protected:
  std::optional<int> begin(Call& call) override {
    const Options options = parse_options(call.args, "lwc", {{"lines", 'l'}, {"words", 'w'}, {"bytes", 'c'}});
    if (!options.bad.empty()) return call.unknown_option(options.bad);
    lines_ = options.has('l');
    words_ = options.has('w');
    bytes_ = options.has('c');
    if (!lines_ && !words_ && !bytes_) lines_ = words_ = bytes_ = true;
    operands_ = options.operands;
    many_ = operands_.size() > 1;
    named_ = !operands_.empty();
    for (const std::string& operand : operands_) {
      const auto stat = operand == "-" ? Result<FileStat>(vfs_error(Errno::NoEntry, "stat", operand)) : call.vfs().stat(call.path(operand));
      if (stat.ok() && stat.value().meta.type == image::EntryType::File) expected_ += stat.value().meta.size;
      else if (stat.ok() || operand == "-") least_width_ = 7;
    }
    return std::nullopt;
  }
  bool cannot(Call& call, const std::string& operand, const std::string& why, bool reading) override {
    code_ = call.fail(operand + ": " + why);
    if (reading) show(call, now_, operand);
    return true;
  }
  Next input_begins(Call&, const std::string&) override {
    now_ = {};
    in_word_ = false;
    return Next::More;
  }
  Next chunk(Call&, std::string_view bytes) override {
    now_.bytes += bytes.size();
    for (const char c : bytes) {
      if (c == '\n') ++now_.lines;
      const bool space = c == ' ' || (c >= 9 && c <= 13);
      const bool printable = static_cast<unsigned char>(c) > 32 && static_cast<unsigned char>(c) < 127;
      if (space) in_word_ = false;
      else if (!in_word_ && printable) {
        in_word_ = true;
        ++now_.words;
      }
    }
    return Next::More;
  }
  void input_ends(Call& call) override { show(call, now_, current_); }
  int finish(Call& call) override {
    if (many_) show(call, total_, "total");
    return code_;
  }

 private:
  struct Counts {
    std::uint64_t lines = 0, words = 0, bytes = 0;
  };
  void show(Call& call, const Counts& counts, const std::string& name) {
    if (&counts != &total_) {
      total_.lines += counts.lines;
      total_.words += counts.words;
      total_.bytes += counts.bytes;
    }
    std::vector<std::uint64_t> values;
    if (lines_) values.push_back(counts.lines);
    if (words_) values.push_back(counts.words);
    if (bytes_) values.push_back(counts.bytes);
    rows_.push_back({values, named_ || name != "-" ? name : ""});
    if (call.busybox()) return print(call, rows_.back(), values.size() > 1 || many_ ? 9 : 0);
    if (!many_ || name == "total") print_coreutils(call);
  }
  struct Row {
    std::vector<std::uint64_t> values;
    std::string name;
  };
  static void print(Call& call, const Row& row, size_t width) {
    std::string line;
    for (const std::uint64_t value : row.values) {
      const std::string digits = std::to_string(value);
      line += (line.empty() ? "" : " ") + std::string(digits.size() < width ? width - digits.size() : 0, ' ') + digits;
    }
    call.out(line + (row.name.empty() ? "" : " " + row.name) + "\n");
  }
  // As wide as the sum of the sizes known before; 7 columns when one of them is no regular file.
  void print_coreutils(Call& call) {
    size_t width = 1;
    if (rows_.front().values.size() > 1 || many_) {
      const auto input = call.process.file(0);
      width = named_ ? std::max(least_width_, std::to_string(expected_).size()) : input && input->seekable() ? std::to_string(total_.bytes).size() : 7;
    }
    for (const Row& row : rows_) print(call, row, width);
    rows_.clear();
  }

  bool lines_ = false, words_ = false, bytes_ = false, many_ = false, named_ = false, in_word_ = false;
  Counts now_, total_;
  std::uint64_t expected_ = 0;
  size_t least_width_ = 1;
  std::vector<Row> rows_;
};

class Tee : public StreamProgram {
 public:
  using StreamProgram::StreamProgram;

 protected:
  std::optional<int> begin(Call& call) override {
    const Options options = parse_options(call.args, "a", {{"append", 'a'}});
    if (!options.bad.empty()) return call.unknown_option(options.bad);
    for (const std::string& operand : options.operands) {
      auto file = call.process.open_for_writing(operand, options.has('a') ? Vfs::Write::Append : Vfs::Write::Truncate);
      if (file.ok()) files_.push_back(std::move(file).value());
      else code_ = call.fail(operand + ": " + reason(file.error()));
    }
    return std::nullopt;
  }
  Next chunk(Call& call, std::string_view bytes) override {
    call.out(bytes);
    for (const auto& file : files_)
      if (const Writing done = file->write(bytes); done.kind == Writing::Kind::Failed) code_ = call.fail(done.error);
    return Next::More;
  }

 private:
  std::vector<OpenFilePtr> files_;
};

class Yes : public Program {
 public:
  Yes(std::vector<std::string> args, Family family) : args_(std::move(args)), family_(family) {}
  Step step(Process& self) override {
    if (block_.empty()) {
      std::string line = "y";
      if (args_.size() > 1) line = join(std::vector<std::string>(args_.begin() + 1, args_.end()), " ");
      if (args_.size() > 1 && args_[1].size() > 1 && args_[1][0] == '-') {
        Call call(self, args_, base_name(args_.front()), family_);
        return Step::exited(call.unknown_option(args_[1]));
      }
      while (block_.size() < 1024) block_ += line + "\n";
    }
    const std::string error = self.write(1, block_);
    if (error.empty() || self.ended) return Step::again();
    self.write(2, (family_ == Family::Busybox ? base_name(args_.front()) + ": write error: " : args_.front() + ": standard output: ") + error + "\n");
    return Step::exited(1);
  }

 private:
  std::vector<std::string> args_;
  Family family_;
  std::string block_;
};

class Sleep : public Program {
 public:
  Sleep(std::vector<std::string> args, Family family) : args_(std::move(args)), family_(family) {}
  Step step(Process& self) override {
    if (!begun_) {
      begun_ = true;
      Call call(self, args_, family_ == Family::Coreutils ? args_.front() : base_name(args_.front()), family_);
      if (args_.size() < 2) return Step::exited(call.busybox() ? call.refuse("the usage text (an operand is missing)", 1) : call.fail("missing operand\nTry '" + call.name + " --help' for more information."));
      double seconds = 0;
      for (size_t i = 1; i < args_.size(); ++i) {
        double one = 0;
        if (!duration(args_[i], one)) {
          if (call.busybox()) return Step::exited(call.fail("invalid number '" + args_[i] + "'"));
          return Step::exited(call.fail("invalid time interval '" + args_[i] + "'\nTry '" + call.name + " --help' for more information."));
        }
        seconds += one;
      }
      if (!std::isinf(seconds)) self.wake_at = self.clock().now() + static_cast<Nanos>(std::min(seconds, 5e9) * static_cast<double>(kSecond));
      return Step::again();
    }
    if (!self.wake_at || self.clock().now() < *self.wake_at) return Step::blocked();
    self.wake_at.reset();
    return Step::exited(0);
  }

 private:
  static bool duration(std::string text, double& seconds) {
    if (text == "infinity" || text == "inf") {
      seconds = std::numeric_limits<double>::infinity();
      return true;
    }
    double scale = 1;
    if (!text.empty()) {
      const char unit = text.back();
      scale = unit == 'm' ? 60 : unit == 'h' ? 3600 : unit == 'd' ? 86'400 : 1;
      if (unit == 's' || scale > 1) text.pop_back();
    }
    if (text.empty() || text.find_first_not_of("0123456789.") != std::string::npos || text == ".") return false;
    seconds = std::strtod(text.c_str(), nullptr) * scale;
    return true;
  }
  std::vector<std::string> args_;
  Family family_;
  bool begun_ = false;
};

// dd: blocks of bs bytes. The line with the speed is left out: a virtual copy takes no time.
class Dd : public Program {
 public:
  Dd(std::vector<std::string> args, Family family) : args_(std::move(args)), family_(family) {}
  Step step(Process& self) override {
    Call call(self, args_, base_name(args_.front()), family_);
    if (!begun_) {
      begun_ = true;
      std::string in, out;
      bool quiet = false, no_truncation = false;
      for (size_t i = 1; i < args_.size(); ++i) {
        const size_t equal = args_[i].find('=');
        const std::string name = args_[i].substr(0, equal), value = equal == std::string::npos ? "" : args_[i].substr(equal + 1);
        std::uint64_t number = 0;
        const bool counted = name == "bs" || name == "count" || name == "skip";
        if (counted && !parse_count(value, number)) return Step::exited(call.fail("invalid number '" + value + "'"));
        if (name == "if") in = value;
        else if (name == "of") out = value;
        else if (name == "bs") block_ = number;
        else if (name == "count") count_ = number;
        else if (name == "skip") skip_ = number;
        else if (name == "status" && (value == "none" || value == "noxfer")) quiet = true, silent_ = value == "none";
        else if (name == "conv" && value == "notrunc") no_truncation = true;
        else return Step::exited(call.refuse(args_[i], 1));
      }
      if (!quiet) return Step::exited(call.refuse("the line with the speed; add status=noxfer or status=none", 1));
      if (no_truncation) return Step::exited(call.refuse("conv=notrunc", 1));
      if (block_ == 0) return Step::exited(call.fail("number 0 is not in 1..2147479552 range"));
      if (block_ > (64u << 20)) return Step::exited(call.refuse("blocks of more than 64 MiB", 1));
      if (!in.empty()) {
        auto file = self.open_for_reading(in);
        if (!file.ok()) return Step::exited(call.fail("can't open '" + in + "': " + reason(file.error())));
        self.files[0] = std::move(file).value();
      }
      if (!out.empty()) {
        auto file = self.open_for_writing(out, Vfs::Write::Truncate);
        if (!file.ok()) return Step::exited(call.fail("can't open '" + out + "': " + reason(file.error())));
        self.files[1] = std::move(file).value();
      }
      return Step::again();
    }
    if (count_ && whole_ + partial_ >= *count_) return finish(call);
    Reading reading = self.read(0, static_cast<size_t>(block_));
    if (reading.kind == Reading::Kind::Blocked) return Step::blocked();
    if (reading.kind == Reading::Kind::Failed) return Step::exited(call.fail("read error: " + reading.error));
    if (reading.kind == Reading::Kind::End) return finish(call);
    if (skip_ > 0) {
      --skip_;
      return Step::again();
    }
    (reading.bytes.size() == block_ ? whole_ : partial_)++;
    written_ += reading.bytes.size();
    if (const std::string error = self.write(1, reading.bytes); !error.empty()) return Step::exited(call.fail("error writing: " + error));
    if (written_ > (1u << 30)) return Step::exited(call.refuse("to copy more than 1 GiB", 1));
    return Step::again();
  }

 private:
  Step finish(Call& call) {
    if (!silent_) {
      const std::string counts = std::to_string(whole_) + "+" + std::to_string(partial_);
      call.err(counts + " records in\n" + counts + " records out\n");
    }
    return Step::exited(0);
  }
  std::vector<std::string> args_;
  Family family_;
  bool begun_ = false, silent_ = false;
  std::uint64_t block_ = 512, skip_ = 0, whole_ = 0, partial_ = 0, written_ = 0;
  std::optional<std::uint64_t> count_;
};

}  // namespace

std::unique_ptr<Program> cat(const std::vector<std::string>& args, Family family) { return std::make_unique<Cat>(args, family); }
std::unique_ptr<Program> wc(const std::vector<std::string>& args, Family family) { return std::make_unique<Wc>(args, family); }
std::unique_ptr<Program> tee(const std::vector<std::string>& args, Family family) { return std::make_unique<Tee>(args, family); }
std::unique_ptr<Program> yes(const std::vector<std::string>& args, Family family) { return std::make_unique<Yes>(args, family); }
std::unique_ptr<Program> sleep(const std::vector<std::string>& args, Family family) { return std::make_unique<Sleep>(args, family); }
std::unique_ptr<Program> dd(const std::vector<std::string>& args, Family family) { return std::make_unique<Dd>(args, family); }

}  // namespace strates::sim::streams
