#include "cli/key_value_files.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/strings.hpp"
#include "cli/file_source.hpp"
#include "image/utf8.hpp"

namespace strates::cli {

namespace {

Error invalid(std::string sentence) { return docker_error(ErrorKind::Invalid, "cli.run", std::move(sentence)); }

// As fmt prints a []byte: "[255 61 49]".
std::string go_bytes(const std::string& text) {
  std::vector<std::string> numbers;
  for (const char c : text) numbers.push_back(std::to_string(static_cast<unsigned char>(c)));
  return "[" + join(numbers, " ") + "]";
}

Result<std::vector<std::string>> read_lines(const std::string& path, KeyValues kind) {
  constexpr std::uint64_t kLargest = 1 << 20;
  auto text = read_file(path, kLargest);
  if (!text.ok()) return invalid("open " + path + ": " + (text.error().code == "system.ENOENT" ? "no such file or directory" : text.error().message()));
  std::vector<std::string> out;
  std::string_view whole = text.value();
  if (constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf"; whole.starts_with(kByteOrderMark)) whole.remove_prefix(kByteOrderMark.size());
  size_t number = 0;
  for (const std::string& raw : split_lines(whole)) {
    ++number;
    if (!image::is_utf8(raw)) return invalid("env file " + path + " contains invalid utf8 bytes at line " + std::to_string(number) + ": " + go_bytes(raw));
    const std::string line(raw.substr(std::min(raw.find_first_not_of(" \t"), raw.size())));
    if (line.empty() || line.front() == '#') continue;
    const std::string key = line.substr(0, line.find('='));
    if (key.find_first_of(" \t") != std::string::npos) return invalid("poorly formatted environment: variable '" + key + "' contains whitespaces");
    if (key.empty()) return invalid("poorly formatted environment: no variable name on line '" + line + "'");
    if (line.find('=') != std::string::npos) {
      out.push_back(line);
    } else if (kind == KeyValues::Variables) {
      if (const char* value = std::getenv(line.c_str()); value != nullptr) out.push_back(line + "=" + value);
    }
  }
  return out;
}

std::string with_value(const std::string& variable) {
  if (variable.find('=') != std::string::npos) return variable;
  const char* value = std::getenv(variable.c_str());
  return value == nullptr ? variable : variable + "=" + value;
}

}  // namespace

Result<std::vector<std::string>> key_values(const std::vector<std::string>& files, const std::vector<std::string>& flags, KeyValues kind) {
  std::vector<std::string> out;
  for (const std::string& file : files)
    for (std::string& line : TRY(read_lines(file, kind))) out.push_back(std::move(line));
  for (const std::string& flag : flags) out.push_back(kind == KeyValues::Variables ? with_value(flag) : flag);
  return out;
}

}  // namespace strates::cli
