#include "adapters/libarchive_handle.hpp"

#include <cerrno>
#include <string>

namespace strates::adapters {

namespace {

locale_t utf8() {
  // glibc builds C.UTF-8 in; where it is missing, names with accents come as libarchive can give them.
  static const locale_t kLocale = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return kLocale;
}

}  // namespace

Utf8Locale::Utf8Locale() : before_(utf8() != nullptr ? ::uselocale(utf8()) : nullptr) {}

Utf8Locale::~Utf8Locale() {
  if (before_ != nullptr) ::uselocale(before_);
}

ArchiveHandle::ArchiveHandle(ByteSource& from, Format format) : from_(from), archive_(archive_read_new()) {
  if (archive_ == nullptr) return;
  archive_read_support_filter_gzip(archive_);
  archive_read_support_filter_zstd(archive_);
  archive_read_support_filter_xz(archive_);
  archive_read_support_filter_bzip2(archive_);
  if (format == Format::Tar) archive_read_support_format_tar(archive_);
  else archive_read_support_format_raw(archive_);
  archive_read_support_format_empty(archive_);
}

ArchiveHandle::~ArchiveHandle() {
  if (archive_ != nullptr) archive_read_free(archive_);
}

Result<void> ArchiveHandle::open() {
  if (archive_ == nullptr) return make_error(ErrorKind::Internal, "archive.memory", "open archive", "", "out of memory");
  const Utf8Locale locale;
  if (archive_read_open(archive_, this, nullptr, &ArchiveHandle::pull, nullptr) != ARCHIVE_OK) return error("open archive");
  return success();
}

la_ssize_t ArchiveHandle::pull(archive* from, void* self, const void** buffer) {
  auto& handle = *static_cast<ArchiveHandle*>(self);
  auto got = handle.from_.read(handle.buffer_);
  if (!got.ok()) {
    handle.source_error_ = std::move(got).error();
    archive_set_error(from, EIO, "the source failed");
    return -1;
  }
  *buffer = handle.buffer_.data();
  return static_cast<la_ssize_t>(got.value());
}

Error ArchiveHandle::error(std::string_view operation) const {
  if (source_error_) return *source_error_;
  const char* words = archive_error_string(archive_);
  const std::string cause = words != nullptr ? words : "unreadable archive";
  // libarchive has one number for "cut short" and "wrong": only its words differ.
  const bool cut = cause.find("runcated") != std::string::npos || cause.find("remature") != std::string::npos ||
                   cause.find("unexpected end") != std::string::npos;
  return make_error(ErrorKind::Invalid, cut ? "archive.truncated" : "archive.format", operation, "", cause,
                    cut ? "send the archive again: its end is missing" : "give a tar, plain or compressed by gzip, zstd, xz or bzip2");
}

}  // namespace strates::adapters
