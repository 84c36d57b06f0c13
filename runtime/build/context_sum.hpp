// The checksum that Docker's classic builder keeps of each entry of a build context (moby pkg/tarsum, version 1): what `COPY file:<sum> in /` shows
// and what the build cache compares. It is the SHA-256 of the header, told as text, and then of the file's bytes. The time of modification is left
// out, so that a fresh checkout of the same files finds the cache again; the names of user and group count as empty, for they depend on the machine.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "image/layer.hpp"

namespace strates::build {

// The fields of a tar header that count.
struct SumHeader {
  std::string name;        // relative to the context, a directory's ends in '/'
  std::uint32_t mode = 0;  // with the bits of the type, as Docker's client writes them: 0100644 for a file
  std::uint32_t uid = 0, gid = 0;
  std::uint64_t size = 0;
  char typeflag = '0';
  std::string linkname;
  std::uint32_t devmajor = 0, devminor = 0;
  std::map<std::string, std::string> xattrs;  // raw bytes by name: "security.capability"
};

// The header that Docker's client would have sent for an entry at `path` (clean, relative, without trailing slash).
SumHeader sum_header(std::string_view path, const image::EntryMeta& meta);

// What is hashed before the bytes: "namea.txtmode33188uid0..." and, at the end, the extended attributes in the order of their names.
std::string sum_prefix(const SumHeader& header);

}  // namespace strates::build
