// What both users of libarchive share: the handle, the locale it needs, and how its errors become ours.
#pragma once

#include <archive.h>
#include <clocale>
#include <locale.h>

#include <array>
#include <memory>
#include <optional>

#include "base/stream.hpp"

namespace strates::adapters {

// libarchive converts names to the current locale, and "C" would refuse every accent. Sets UTF-8 for this thread only, while it lives.
class Utf8Locale {
 public:
  Utf8Locale();
  ~Utf8Locale();
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t before_;
};

// An `archive` that pulls from a ByteSource. Reads gzip, zstd, xz and bzip2, told by their first bytes.
class ArchiveHandle {
 public:
  enum class Format { Tar, Raw };

  // `from` must outlive the handle; no byte is read yet.
  ArchiveHandle(ByteSource& from, Format format);
  ArchiveHandle(const ArchiveHandle&) = delete;
  ArchiveHandle& operator=(const ArchiveHandle&) = delete;
  ~ArchiveHandle();

  Result<void> open();
  archive* get() const { return archive_; }
  // The error of the last libarchive call: the source's own when it failed, else archive.truncated or archive.format.
  Error error(std::string_view operation) const;

 private:
  static la_ssize_t pull(archive* from, void* self, const void** buffer);

  ByteSource& from_;
  archive* archive_;
  std::array<char, 64 << 10> buffer_;
  std::optional<Error> source_error_;
};

}  // namespace strates::adapters
