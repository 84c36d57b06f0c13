#include "viewer/terminal/escape_filter.hpp"

#include <algorithm>
#include <utility>

namespace strates::viewer {

namespace {

constexpr unsigned char kEscape = 0x1b;
constexpr size_t kFlushAt = EscapeFilter::kMostWritten / 2;
constexpr size_t kMostString = 64 * 1024;  // a string that long is no string: somebody shows a binary file
constexpr int kMostRepeated = 1024;

bool is_abort(unsigned char byte) { return byte == 0x18 || byte == 0x1a; }  // CAN, SUB

}  // namespace

void EscapeFilter::feed(std::string_view bytes) {
  for (size_t i = 0; i < bytes.size(); ++i) {
    // Most of what comes is plain text.
    if (state_ == State::Ground && reader_.between()) {
      size_t end = i;
      while (end < bytes.size() && end - i < kFlushAt && bytes[end] >= 0x20 && bytes[end] < 0x7f) ++end;
      if (end > i) {
        put(bytes.substr(i, end - i));
        base_ = static_cast<unsigned char>(bytes[end - 1]);
        marks_ = 0;
        i = end - 1;
        continue;
      }
    }
    take(static_cast<unsigned char>(bytes[i]));
  }
  flush();
}

void EscapeFilter::take(unsigned char byte) {
  if (state_ == State::String || state_ == State::StringEscape) return string_byte(byte);
  if (byte == kEscape || is_abort(byte)) {
    if (reader_.drop()) text(kReplacement);
    begin(byte == kEscape ? State::Escape : State::Ground);
  } else if (byte < 0x20) {
    control(byte);  // also in the middle of a sequence
  } else if (byte == 0x7f) {
    return;
  } else if (state_ == State::Ground) {
    text_byte(byte);
  } else if (byte >= 0x80) {
    begin(State::Ground);
    text_byte(byte);
  } else if (state_ == State::Csi) {
    csi_byte(byte);
  } else {
    escape(byte);
  }
}

void EscapeFilter::begin(State state) {
  state_ = state;
  std::fill(std::begin(arguments_), std::end(arguments_), Argument{});
  argument_count_ = 0;
  leader_ = intermediate_ = 0;
  unusable_ = false;
}

void EscapeFilter::control(unsigned char byte) {
  if (reader_.drop()) text(kReplacement);
  if (byte < 0x07 || byte > 0x0f) return;  // BEL, BS, HT, LF, VT, FF, CR, SO, SI stay
  base_ = 0;
  const char c = static_cast<char>(byte);
  put({&c, 1});
}

void EscapeFilter::text_byte(unsigned char byte) {
  Utf8Reader::Step step;
  do {
    step = reader_.take(byte);
    if (step.ready) text(step.character);
  } while (step.again);
}

void EscapeFilter::text(char32_t character) {
  if (character < 0x20 || (character >= 0x7f && character < 0xa0)) return;
  if (zero_width(character)) {
    if (base_ == 0 || marks_ >= kMostMarks) return;
    // In the last column libvterm has not moved on yet, and would take the mark for a character of the next line.
    flush();
    if (sink_.room() <= 1) return;
    ++marks_;
  } else {
    base_ = character;
    marks_ = 0;
  }
  put(utf8_of(character));
}

void EscapeFilter::escape(unsigned char byte) {
  if (byte < 0x30) {
    unusable_ = unusable_ || intermediate_ != 0;
    intermediate_ = static_cast<char>(byte);
    state_ = State::Intermediate;
  } else if (state_ == State::Intermediate) {
    escape_end(byte);
  } else if (byte == '[') {
    state_ = State::Csi;
  } else if (byte == ']' || byte == 'P' || byte == 'X' || byte == '^' || byte == '_') {
    begin(State::String);
    title_ = byte == ']';
    string_.clear();
    string_length_ = 0;
  } else {
    escape_end(byte);
  }
}

void EscapeFilter::escape_end(unsigned char byte) {
  const char whole[] = {kEscape, intermediate_, static_cast<char>(byte)};
  const char kind = intermediate_;
  const bool usable = !unusable_;
  begin(State::Ground);
  base_ = 0;
  if (!usable) return;
  if (kind == 0) {
    const char pair[] = {kEscape, static_cast<char>(byte)};
    if (byte == 'c') reset();
    else if (byte == '8') restore_cursor();
    else if (byte == '7' || byte == 'D' || byte == 'E' || byte == 'H' || byte == 'M' || byte == '=' || byte == '>') put({pair, 2});
    return;
  }
  const bool charset = (kind == '(' || kind == ')') && (byte == '0' || byte == 'A' || byte == 'B');
  if (charset || (kind == '#' && byte == '8')) put({whole, 3});
}

void EscapeFilter::csi_byte(unsigned char byte) {
  const char c = static_cast<char>(byte);
  if (byte >= 0x40) {
    csi(c);
    base_ = 0;
    begin(State::Ground);
  } else if (byte < 0x30) {
    unusable_ = unusable_ || intermediate_ != 0;
    intermediate_ = c;
  } else if (intermediate_ != 0) {
    unusable_ = true;
  } else if (byte >= 0x3c) {
    unusable_ = unusable_ || leader_ != 0 || argument_count_ > 0;
    leader_ = c;
  } else {
    if (argument_count_ == 0) argument_count_ = 1;
    Argument& argument = arguments_[argument_count_ - 1];
    if (byte <= '9') {
      if (argument_count_ <= kMostArguments) argument.value = std::min(std::max(argument.value, 0) * 10 + (byte - '0'), kMostValue);
    } else if (argument_count_ < kMostArguments) {
      argument.joined = c == ':';
      ++argument_count_;
    } else {
      unusable_ = true;
    }
  }
}

void EscapeFilter::csi(char final) {
  if (unusable_) return;
  if (leader_ == 0 && intermediate_ == 0) return csi_plain(final);
  const std::string tail(1, final);
  if (leader_ == '?' && intermediate_ == 0) {
    if (final == 'h' || final == 'l') modes(final, true);
    else if (final == 'J' || final == 'K' || final == 'n') emit('?', 1, tail);
  } else if (leader_ == '>' && intermediate_ == 0) {
    if (final == 'c') emit('>', 1, tail);
  } else if (leader_ == 0 && intermediate_ == ' ') {
    if (final == 'q') emit(0, 1, " q");
  } else if (leader_ == 0 && intermediate_ == '"') {
    if (final == 'q') emit(0, 1, "\"q");
  } else if (leader_ == '?' && intermediate_ == '$') {
    if (final == 'p') emit('?', 1, "$p");
  } else if (leader_ == 0 && intermediate_ == '!' && final == 'p') {
    begin(State::Ground);
    settle();
  }
}

void EscapeFilter::csi_plain(char final) {
  const int first = argument_count_ > 0 ? arguments_[0].value : -1;
  switch (final) {
    case '@': case 'A': case 'B': case 'C': case 'D': case 'E': case 'F': case 'G': case 'I': case 'K': case 'L': case 'M': case 'P': case 'S':
    case 'X': case 'Z': case '`': case 'a': case 'c': case 'd': case 'e': case 'g': case 'j': case 'k': case 'n':
      return emit(0, 1, {&final, 1});
    case 'H': case 'f':
      return emit(0, 2, {&final, 1});
    case 'T':
      if (argument_count_ <= 1) emit(0, 1, "T");  // with more, an answer to mouse tracking
      return;
    case 'J':
      if (first != 3) return emit(0, 1, "J");
      flush();
      return sink_.clear_scrollback();
    case 'm':
      drop_colour_spaces();
      return emit(0, kMostArguments, "m");
    case 'r':
      region_ = true;
      return emit(0, 2, "r");
    case 's':
      if (argument_count_ == 0) put("\x1b" "7");
      return;
    case 'u':
      if (argument_count_ == 0) restore_cursor();
      return;
    case 'b':
      return repeat();
    case 'h': case 'l':
      return modes(final, false);
    default:
      return;
  }
}

// libvterm reads the first of several modes only.
void EscapeFilter::modes(char final, bool of_dec) {
  const bool on = final == 'h';
  for (size_t i = 0; i < argument_count_; ++i) {
    int number = arguments_[i].value;
    if (of_dec ? !dec_mode(number, on) : number != 4 && number != 20) continue;
    if (of_dec && number == 47) number = 1047;
    put((of_dec ? "\x1b[?" : "\x1b[") + std::to_string(number) + final);
  }
}

bool EscapeFilter::dec_mode(int number, bool on) {
  switch (number) {
    case 1: modes_.application_cursor = on; return true;
    case 6: region_ = region_ || on; return true;
    case 47: case 1047: case 1049: modes_.alternate = on; return true;
    case 2004: modes_.bracketed_paste = on; return true;
    case 5: case 7: case 12: case 25: case 1048: return true;
    default: return false;
  }
}

// Within the line, as programs that use it mean it.
void EscapeFilter::repeat() {
  if (base_ == 0) return;
  flush();
  const int wanted = argument_count_ > 0 ? std::max(arguments_[0].value, 1) : 1;
  const int count = std::min({wanted, sink_.room(), kMostRepeated});
  const std::string one = utf8_of(base_);
  std::string all;
  for (int i = 0; i < count; ++i) all += one;
  put(all);
}

void EscapeFilter::string_byte(unsigned char byte) {
  if (state_ == State::StringEscape) {
    if (byte == '\\') string_end();
    begin(State::Ground);
    if (byte == '\\') return;
    begin(State::Escape);  // the string was cut short by another sequence
    return take(byte);
  }
  if (byte == kEscape) {
    state_ = State::StringEscape;
  } else if (byte == 0x07) {
    string_end();
    begin(State::Ground);
  } else if (is_abort(byte) || ++string_length_ > kMostString) {
    begin(State::Ground);
  } else if (byte >= 0x20 && title_ && string_.size() < 2 * kMostTitle) {
    string_ += static_cast<char>(byte);
  }
}

void EscapeFilter::string_end() {
  if (!title_ || string_.size() < 2 || (string_[0] != '0' && string_[0] != '2') || string_[1] != ';') return;
  std::string out;
  Utf8Reader reader;
  for (size_t i = 2; i < string_.size(); ++i) {
    Utf8Reader::Step step;
    do {
      step = reader.take(static_cast<unsigned char>(string_[i]));
      const bool plain = step.character >= 0x20 && !(step.character >= 0x7f && step.character < 0xa0) && !zero_width(step.character);
      if (step.ready && plain && out.size() + 4 <= kMostTitle) append_utf8(out, step.character);
    } while (step.again);
  }
  sink_.title(std::move(out));
}

void EscapeFilter::restore_cursor() {
  put("\x1b" "8");
  put(kCursorInside);
}

void EscapeFilter::reset() {
  if (modes_.alternate) put("\x1b[?1047l");
  put("\x1b[?5l\x1b" "c");
  modes_ = {};
  region_ = false;
}

void EscapeFilter::settle() {
  begin(State::Ground);
  reader_.drop();
  base_ = 0;
  if (modes_.alternate) put("\x1b[?1049l");
  if (region_) {
    put("\x1b" "7\x1b[?6l\x1b[r");
    restore_cursor();
  }
  put("\x0f\x1b(B\x1b)B\x1b[4l\x1b[20l\x1b[?1l\x1b[?5l\x1b[?7h\x1b[?25h\x1b[?2004l\x1b[m");
  modes_ = {};
  region_ = false;
  flush();
}

bool EscapeFilter::release_region() { return std::exchange(region_, false); }

void EscapeFilter::emit(char leader, size_t most_arguments, std::string_view tail) {
  std::string out = "\x1b[";
  if (leader != 0) out += leader;
  for (size_t i = 0; i < std::min(argument_count_, most_arguments); ++i) {
    if (i > 0) out += arguments_[i - 1].joined && tail == "m" ? ':' : ';';
    if (arguments_[i].value >= 0) out += std::to_string(arguments_[i].value);
  }
  put(out.append(tail));
}

// ISO 8613-6 has the number of a colour space between "38:2:" and the colour, which libvterm takes for red.
void EscapeFilter::drop_colour_spaces() {
  for (size_t i = 0; i + 5 < argument_count_; ++i) {
    const int value = arguments_[i].value;
    bool whole = (value == 38 || value == 48) && arguments_[i + 1].value == 2;
    for (size_t k = i; k < i + 5; ++k) whole = whole && arguments_[k].joined;
    if (!whole) continue;
    std::move(arguments_ + i + 3, arguments_ + argument_count_, arguments_ + i + 2);
    --argument_count_;
  }
}

void EscapeFilter::put(std::string_view bytes) {
  if (pending_.size() + bytes.size() > kMostWritten) flush();
  pending_ += bytes;
}

void EscapeFilter::flush() {
  if (!pending_.empty()) sink_.write(pending_);
  pending_.clear();
}

}  // namespace strates::viewer
