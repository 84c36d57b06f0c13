// Programs that work on their input as it comes: files one after another, or standard input, in chunks or line by line.
//
// Each step takes one chunk, so that `yes | head -1` ends and a filter on a terminal answers line by line.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/strings.hpp"
#include "sim/programs/call.hpp"
#include "sim/programs/options.hpp"

namespace strates::sim {

class StreamProgram : public Program {
 public:
  StreamProgram(std::vector<std::string> args, Family family) : args_(std::move(args)), family_(family) {}
  Step step(Process& self) final;

 protected:
  enum class Next { More, NextInput, Stop };

  // Reads the options; sets operands_ and returns none, or the exit code when there is nothing to do.
  virtual std::optional<int> begin(Call& call) = 0;
  virtual Next input_begins(Call&, const std::string&) { return Next::More; }
  virtual Next chunk(Call& call, std::string_view bytes) = 0;
  virtual void input_ends(Call&) {}
  virtual int finish(Call&) { return code_; }
  // An operand that cannot be opened or read. False: end now.
  virtual bool cannot(Call& call, const std::string& operand, const std::string& why, bool reading);

  std::vector<std::string> args_;
  Family family_;
  std::vector<std::string> operands_;  // empty: standard input
  std::string current_;                // the operand being read
  int code_ = 0;

 private:
  std::string called() const { return family_ == Family::Coreutils ? args_.front() : base_name(args_.front()); }
  bool begun_ = false, default_input_ = false;
  size_t next_ = 0;
  OpenFilePtr from_;
};

// The same, a line at a time.
class LineProgram : public StreamProgram {
 public:
  using StreamProgram::StreamProgram;

 protected:
  virtual Next line(Call& call, std::string_view text, bool newline) = 0;
  Next chunk(Call& call, std::string_view bytes) final;
  void input_ends(Call& call) override;
  bool stopped_ = false;

 private:
  std::string rest_;
};

}  // namespace strates::sim
