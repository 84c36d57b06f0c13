// strates layers IMAGE: what each layer of an image brings, who shares it, what of it is waste.
#include "api/client.hpp"
#include "base/json_full.hpp"
#include "cli/daemon.hpp"
#include "cli/flags.hpp"
#include "cli/front_commands.hpp"
#include "cli/layers_text.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {bool_flag("files", 0, ""), bool_flag("json", 0, "")};

}  // namespace

Result<int> layers_command(const FrontCall& call) {
  const auto parsed = parse_flags(kFlags, call.words, Positionals::Interspersed);
  if (!parsed.ok()) return usage_error("layers", parsed.error());
  const ParsedFlags& flags = parsed.value();
  if (flags.help) {
    call.console.out(front_help("strates layers [--files] [--json] IMAGE", Text::CliLayersHelp));
    return 0;
  }
  if (flags.arguments.size() != 1) return usage_error("layers", docker_error(ErrorKind::Invalid, "cli.usage", tr(Text::CliLayersImage)));
  const EngineChoice choice = TRY(choose_engine(call.options.host, process_surroundings()));
  api::Client client(api::unix_transport(choice.socket));
  auto report = client.get("/strates/v1/images/" + path_name(flags.arguments[0]) + "/layers");
  // Docker, asked for a page it does not have.
  if (!report.ok() && report.error().message() == "page not found")
    return make_error(ErrorKind::NotFound, "layers.refused", "strates layers", choice.host(), tr(Text::CliLayersNotStrates));
  const Json json = TRY(std::move(report));
  call.console.out(flags.boolean("json") ? dump_json_pretty(json, 2) + "\n" : layers_text(json, flags.boolean("files") ? LayerFiles::Shown : LayerFiles::Hidden));
  return 0;
}

}  // namespace strates::cli
