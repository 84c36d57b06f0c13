#include "adapters/archive_reader.hpp"

#include <archive_entry.h>

#include <algorithm>
#include <limits>

#include "adapters/libarchive_handle.hpp"

namespace strates::adapters {

namespace {

constexpr std::string_view kReading = "read archive";

Error refuse(std::string_view code, std::string_view object, std::string_view cause) {
  return make_error(ErrorKind::Invalid, code, kReading, object.substr(0, 200), cause, "make the archive again without it");
}

// A mangled name that would make an unpacker delete the directory itself or its parent.
bool is_hostile_whiteout(std::string_view name) { return name == ".wh." || name == ".wh.." || name == ".wh..."; }

// "" for the root.
Result<std::string> clean_entry_path(std::string_view raw, const ArchiveLimits& limits) {
  if (raw.size() > limits.path_bytes) return refuse("archive.path", raw, "the path has " + std::to_string(raw.size()) + " bytes");
  std::string out;
  size_t from = 0;
  while (from <= raw.size()) {
    const size_t slash = std::min(raw.find('/', from), raw.size());
    const std::string_view part = raw.substr(from, slash - from);
    from = slash + 1;
    if (part.empty() || part == ".") continue;
    if (part == "..") return refuse("archive.escape", raw, "the path holds \"..\"");
    if (part.size() > limits.name_bytes) return refuse("archive.path", raw, "a name has " + std::to_string(part.size()) + " bytes");
    if (is_hostile_whiteout(part)) return refuse("archive.whiteout", raw, "it hides no name");
    if (!out.empty()) out += '/';
    out += part;
  }
  return out;
}

// Whole seconds far outside what Nanos holds exist in archives made by mistake: the nearest time that can be said.
Nanos to_nanos(std::int64_t seconds, std::int64_t nanoseconds) {
  constexpr std::int64_t kMost = std::numeric_limits<Nanos>::max() / kSecond - 1;
  if (seconds > kMost) return kMost * kSecond;
  if (seconds < -kMost) return -kMost * kSecond;
  return seconds * kSecond + std::clamp<std::int64_t>(nanoseconds, 0, kSecond - 1);
}

Result<std::uint32_t> owner(std::int64_t id, std::string_view path) {
  // 0xffffffff means "leave as it is" to chown(2).
  if (id < 0 || id >= 0xffffffff) return refuse("archive.owner", path, "user or group " + std::to_string(id));
  return static_cast<std::uint32_t>(id);
}

std::string_view text_or_empty(const char* text) { return text != nullptr ? std::string_view(text) : std::string_view(); }

class TarEntries : public image::LayerReader {
 public:
  TarEntries(ByteSource& from, const ArchiveLimits& limits) : handle_(from, ArchiveHandle::Format::Tar), limits_(limits), content_(*this) {}

  Result<void> open() { return handle_.open(); }

  Result<std::optional<image::LayerEntry>> next() override {
    if (failed_) return *failed_;
    auto entry = next_entry();
    if (!entry.ok()) return fail(std::move(entry).error());
    return entry;
  }

  Result<ByteSource*> content() override {
    if (failed_) return *failed_;
    if (!has_content_) return make_error(ErrorKind::Internal, "archive.no-content", kReading, "", "the current entry is not a file");
    return &content_;
  }

 private:
  class Content : public ByteSource {
   public:
    explicit Content(TarEntries& entries) : entries_(entries) {}
    Result<size_t> read(std::span<char> buffer) override { return entries_.read_content(buffer); }

   private:
    TarEntries& entries_;
  };

  Error fail(Error error) {
    has_content_ = false;
    failed_ = error;
    return error;
  }

  Result<std::optional<image::LayerEntry>> next_entry() {
    has_content_ = false;
    if (ended_) return std::optional<image::LayerEntry>();
    for (;;) {
      const Utf8Locale locale;
      archive_entry* raw = nullptr;
      const int status = archive_read_next_header(handle_.get(), &raw);
      if (status == ARCHIVE_EOF) {
        TRY(check_end());
        ended_ = true;
        return std::optional<image::LayerEntry>();
      }
      // A warning is about a name that is not UTF-8: its bytes are kept as they are.
      if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return handle_.error(kReading);
      if (++entries_ > limits_.entries) return refuse("archive.too-large", "", "more than " + std::to_string(limits_.entries) + " entries");
      image::LayerEntry entry = TRY(convert(raw));
      if (entry.path.empty()) continue;  // the root itself
      has_content_ = entry.meta.type == image::EntryType::File;
      left_ = entry.meta.size;
      return std::optional<image::LayerEntry>(std::move(entry));
    }
  }

  // libarchive takes the end of the stream for the end of the archive; a tar says its end by a block of zeros.
  Result<void> check_end() {
    const std::int64_t consumed = archive_filter_bytes(handle_.get(), 0);
    if (consumed != 0 && consumed <= archive_read_header_position(handle_.get()))
      return make_error(ErrorKind::Invalid, "archive.truncated", kReading, "", "no end marker after the last entry",
                        "send the archive again: its end is missing");
    return success();
  }

