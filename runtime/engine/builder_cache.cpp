#include "engine/builder_cache.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "engine/builder_config.hpp"

namespace strates::engine {

namespace {

constexpr std::string_view kNop = "#(nop) ";
constexpr size_t kMaxNote = 1 << 20;

template <typename T>
T or_empty(const std::optional<T>& value) {
  return value.value_or(T{});
}

// A probe taken apart: `|1 A=b /bin/sh -c echo $A` is RUN, "echo $A", {A: b}.
struct Probe {
  std::string kind, text;                   // "RUN", "RUN echo $A"
  std::map<std::string, std::string> args;
  std::string before_hash, hash, after_hash;  // COPY only: "COPY ", "file:<hex>", " in / "
};

Probe take_apart(const image::RunConfig& config) {
  Probe out;
  image::StringList words = or_empty(config.cmd);
  for (size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with(kNop)) continue;
    out.text = words[i].size() > kNop.size() || i + 1 == words.size() ? words[i].substr(kNop.size()) : words[i + 1];
    out.kind = out.text.substr(0, out.text.find(' '));
    if (out.kind == "COPY" || out.kind == "ADD") {
      // COPY --chown=1:1file:<64 hex> in DEST
      const size_t in = out.text.find(" in ");
      const size_t colon = out.text.rfind(':', in);
      if (in == std::string::npos || colon == std::string::npos) return out;
      size_t from = colon;
      for (const std::string_view type : {"file", "dir", "multi"})
        if (std::string_view(out.text).substr(0, colon).ends_with(type)) from = colon - type.size();
      out.before_hash = out.text.substr(0, from);
      out.hash = out.text.substr(from, in - from);
      out.after_hash = out.text.substr(in);
    }
    return out;
  }
  out.kind = "RUN";
  if (!words.empty() && words[0].size() > 1 && words[0][0] == '|' && words[0].find_first_not_of("0123456789", 1) == std::string::npos && words[0].size() < 8) {
    const size_t count = std::min<size_t>(std::stoul(words[0].substr(1)), words.size() - 1);
    for (size_t i = 1; i <= count; ++i) out.args[words[i].substr(0, words[i].find('='))] = words[i].substr(std::min(words[i].size(), words[i].find('=') + 1));
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(count) + 1);
  }
  const image::StringList shell = shell_of(config);
  if (words.size() > shell.size() && std::equal(shell.begin(), shell.end(), words.begin()))
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(shell.size()));
  out.text = "RUN " + join(words, " ");
  return out;
}

std::optional<event::ArgumentChanged> changed_argument(const Probe& before, const Probe& now) {
  std::map<std::string, std::pair<std::string, std::string>> both;
  for (const auto& [name, value] : before.args) both[name].first = value;
  for (const auto& [name, value] : now.args) both[name].second = value;
  for (const auto& [name, values] : both)
    if (values.first != values.second || before.args.contains(name) != now.args.contains(name))
      return event::ArgumentChanged{name, values.first, values.second};
  return std::nullopt;
}

struct Note {
  std::string instruction;
  std::map<std::string, std::string> files;
};
std::optional<Note> read_note(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  Note out;
  bool first = true;
  for (const std::string& line : split_lines(*text)) {
    const size_t space = line.find(' ');
    if (first) out.instruction = line;
    else if (space != std::string::npos) out.files[line.substr(space + 1)] = line.substr(0, space);
    first = false;
  }
  return out;
}

event::MissReason changed_file(BuildHost& host, const ImageRecord& candidate, const Probe& before, const Probe& now, const StepProbe& probe) {
  if (const auto note = read_note(host.note_of(candidate.id))) {
    if (note->instruction != probe.instruction) return event::InstructionChanged{note->instruction, probe.instruction};
    std::map<std::string, std::pair<std::string, std::string>> both;
    for (const auto& [path, sum] : note->files) both[path].first = sum;
    for (const auto& [path, sum] : probe.files) both[path].second = sum;
    for (const auto& [path, sums] : both)
      if (sums.first != sums.second) return event::FileChanged{path, sums.first, sums.second};
  }
  return event::FileChanged{probe.source, before.hash, now.hash};
}

}  // namespace

bool same_configuration(const image::RunConfig& a, const image::RunConfig& b) {
  return or_empty(a.env) == or_empty(b.env) && or_empty(a.cmd) == or_empty(b.cmd) && or_empty(a.entrypoint) == or_empty(b.entrypoint) &&
         or_empty(a.shell) == or_empty(b.shell) && a.exposed_ports == b.exposed_ports && or_empty(a.volumes) == or_empty(b.volumes) &&
         or_empty(a.labels) == or_empty(b.labels) && or_empty(a.on_build) == or_empty(b.on_build) && a.attach_stdin == b.attach_stdin &&
         a.attach_stdout == b.attach_stdout && a.attach_stderr == b.attach_stderr && a.network_disabled == b.network_disabled && a.tty == b.tty &&
         a.open_stdin == b.open_stdin && a.stdin_once == b.stdin_once && a.args_escaped == b.args_escaped && a.user == b.user &&
         a.working_dir == b.working_dir && a.stop_signal == b.stop_signal && a.stop_timeout == b.stop_timeout && a.healthcheck == b.healthcheck;
}

const ImageRecord* find_cached(const std::vector<ImageRecord>& candidates, const image::RunConfig& probe) {
  for (const ImageRecord& candidate : candidates)
    if (const auto& made_by = candidate.config.container_config; made_by && same_configuration(*made_by, probe)) return &candidate;
  return nullptr;
}

event::MissReason explain_miss(BuildHost& host, const std::vector<ImageRecord>& candidates, const StepProbe& probe) {
  const Probe now = take_apart(probe.config);
  const ImageRecord* nearest = nullptr;
  std::string nearest_text;
  bool nearest_is_same_kind = false;
  for (const ImageRecord& candidate : candidates) {
    const auto& made_by = candidate.config.container_config;
    if (!made_by || or_empty(made_by->cmd).empty()) continue;  // an import, not a build
    const Probe before = take_apart(*made_by);
    const bool same_kind = before.kind == now.kind;
    if (same_kind && now.kind == "RUN" && before.text == now.text)
      if (const auto argument = changed_argument(before, now)) return *argument;
    if (same_kind && !now.hash.empty() && before.before_hash == now.before_hash && before.after_hash == now.after_hash && before.hash != now.hash)
      return changed_file(host, candidate, before, now, probe);
    if (nearest == nullptr || (same_kind && !nearest_is_same_kind)) {
      nearest = &candidate;
      nearest_text = before.text;
      nearest_is_same_kind = same_kind;
    }
  }
  if (nearest == nullptr) return event::NoCandidate{};
  return event::InstructionChanged{nearest_text, now.text};
}

std::string copy_note(const StepProbe& probe) {
  std::string out = probe.instruction + "\n";
  if (probe.instruction.find('\n') != std::string::npos) return "";
  for (const auto& [path, sum] : probe.files) {
    if (path.find('\n') != std::string::npos) return "";
    out += sum + " " + path + "\n";
    if (out.size() > kMaxNote) return "";
  }
  return out;
}

}  // namespace strates::engine
