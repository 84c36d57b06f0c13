#include "image/tar_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>

#include "image/tar_header.hpp"

namespace strates::image {

namespace {

constexpr std::uint64_t kMostExtension = 1 << 20;
using Block = std::array<char, kTarBlock>;
using Records = std::map<std::string, std::string>;

Error bad(std::string_view code, std::string_view cause) { return make_error(ErrorKind::Invalid, code, "read tar", "", cause); }

std::string_view text(const Block& block, size_t offset, size_t width) {
  const std::string_view field(block.data() + offset, width);
  return field.substr(0, std::min(field.find('\0'), field.size()));
}

// Octal digits, or GNU's base 256 for what octal cannot hold.
Result<std::int64_t> number(const Block& block, size_t offset, size_t width) {
  const std::string_view field(block.data() + offset, width);
  if ((static_cast<unsigned char>(field[0]) & 0x80) != 0) {
    std::uint64_t value = static_cast<unsigned char>(field[0]) & 0x7f;
    for (size_t i = 1; i < width; ++i) {
      if ((value >> 55) != 0) return bad("tar.syntax", "a number is too large");
      value = value << 8 | static_cast<unsigned char>(field[i]);
    }
    return static_cast<std::int64_t>(value);
  }
  std::int64_t value = 0;
  bool digits = false;
  for (const char c : field) {
    if (c >= '0' && c <= '7') {
      value = value * 8 + (c - '0');
      digits = true;
    } else if (c == ' ' && !digits) {
      continue;
    } else if (c == ' ' || c == '\0') {
      break;
    } else {
      return bad("tar.syntax", "a field is not a number");
    }
  }
  return value;
}

bool checksum_holds(const Block& block) {
  std::int64_t sum = 0;
  for (size_t i = 0; i < block.size(); ++i) sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(block[i]);
  const auto said = number(block, 148, 8);
  return said.ok() && said.value() == sum;
}

// "LENGTH key=value\n", one after another.
Result<void> parse_records(std::string_view body, Records& into) {
  while (!body.empty()) {
    size_t length = 0;
    const auto [end, error] = std::from_chars(body.data(), body.data() + body.size(), length);
    const auto head = static_cast<size_t>(end - body.data());
    if (error != std::errc() || length < head + 3 || length > body.size() || body[head] != ' ' || body[length - 1] != '\n')
      return bad("tar.syntax", "an extended header cannot be read");
    const std::string_view record = body.substr(head + 1, length - head - 2);
    const size_t equals = record.find('=');
    if (equals == std::string_view::npos) return bad("tar.syntax", "an extended header cannot be read");
    into[std::string(record.substr(0, equals))] = std::string(record.substr(equals + 1));
    body.remove_prefix(length);
  }
  return {};
}

std::optional<EntryType> type_of(char flag) {
  switch (flag) {
    case '0':
    case '\0':
    case '7': return EntryType::File;
    case '1': return EntryType::HardLink;
    case '2': return EntryType::Symlink;
    case '3': return EntryType::CharDevice;
    case '4': return EntryType::BlockDevice;
    case '5': return EntryType::Directory;
    case '6': return EntryType::Fifo;
    default: return std::nullopt;
  }
}

Nanos time_of(std::string_view seconds) {
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(seconds.data(), seconds.data() + seconds.size(), whole);
  constexpr std::int64_t kMost = std::int64_t{9'000'000'000};
  return error == std::errc() ? std::clamp(whole, -kMost, kMost) * kSecond : 0;
}

std::optional<std::uint64_t> record_number(const Records& records, const std::string& key) {
  const auto found = records.find(key);
  std::uint64_t value = 0;
  if (found == records.end()) return std::nullopt;
  const auto& digits = found->second;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec != std::errc()) return std::nullopt;
  return value;
}

}  // namespace

Result<bool> TarReader::fill(std::span<char> block) {
  size_t have = 0;
  while (have < block.size()) {
    const size_t got = TRY(from_.read(block.subspan(have)));
    if (got == 0 && have == 0) return false;
    if (got == 0) return bad("tar.truncated", "unexpected EOF");
    have += got;
  }
  return true;
}

Result<size_t> TarReader::read_content(std::span<char> buffer) {
  if (left_ == 0 || buffer.empty()) return size_t{0};
  const size_t got = TRY(from_.read(buffer.first(static_cast<size_t>(std::min<std::uint64_t>(left_, buffer.size())))));
  if (got == 0) return bad("tar.truncated", "unexpected EOF");
  left_ -= got;
  return got;
}

Result<void> TarReader::skip_content() {
  std::array<char, 32 << 10> buffer;
  while (left_ > 0) TRY(read_content(buffer));
  if (padding_ > 0 && !TRY(fill(std::span(buffer.data(), static_cast<size_t>(padding_))))) return bad("tar.truncated", "unexpected EOF");
  padding_ = 0;
  return {};
}

Result<std::string> TarReader::read_extension(std::uint64_t size) {
  if (size > kMostExtension) return bad("tar.too-large", "an extended header of more than 1 MiB");
  std::string body(static_cast<size_t>(size), '\0');
  if (size > 0 && !TRY(fill(body))) return bad("tar.truncated", "unexpected EOF");
  padding_ = tar_padding(size);
  TRY(skip_content());
  return body;
}

Result<std::optional<LayerEntry>> TarReader::next() {
  TRY(skip_content());
  has_content_ = false;
  Records records;
  std::string long_name, long_link;
  for (;;) {
    Block block;
    if (ended_ || !TRY(fill(block))) {
      ended_ = true;
      return std::optional<LayerEntry>();
    }
    if (std::all_of(block.begin(), block.end(), [](char c) { return c == '\0'; })) {
      ended_ = true;
      return std::optional<LayerEntry>();
    }
    if (!checksum_holds(block)) return bad("tar.syntax", "invalid tar header");
    const char flag = block[156];
    const std::int64_t size = TRY(number(block, 124, 12));
    if (size < 0) return bad("tar.syntax", "a negative size");
    if (flag == 'x' || flag == 'g' || flag == 'L' || flag == 'K') {
      const std::string body = TRY(read_extension(static_cast<std::uint64_t>(size)));
      if (flag == 'x') TRY(parse_records(body, records));
      if (flag == 'L') long_name = body.substr(0, body.find('\0'));
      if (flag == 'K') long_link = body.substr(0, body.find('\0'));
      continue;
    }
    const auto type = type_of(flag);
    if (!type) return bad("tar.syntax", "an entry of an unknown type");
    LayerEntry entry;
    EntryMeta& meta = entry.meta;
    meta.type = *type;
    const std::string_view prefix = text(block, 257, 5) == "ustar" && block[262] == '\0' ? text(block, 345, 155) : std::string_view();
    entry.path = (prefix.empty() ? "" : std::string(prefix) + "/") + std::string(text(block, 0, 100));
    meta.link_target = text(block, 157, 100);
    if (!long_name.empty()) entry.path = long_name;
    if (!long_link.empty()) meta.link_target = long_link;
    if (const auto path = records.find("path"); path != records.end()) entry.path = path->second;
    if (const auto link = records.find("linkpath"); link != records.end()) meta.link_target = link->second;
    meta.mode = static_cast<std::uint32_t>(TRY(number(block, 100, 8))) & 07777;
    meta.uid = static_cast<std::uint32_t>(record_number(records, "uid").value_or(static_cast<std::uint64_t>(TRY(number(block, 108, 8)))));
    meta.gid = static_cast<std::uint32_t>(record_number(records, "gid").value_or(static_cast<std::uint64_t>(TRY(number(block, 116, 8)))));
    const auto time = records.find("mtime");
    meta.mtime = time != records.end() ? time_of(time->second) : time_of(std::to_string(TRY(number(block, 136, 12))));
    std::uint64_t bytes = record_number(records, "size").value_or(static_cast<std::uint64_t>(size));
    if (meta.type != EntryType::File) {
      bytes = 0;
      meta.link_target.resize(std::min(meta.link_target.find('\0'), meta.link_target.size()));
    }
    meta.size = left_ = bytes;
    padding_ = tar_padding(bytes);
    has_content_ = meta.type == EntryType::File;
    if (meta.type == EntryType::CharDevice || meta.type == EntryType::BlockDevice) {
      meta.device_major = static_cast<std::uint32_t>(TRY(number(block, 329, 8)));
      meta.device_minor = static_cast<std::uint32_t>(TRY(number(block, 337, 8)));
    }
    return std::optional(std::move(entry));
  }
}

Result<ByteSource*> TarReader::content() {
  if (!has_content_) return make_error(ErrorKind::Internal, "archive.no-content", "read tar", "", "the current entry is not a file");
  return &content_;
}

}  // namespace strates::image
