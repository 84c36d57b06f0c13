// The host's own apt sources, so that a base image comes from the archive that this machine already uses.
#include <dirent.h>

#include <algorithm>
#include <map>
#include <memory>

#include "base/strings.hpp"
#include "cli/file_source.hpp"
#include "cli/prepare/base_image.hpp"

namespace strates::cli {

namespace {

constexpr std::uint64_t kLargest = 1 << 20;

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> out = split(replace_all(text, "\t", " "), ' ');
  std::erase(out, "");
  return out;
}

bool concerns(const std::string& suite, const std::string& codename) {
  return suite == codename || suite == codename + "-updates" || suite == codename + "-security";
}

bool has(const std::vector<std::string>& list, std::string_view word) { return std::find(list.begin(), list.end(), word) != list.end(); }

std::string line(const std::string& address, const std::string& suite, const std::string& signed_by) {
  return "deb " + (signed_by.empty() ? "" : "[signed-by=" + signed_by + "] ") + address + " " + suite + " main";
}

// deb822 (sources.list(5)): stanzas of "Key: values", continued by a blank at the start of a line.
void read_stanzas(const std::string& text, const std::string& codename, std::vector<std::string>& out) {
  std::map<std::string, std::string> stanza;
  std::string last;
  const auto flush = [&] {
    const bool disabled = to_lower(trim(stanza["enabled"])) == "no";
    const std::string key(trim(stanza["signed-by"]));
    const bool key_file = key.starts_with('/') && key.find_first_of(" \n") == std::string::npos;
    if (!disabled && has(words(stanza["types"]), "deb") && has(words(stanza["components"]), "main"))
      for (const std::string& address : words(stanza["uris"]))
        for (const std::string& suite : words(stanza["suites"]))
          if (concerns(suite, codename)) out.push_back(line(address, suite, key_file ? key : ""));
    stanza.clear();
  };
  for (const std::string& raw : split_lines(text)) {
    if (raw.starts_with('#')) continue;
    if (trim(raw).empty()) {
      flush();
      continue;
    }
    const size_t colon = raw.find(':');
    if (raw.front() == ' ' || raw.front() == '\t') {
      stanza[last] += " " + std::string(trim(raw));
    } else if (colon != std::string::npos) {
      last = to_lower(raw.substr(0, colon));
      stanza[last] = raw.substr(colon + 1);
    }
  }
  flush();
}

// "deb [options] address suite components..."
void read_lines(const std::string& text, const std::string& codename, std::vector<std::string>& out) {
  for (const std::string& raw : split_lines(text)) {
    std::string rest(trim(raw.substr(0, raw.find('#'))));
    if (!rest.starts_with("deb ") && !rest.starts_with("deb\t")) continue;
    rest = std::string(trim(rest.substr(4)));
    std::string key;
    if (rest.starts_with('[')) {
      const size_t close = rest.find(']');
      if (close == std::string::npos) continue;
      for (const std::string& option : words(rest.substr(1, close - 1)))
        if (option.starts_with("signed-by=")) key = option.substr(10);
      rest = rest.substr(close + 1);
    }
    const std::vector<std::string> parts = words(rest);
    if (parts.size() >= 3 && concerns(parts[1], codename) && has({parts.begin() + 2, parts.end()}, "main")) out.push_back(line(parts[0], parts[1], key));
  }
}

}  // namespace

std::string debian_codename() {
  const auto text = read_file("/etc/os-release", kLargest);
  if (!text.ok()) return "";
  std::string id, codename;
  for (const std::string& raw : split_lines(text.value())) {
    const std::string value = replace_all(raw.substr(std::min(raw.find('=') + 1, raw.size())), "\"", "");
    if (raw.starts_with("ID=")) id = value;
    if (raw.starts_with("VERSION_CODENAME=")) codename = value;
  }
  return id == "debian" ? codename : "";
}

std::vector<std::string> apt_sources(const std::string& apt_directory, const std::string& codename) {
  std::vector<std::string> files = {apt_directory + "/sources.list"};
  if (const std::unique_ptr<DIR, int (*)(DIR*)> directory(opendir((apt_directory + "/sources.list.d").c_str()), closedir); directory)
    while (const dirent* entry = readdir(directory.get())) files.push_back(apt_directory + "/sources.list.d/" + entry->d_name);
  std::sort(files.begin(), files.end());
  std::vector<std::string> out;
  for (const std::string& file : files) {
    if (!file.ends_with(".list") && !file.ends_with(".sources")) continue;
    const auto text = read_file(file, kLargest);
    if (!text.ok()) continue;
    if (file.ends_with(".sources")) read_stanzas(text.value(), codename, out);
    else read_lines(text.value(), codename, out);
  }
  std::vector<std::string> unique;
  for (std::string& source : out)
    if (!has(unique, source)) unique.push_back(std::move(source));
  return unique;
}

}  // namespace strates::cli
