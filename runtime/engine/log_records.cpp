#include "engine/log_records.hpp"

#include <charconv>

#include "base/strings.hpp"

namespace strates::engine {

namespace {

// Length of the UTF-8 sequence at `text` (RFC 3629), 0 when it is not one, -1 when it may become one with more bytes.
int sequence_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const int length = first >= 0xc2 && first <= 0xdf ? 2 : (first & 0xf0) == 0xe0 ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 0;
  if (length == 0) return 0;
  for (int i = 1; i < length; ++i) {
    if (static_cast<size_t>(i) >= text.size()) return -1;
    const unsigned char next = byte(static_cast<size_t>(i));
    unsigned char low = 0x80, high = 0xbf;
    if (i == 1 && first == 0xe0) low = 0xa0;
    if (i == 1 && first == 0xed) high = 0x9f;
    if (i == 1 && first == 0xf0) low = 0x90;
    if (i == 1 && first == 0xf4) high = 0x8f;
    if (next < low || next > high) return 0;
  }
  return length;
}

void append_escaped(std::string& out, unsigned char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  // Go's encoder escapes these for HTML, too.
  if (c < 0x20 || c == '<' || c == '>' || c == '&') {
    out += "\\u00";
    out += kHex[c >> 4];
    out += kHex[c & 15];
  } else {
    out += static_cast<char>(c);
  }
}

// Appends what can be said of `text`, and returns how many bytes that was.
size_t append_json(std::string& out, std::string_view text, Flush flush) {
  size_t at = 0;
  while (at < text.size()) {
    const int length = sequence_length(text.substr(at));
    if (length < 0 && flush == Flush::No) return at;
    if (length <= 0) {
      out += "\\ufffd";
      ++at;
    } else if (length == 1) {
      append_escaped(out, static_cast<unsigned char>(text[at++]));
    } else {
      out += text.substr(at, static_cast<size_t>(length));
      at += static_cast<size_t>(length);
    }
  }
  return at;
}

void append_utf8(std::string& out, unsigned code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

// Takes `prefix`, then a JSON string without its quotes, up to and with the closing one.
bool take_string(std::string_view& rest, std::string_view prefix, std::string& out) {
  if (rest.substr(0, prefix.size()) != prefix) return false;
  rest.remove_prefix(prefix.size());
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '"') return true;
    if (c != '\\') {
      out += c;
      continue;
    }
    if (rest.empty()) return false;
    const char escape = rest.front();
    rest.remove_prefix(1);
    switch (escape) {
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 't': out += '\t'; break;
      case 'u': {
        unsigned code = 0;
        if (rest.size() < 4 || std::from_chars(rest.data(), rest.data() + 4, code, 16).ptr != rest.data() + 4) return false;
        rest.remove_prefix(4);
        append_utf8(out, code);
        break;
      }
      default: out += escape;
    }
  }
  return false;
}

}  // namespace

std::string log_records(std::string& held, StdStream stream, Nanos at, std::string_view bytes, Flush flush) {
  std::string joined;
  if (!held.empty()) {
    joined = held;
    joined += bytes;
    bytes = joined;
  }
  std::string kept, out;
  const std::string tail =
      std::string("\",\"stream\":\"") + (stream == StdStream::Err ? "stderr" : "stdout") + "\",\"time\":\"" + rfc3339(at) + "\"}\n";
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const bool last = end == std::string_view::npos;
    const std::string_view line = last ? bytes : bytes.substr(0, end + 1);
    std::string escaped;
    const size_t used = append_json(escaped, line, last ? flush : Flush::Yes);
    if (used > 0) out += "{\"log\":\"" + escaped + tail;
    kept = line.substr(used);
    bytes.remove_prefix(line.size());
  }
  held = std::move(kept);
  return out;
}

bool parse_log_record(std::string_view line, LogRecord& record) {
  record = {};
  std::string stream, time;
  if (!take_string(line, "{\"log\":\"", record.bytes) || !take_string(line, ",\"stream\":\"", stream) || !take_string(line, ",\"time\":\"", time) ||
      line != "}")
    return false;
  auto at = parse_rfc3339(time);
  if (!at.ok()) return false;
  record.at = at.value();
  record.stream = stream == "stderr" ? StdStream::Err : StdStream::Out;
  return true;
}

}  // namespace strates::engine
