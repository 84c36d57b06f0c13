#include "sim/programs/atomic.hpp"

#include "base/strings.hpp"

namespace strates::sim {

namespace {

constexpr size_t kMostInput = 256u << 20;

class AtomicProgram : public Program {
 public:
  AtomicProgram(AtomicFunction function, std::vector<std::string> args, Family family) : function_(function), args_(std::move(args)), family_(family) {}

  Step step(Process& self) override {
    if (reading_) {
      Reading reading = self.read(0, 65'536);
      if (reading.kind == Reading::Kind::Blocked) return Step::blocked();
      if (reading.kind == Reading::Kind::Data && input_.size() < kMostInput) {
        input_ += reading.bytes;
        return Step::again();
      }
      reading_ = false;
      complete_ = true;
    }
    const std::string called = args_.empty() ? "" : args_.front();
    Call call(self, args_, family_ == Family::Coreutils ? called : base_name(called), family_);
    if (complete_) {
      call.input = input_;
      call.input_complete = true;
    }
    const int code = function_(call);
    if (code == kNeedsInput) {
      reading_ = true;
      return Step::again();
    }
    call.flush();
    if (!call.write_error.empty() && !self.ended) {
      self.write(2, call.name + ": write error: " + call.write_error + "\n");
      return Step::exited(1);
    }
    return Step::exited(code);
  }

 private:
  AtomicFunction function_;
  std::vector<std::string> args_;
  Family family_;
  std::string input_;
  bool reading_ = false, complete_ = false;
};

}  // namespace

std::unique_ptr<Program> make_atomic(AtomicFunction function, std::vector<std::string> args, Family family) {
  return std::make_unique<AtomicProgram>(function, std::move(args), family);
}

int run_builtin_program(std::string_view name, Call& call) {
  if (name == "echo") return programs::echo(call);
  if (name == "printf") return programs::printf(call);
  if (name == "test" || name == "[") return programs::test(call);
  if (name == "kill") return programs::kill(call);
  return call.refuse(name);
}

}  // namespace strates::sim
