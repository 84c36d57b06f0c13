// Tars made by hand, right and wrong, for tests; and small ways to read and write layers in memory.
#pragma once

#include <cstdio>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "adapters/archive_reader.hpp"
#include "image/layer.hpp"

namespace tar_bytes {

using strates::image::EntryMeta;
using strates::image::EntryType;
using strates::image::LayerEntry;

struct Raw {
  std::string name;
  char type = '0';
  std::string content, link;
  long long size = -1;  // -1: the content's
  unsigned mode = 0644;
};

inline void octal(std::string& block, size_t at, int digits, unsigned long long number) {
  char text[32];
  std::snprintf(text, sizeof text, "%0*llo", digits, number);
  std::memcpy(block.data() + at, text, static_cast<size_t>(digits));
}

inline std::string entry(const Raw& raw) {
  std::string block(512, '\0');
  std::memcpy(block.data(), raw.name.data(), std::min<size_t>(raw.name.size(), 100));
  octal(block, 100, 7, raw.mode);
  octal(block, 108, 7, 0);
  octal(block, 116, 7, 0);
  octal(block, 124, 11, raw.size < 0 ? raw.content.size() : static_cast<unsigned long long>(raw.size));
  octal(block, 136, 11, 0);
  block[156] = raw.type;
  std::memcpy(block.data() + 157, raw.link.data(), std::min<size_t>(raw.link.size(), 100));
  std::memcpy(block.data() + 257, "ustar\0" "00", 8);
  std::memset(block.data() + 148, ' ', 8);
  unsigned long long sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  octal(block, 148, 6, sum);
  block[154] = '\0';
  std::string out = block + raw.content;
  out.resize((out.size() + 511) / 512 * 512, '\0');
  return out;
}

// One pax header that holds `records`, then the entry.
inline std::string with_pax(const std::vector<std::pair<std::string, std::string>>& records, const Raw& raw) {
  std::string body;
  for (const auto& [key, value] : records) {
    size_t length = key.size() + value.size() + 3;
    while (std::to_string(length).size() + key.size() + value.size() + 3 != length) length = std::to_string(length).size() + key.size() + value.size() + 3;
    body += std::to_string(length) + " " + key + "=" + value + "\n";
  }
  return entry({.name = "pax", .type = 'x', .content = body, .link = {}}) + entry(raw);
}

inline std::string end() { return std::string(1024, '\0'); }

struct Read {
  LayerEntry entry;
  std::string content;
};

// Everything in an archive, or the first error.
inline strates::Result<std::vector<Read>> read_tar(std::string bytes, strates::adapters::ArchiveLimits limits = {}) {
  strates::StringSource source(std::move(bytes));
  strates::adapters::LibarchiveReader archives(limits);
  auto reader = TRY(archives.open(source));
  std::vector<Read> out;
  for (;;) {
    auto next = TRY(reader->next());
    if (!next) return out;
    Read read{std::move(*next), {}};
    if (read.entry.meta.type == EntryType::File) read.content = TRY(strates::read_all(*TRY(reader->content()), 64 << 20));
    out.push_back(std::move(read));
  }
}

// "" when it was read to its end.
inline std::string code_of(std::string bytes, strates::adapters::ArchiveLimits limits = {}) {
  auto read = read_tar(std::move(bytes), limits);
  return read.ok() ? "" : read.error().code;
}

struct Item {
  std::string path;
  EntryMeta meta;
  std::string content = {};
};

inline Item file(std::string path, std::string content) {
  Item item{std::move(path), {}, std::move(content)};
  item.meta.size = item.content.size();
  return item;
}

inline Item directory(std::string path) {
  Item item{std::move(path), {}, {}};
  item.meta.type = EntryType::Directory;
  item.meta.mode = 0755;
  return item;
}

inline strates::Result<std::string> write_tar(const std::vector<Item>& items, strates::image::TarOptions options = {}) {
  strates::StringSink sink;
  strates::image::TarWriter writer(sink, options);
  for (const auto& item : items) {
    strates::StringSource content(item.content);
    TRY(writer.add({item.path, item.meta}, item.meta.type == EntryType::File ? &content : nullptr));
  }
  TRY(writer.finish());
  return sink.bytes;
}

inline std::string write_code(const std::vector<Item>& items) {
  auto written = write_tar(items);
  return written.ok() ? "" : written.error().code;
}

}  // namespace tar_bytes
