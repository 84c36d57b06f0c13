// cut, tr, uniq.
#include <algorithm>
#include <array>

#include "sim/programs/atomic.hpp"
#include "sim/programs/stream_program.hpp"

namespace strates::sim::streams {

namespace {

class Cut : public LineProgram {
 public:
  using LineProgram::LineProgram;

 protected:
  std::optional<int> begin(Call& call) override {
    const Options options = parse_options(call.args, "b:c:f:d:sn", {{"bytes", 'b'}, {"characters", 'c'}, {"fields", 'f'}, {"delimiter", 'd'}, {"only-delimited", 's'}});
    if (!options.bad.empty()) return call.unknown_option(options.bad);
    const int kinds = options.has('b') + options.has('c') + options.has('f');
    const std::string help = "\nTry '" + call.name + " --help' for more information.";
    if (kinds == 0) return call.busybox() ? call.fail("expected a list of bytes, characters, or fields") : call.fail("you must specify a list of bytes, characters, or fields" + help);
    if (kinds > 1) return call.busybox() ? call.fail("expected only one type of list") : call.fail("only one list may be specified" + help);
    fields_ = options.has('f');
    only_delimited_ = options.has('s');
    const std::string delimiter = options.value('d', "\t");
    if (options.has('d') && !fields_) return call.refuse("-d without -f", 1);
    if (delimiter.size() != 1) return call.busybox() ? call.refuse("a delimiter of more than one character", 1) : call.fail("the delimiter must be a single character" + help);
    delimiter_ = delimiter[0];
    const std::string list = options.value('b', options.value('c', options.value('f')));
    for (const std::string& item : split(list, ',')) {
      const size_t dash = item.find('-');
      std::uint64_t low = 1, high = 0;
      const std::string first = item.substr(0, dash), last = dash == std::string::npos ? first : item.substr(dash + 1);
      const bool good = !item.empty() && item != "-" && (first.empty() || parse_number(first, 1'000'000, low)) && (last.empty() || parse_number(last, 1'000'000, high)) && low > 0;
      if (!good || (dash == std::string::npos && high == 0) || (!last.empty() && high < low)) return call.refuse("the list '" + list + "'", 1);
      ranges_.push_back({low, last.empty() ? UINT64_MAX : high});
    }
    operands_ = options.operands;
    return std::nullopt;
  }
  bool cannot(Call& call, const std::string& operand, const std::string& why, bool reading) override {
    code_ = call.busybox() && reading ? call.fail("read error: " + why) : call.fail(operand + ": " + why);
    return true;
  }
  Next line(Call& call, std::string_view text, bool) override {
    if (!fields_) {
      std::string out;
      for (size_t i = 0; i < text.size(); ++i)
        if (chosen(i + 1)) out += text[i];
      call.out(out + "\n");
      return Next::More;
    }
    if (text.find(delimiter_) == std::string_view::npos) {
      if (!only_delimited_) call.out(std::string(text) + "\n");
      return Next::More;
    }
    const std::vector<std::string> parts = split(text, delimiter_);
    std::string out;
    bool first = true;
    for (size_t i = 0; i < parts.size(); ++i) {
      if (!chosen(i + 1)) continue;
      if (!first) out += delimiter_;
      first = false;
      out += parts[i];
    }
    call.out(out + "\n");
    return Next::More;
  }

 private:
  bool chosen(std::uint64_t index) const {
    for (const auto& [low, high] : ranges_)
      if (index >= low && index <= high) return true;
    return false;
  }
  bool fields_ = false, only_delimited_ = false;
  char delimiter_ = '\t';
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;
};

class Tr : public StreamProgram {
 public:
  using StreamProgram::StreamProgram;

 protected:
  std::optional<int> begin(Call& call) override {
    const Options options = parse_options(call.args, "+cCds", {{"complement", 'c'}, {"delete", 'd'}, {"squeeze-repeats", 's'}});
    if (!options.bad.empty()) return call.unknown_option(options.bad);
    const auto& sets = options.operands;
    delete_ = options.has('d');
    squeeze_ = options.has('s');
    const bool complement = options.has('c') || options.has('C');
    if (sets.empty() || sets.size() > 2 || (sets.size() == 1 && !delete_ && !squeeze_) || (sets.size() == 2 && delete_ && !squeeze_)) {
      if (call.busybox() || sets.empty()) return call.busybox() ? call.refuse("the usage text (the number of operands is wrong)", 1) : call.fail("missing operand\nTry '" + call.name + " --help' for more information.");
      if (sets.size() == 1) return call.fail("missing operand after '" + sets[0] + "'\nTwo strings must be given when translating.\nTry '" + call.name + " --help' for more information.");
      return call.refuse("the number of operands", 1);
    }
    std::string from, to;
    if (!expand(sets[0], from) || (sets.size() == 2 && !expand(sets[1], to))) return call.refuse("the set '" + join(sets, "' or '") + "'", 1);
    if (complement) {
      std::array<bool, 256> in{};
      for (const char c : from) in[static_cast<unsigned char>(c)] = true;
      from.clear();
      for (unsigned i = 0; i < 256; ++i)
        if (!in[i]) from += static_cast<char>(i);
    }
    for (unsigned i = 0; i < 256; ++i) map_[i] = static_cast<char>(i);
    if (delete_) {
      for (const char c : from) gone_[static_cast<unsigned char>(c)] = true;
      for (const char c : to) once_[static_cast<unsigned char>(c)] = true;
    } else if (sets.size() == 2) {
      if (to.empty()) return call.busybox() ? call.refuse("an empty second set", 1) : call.fail("when not truncating set1, string2 must be non-empty");
      for (size_t i = 0; i < from.size(); ++i) map_[static_cast<unsigned char>(from[i])] = i < to.size() ? to[i] : to.back();
      if (squeeze_)
        for (const char c : to) once_[static_cast<unsigned char>(c)] = true;
    } else {
      for (const char c : from) once_[static_cast<unsigned char>(c)] = true;
    }
    return std::nullopt;
  }
  Next chunk(Call& call, std::string_view bytes) override {
    std::string out;
    for (const char byte : bytes) {
      if (gone_[static_cast<unsigned char>(byte)]) continue;
      const char c = map_[static_cast<unsigned char>(byte)];
      if (squeeze_ && once_[static_cast<unsigned char>(c)] && last_ == static_cast<unsigned char>(c)) continue;
      last_ = static_cast<unsigned char>(c);
      out += c;
    }
    call.out(out);
    return Next::More;
  }

