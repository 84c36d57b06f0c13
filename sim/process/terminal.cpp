#include "sim/process/terminal.hpp"

#include "sim/process/signals.hpp"

namespace strates::sim {

namespace {
constexpr char kEndOfInput = 4, kInterrupt = 3, kQuit = 28, kErase = 127, kBackspace = 8, kKill = 21;
}  // namespace

Reading Terminal::read(size_t most) {
  if (!ready_.empty()) {
    size_t count = ready_.size() < most ? ready_.size() : most;
    if (mode_ == LineMode::Cooked)  // one line at a time
      if (const size_t newline = ready_.find('\n'); newline != std::string::npos && newline + 1 < count) count = newline + 1;
    Reading reading{Reading::Kind::Data, ready_.substr(0, count), {}};
    ready_.erase(0, count);
    return reading;
  }
  if (end_) {
    end_ = false;
    return {};
  }
  return {closed_ ? Reading::Kind::End : Reading::Kind::Blocked, {}, {}};
}

Writing Terminal::write(std::string_view bytes) {
  std::string shown;
  for (const char byte : bytes) {
    if (byte == '\n') shown += '\r';
    shown += byte;
  }
  if (!shown.empty()) output_(shown);
  return {Writing::Kind::Done, bytes.size(), {}};
}

void Terminal::type(std::string_view bytes) {
  for (char byte : bytes) {
    if (byte == '\r') byte = '\n';
    if (mode_ == LineMode::Raw) {
      ready_ += byte;
      continue;
    }
    switch (byte) {
      case kInterrupt:
      case kQuit:
        line_.clear();
        echo(byte == kInterrupt ? "^C" : "^\\");
        interrupt_(byte == kInterrupt ? kSigInt : kSigQuit);
        break;
      case kEndOfInput:
        if (line_.empty()) end_ = true;
        ready_ += line_;
        line_.clear();
        break;
      case kErase:
      case kBackspace:
        if (line_.empty()) break;
        while (!line_.empty() && (line_.back() & 0xc0) == 0x80) line_.pop_back();
        if (!line_.empty()) line_.pop_back();
        echo("\b \b");
        break;
      case kKill:
        for (size_t i = 0; i < line_.size(); ++i) echo("\b \b");
        line_.clear();
        break;
      case '\n':
        echo("\n");
        ready_ += line_ + "\n";
        line_.clear();
        break;
      default:
        if (byte >= 0 && byte < 32 && byte != '\t') echo(std::string{'^', static_cast<char>(byte + 64)});
        else echo(std::string_view(&byte, 1));
        line_ += byte;
    }
  }
}

}  // namespace strates::sim
