// ADD of an archive: unpacked where COPY would have put the file (moby 20.10, pkg/archive).
#pragma once

#include "engine/builder_copy.hpp"

namespace strates::engine {

// A tar with something in it, plain or compressed by gzip, bzip2 or xz. Docker 20.10 knows no zstd: such a file is copied as it is.
Result<bool> is_archive(const CopySource& source, ArchiveReader& archives, const CopyTree::Cancelled& cancelled);

// Into the directory `destination`, made when absent. Owners, modes and times are the archive's; links are followed as from
// inside that directory.
// code build.copy: "failed to copy files: ..."; the archive's own.
Result<void> unpack_archive(const CopySource& source, ArchiveReader& archives, TreeEditor& editor, const std::string& destination,
                            const CopyTree::Cancelled& cancelled);

}  // namespace strates::engine
