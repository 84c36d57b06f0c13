#include "image/tar_header.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "image/utf8.hpp"

namespace strates::image {

namespace {

using PaxRecords = std::map<std::string, std::string>;  // ordered: the same entry gives the same bytes

struct Field {
  size_t offset, width;
};
// Widths of numbers leave out the NUL that ends them.
constexpr Field kName{0, 100}, kMode{100, 7}, kUid{108, 7}, kGid{116, 7}, kSize{124, 11}, kMtime{136, 11}, kChecksum{148, 8}, kType{156, 1},
    kLink{157, 100}, kMajor{329, 7}, kMinor{337, 7}, kPrefix{345, 155};
constexpr size_t kMagicOffset = 257;

constexpr std::uint64_t most(Field field) { return (std::uint64_t{1} << (3 * field.width)) - 1; }

char type_flag(EntryType type) {
  switch (type) {
    case EntryType::File: return '0';
    case EntryType::HardLink: return '1';
    case EntryType::Symlink: return '2';
    case EntryType::CharDevice: return '3';
    case EntryType::BlockDevice: return '4';
    case EntryType::Directory: return '5';
    case EntryType::Fifo: return '6';
  }
  return '0';
}

void put_text(std::string& block, Field field, std::string_view text) {
  std::memcpy(block.data() + field.offset, text.data(), std::min(field.width, text.size()));
}

void put_octal(std::string& block, Field field, std::uint64_t number) {
  for (size_t i = field.width; i-- > 0; number >>= 3) block[field.offset + i] = static_cast<char>('0' + (number & 7));
}

std::string ascii_only(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (static_cast<unsigned char>(c) < 0x80) out += c;
  return out;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Where to cut a long path: what is before the slash goes to the prefix field. npos: ustar cannot say it.
size_t split_point(std::string_view path) {
  // The trailing slash of a directory is no place to cut.
  for (size_t at = std::min(path.size() - 2, kPrefix.width); at > 0; --at)
    if (path[at] == '/') return path.size() - at - 1 <= kName.width ? at : std::string_view::npos;
  return std::string_view::npos;
}

std::string pax_record(std::string_view key, std::string_view value) {
  // The length counts itself: "LENGTH key=value\n".
  const size_t rest = key.size() + value.size() + 3;
  size_t length = rest + std::to_string(rest).size();
  if (std::to_string(length).size() != std::to_string(rest).size()) length = rest + std::to_string(length).size();
  std::string out = std::to_string(length);
  ((out += ' ') += key) += '=';
  (out += value) += '\n';
  return out;
}

std::string finished(std::string block) {
  std::memcpy(block.data() + kMagicOffset, "ustar\00000", 8);
  put_octal(block, kMajor, 0);
  put_octal(block, kMinor, 0);
  return block;
}

void put_checksum(std::string& block) {
  std::memset(block.data() + kChecksum.offset, ' ', kChecksum.width);
  std::uint64_t sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  put_octal(block, {kChecksum.offset, 6}, sum);
  block[kChecksum.offset + 6] = '\0';
}

std::string pax_header(const PaxRecords& records, std::string_view path) {
  std::string body;
  for (const auto& [key, value] : records) body += pax_record(key, value);
  const std::string name = "PaxHeaders.0/" + ascii_only(path);
  std::string block = finished(std::string(kTarBlock, '\0'));
  put_text(block, kName, std::string_view(name).substr(0, kName.width));
  put_octal(block, kMode, 0644);
  put_octal(block, kUid, 0);
  put_octal(block, kGid, 0);
  put_octal(block, kSize, body.size());
  put_octal(block, kMtime, 0);
  block[kType.offset] = 'x';
  put_checksum(block);
  body.resize(body.size() + tar_padding(body.size()), '\0');
  return block + body;
}

// A number that does not fit is zero in the block and said in a record.
void put_number(std::string& block, Field field, std::uint64_t number, std::string_view key, PaxRecords& records) {
  const bool fits = number <= most(field);
  put_octal(block, field, fits ? number : 0);
  if (!fits) records[std::string(key)] = std::to_string(number);
}

void put_path(std::string& block, const std::string& path, PaxRecords& records) {
  if (is_ascii(path)) {
    if (path.size() <= kName.width) return put_text(block, kName, path);
    if (const size_t at = split_point(path); at != std::string::npos) {
      put_text(block, kPrefix, path.substr(0, at));
      return put_text(block, kName, path.substr(at + 1));
    }
  }
  put_text(block, kName, ascii_only(path).substr(0, kName.width));
  records["path"] = path;
}

void put_link(std::string& block, const std::string& target, PaxRecords& records) {
  const bool fits = is_ascii(target) && target.size() <= kLink.width;
  put_text(block, kLink, fits ? target : ascii_only(target).substr(0, kLink.width));
  if (!fits) records["linkpath"] = target;
}

}  // namespace

std::string tar_header(const LayerEntry& entry, std::int64_t mtime_seconds) {
  const EntryMeta& meta = entry.meta;
  const std::string path = meta.type == EntryType::Directory ? entry.path + "/" : entry.path;
  PaxRecords records;
  std::string block = finished(std::string(kTarBlock, '\0'));
  put_path(block, path, records);
  put_octal(block, kMode, meta.mode);
  put_number(block, kUid, meta.uid, "uid", records);
  put_number(block, kGid, meta.gid, "gid", records);
  put_number(block, kSize, meta.type == EntryType::File ? meta.size : 0, "size", records);
  const bool time_fits = mtime_seconds >= 0 && static_cast<std::uint64_t>(mtime_seconds) <= most(kMtime);
  put_octal(block, kMtime, time_fits ? static_cast<std::uint64_t>(mtime_seconds) : 0);
  if (!time_fits) records["mtime"] = std::to_string(mtime_seconds);
  block[kType.offset] = type_flag(meta.type);
  if (meta.type == EntryType::Symlink || meta.type == EntryType::HardLink) put_link(block, meta.link_target, records);
  if (meta.type == EntryType::CharDevice || meta.type == EntryType::BlockDevice) {
    put_octal(block, kMajor, meta.device_major);
    put_octal(block, kMinor, meta.device_minor);
  }
  // The first name of a linked file carries its attributes.
  if (meta.type != EntryType::HardLink)
    for (const auto& [name, value] : meta.xattrs) records["SCHILY.xattr." + name] = value;
  // pax names are UTF-8 unless this says that they are bytes.
  const bool all_utf8 = is_utf8(path) && (meta.type == EntryType::File || meta.type == EntryType::Directory || is_utf8(meta.link_target));
  if (!all_utf8) records["hdrcharset"] = "BINARY";
  put_checksum(block);
  return records.empty() ? block : pax_header(records, path) + block;
}

}  // namespace strates::image
