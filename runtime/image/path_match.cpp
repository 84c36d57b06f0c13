#include "image/path_match.hpp"

#include "image/utf8.hpp"

namespace strates::image {

namespace {

Error bad_pattern() { return docker_error(ErrorKind::Invalid, "pattern.syntax", "syntax error in pattern"); }

// A run of stars and what follows them up to the next star.
struct Chunk {
  bool star = false;
  std::string_view text, rest;
};

Chunk scan_chunk(std::string_view pattern) {
  Chunk chunk;
  while (!pattern.empty() && pattern.front() == '*') {
    chunk.star = true;
    pattern.remove_prefix(1);
  }
  bool in_class = false;
  size_t at = 0;
  for (; at < pattern.size(); ++at) {
    if (pattern[at] == '\\') {
      if (at + 1 < pattern.size()) ++at;
    } else if (pattern[at] == '[') {
      in_class = true;
    } else if (pattern[at] == ']') {
      in_class = false;
    } else if (pattern[at] == '*' && !in_class) {
      break;
    }
  }
  chunk.text = pattern.substr(0, at);
  chunk.rest = pattern.substr(at);
  return chunk;
}

// One character of a class, perhaps escaped.
Result<char32_t> class_bound(std::string_view& chunk) {
  if (chunk.empty() || chunk.front() == '-' || chunk.front() == ']') return bad_pattern();
  if (chunk.front() == '\\') {
    chunk.remove_prefix(1);
    if (chunk.empty()) return bad_pattern();
  }
  const Utf8Char c = first_character(chunk);
  if (c.point == kReplacement && c.bytes == 1) return bad_pattern();
  chunk.remove_prefix(c.bytes);
  if (chunk.empty()) return bad_pattern();
  return c.point;
}

// `chunk` is just past the '['.
Result<bool> match_class(std::string_view& chunk, char32_t wanted) {
  bool negated = false;
  if (!chunk.empty() && chunk.front() == '^') {
    negated = true;
    chunk.remove_prefix(1);
  }
  bool found = false;
  for (int ranges = 0;; ++ranges) {
    if (!chunk.empty() && chunk.front() == ']' && ranges > 0) {
      chunk.remove_prefix(1);
      return found != negated;
    }
    const char32_t low = TRY(class_bound(chunk));
    char32_t high = low;
    if (chunk.front() == '-') {
      chunk.remove_prefix(1);
      high = TRY(class_bound(chunk));
    }
    if (low <= wanted && wanted <= high) found = true;
  }
}

struct ChunkMatch {
  bool matched = false;
  std::string_view rest;
};

// The whole chunk is read even after a mismatch, so that a wrong pattern is always told.
Result<ChunkMatch> match_chunk(std::string_view chunk, std::string_view name) {
  bool failed = false;
  while (!chunk.empty()) {
    if (!failed && name.empty()) failed = true;
    if (chunk.front() == '[') {
      char32_t wanted = 0;
      if (!failed) {
        const Utf8Char c = first_character(name);
        wanted = c.point;
        name.remove_prefix(c.bytes);
      }
      chunk.remove_prefix(1);
      if (!TRY(match_class(chunk, wanted))) failed = true;
    } else if (chunk.front() == '?') {
      if (!failed) {
        if (name.front() == '/') failed = true;
        name.remove_prefix(first_character(name).bytes);
      }
      chunk.remove_prefix(1);
    } else {
      if (chunk.front() == '\\') {
        chunk.remove_prefix(1);
        if (chunk.empty()) return bad_pattern();
      }
      if (!failed) {
        if (chunk.front() != name.front()) failed = true;
        name.remove_prefix(1);
      }
      chunk.remove_prefix(1);
    }
  }
  return failed ? ChunkMatch{} : ChunkMatch{true, name};
}

}  // namespace

Result<bool> path_match(std::string_view pattern, std::string_view name) {
  while (!pattern.empty()) {
    const Chunk chunk = scan_chunk(pattern);
    pattern = chunk.rest;
    if (chunk.star && chunk.text.empty()) return name.find('/') == std::string_view::npos;
    const ChunkMatch here = TRY(match_chunk(chunk.text, name));
    // The last chunk must reach the end; otherwise a star may still take more.
    if (here.matched && (here.rest.empty() || !pattern.empty())) {
      name = here.rest;
      continue;
    }
    bool moved = false;
    for (size_t i = 0; chunk.star && i < name.size() && name[i] != '/'; ++i) {
      const ChunkMatch later = TRY(match_chunk(chunk.text, name.substr(i + 1)));
      if (!later.matched || (pattern.empty() && !later.rest.empty())) continue;
      name = later.rest;
      moved = true;
      break;
    }
    if (moved) continue;
    // No match; what is left of the pattern is still checked.
    while (!pattern.empty()) {
      const Chunk left = scan_chunk(pattern);
      pattern = left.rest;
      TRY(match_chunk(left.text, ""));
    }
    return false;
  }
  return name.empty();
}

}  // namespace strates::image
