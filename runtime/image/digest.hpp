// Digests, "algorithm:encoded" (OCI image-spec, descriptor.md, "Digests").
#pragma once

#include <string_view>

#include "base/names.hpp"
#include "base/result.hpp"

namespace strates::image {

enum class DigestProblem {
  None,
  Format,       // not the grammar at all
  Unsupported,  // the grammar, of an algorithm that is not registered
  Length,       // a registered algorithm, but not as many digits as it gives
};

// sha256 and sha512 are registered; their digits are lower-case hexadecimal.
DigestProblem check_digest(std::string_view text);
// The grammar only: an unknown algorithm may be carried, never looked up.
bool is_digest_syntax(std::string_view text);
// "sha256:" and 64 hexadecimal digits: what our stores hold, and what may become part of a path.
bool is_sha256_digest(std::string_view text);
// codes digest.format ("invalid checksum digest format"), digest.unsupported ("unsupported digest algorithm"),
// digest.length ("invalid checksum digest length"): go-digest's sentences, as Docker sends them.
Result<Digest> parse_digest(std::string_view text);
Error digest_error(DigestProblem problem);

}  // namespace strates::image
