#include "registry/client/challenge.hpp"

#include "base/strings.hpp"

namespace strates::registry {

namespace {

constexpr size_t kMost = 16;

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}
  bool at_end() const { return at_ == text_.size(); }
  void skip(std::string_view of) {
    while (!at_end() && of.find(text_[at_]) != std::string_view::npos) ++at_;
  }
  std::string_view token() {
    const size_t from = at_;
    while (!at_end() && is_token_char(text_[at_])) ++at_;
    return text_.substr(from, at_ - from);
  }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  // A quoted string's content, with its escapes undone; false: it does not end.
  bool quoted(std::string& out) {
    while (!at_end()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (c == '\\' && !at_end()) out += text_[at_++];
      else out += c;
    }
    return false;
  }
  // A bare value may hold what a token may not: "realm=https://x/token".
  std::string_view bare() {
    const size_t from = at_;
    while (!at_end() && text_[at_] != ',' && text_[at_] != ' ' && text_[at_] != '\t') ++at_;
    return text_.substr(from, at_ - from);
  }
  size_t position() const { return at_; }
  void back_to(size_t at) { at_ = at; }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::string Challenge::parameter(const std::string& name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? std::string() : found->second;
}

std::vector<Challenge> parse_challenges(std::string_view header) {
  std::vector<Challenge> out;
  Scanner in(header);
  while (out.size() < kMost) {
    in.skip(" \t,");
    Challenge challenge;
    challenge.scheme = to_lower(in.token());
    if (challenge.scheme.empty()) break;
    while (challenge.parameters.size() < kMost) {
      in.skip(" \t,");
      const size_t before = in.position();
      const std::string name = to_lower(in.token());
      in.skip(" \t");
      if (name.empty() || !in.take('=')) {  // the next scheme
        in.back_to(before);
        break;
      }
      in.skip(" \t");
      std::string value;
      if (in.take('"')) {
        if (!in.quoted(value)) return out;
      } else {
        value = in.bare();
      }
      challenge.parameters.emplace(name, std::move(value));
    }
    out.push_back(std::move(challenge));
  }
  return out;
}

std::vector<Challenge> challenges_of(const HttpHeaders& headers) {
  std::vector<Challenge> out;
  for (const auto& [name, value] : headers) {
    if (!equal_ignoring_case(name, "WWW-Authenticate")) continue;
    for (auto& challenge : parse_challenges(value))
      if (out.size() < kMost) out.push_back(std::move(challenge));
  }
  return out;
}

}  // namespace strates::registry
