// Names of images, as Docker reads them (github.com/distribution/reference, reference.go: the grammar in its header; reference_grammar.hpp).
//
// codes, all of kind Invalid with Docker's sentence in `wire`:
//   reference.format      invalid reference format              reference.too-long       repository name must not be more than 255 characters
//   reference.uppercase   ... repository name must be lowercase reference.not-canonical  repository name must be canonical
//   reference.empty       ... must have at least one component  reference.tag            invalid tag format
//   reference.identifier  cannot specify 64-byte hexadecimal    digest.length, digest.unsupported, digest.format
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace strates::image {

struct Reference {
  std::string domain;  // "docker.io", "registry.example.com:5000"; empty only from parse_plain_reference and with_name
  std::string path;    // "library/busybox"; empty only for what parse_any_reference read as an identifier
  std::string tag;     // empty when none
  std::string digest;  // "sha256:..."; empty when none

  std::string name() const { return domain.empty() ? path : domain + "/" + path; }  // "docker.io/library/busybox"
  std::string familiar_name() const;                           // "busybox"
  std::string familiar() const;                                // "busybox:latest", "busybox@sha256:..."
  std::string canonical() const;                               // "docker.io/library/busybox:latest"
  bool name_only() const { return tag.empty() && digest.empty(); }
  Reference with_default_tag() const;                          // adds ":latest" when name_only
  bool operator==(const Reference&) const = default;
};

// ParseNormalizedNamed: domain and library/ filled in, no default tag. Errors carry Docker's sentences in `wire`
// ("invalid reference format", "invalid reference format: repository name must be lowercase", ...), kind Invalid.
Result<Reference> parse_reference(std::string_view text);
// Is it a full 64-hex identifier (refused as a name)?
bool is_identifier(std::string_view text);

// Parse: the grammar alone, nothing filled in.
Result<Reference> parse_plain_reference(std::string_view text);
// WithName: a name without tag or digest, nothing filled in.
Result<Reference> with_name(std::string_view name);
Result<Reference> with_tag(Reference reference, std::string_view tag);
Result<Reference> with_digest(Reference reference, std::string_view digest);
// ParseNamed: only what is written in full, "docker.io/library/foo".
Result<Reference> parse_canonical_reference(std::string_view text);
// ParseDockerRef: normalized, ":latest" added; of a tag and a digest, the digest counts.
Result<Reference> parse_docker_reference(std::string_view text);
// ParseAnyReference: an identifier, a digest or a name. For the first two, only `digest` is set.
Result<Reference> parse_any_reference(std::string_view text);
// FamiliarMatch: does `pattern` (path_match.hpp) match the familiar reference, or its familiar name? code pattern.syntax
Result<bool> familiar_match(std::string_view pattern, const Reference& reference);

}  // namespace strates::image
