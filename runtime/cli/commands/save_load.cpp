// docker save, docker load: cli/command/image/save.go and load.go of docker/cli 20.10.
#include "base/json_full.hpp"
#include "cli/commands/all.hpp"
#include "cli/daemon.hpp"
#include "cli/file_source.hpp"
#include "cli/json_messages.hpp"
#include "cli/output_file.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kSaveFlags[] = {text_flag("output", 'o', "Write to a file, instead of STDOUT")};
constexpr FlagSpec kLoadFlags[] = {
    text_flag("input", 'i', "Read from tar archive file, instead of STDIN"),
    bool_flag("quiet", 'q', "Suppress the load output"),
};

}  // namespace

std::span<const FlagSpec> save_flags() { return kSaveFlags; }
std::span<const FlagSpec> load_flags() { return kLoadFlags; }

Result<int> save_handler(Invocation& in) {
  Console& console = in.session.console;
  const std::string output = in.flags.text("output");
  if (output.empty() && console.out_is_terminal())
    return docker_error(ErrorKind::Invalid, "cli.save", "cowardly refusing to save to a terminal. Use the -o flag or redirect");
  if (!output.empty()) {
    if (const auto path = check_output_path(output); !path.ok()) return docker_error(ErrorKind::Invalid, "cli.save", "failed to save image: " + path.error().message());
  }
  Query query;
  for (const std::string& name : in.args()) query.add("names", name);
  api::ClientRequest request;
  request.target = query.on("/images/get");
  api::ClientResponse response = TRY(daemon(in.session.client.stream(std::move(request))));
  if (output.empty()) TRY(write_output(*response.stream, console));
  else TRY(write_output_file(*response.stream, output));
  return 0;
}

Result<int> load_handler(Invocation& in) {
  Console& console = in.session.console;
  const std::string input = in.flags.text("input");
  InputSource standard(console);
  std::unique_ptr<FileSource> file;
  if (!input.empty()) {
    auto opened = FileSource::open(input);
    if (!opened.ok() && opened.error().code == "system.ENOENT") return docker_error(ErrorKind::NotFound, "cli.load", "open " + input + ": no such file or directory");
    file = std::make_unique<FileSource>(TRY(std::move(opened)));
  } else if (console.in_is_terminal()) {
    return docker_error(ErrorKind::Invalid, "cli.load", "requested load from stdin, but stdin is empty");
  }
  Query query;
  query.add("quiet", in.flags.boolean("quiet") || !console.out_is_terminal() ? "1" : "0");
  api::ClientRequest request = post_request(query.on("/images/load"));
  request.headers.emplace_back("Content-Type", "application/x-tar");
  request.body_source = file ? static_cast<ByteSource*>(file.get()) : &standard;
  api::ClientResponse response = TRY(daemon(in.session.client.stream(std::move(request))));
  return show_json_messages(*response.stream, console, MessageTarget::Out);
}

}  // namespace strates::cli
