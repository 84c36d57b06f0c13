#include "engine/builder_config.hpp"

#include <fmt/format.h>

#include "base/strings.hpp"
#include "build/go_duration.hpp"
#include "build/go_text.hpp"
#include "build/port_spec.hpp"
#include "build/shell_lex.hpp"
#include "engine/signals.hpp"

namespace strates::engine {

namespace {

// Of all variables, or all labels, of an image.
constexpr size_t kMaxBytes = 2 << 20;

using Change = Result<std::optional<ConfigChange>>;

// `%q` of a small number: a quoted character.
std::string quote_number(int number) {
  switch (number) {
    case '\a': return "'\\a'";
    case '\b': return "'\\b'";
    case '\f': return "'\\f'";
    case '\n': return "'\\n'";
    case '\r': return "'\\r'";
    case '\t': return "'\\t'";
    case '\v': return "'\\v'";
    case '\'': return "'\\''";
    case '\\': return "'\\\\'";
    default: break;
  }
  if (number < 0x20 || number == 0x7f) return fmt::format("'\\x{:02x}'", number);
  return "'" + build::to_utf8(static_cast<char32_t>(number)) + "'";
}

struct Applier {
  ConfigState& state;

  Change operator()(const build::From&) const { return std::optional<ConfigChange>(); }
  Change operator()(const build::Run&) const { return std::optional<ConfigChange>(); }
  Change operator()(const build::Copy&) const { return std::optional<ConfigChange>(); }
  Change operator()(const build::Arg&) const { return std::optional<ConfigChange>(); }

  Change operator()(const build::Cmd& cmd) const {
    state.config.cmd = resolve_command(cmd.command, state.config);
    state.config.args_escaped = false;
    if (!cmd.command.words.empty()) state.cmd_set = true;
    return done("CMD " + build::quote_list(*state.config.cmd));
  }
  Change operator()(const build::Entrypoint& entrypoint) const {
    // `ENTRYPOINT []` takes it away.
    const auto words = entrypoint.command.words.empty() ? image::StringList() : resolve_command(entrypoint.command, state.config);
    if (words.empty()) state.config.entrypoint.reset();
    else state.config.entrypoint = words;
    state.config.args_escaped = false;
    if (!state.cmd_set) state.config.cmd.reset();
    return done("ENTRYPOINT " + build::quote_list(words));
  }
  Change operator()(const build::Env& env) const {
    if (!state.config.env) state.config.env.emplace();
    std::string comment = "ENV";
    for (const auto& [key, value] : env.values) {
      const std::string entry = key + "=" + value;
      comment += " " + entry;
      bool found = false;
      for (std::string& old : *state.config.env) {
        if (std::string_view(old).substr(0, old.find('=')) != key) continue;
        old = entry;
        found = true;
        break;
      }
      if (!found) state.config.env->push_back(entry);
    }
    size_t bytes = 0;
    for (const std::string& entry : *state.config.env) bytes += entry.size();
    if (bytes > kMaxBytes) return too_large("environment");
    return done(comment);
  }
  Change operator()(const build::Label& label) const {
    if (!state.config.labels) state.config.labels.emplace();
    std::string comment = "LABEL";
    for (const auto& [key, value] : label.values) {
      (*state.config.labels)[key] = value;
      comment += " " + key + "=" + value;
    }
    size_t bytes = 0;
    for (const auto& [key, value] : *state.config.labels) bytes += key.size() + value.size();
    if (bytes > kMaxBytes) return too_large("labels");
    return done(comment);
  }
  Change operator()(const build::Workdir& workdir) const {
    if (workdir.path.empty()) return docker_error(ErrorKind::Invalid, "dockerfile.instruction", "cannot normalize nothing");
    state.config.working_dir =
        workdir.path.front() == '/' ? workdir.path : clean_path("/" + state.config.working_dir + "/" + workdir.path);
    return done("WORKDIR " + state.config.working_dir);
  }
  Change operator()(const build::Expose& expose) const {
    for (const std::string& text : expose.ports)
      for (const std::string& port : TRY(build::parse_port_spec(text))) state.config.exposed_ports.insert(port);
    return done("EXPOSE " + join(expose.ports, " "));
  }
  Change operator()(const build::User& user) const {
    state.config.user = user.user;
    return done("USER " + user.user);
  }
  Change operator()(const build::Maintainer& maintainer) const {
    state.maintainer = maintainer.name;
    return done("MAINTAINER " + maintainer.name);
  }
  Change operator()(const build::Volume& volume) const {
    if (!state.config.volumes) state.config.volumes.emplace();
    for (const std::string& path : volume.paths) {
      if (path.empty()) return docker_error(ErrorKind::Invalid, "dockerfile.instruction", "VOLUME specified can not be an empty string");
      state.config.volumes->insert(path);
    }
    return done("VOLUME " + build::plain_list(volume.paths));
  }
  Change operator()(const build::StopSignal& stop) const {
    if (!parse_signal(stop.signal)) return docker_error(ErrorKind::Invalid, "signal.unknown", "Invalid signal: " + stop.signal);
    state.config.stop_signal = stop.signal;
    return done("STOPSIGNAL " + stop.signal);
  }
  Change operator()(const build::Onbuild& onbuild) const {
    if (!state.config.on_build) state.config.on_build.emplace();
    state.config.on_build->push_back(onbuild.expression);
    return done("ONBUILD " + onbuild.expression);
  }
  Change operator()(const build::Shell& shell) const {
    state.config.shell = shell.words;
    return done("SHELL " + build::plain_list(shell.words));
  }
  Change operator()(const build::Health& health) const {
    ConfigChange out;
    if (const auto& old = state.config.healthcheck; old && !old->test.empty() && old->test[0] != "NONE")
      out.notice = "Note: overriding previous HEALTHCHECK: " + build::plain_list(old->test) + "\n";
    state.config.healthcheck = health.check;
    const image::Healthcheck& check = health.check;
    out.comment = "HEALTHCHECK &{" + build::quote_list(check.test) + " " + go_quote(build::go_duration(check.interval)) + " " +
                  go_quote(build::go_duration(check.timeout)) + " " + go_quote(build::go_duration(check.start_period)) + " " +
                  quote_number(check.retries) + "}";
    return std::optional<ConfigChange>(std::move(out));
  }

