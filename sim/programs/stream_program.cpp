#include "sim/programs/stream_program.hpp"

namespace strates::sim {

bool StreamProgram::cannot(Call& call, const std::string& operand, const std::string& why, bool reading) {
  if (!call.busybox()) code_ = call.fail(operand + ": " + why);
  else if (reading) code_ = call.fail(std::string("read error: ") + why);
  else code_ = call.fail("can't open '" + operand + "': " + why);
  return true;
}

Step StreamProgram::step(Process& self) {
  Call call(self, args_, called(), family_);
  const auto end = [&](int code) {
    call.flush();
    if (!call.write_error.empty() && !self.ended) {
      self.write(2, call.name + ": write error: " + call.write_error + "\n");
      return Step::exited(1);
    }
    return Step::exited(code);
  };
  if (!begun_) {
    begun_ = true;
    if (const auto code = begin(call)) return end(*code);
    if (operands_.empty()) {
      operands_.push_back("-");
      default_input_ = true;
    }
  }
  if (!from_) {
    if (next_ == operands_.size()) return end(finish(call));
    current_ = operands_[next_++];
    if (current_ == "-") {
      from_ = self.file(0);
      if (!from_) {
        if (!cannot(call, current_, "Bad file descriptor", true)) return end(code_);
        return Step::again();
      }
    } else {
      auto file = self.open_for_reading(current_);
      if (!file.ok()) {
        if (!cannot(call, current_, reason(file.error()), false)) return end(code_);
        call.flush();
        return Step::again();
      }
      from_ = std::move(file).value();
    }
    switch (input_begins(call, current_)) {
      case Next::More: break;
      case Next::NextInput: from_.reset(); break;
      case Next::Stop: return end(finish(call));
    }
    call.flush();
    return Step::again();
  }
  Reading reading = from_->read(current_ == "-" ? 4096 : 65'536);
  switch (reading.kind) {
    case Reading::Kind::Blocked: return Step::blocked();
    case Reading::Kind::Failed:
      from_.reset();
      if (!cannot(call, current_, reading.error, true)) return end(code_);
      break;
    case Reading::Kind::End:
      from_.reset();
      input_ends(call);
      break;
    case Reading::Kind::Data:
      switch (chunk(call, reading.bytes)) {
        case Next::More: break;
        case Next::NextInput: from_.reset(); break;
        case Next::Stop: return end(finish(call));
      }
      break;
  }
  call.flush();
  if (!call.write_error.empty() && !self.ended) return end(1);
  return Step::again();
}

StreamProgram::Next LineProgram::chunk(Call& call, std::string_view bytes) {
  size_t at = 0;
  while (at < bytes.size()) {
    const size_t newline = bytes.find('\n', at);
    if (newline == std::string_view::npos) {
      rest_ += bytes.substr(at);
      break;
    }
    Next next = Next::More;
    if (rest_.empty()) {
      next = line(call, bytes.substr(at, newline - at), true);
    } else {
      rest_ += bytes.substr(at, newline - at);
      const std::string whole = std::move(rest_);
      rest_.clear();
      next = line(call, whole, true);
    }
    at = newline + 1;
    if (next != Next::More) {
      rest_.clear();
      stopped_ = next == Next::Stop;
      return next;
    }
  }
  return Next::More;
}

void LineProgram::input_ends(Call& call) {
  if (rest_.empty()) return;
  const std::string whole = std::move(rest_);
  rest_.clear();
  stopped_ = line(call, whole, false) == Next::Stop;
}

}  // namespace strates::sim
