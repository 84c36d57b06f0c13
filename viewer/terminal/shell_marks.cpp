#include "viewer/terminal/shell_marks.hpp"

#include <sys/random.h>

#include <cstdlib>
#include <optional>

#include "base/strings.hpp"

namespace strates::viewer {

namespace {

constexpr std::string_view kBegin = "\x1b]133;";
constexpr char kEscape = '\x1b', kBell = '\a';

std::string unescaped(std::string_view text) {
  std::string out;
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' && digit(text[i + 2]) >= 0 && digit(text[i + 3]) >= 0) {
      out += static_cast<char>(digit(text[i + 2]) * 16 + digit(text[i + 3]));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::optional<int> exit_code_of(const std::string& text) {
  if (text.empty() || text.size() > 3 || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const int code = std::atoi(text.c_str());
  return code <= 255 ? std::optional(code) : std::nullopt;
}

std::optional<ShellMark> mark_of(std::string_view body, const std::string& nonce) {
  const auto fields = split(body, ';');
  const std::string proof = "aid=" + nonce;
  if (fields.size() == 2 && fields[0] == "A" && fields[1] == proof) return PromptMark{};
  if (fields.size() == 3 && fields[0] == "C" && fields[1] == proof && fields[2].starts_with("line="))
    return StartMark{unescaped(std::string_view(fields[2]).substr(5))};
  if (fields.size() == 3 && fields[0] == "D" && fields[2] == proof)
    if (const auto code = exit_code_of(fields[1])) return EndMark{*code};
  return std::nullopt;
}

// PS0 is expanded between reading a command and running it; the assignment in it happens in the shell itself, so that an empty line ends no command.
constexpr std::string_view kStartFile = R"(# Strates: one terminal's shell; removed once read.
unset -f command_not_found_handle 2>/dev/null
unset MAILCHECK TMOUT 2>/dev/null
shopt -s checkwinsize cmdhist promptvars
HISTSIZE=1000 HISTFILESIZE=1000 HISTCONTROL= HISTIGNORE=
set -o history
__strates_ran=
__strates_line() {
  local LC_ALL=C b='\' line
  line=$(HISTTIMEFORMAT= builtin history 1)
  [[ $line =~ ^\ *[0-9]+[*\ ]\  ]] && line=${line:${#BASH_REMATCH}}
  line=${line:0:8192}
  line=${line//"$b"/"${b}x5c"}
  line=${line//';'/"${b}x3b"}
  line=${line//$'\n'/"${b}x0a"}
  line=${line//$'\t'/"${b}x09"}
  builtin printf '%s' "${line//[[:cntrl:]]/ }"
}
__strates_prompt() {
  local code=$?
  [[ -n $__strates_ran ]] && builtin printf '\e]133;D;%d;aid=NONCE\a' "$code"
  __strates_ran=
  builtin printf '\e]133;A;aid=NONCE\a'
}
PROMPT_COMMAND=__strates_prompt
PS0='\e]133;C;aid=NONCE;line=${__strates_ran:$((__strates_ran=1,0)):0}$(__strates_line)\a'
PS1='\[\e[1;32m\]$\[\e[0m\] '
PS2='> '
)";

}  // namespace

void ShellMarks::feed(std::string_view bytes) {
  size_t passed = 0;  // up to here the bytes are with the sink, or held
  for (size_t i = 0; i < bytes.size();) {
    if (held_.empty()) {
      const size_t escape = bytes.find(kEscape, i);
      if (escape == std::string_view::npos) break;
      if (escape > passed) sink_.bytes(bytes.substr(passed, escape - passed));
      i = passed = escape;
    }
    if (take(bytes[i])) passed = ++i;
  }
  if (held_.empty() && passed < bytes.size()) sink_.bytes(bytes.substr(passed));
}

// False: what was held is no mark and has been passed on; the byte is to be looked at again.
bool ShellMarks::take(char byte) {
  if (held_.size() < kBegin.size()) {
    if (byte != kBegin[held_.size()]) {
      flush();
      return false;
    }
    held_ += byte;
    return true;
  }
  if (byte == kBell) return finish();
  if (held_.back() == kEscape) {
    if (byte == '\\') {
      held_.pop_back();
      if (finish()) return true;
      sink_.bytes("\x1b\\");
      return true;
    }
    held_.pop_back();
    flush();
    held_ += kEscape;  // another sequence begins here
    return false;
  }
  const auto value = static_cast<unsigned char>(byte);
  if ((value < 0x20 && byte != kEscape) || held_.size() >= kMostHeld) {
    flush();
    return false;
  }
  held_ += byte;
  return true;
}

// False: not ours; passed on without its end.
bool ShellMarks::finish() {
  auto mark = mark_of(std::string_view(held_).substr(kBegin.size()), nonce_);
  if (!mark) {
    flush();
    return false;
  }
  held_.clear();
  sink_.mark(std::move(*mark));
  return true;
}

void ShellMarks::flush() {
  if (!held_.empty()) sink_.bytes(held_);
  held_.clear();
}

std::string new_nonce() {
  std::string bytes(16, '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = getrandom(bytes.data() + done, bytes.size() - done, 0);
    if (count > 0) done += static_cast<size_t>(count);
  }
  return to_hex(bytes);
}

std::string shell_start_file(const std::string& nonce) { return replace_all(kStartFile, "NONCE", nonce); }

std::string plain_text(std::string_view output) {
  enum class In { Text, Escape, Csi, String, StringEscape } in = In::Text;
  std::string out;
  for (const char c : output) {
    const auto byte = static_cast<unsigned char>(c);
    switch (in) {
      case In::Text:
        if (c == kEscape) in = In::Escape;
        else if (byte >= 0x20 ? byte != 0x7f : c == '\n' || c == '\t') out += c;
        break;
      case In::Escape:
        if (c == '[') in = In::Csi;
        else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_') in = In::String;
        else if (byte < 0x20 || byte >= 0x30) in = In::Text;
        break;
      case In::Csi:
        if (c == kEscape) in = In::Escape;
        else if (byte >= 0x40) in = In::Text;
        break;
      case In::String:
        if (c == kBell) in = In::Text;
        else if (c == kEscape) in = In::StringEscape;
        break;
      case In::StringEscape:
        in = c == '[' ? In::Csi : In::Text;
        break;
    }
  }
  return out;
}

}  // namespace strates::viewer
