// grep: lines that match, file after file.
#include "sim/programs/atomic.hpp"
#include "sim/programs/dates.hpp"
#include "sim/programs/posix_regex.hpp"
#include "sim/programs/stream_program.hpp"

namespace strates::sim::streams {

namespace {

class Grep : public LineProgram {
 public:
  using LineProgram::LineProgram;

 protected:
  std::optional<int> begin(Call& call) override {
    Options options = parse_options(call.args, "qivncrRlLEFowxshHe:G",
                                    {{"quiet", 'q'}, {"ignore-case", 'i'}, {"invert-match", 'v'}, {"line-number", 'n'}, {"count", 'c'}, {"recursive", 'r'}, {"files-with-matches", 'l'},
                                     {"extended-regexp", 'E'}, {"fixed-strings", 'F'}, {"only-matching", 'o'}, {"word-regexp", 'w'}, {"line-regexp", 'x'}, {"no-messages", 's'}, {"regexp", 'e'}});
    if (!options.bad.empty()) return call.unknown_option(options.bad);
    if (options.has('R')) options.values['r'];
    options_ = options;
    std::vector<std::string> patterns;
    if (options.has('e')) {
      for (const std::string& text : options.values.at('e')) for (const std::string& one : split(text, '\n')) patterns.push_back(one);
    } else {
      if (options.operands.empty()) {
        if (call.busybox()) return call.refuse("the usage text (a pattern is missing)", 2);
        call.err("Usage: " + call.name + " [OPTION]... PATTERNS [FILE]...\nTry '" + call.name + " --help' for more information.\n");
        return 2;
      }
      for (const std::string& one : split(options_.operands.front(), '\n')) patterns.push_back(one);
      options_.operands.erase(options_.operands.begin());
    }
    const std::string as = base_name(call.args.front());
    RegexSyntax syntax = as == "egrep" ? RegexSyntax::Extended : as == "fgrep" ? RegexSyntax::Fixed : RegexSyntax::Basic;
    for (const char letter : options.order) {
      if (letter == 'E') syntax = RegexSyntax::Extended;
      if (letter == 'F') syntax = RegexSyntax::Fixed;
      if (letter == 'G') syntax = RegexSyntax::Basic;
    }
    for (const std::string& pattern : patterns) {
      auto regex = PosixRegex::compile(pattern, syntax, options.has('i') ? RegexCase::Ignore : RegexCase::Exact);
      if (!regex.ok()) {
        if (regex.error().code == "regex.unsupported") return call.refuse("the pattern '" + pattern + "': " + regex.error().cause);
        return call.busybox() ? call.fail("bad regex '" + pattern + "': " + regex.error().cause, 2) : call.fail(regex.error().cause, 2);
      }
      regexes_.push_back(std::move(regex).value());
    }
    std::vector<std::string> named = options_.operands;
    const bool recurse = options.has('r');
    if (recurse && named.empty()) named.push_back(".");
    const bool bare = recurse && options_.operands.empty() && !call.busybox();
    for (const std::string& operand : named) {
      if (!recurse || !expand(call, operand, bare, true)) operands_.push_back(operand);
    }
    titled_ = (named.size() > 1 || recurse) && !options.has('h');
    if (options.has('H')) titled_ = true;
    if (recurse && operands_.empty()) return code_ != 0 ? 2 : 1;
    return std::nullopt;
  }

  bool cannot(Call& call, const std::string& operand, const std::string& why, bool reading) override {
    if (reading && call.busybox() && why == "Is a directory") return true;  // busybox says nothing of it
    failed_ = true;
    if (!options_.has('s')) call.fail(operand + ": " + why);
    if (options_.has('c') && why == "Is a directory") input_ends(call);
    return true;
  }
  Next input_begins(Call&, const std::string&) override {
    number_ = matched_ = 0;
    return Next::More;
  }

