// The grammar of image names, by hand-written scanners: one pass, no backtracking, whatever the text (distribution/reference, regexp.go).
#pragma once

#include <optional>
#include <string_view>

namespace strates::image {

// Views into the text that was matched; empty where absent.
struct NameParts {
  std::string_view domain, path;
};
struct ReferenceParts {
  std::string_view name, tag, digest;
};

// "registry.example.com:5000", "[2001:db8::1]:5000", "localhost"
bool matches_domain(std::string_view text);
// "library/busybox": components of [a-z0-9], joined by one of "." "_" "__" or dashes
bool matches_path(std::string_view text);
bool matches_tag(std::string_view text);
// Wider than digest.hpp: any algorithm, any case, at least 32 digits.
bool matches_digest(std::string_view text);
// [domain/]path. The first component is a domain whenever it can be one and something follows.
std::optional<NameParts> match_name(std::string_view text);
// name[:tag][@digest]
std::optional<ReferenceParts> match_reference(std::string_view text);

}  // namespace strates::image
