#include "cli/json_messages.hpp"

#include <algorithm>
#include <map>

#include "base/json_full.hpp"
#include "base/sizes.hpp"
#include "base/strings.hpp"

namespace strates::cli {

namespace {

// Shows messages as Docker's client does: on a terminal those that have an id keep a line each, which moves.
class Display {
 public:
  Display(const Console& console, MessageTarget target) : terminal_(target == MessageTarget::Out && console.out_is_terminal()) {
    if (const auto size = terminal_ ? console.size() : std::nullopt) columns_ = size->columns;
  }

  std::string text(const Json& message) {
    const std::string id = json_string(message, "id"), progress = json_string(message, "progress");
    const Json& detail = json_member(message, "progressDetail");
    const bool moves = detail.is_object();
    if (id.empty() || !(moves || !progress.empty())) lines_.clear();
    else if (terminal_) return on_its_line(id, words(message));
    return words(message);
  }

 private:
  std::string words(const Json& message) const {
    const std::string id = json_string(message, "id"), stream = json_string(message, "stream"), status = json_string(message, "status");
    const Json& detail = json_member(message, "progressDetail");
    const std::string bar = detail.is_object() ? progress_bar(number(detail, "current"), number(detail, "total"), columns_) : "";
    std::string out, end;
    if (terminal_ && stream.empty() && detail.is_object()) {
      out = "\x1b[2K\r";
      end = "\r";
    } else if (!bar.empty()) {
      return "";  // moving bars are for terminals that repaint
    }
    if (!id.empty()) out += id + ": ";
    if (detail.is_object() && terminal_) return out + status + " " + bar + end;
    if (!stream.empty()) return out + stream + end;
    return status.empty() ? "" : out + status + end + "\n";
  }

  std::string on_its_line(const std::string& id, const std::string& text) {
    std::string out;
    const auto [at, fresh] = lines_.try_emplace(id, lines_.size());
    if (fresh) out += "\n";
    const std::string up = std::to_string(lines_.size() - at->second);
    return out + "\x1b[" + up + "A" + text + "\x1b[" + up + "B";
  }

  static std::uint64_t number(const Json& detail, const char* key) { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, json_int(detail, key, 0))); }

  const bool terminal_;
  unsigned columns_ = 200;
  std::map<std::string, size_t> lines_;  // by id, from the top
};

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
  Display display(console, target);
  TRY(Lines().read(stream, [&](std::string_view line) -> Result<void> {
    if (line.empty()) return success();
    const Json message = TRY(parse_json(line));
    const Json& detail = json_member(message, "errorDetail");
    if (detail.is_object() || !json_string(message, "error").empty()) {
      if (code != nullptr) *code = static_cast<int>(json_int(detail, "code", 1));
      return docker_error(ErrorKind::Internal, "api.stream-error", json_string(detail, "message", json_string(message, "error")));
    }
    const std::string text = display.text(message);
    if (instead) instead(text);
    else if (target == MessageTarget::Out) console.out(text);
    else console.err(text);
    return success();
  }));
  return 0;
}

}  // namespace strates::cli
