#include "image/digest.hpp"

#include <algorithm>

#include "base/strings.hpp"

namespace strates::image {

namespace {

bool is_lower_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_encoded(char c) { return is_lower_alphanumeric(c) || (c >= 'A' && c <= 'Z') || c == '=' || c == '_' || c == '-'; }

// algorithm-component, then separator and component again and again.
bool is_algorithm(std::string_view text) {
  bool after_component = false;
  for (const char c : text) {
    if (is_lower_alphanumeric(c)) after_component = true;
    else if (after_component && std::string_view("+._-").find(c) != std::string_view::npos) after_component = false;
    else return false;
  }
  return after_component;
}

}  // namespace

bool is_digest_syntax(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view encoded = text.substr(colon + 1);
  return is_algorithm(text.substr(0, colon)) && !encoded.empty() && std::all_of(encoded.begin(), encoded.end(), is_encoded);
}

DigestProblem check_digest(std::string_view text) {
  if (!is_digest_syntax(text)) return DigestProblem::Format;
  const size_t colon = text.find(':');
  const std::string_view algorithm = text.substr(0, colon), encoded = text.substr(colon + 1);
  const size_t digits = algorithm == "sha256" ? 64 : algorithm == "sha512" ? 128 : 0;
  if (digits == 0) return DigestProblem::Unsupported;
  if (encoded.size() != digits) return DigestProblem::Length;
  return is_hex(encoded) ? DigestProblem::None : DigestProblem::Format;
}

bool is_sha256_digest(std::string_view text) { return text.size() == 71 && text.starts_with("sha256:") && is_hex(text.substr(7)); }

Error digest_error(DigestProblem problem) {
  switch (problem) {
    case DigestProblem::Unsupported: return docker_error(ErrorKind::Invalid, "digest.unsupported", "unsupported digest algorithm");
    case DigestProblem::Length: return docker_error(ErrorKind::Invalid, "digest.length", "invalid checksum digest length");
    case DigestProblem::Format:
    case DigestProblem::None: break;
  }
  return docker_error(ErrorKind::Invalid, "digest.format", "invalid checksum digest format");
}

Result<Digest> parse_digest(std::string_view text) {
  if (const DigestProblem problem = check_digest(text); problem != DigestProblem::None) return digest_error(problem);
  return Digest(std::string(text));
}

}  // namespace strates::image