  Next line(Call& call, std::string_view text, bool) override {
    ++number_;
    std::vector<std::pair<size_t, size_t>> spans;
    if (find(text, spans) == options_.has('v')) return Next::More;
    ++matched_;
    any_ = true;
    if (options_.has('q')) return Next::Stop;
    if (options_.has('l') || options_.has('L')) {
      if (options_.has('l')) call.out(shown() + "\n");
      return Next::NextInput;
    }
    if (options_.has('c')) return Next::More;
    const std::string prefix = (titled_ ? shown() + ":" : "") + (options_.has('n') ? std::to_string(number_) + ":" : "");
    if (!options_.has('o')) {
      call.out(prefix + std::string(text) + "\n");
    } else if (!options_.has('v')) {
      for (const auto& [begin, end] : spans)
        if (end > begin) call.out(prefix + std::string(text.substr(begin, end - begin)) + "\n");
    }
    return Next::More;
  }
  void input_ends(Call& call) override {
    LineProgram::input_ends(call);
    if (options_.has('q')) return;
    if (options_.has('c')) call.out((titled_ ? shown() + ":" : "") + std::to_string(matched_) + "\n");
    if (options_.has('L') && matched_ == 0) call.out(shown() + "\n");
  }
  int finish(Call& call) override {
    if (any_ && options_.has('q')) return 0;
    if (failed_) return call.busybox() && options_.has('s') && any_ ? 0 : 2;
    return any_ ? 0 : 1;
  }

 private:
  std::string shown() const { return current_ == "-" ? "(standard input)" : current_; }

  // Fills operands_ with the files of a tree. False: it is no directory.
  bool expand(Call& call, const std::string& path, bool bare, bool named, int depth = 0) {
    const auto stat = named ? call.vfs().stat(call.path(path)) : call.vfs().lstat(call.path(path));
    if (!stat.ok() || stat.value().meta.type != image::EntryType::Directory) return false;
    auto names = call.vfs().list(call.path(path));
    if (!names.ok() || depth > 200) {
      failed_ = true;
      if (!options_.has('s')) call.fail(path + ": " + (names.ok() ? "File name too long" : reason(names.error())));
      return true;
    }
    for (const std::string& name : names.value()) {
      const std::string below = bare && depth == 0 ? name : join_written(path, name);
      if (expand(call, below, bare, false, depth + 1)) continue;
      const auto file = call.vfs().lstat(call.path(below));
      if (file.ok() && file.value().meta.type == image::EntryType::File) operands_.push_back(below);
    }
    return true;
  }

  bool find(std::string_view text, std::vector<std::pair<size_t, size_t>>& spans) const {
    const auto word = [](char c) { return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    bool any = false;
    size_t from = 0;
    while (from <= text.size()) {
      std::optional<RegexMatch> best;
      for (const PosixRegex& regex : regexes_) {
        size_t start = from;
        while (start <= text.size()) {
          const auto match = regex.search(text, start);
          if (!match) break;
          bool good = true;
          if (options_.has('x')) good = match->begin() == 0 && match->end() == text.size();
          if (options_.has('w')) good = good && (match->begin() == 0 || !word(text[match->begin() - 1])) && (match->end() == text.size() || !word(text[match->end()])) && match->length() > 0;
          if (good) {
            if (!best || match->begin() < best->begin() || (match->begin() == best->begin() && match->end() > best->end())) best = match;
            break;
          }
          start = match->begin() + 1;
        }
      }
      if (!best) break;
      any = true;
      if (!options_.has('o') || options_.has('v')) break;
      spans.emplace_back(best->begin(), best->end());
      from = best->end() > best->begin() ? best->end() : best->end() + 1;
    }
    return any;
  }

  Options options_;
  std::vector<PosixRegex> regexes_;
  bool titled_ = false, any_ = false, failed_ = false;
  std::uint64_t number_ = 0, matched_ = 0;
};

}  // namespace

std::unique_ptr<Program> grep(const std::vector<std::string>& args, Family family) { return std::make_unique<Grep>(args, family); }

}  // namespace strates::sim::streams
