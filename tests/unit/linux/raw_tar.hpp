// Archives that no tool would write.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace strates::testing {

struct Raw {
  std::string name, link;
  char type = '0';
  std::string content;
  unsigned major = 0, minor = 0;
};

inline void octal(char* field, size_t width, std::uint64_t value) { std::snprintf(field, width, "%0*llo", static_cast<int>(width - 1), static_cast<unsigned long long>(value)); }

// A tar as nobody honest writes it: no check of anything (POSIX.1-1988 ustar).
inline std::string raw_tar(const std::vector<Raw>& entries) {
  std::string tar;
  for (const auto& entry : entries) {
    char header[512] = {};
    std::memcpy(header, entry.name.data(), std::min<size_t>(entry.name.size(), 100));
    octal(header + 100, 8, 0644);
    octal(header + 108, 8, 0);
    octal(header + 116, 8, 0);
    octal(header + 124, 12, entry.content.size());
    octal(header + 136, 12, 1'600'000'000);
    header[156] = entry.type;
    std::memcpy(header + 157, entry.link.data(), std::min<size_t>(entry.link.size(), 100));
    std::memcpy(header + 257, "ustar\00000", 8);
    octal(header + 329, 8, entry.major);
    octal(header + 337, 8, entry.minor);
    std::memset(header + 148, ' ', 8);
    unsigned sum = 0;
    for (const char c : header) sum += static_cast<unsigned char>(c);
    octal(header + 148, 7, sum);
    tar.append(header, sizeof header);
    tar += entry.content;
    tar.append((512 - entry.content.size() % 512) % 512, '\0');
  }
  return tar + std::string(1024, '\0');
}

}  // namespace strates::testing