 private:
  static bool expand(const std::string& set, std::string& out) {
    std::vector<std::pair<char, bool>> chars;  // and whether a backslash protected it
    for (size_t i = 0; i < set.size(); ++i) {
      if (set.compare(i, 2, "[:") == 0) {
        const size_t end = set.find(":]", i);
        if (end == std::string::npos) return false;
        const std::string name = set.substr(i + 2, end - i - 2);
        const auto range = [&](char low, char high) {
          for (int c = low; c <= high; ++c) chars.emplace_back(static_cast<char>(c), true);
        };
        if (name == "lower") range('a', 'z');
        else if (name == "upper") range('A', 'Z');
        else if (name == "digit") range('0', '9');
        else if (name == "alpha") range('A', 'Z'), range('a', 'z');
        else if (name == "alnum") range('0', '9'), range('A', 'Z'), range('a', 'z');
        else if (name == "space") range('\t', '\r'), chars.emplace_back(' ', true);
        else if (name == "blank") chars.emplace_back('\t', true), chars.emplace_back(' ', true);
        else if (name == "punct") range('!', '/'), range(':', '@'), range('[', '`'), range('{', '~');
        else return false;
        i = end + 1;
        continue;
      }
      if (set[i] == '[' && i + 1 < set.size() && set[i + 1] == '=') return false;
      if (set[i] != '\\' || i + 1 == set.size()) {
        chars.emplace_back(set[i], false);
        continue;
      }
      const char c = set[++i];
      constexpr std::string_view kFrom = "abfnrtv\\", kTo = "\a\b\f\n\r\t\v\\";
      if (const size_t found = kFrom.find(c); found != std::string_view::npos) {
        chars.emplace_back(kTo[found], true);
      } else if (c >= '0' && c <= '7') {
        int value = c - '0';
        for (int k = 0; k < 2 && i + 1 < set.size() && set[i + 1] >= '0' && set[i + 1] <= '7'; ++k) value = value * 8 + (set[++i] - '0');
        chars.emplace_back(static_cast<char>(value), true);
      } else {
        chars.emplace_back(c, true);
      }
    }
    for (size_t i = 0; i < chars.size(); ++i) {
      if (i + 2 < chars.size() && chars[i + 1].first == '-' && !chars[i + 1].second) {
        const auto low = static_cast<unsigned char>(chars[i].first), high = static_cast<unsigned char>(chars[i + 2].first);
        if (high < low) return false;
        for (unsigned c = low; c <= high; ++c) out += static_cast<char>(c);
        i += 2;
      } else {
        out += chars[i].first;
      }
    }
    return true;
  }
  bool delete_ = false, squeeze_ = false;
  std::array<char, 256> map_{};
  std::array<bool, 256> gone_{}, once_{};
  int last_ = -1;
};

class Uniq : public LineProgram {
 public:
  using LineProgram::LineProgram;

 protected:
  std::optional<int> begin(Call& call) override {
    const Options options = parse_options(call.args, "cdu", {{"count", 'c'}, {"repeated", 'd'}, {"unique", 'u'}});
    if (!options.bad.empty()) return call.unknown_option(options.bad);
    if (options.operands.size() > 1) return call.refuse("an output file", 1);
    counted_ = options.has('c');
    repeated_ = options.has('d');
    unique_ = options.has('u');
    operands_ = options.operands;
    return std::nullopt;
  }
  bool cannot(Call& call, const std::string& operand, const std::string& why, bool reading) override {
    code_ = call.busybox() && !reading ? call.fail("can't open '" + operand + "': " + why) : call.busybox() ? call.fail("read error: " + why) : call.fail((reading ? "error reading '" + operand + "': " : operand + ": ") + why);
    return false;
  }
  Next line(Call& call, std::string_view text, bool) override {
    if (count_ > 0 && text == last_) {
      ++count_;
      return Next::More;
    }
    show(call);
    last_ = text;
    count_ = 1;
    return Next::More;
  }
  int finish(Call& call) override {
    show(call);
    return code_;
  }

 private:
  void show(Call& call) {
    if (count_ == 0 || (repeated_ && count_ < 2) || (unique_ && count_ > 1)) return;
    const std::string digits = std::to_string(count_);
    call.out((counted_ ? std::string(digits.size() < 7 ? 7 - digits.size() : 0, ' ') + digits + " " : "") + last_ + "\n");
  }
  bool counted_ = false, repeated_ = false, unique_ = false;
  std::string last_;
  std::uint64_t count_ = 0;
};

}  // namespace

std::unique_ptr<Program> cut(const std::vector<std::string>& args, Family family) { return std::make_unique<Cut>(args, family); }
std::unique_ptr<Program> tr(const std::vector<std::string>& args, Family family) { return std::make_unique<Tr>(args, family); }
std::unique_ptr<Program> uniq(const std::vector<std::string>& args, Family family) { return std::make_unique<Uniq>(args, family); }

}  // namespace strates::sim::streams
