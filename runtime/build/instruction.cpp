#include "build/instruction.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/strings.hpp"
#include "build/go_duration.hpp"
#include "build/instruction_flags.hpp"
#include "build/unicode_space.hpp"

namespace strates::build {

namespace {

constexpr Nanos kShortestInterval = kSecond / 1000;

using Made = Result<Instruction>;
using Maker = Made (*)(const Node&, Dialect);
using Known = std::initializer_list<InstructionFlags::Known>;

Error exactly_one(const std::string& name) { return instruction_error(name + " requires exactly one argument"); }
Error at_least_one(const std::string& name) { return instruction_error(name + " requires at least one argument"); }
Error blank_name(const std::string& name) { return instruction_error(name + " names can not be blank"); }

CommandLine command_of(const std::vector<std::string>& words, bool json) {
  CommandLine out;
  out.shell_form = !json;
  if (json) out.words = words;
  else if (!words.empty()) out.words = {join(words, " ")};
  return out;
}

Result<Pairs> pairs_of(const Node& node, const std::string& name) {
  if (node.words.empty()) return at_least_one(name);
  TRY(InstructionFlags::parse(node.flags, {}));
  Pairs out;
  for (size_t i = 0; i + 2 < node.words.size(); i += 3) {
    if (node.words[i].empty()) return blank_name(name);
    out.emplace_back(node.words[i], node.words[i + 1]);
  }
  return out;
}

Result<std::string> only_word(const Node& node, const std::string& name) {
  if (node.words.size() != 1) return exactly_one(name);
  TRY(InstructionFlags::parse(node.flags, {}));
  return node.words[0];
}

bool is_stage_name(std::string_view name) {
  if (name.empty() || name[0] < 'a' || name[0] > 'z') return false;
  return std::all_of(name.begin(), name.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; });
}

Made from(const Node& node, Dialect) {
  From out;
  const auto flags = InstructionFlags::parse(node.flags, {{"platform", FlagKind::Text}});
  if (node.words.size() == 3 && equal_ignoring_case(node.words[1], "as")) {
    out.name = to_lower(node.words[2]);
    if (!is_stage_name(out.name))
      return instruction_error("invalid name for build stage: " + go_quote(node.words[2]) + ", name can't start with a number or contain symbols");
  } else if (node.words.size() != 1) {
    return instruction_error("FROM requires either one or three arguments");
  }
  if (!flags.ok()) return flags.error();
  out.base = node.words[0];
  out.platform = flags.value().value("platform");
  return Instruction(std::move(out));
}

Made run(const Node& node, Dialect dialect) {
  const InstructionFlags flags =
      dialect == Dialect::Classic
          ? TRY(InstructionFlags::parse(node.flags, {{"mount", FlagKind::Texts}}))
          : TRY(InstructionFlags::parse(node.flags, {{"mount", FlagKind::Texts}, {"network", FlagKind::Text}, {"security", FlagKind::Text}}));
  if (const std::string mode = flags.value("network"); !mode.empty() && mode != "default" && mode != "none" && mode != "host")
    return instruction_error("invalid network mode " + go_quote(mode));
  return Instruction(Run{command_of(node.words, node.json), flags.used()});
}

Result<InstructionFlags> copy_flags(const Node& node, bool add, Dialect dialect) {
  constexpr InstructionFlags::Known kChown{"chown", FlagKind::Text}, kChmod{"chmod", FlagKind::Text}, kFrom{"from", FlagKind::Text};
  constexpr InstructionFlags::Known kChecksum{"checksum", FlagKind::Text}, kGit{"keep-git-dir", FlagKind::Flag}, kLink{"link", FlagKind::Flag};
  if (dialect == Dialect::Classic) {
    if (add) return InstructionFlags::parse(node.flags, {kChown, kChmod});
    return InstructionFlags::parse(node.flags, {kChown, kFrom, kChmod});
  }
  if (add) return InstructionFlags::parse(node.flags, {kChown, kChmod, kChecksum, kGit, kLink});
  return InstructionFlags::parse(node.flags, {kChown, kChmod, kFrom, kLink});
}

Made copy(const Node& node, Dialect dialect) {
  Copy out;
  out.add = equal_ignoring_case(node.name, "add");
  const std::string name = out.add ? "ADD" : "COPY";
  if (node.words.size() < 2)
    return instruction_error(name + " requires at least two arguments, but only one was provided. Destination could not be determined");
  const InstructionFlags flags = TRY(copy_flags(node, out.add, dialect));
  out.sources.assign(node.words.begin(), std::prev(node.words.end()));
  out.destination = node.words.back();
  if (dialect == Dialect::BuildKit && !node.json)
    if (const auto opened = parse_heredoc(out.destination); opened.ok() && opened.value())
      return instruction_error(name + " cannot accept a heredoc as a destination");
  out.from = flags.value("from");
  out.chown = flags.value("chown");
  out.chmod = flags.value("chmod");
  out.checksum = flags.value("checksum");
  out.flags = flags.used();
  return Instruction(std::move(out));
}

Made arg(const Node& node, Dialect) {
  if (node.words.empty()) return at_least_one("ARG");
  TRY(InstructionFlags::parse(node.flags, {}));
  Arg out;
  for (const std::string& word : node.words) {
    const size_t equals = word.find('=');
    if (equals == 0) return blank_name("ARG");
    if (equals == std::string::npos) out.values.emplace_back(word, std::nullopt);
    else out.values.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return Instruction(std::move(out));
}

Made cmd(const Node& node, Dialect) {
  TRY(InstructionFlags::parse(node.flags, {}));
  return Instruction(Cmd{command_of(node.words, node.json)});
}

Made entrypoint(const Node& node, Dialect) {
  TRY(InstructionFlags::parse(node.flags, {}));
  return Instruction(Entrypoint{command_of(node.words, node.json)});
}

Made env(const Node& node, Dialect) { return Instruction(Env{TRY(pairs_of(node, "ENV"))}); }
Made label(const Node& node, Dialect) {
  Label out;
  out.values = TRY(pairs_of(node, "LABEL"));
  return Instruction(std::move(out));
}

Made workdir(const Node& node, Dialect) { return Instruction(Workdir{TRY(only_word(node, "WORKDIR"))}); }
Made user(const Node& node, Dialect) { return Instruction(User{TRY(only_word(node, "USER"))}); }
Made stop_signal(const Node& node, Dialect) { return Instruction(StopSignal{TRY(only_word(node, "STOPSIGNAL"))}); }
Made maintainer(const Node& node, Dialect) { return Instruction(Maintainer{TRY(only_word(node, "MAINTAINER"))}); }

Made expose(const Node& node, Dialect) {
  if (node.words.empty()) return at_least_one("EXPOSE");
  TRY(InstructionFlags::parse(node.flags, {}));
  Expose out{node.words};
  std::sort(out.ports.begin(), out.ports.end());
  return Instruction(std::move(out));
}

Made volume(const Node& node, Dialect) {
  if (node.words.empty()) return at_least_one("VOLUME");
  TRY(InstructionFlags::parse(node.flags, {}));
  Volume out;
  for (const std::string& word : node.words) {
    out.paths.emplace_back(trim_space(word));
    if (out.paths.back().empty()) return instruction_error("VOLUME specified can not be an empty string");
  }
  return Instruction(std::move(out));
}

// The text behind the first word, whatever the space.
std::string behind_first_word(std::string_view line) {
  line = trim_left(line);
  size_t end = 0;
  while (end < line.size() && !is_space(static_cast<unsigned char>(line[end]))) ++end;
  return std::string(trim_left(line.substr(end)));
}

Made onbuild(const Node& node, Dialect) {
  if (node.inner.empty()) return at_least_one("ONBUILD");
  TRY(InstructionFlags::parse(node.flags, {}));
  const std::string trigger = to_upper(node.inner.front().name);
  if (trigger == "ONBUILD") return instruction_error("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (trigger == "MAINTAINER" || trigger == "FROM") return instruction_error(trigger + " isn't allowed as an ONBUILD trigger");
  return Instruction(Onbuild{behind_first_word(node.original)});
}

Made shell(const Node& node, Dialect) {
  TRY(InstructionFlags::parse(node.flags, {}));
  if (node.words.empty()) return at_least_one("SHELL");
  if (!node.json) return instruction_error("SHELL requires the arguments to be in JSON form");
  return Instruction(Shell{node.words});
}

Result<Nanos> interval(const InstructionFlags& flags, const std::string& name) {
  const std::string text = flags.value(name);
  if (text.empty()) return Nanos(0);
  const auto duration = parse_go_duration(text);
  if (!duration.ok()) return instruction_error(duration.error().message());
  if (duration.value() < kShortestInterval)
    return instruction_error("Interval " + go_quote(name) + " cannot be less than " + go_duration(kShortestInterval));
  return duration.value();
}

Result<int> retries_of(const InstructionFlags& flags) {
  const std::string text = flags.value("retries");
  if (text.empty()) return 0;
  const std::string_view digits = text[0] == '+' ? std::string_view(text).substr(1) : std::string_view(text);
  int out = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (read.ec == std::errc::result_out_of_range) return instruction_error("strconv.ParseInt: parsing " + go_quote(text) + ": value out of range");
  if (read.ec != std::errc() || read.ptr != digits.data() + digits.size() || (digits.size() != text.size() && digits[0] == '-'))
    return instruction_error("strconv.ParseInt: parsing " + go_quote(text) + ": invalid syntax");
  if (out < 1) return instruction_error("--retries must be at least 1 (not " + std::to_string(out) + ")");
  return out;
}

Made health(const Node& node, Dialect) {
  if (node.words.empty()) return at_least_one("HEALTHCHECK");
  Health out;
  std::string kind = to_upper(node.words[0]);
  const std::vector<std::string> words(std::next(node.words.begin()), node.words.end());
  if (kind == "NONE") {
    if (!words.empty()) return instruction_error("HEALTHCHECK NONE takes no arguments");
    out.check.test = {kind};
    return Instruction(std::move(out));
  }
  const auto flags = TRY(InstructionFlags::parse(
      node.flags, {{"interval", FlagKind::Text}, {"timeout", FlagKind::Text}, {"start-period", FlagKind::Text}, {"retries", FlagKind::Text}}));
  if (kind != "CMD") return instruction_error("Unknown type " + go_quote(kind) + " in HEALTHCHECK (try CMD)");
  const CommandLine command = command_of(words, node.json);
  if (command.words.empty()) return instruction_error("Missing command after HEALTHCHECK CMD");
  out.check.test = {node.json ? "CMD" : "CMD-SHELL"};
  out.check.test.insert(out.check.test.end(), command.words.begin(), command.words.end());
  out.check.interval = TRY(interval(flags, "interval"));
  out.check.timeout = TRY(interval(flags, "timeout"));
  out.check.start_period = TRY(interval(flags, "start-period"));
  out.check.retries = TRY(retries_of(flags));
  return Instruction(std::move(out));
}

const std::map<std::string, Maker, std::less<>>& makers() {
  static const std::map<std::string, Maker, std::less<>> kMakers = {
      {"from", from},       {"run", run},         {"copy", copy},       {"add", copy},     {"arg", arg},       {"cmd", cmd},
      {"entrypoint", entrypoint}, {"env", env},   {"label", label},     {"workdir", workdir}, {"user", user},  {"stopsignal", stop_signal},
      {"maintainer", maintainer}, {"expose", expose}, {"volume", volume}, {"onbuild", onbuild}, {"shell", shell}, {"healthcheck", health}};
  return kMakers;
}

Error at_line(Error error, int line) {
  error.wire = "dockerfile parse error line " + std::to_string(line) + ": " + error.message();
  error.cause = error.wire;
  return error;
}

}  // namespace

Result<Step> parse_instruction(const Node& node, Dialect dialect) {
  const auto maker = makers().find(to_lower(node.name));
  if (maker == makers().end()) return instruction_error(node.name.empty() ? "unknown instruction:" : "unknown instruction: " + to_upper(node.name));
  Step out;
  out.instruction = TRY(maker->second(node, dialect));
  out.text = trim_space(node.original);
  out.line = node.first_line;
  out.heredocs = node.heredocs;
  return out;
}

Result<Stages> parse_stages(const Dockerfile& file, Dialect dialect) {
  Stages out;
  for (const Node& node : file.nodes) {
    auto parsed = parse_instruction(node, dialect);
    if (!parsed.ok()) return at_line(std::move(parsed).error(), node.first_line);
    Step step = std::move(parsed).value();
    if (auto* start = std::get_if<From>(&step.instruction)) {
      out.stages.push_back({std::move(*start), std::move(step.text), step.line, {}});
    } else if (!out.stages.empty()) {
      out.stages.back().steps.push_back(std::move(step));
    } else if (std::holds_alternative<Arg>(step.instruction)) {
      out.arguments.push_back(std::move(step));
    } else {
      return instruction_error("no build stage in current context");
    }
  }
  return out;
}

Step label_step(const std::string& key, const std::string& value) {
  Label label;
  label.values.emplace_back(key, value);
  label.literal = true;
  Step out;
  out.instruction = std::move(label);
  out.text = "LABEL " + key + "=" + value;
  return out;
}

std::string needs_buildkit(std::string_view what) {
  return std::string(what) +
         " BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled";
}

}  // namespace strates::build