  Result<image::LayerEntry> convert(archive_entry* raw) {
    using image::EntryType;
    const std::string_view name = text_or_empty(archive_entry_pathname(raw));
    image::LayerEntry entry;
    entry.path = TRY(clean_entry_path(name, limits_));
    image::EntryMeta& meta = entry.meta;
    meta.type = TRY(type_of(raw, name));
    if (entry.path.empty()) return entry;  // the root is there already, whatever the archive takes it for: Docker passes over it as well
    meta.mode = static_cast<std::uint32_t>(archive_entry_perm(raw)) & 07777;
    meta.uid = TRY(owner(archive_entry_uid(raw), name));
    meta.gid = TRY(owner(archive_entry_gid(raw), name));
    if (archive_entry_mtime_is_set(raw) != 0) meta.mtime = to_nanos(archive_entry_mtime(raw), archive_entry_mtime_nsec(raw));
    if (meta.type == EntryType::File) {
      TRY(count_bytes(archive_entry_size(raw), name));
      meta.size = static_cast<std::uint64_t>(archive_entry_size(raw));
    } else if (meta.type == EntryType::Symlink) {
      meta.link_target = text_or_empty(archive_entry_symlink(raw));
      if (meta.link_target.empty() || meta.link_target.size() > limits_.path_bytes) return refuse("archive.link", name, "a link to nothing, or too long");
    } else if (meta.type == EntryType::HardLink) {
      meta.link_target = TRY(clean_entry_path(text_or_empty(archive_entry_hardlink(raw)), limits_));
      if (meta.link_target.empty()) return refuse("archive.link", name, "a hard link to the root");
    } else if (meta.type == EntryType::CharDevice || meta.type == EntryType::BlockDevice) {
      meta.device_major = static_cast<std::uint32_t>(archive_entry_rdevmajor(raw));
      meta.device_minor = static_cast<std::uint32_t>(archive_entry_rdevminor(raw));
    }
    if (meta.type != EntryType::HardLink) TRY(read_xattrs(raw, name, meta));
    return entry;
  }

  static Result<image::EntryType> type_of(archive_entry* raw, std::string_view name) {
    using image::EntryType;
    if (archive_entry_hardlink(raw) != nullptr) return EntryType::HardLink;
    switch (archive_entry_filetype(raw)) {
      case AE_IFREG: return EntryType::File;
      case AE_IFDIR: return EntryType::Directory;
      case AE_IFLNK: return EntryType::Symlink;
      case AE_IFCHR: return EntryType::CharDevice;
      case AE_IFBLK: return EntryType::BlockDevice;
      case AE_IFIFO: return EntryType::Fifo;
      default: return refuse("archive.type", name, "neither file, directory, link, device nor pipe");
    }
  }

  Result<void> count_bytes(std::int64_t size, std::string_view name) {
    if (size < 0 || static_cast<std::uint64_t>(size) > limits_.bytes - bytes_)
      return refuse("archive.too-large", name, "with it the files hold more than " + std::to_string(limits_.bytes) + " bytes");
    bytes_ += static_cast<std::uint64_t>(size);
    return success();
  }

  Result<void> read_xattrs(archive_entry* raw, std::string_view path, image::EntryMeta& meta) {
    archive_entry_xattr_reset(raw);
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0, total = 0;
    while (archive_entry_xattr_next(raw, &name, &value, &size) == ARCHIVE_OK) {
      const std::string_view key = text_or_empty(name);
      total += key.size() + size;
      if (total > limits_.xattr_bytes) return refuse("archive.too-large", path, "extended attributes of more than " + std::to_string(limits_.xattr_bytes) + " bytes");
      if (key.empty() || key.starts_with("trusted.overlay.") || key.starts_with("user.overlay.")) continue;
      meta.xattrs[std::string(key)] = std::string(static_cast<const char*>(value), size);
    }
    return success();
  }

  Result<size_t> read_content(std::span<char> buffer) {
    if (failed_) return *failed_;
    if (!has_content_ || buffer.empty()) return size_t{0};
    const Utf8Locale locale;
    const la_ssize_t got = archive_read_data(handle_.get(), buffer.data(), buffer.size());
    if (got < 0) return fail(handle_.error(kReading));
    const auto count = static_cast<std::uint64_t>(got);
    if (count > left_ || (count == 0 && left_ > 0))
      return fail(make_error(ErrorKind::Invalid, "archive.truncated", kReading, "", "a file is not as long as its header says"));
    left_ -= count;
    return static_cast<size_t>(got);
  }

  ArchiveHandle handle_;
  const ArchiveLimits limits_;
  Content content_;
  std::optional<Error> failed_;
  std::uint64_t entries_ = 0, bytes_ = 0, left_ = 0;
  bool has_content_ = false, ended_ = false;
};

}  // namespace

Result<std::unique_ptr<image::LayerReader>> LibarchiveReader::open(ByteSource& from) {
  auto reader = std::make_unique<TarEntries>(from, limits_);
  TRY(reader->open());
  return std::unique_ptr<image::LayerReader>(std::move(reader));
}

}  // namespace strates::adapters
