#include "cli/message_painter.hpp"

#include "base/json_full.hpp"
#include "base/sizes.hpp"

namespace strates::cli {

namespace {

std::string up(size_t lines) { return lines == 0 ? "" : "\x1b[" + std::to_string(lines) + "A"; }
std::string down(size_t lines) { return lines == 0 ? "" : "\x1b[" + std::to_string(lines) + "B"; }
constexpr std::string_view kClearLine = "\x1b[2K";

}  // namespace

std::string MessagePainter::text_of(const Json& message) const {
  const std::string id = json_string(message, "id"), status = json_string(message, "status"), stream = json_string(message, "stream"), from = json_string(message, "from");
  const std::string old_progress = json_string(message, "progress");  // of daemons that send no numbers
  const Json& detail = json_member(message, "progressDetail");
  const bool moves = detail.is_object();
  const std::string bar = moves ? progress_bar(json_int(detail, "current"), json_int(detail, "total"), columns_) : "";
  const bool terminal = columns_ != 0;
  std::string out, end;
  if (terminal && stream.empty() && moves) {
    end = "\r";
    out = std::string(kClearLine) + end;
  } else if (!bar.empty()) {
    return "";
  }
  if (!id.empty()) out += id + ": ";
  if (!from.empty()) out += "(from " + from + ") ";
  if (moves && terminal) out += status + " " + bar + end;
  else if (!old_progress.empty()) out += status + " " + old_progress + end;
  else if (!stream.empty()) out += stream + end;
  else out += status + end + "\n";
  return out;
}

std::string MessagePainter::paint(const Json& message) {
  if (!json_member(message, "aux").is_null()) return "";
  const std::string id = json_string(message, "id");
  std::string out;
  size_t distance = 0;
  if (!id.empty() && (json_member(message, "progressDetail").is_object() || !json_string(message, "progress").empty())) {
    const auto [at, fresh] = lines_.try_emplace(id, lines_.size());
    if (fresh && columns_ != 0) out += "\n";
    distance = lines_.size() - at->second;
    if (columns_ != 0) out += up(distance);
  } else {
    lines_.clear();  // another text moved the lines
  }
  out += text_of(message);
  if (!id.empty() && columns_ != 0) out += down(distance);
  return out;
}

}  // namespace strates::cli
