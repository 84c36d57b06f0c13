#include "cli/flags.hpp"

#include "base/strings.hpp"
#include "base/text.hpp"
#include "build/go_duration.hpp"

namespace strates::cli {

namespace {

Error flag_error(std::string sentence) { return docker_error(ErrorKind::Invalid, "cli.flag", std::move(sentence)); }

std::string display_name(const FlagSpec& flag) {
  const std::string name = "--" + std::string(flag.name);
  return flag.shorthand != 0 ? std::string("-") + flag.shorthand + ", " + name : name;
}

Result<void> check_value(const FlagSpec& flag, const std::string& value) {
  const auto wrap = [&](const Error& cause) {
    return flag_error("invalid argument " + go_quote(value) + " for " + go_quote(display_name(flag)) + " flag: " + cause.message());
  };
  const auto check = [&](const auto& parsed) -> Result<void> {
    if (!parsed.ok()) return wrap(parsed.error());
    return success();
  };
  if (flag.check != nullptr) return check(flag.check(value));
  switch (flag.kind) {
    case FlagKind::Bool: return check(parse_go_bool(value));
    case FlagKind::Integer: return check(parse_go_int(value));
    case FlagKind::Bytes: return check(parse_ram_bytes(value));
    case FlagKind::SwapBytes: return value == "-1" ? success() : check(parse_ram_bytes(value));
    case FlagKind::Decimal: return check(parse_billionths(value));
    case FlagKind::Duration: return check(build::parse_go_duration(value));
    case FlagKind::Text:
    case FlagKind::List: return success();
  }
  return success();
}

}  // namespace

class FlagParser {
 public:
  FlagParser(std::span<const FlagSpec> specs, std::span<const std::string> words) : words_(words) { out_.specs_ = specs; }

  Result<ParsedFlags> parse(Positionals positionals) {
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      if (word.size() < 2 || word.front() != '-') {
        out_.arguments.push_back(word);
        if (positionals == Positionals::EndFlags) break;
      } else if (word == "--") {
        break;
      } else {
        TRY(word[1] == '-' ? long_flag(word) : short_flags(word));
        if (out_.help) return std::move(out_);
      }
    }
    for (; at_ < words_.size(); ++at_) out_.arguments.push_back(words_[at_]);
    return std::move(out_);
  }

 private:
  Result<void> long_flag(const std::string& word) {
    const size_t equals = word.find('=');
    const std::string name = word.substr(2, equals == std::string::npos ? std::string::npos : equals - 2);
    if (name.empty() || name.front() == '-' || name.front() == '=') return flag_error("bad flag syntax: " + word);
    const FlagSpec* flag = out_.spec(name);
    if (flag == nullptr) {
      if (name == "help") return help(false);
      return flag_error("unknown flag: --" + name);
    }
    if (equals != std::string::npos) return set(*flag, word.substr(equals + 1));
    if (flag->kind == FlagKind::Bool) return set(*flag, "true");
    if (at_ >= words_.size()) return flag_error("flag needs an argument: " + word);
    return set(*flag, words_[at_++]);
  }

  Result<void> short_flags(const std::string& word) {
    std::string rest = word.substr(1);
    while (!rest.empty()) {
      const char letter = rest.front();
      const FlagSpec* flag = by_letter(letter);
      if (flag == nullptr) {
        if (letter == 'h') return help(true);
        return flag_error(std::string("unknown shorthand flag: '") + letter + "' in -" + rest);
      }
      if (rest.size() > 2 && rest[1] == '=') return set(*flag, rest.substr(2));
      if (flag->kind == FlagKind::Bool) {
        TRY(set(*flag, "true"));
        rest.erase(0, 1);
        continue;
      }
      if (rest.size() > 1) return set(*flag, rest.substr(1));
      if (at_ >= words_.size()) return flag_error(std::string("flag needs an argument: '") + letter + "' in -" + rest);
      return set(*flag, words_[at_++]);
    }
    return success();
  }

  Result<void> set(const FlagSpec& flag, std::string value) {
    if (flag.support == FlagSupport::NotYet) {
      Error error = docker_error(ErrorKind::NotImplemented, "cli.flag-not-yet", tr(Text::CliFlagNotYet, display_name(flag)));
      return error;
    }
    if (flag.name == "help") {
      const bool wanted = TRY(parse_go_bool(value));
      return wanted ? help(false) : success();
    }
    TRY(check_value(flag, value));
    std::vector<std::string>& values = out_.values_[std::string(flag.name)];
    if (flag.kind != FlagKind::List) values.clear();
    values.push_back(std::move(value));
    return success();
  }

  Result<void> help(bool deprecated) {
    out_.help = true;
    out_.deprecated_help = deprecated;
    return success();
  }

  const FlagSpec* by_letter(char letter) const {
    for (const FlagSpec& flag : out_.specs_)
      if (flag.shorthand == letter) return &flag;
    return nullptr;
  }

  ParsedFlags out_;
  std::span<const std::string> words_;
  size_t at_ = 0;
};

Result<ParsedFlags> parse_flags(std::span<const FlagSpec> specs, std::span<const std::string> words, Positionals positionals) {
  return FlagParser(specs, words).parse(positionals);
}

const FlagSpec* ParsedFlags::spec(std::string_view name) const {
  for (const FlagSpec& flag : specs_)
    if (flag.name == name) return &flag;
  return nullptr;
}

bool ParsedFlags::changed(std::string_view name) const { return values_.find(name) != values_.end(); }

std::string ParsedFlags::text(std::string_view name) const {
  if (const auto found = values_.find(name); found != values_.end()) return found->second.back();
  const FlagSpec* flag = spec(name);
  return flag == nullptr ? std::string() : std::string(flag->fallback);
}

bool ParsedFlags::boolean(std::string_view name) const { return parse_go_bool(text(name)).value_or(false); }

std::vector<std::string> ParsedFlags::list(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::int64_t ParsedFlags::integer(std::string_view name) const { return parse_go_int(text(name)).value_or(0); }
std::int64_t ParsedFlags::bytes(std::string_view name) const {
  const std::string value = text(name);
  return value == "-1" ? -1 : parse_ram_bytes(value).value_or(0);
}
std::int64_t ParsedFlags::nanoseconds(std::string_view name) const { return build::parse_go_duration(text(name)).value_or(0); }
std::int64_t ParsedFlags::billionths(std::string_view name) const { return parse_billionths(text(name)).value_or(0); }

}  // namespace strates::cli
