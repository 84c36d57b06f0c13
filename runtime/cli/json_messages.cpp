#include "cli/json_messages.hpp"

#include <algorithm>

#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/message_painter.hpp"

namespace strates::cli {

namespace {

class Lines {
 public:
  // Calls each with every complete line of a stream.
  Result<void> read(api::ClientStream& stream, const std::function<Result<void>(std::string_view)>& each) {
    constexpr size_t kLongestLine = 16 << 20;
    for (;;) {
      const std::string bytes = TRY(stream.read());
      if (bytes.empty()) break;
      pending_ += bytes;
      size_t from = 0;
      for (size_t at; (at = pending_.find('\n', from)) != std::string::npos; from = at + 1) TRY(each(trim(std::string_view(pending_).substr(from, at - from))));
      pending_.erase(0, from);
      if (pending_.size() > kLongestLine) return make_error(ErrorKind::Invalid, "cli.answer-too-large", "read the daemon's answer", "", "a line is too long");
    }
    return each(trim(pending_));
  }

 private:
  std::string pending_;
};

}  // namespace

Result<int> show_json_messages(api::ClientStream& stream, Console& console, MessageTarget target, int* code,
                               const std::function<void(std::string_view)>& instead) {
  const bool terminal = target == MessageTarget::Out ? console.out_is_terminal() : console.err_is_terminal();
  MessagePainter painter(terminal ? std::max<unsigned>(console.size().value_or(TerminalSize{24, 200}).columns, 1) : 0);
  TRY(Lines().read(stream, [&](std::string_view line) -> Result<void> {
    if (line.empty()) return success();
    const Json message = TRY(parse_json(line));
    const Json& detail = json_member(message, "errorDetail");
    if (detail.is_object() || !json_string(message, "error").empty()) {
      if (code != nullptr) *code = static_cast<int>(json_int(detail, "code", 1));
      return docker_error(ErrorKind::Internal, "api.stream-error", json_string(detail, "message", json_string(message, "error")));
    }
    const std::string text = painter.paint(message);
    if (instead) instead(text);
    else if (target == MessageTarget::Out) console.out(text);
    else console.err(text);
    return success();
  }));
  return 0;
}

}  // namespace strates::cli
