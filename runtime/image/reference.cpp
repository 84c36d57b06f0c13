#include "image/reference.hpp"

#include "base/strings.hpp"
#include "image/digest.hpp"
#include "image/path_match.hpp"
#include "image/reference_grammar.hpp"

namespace strates::image {

namespace {

constexpr std::string_view kDefaultDomain = "docker.io";
constexpr std::string_view kLegacyDomain = "index.docker.io";
constexpr std::string_view kOfficial = "library/";
constexpr size_t kMostPath = 255;

Error refuse(std::string_view code, std::string sentence) { return docker_error(ErrorKind::Invalid, code, std::move(sentence)); }
Error bad_format() { return refuse("reference.format", "invalid reference format"); }
Error too_long() { return refuse("reference.too-long", "repository name must not be more than 255 characters"); }

// Is what stands before the first slash a registry? Docker's rule: it has a dot, a port or a capital, or is localhost.
bool is_registry(std::string_view first) {
  return first.find_first_of(".:") != std::string_view::npos || first == "localhost" || to_lower(first) != first;
}

struct Split {
  std::string domain, remainder;
};

Split split_docker_domain(std::string_view text) {
  Split split;
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos || !is_registry(text.substr(0, slash))) {
    split = {std::string(kDefaultDomain), std::string(text)};
  } else {
    split = {std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
  }
  if (split.domain == kLegacyDomain) split.domain = kDefaultDomain;
  if (split.domain == kDefaultDomain && split.remainder.find('/') == std::string::npos) split.remainder.insert(0, kOfficial);
  return split;
}

// References are looked up in stores that hold sha256 only.
Result<void> check_reference_digest(std::string_view digest) {
  const DigestProblem problem = digest.starts_with("sha512:") ? DigestProblem::Unsupported : check_digest(digest);
  if (problem != DigestProblem::None) return digest_error(problem);
  return success();
}

}  // namespace

std::string Reference::familiar_name() const {
  if (domain != kDefaultDomain) return name();
  // Only one component after library/ is an official image's name.
  if (path.starts_with(kOfficial) && path.find('/', kOfficial.size()) == std::string::npos) return path.substr(kOfficial.size());
  return path;
}

namespace {

std::string with_suffix(std::string name, const Reference& reference) {
  if (name.empty()) return reference.digest;
  if (!reference.tag.empty()) name += ":" + reference.tag;
  if (!reference.digest.empty()) name += "@" + reference.digest;
  return name;
}

}  // namespace

std::string Reference::familiar() const { return with_suffix(familiar_name(), *this); }
std::string Reference::canonical() const { return with_suffix(name(), *this); }

Reference Reference::with_default_tag() const {
  Reference out = *this;
  if (out.name_only()) out.tag = "latest";
  return out;
}

bool is_identifier(std::string_view text) { return text.size() == 64 && is_hex(text); }

Result<Reference> parse_plain_reference(std::string_view text) {
  const auto parts = match_reference(text);
  if (!parts) {
    if (text.empty()) return refuse("reference.empty", "repository name must have at least one component");
    if (match_reference(to_lower(text))) return refuse("reference.uppercase", "repository name must be lowercase");
    return bad_format();
  }
  Reference reference = TRY(with_name(parts->name));
  reference.tag = parts->tag;
  if (!parts->digest.empty()) TRY(check_reference_digest(parts->digest));
  reference.digest = parts->digest;
  return reference;
}

Result<Reference> with_name(std::string_view name) {
  const auto parts = match_name(name);
  if (!parts) return bad_format();
  if (parts->path.size() > kMostPath) return too_long();
  return Reference{.domain = std::string(parts->domain), .path = std::string(parts->path), .tag = {}, .digest = {}};
}

Result<Reference> with_tag(Reference reference, std::string_view tag) {
  if (!matches_tag(tag)) return refuse("reference.tag", "invalid tag format");
  reference.tag = tag;
  return reference;
}

Result<Reference> with_digest(Reference reference, std::string_view digest) {
  if (!matches_digest(digest)) return refuse("digest.format", "invalid digest format");
  reference.digest = digest;
  return reference;
}

Result<Reference> parse_reference(std::string_view text) {
  if (is_identifier(text))
    return refuse("reference.identifier", "invalid repository name (" + std::string(text) + "), cannot specify 64-byte hexadecimal strings");
  const Split split = split_docker_domain(text);
  const std::string_view remote = std::string_view(split.remainder).substr(0, split.remainder.find(':'));
  if (to_lower(remote) != remote) return refuse("reference.uppercase", "invalid reference format: repository name must be lowercase");
  return parse_plain_reference(split.domain + "/" + split.remainder);
}

Result<Reference> parse_canonical_reference(std::string_view text) {
  Reference reference = TRY(parse_reference(text));
  if (reference.canonical() != text) return refuse("reference.not-canonical", "repository name must be canonical");
  return reference;
}

Result<Reference> parse_docker_reference(std::string_view text) {
  Reference reference = TRY(parse_reference(text));
  if (!reference.digest.empty()) reference.tag.clear();
  return reference.with_default_tag();
}

Result<Reference> parse_any_reference(std::string_view text) {
  Reference reference;
  if (is_identifier(text)) {
    reference.digest = "sha256:" + std::string(text);
    return reference;
  }
  if (is_sha256_digest(text)) {
    reference.digest = text;
    return reference;
  }
  return parse_reference(text);
}

Result<bool> familiar_match(std::string_view pattern, const Reference& reference) {
  if (TRY(path_match(pattern, reference.familiar()))) return true;
  return path_match(pattern, reference.familiar_name());
}

}  // namespace strates::image