 private:
  static Error too_large(std::string_view what) {
    return make_error(ErrorKind::Invalid, "dockerfile.too-large", "build", what, "more than " + std::to_string(kMaxBytes) + " bytes", "keep them shorter");
  }
  static Change done(std::string comment) { return std::optional<ConfigChange>(ConfigChange{std::move(comment), ""}); }
};

}  // namespace

Result<build::Instruction> expand_step(const build::Instruction& instruction, const std::vector<std::string>& environment, char32_t escape) {
  const build::Variables variables = build::variables_of(environment);
  build::LexOptions options;
  options.escape = escape;
  options.classic = true;
  if (const auto* expose = std::get_if<build::Expose>(&instruction)) {
    build::Expose out;
    for (const std::string& port : expose->ports)
      for (std::string& word : TRY(build::lex_words(port, variables, options)).words) out.ports.push_back(std::move(word));
    return build::Instruction(std::move(out));
  }
  return build::expand_instruction(instruction, [&](std::string_view word) { return build::expand_word(word, variables, options); });
}

Result<std::optional<ConfigChange>> apply_config(const build::Instruction& instruction, ConfigState& state) {
  return std::visit(Applier{state}, instruction);
}

image::StringList shell_of(const image::RunConfig& config) {
  if (config.shell && !config.shell->empty()) return *config.shell;
  return {"/bin/sh", "-c"};
}

image::StringList resolve_command(const build::CommandLine& command, const image::RunConfig& config) {
  if (!command.shell_form) return command.words;
  image::StringList out = shell_of(config);
  if (!command.words.empty()) out.push_back(join(command.words, " "));
  return out;
}

image::RunConfig with_comment(image::RunConfig config, const std::string& comment) {
  image::StringList words = shell_of(config);
  words.push_back("#(nop) ");
  words.push_back(comment);
  config.cmd = std::move(words);
  return config;
}

image::RunConfig with_single_comment(image::RunConfig config, const std::string& comment) {
  image::StringList words = shell_of(config);
  words.push_back("#(nop) " + comment);
  config.cmd = std::move(words);
  return config;
}

}  // namespace strates::engine
