// Commands of one request and little to say: diff, top, tag, rmi, commit, export, import.
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "cli/commands/all.hpp"
#include "cli/daemon.hpp"
#include "cli/file_source.hpp"
#include "cli/json_messages.hpp"
#include "cli/output_file.hpp"
#include "cli/tab_table.hpp"
#include "image/reference.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kRmiFlags[] = {
    bool_flag("force", 'f', "Force removal of the image"),
    bool_flag("no-prune", 0, "Do not delete untagged parents"),
};
constexpr FlagSpec kCommitFlags[] = {
    text_flag("author", 'a', "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")"),
    list_flag("change", 'c', "Apply Dockerfile instruction to the created image"),
    text_flag("message", 'm', "Commit message"),
    bool_flag("pause", 'p', "Pause container during commit", "true"),
};
constexpr FlagSpec kExportFlags[] = {text_flag("output", 'o', "Write to a file, instead of STDOUT")};
constexpr FlagSpec kImportFlags[] = {
    list_flag("change", 'c', "Apply Dockerfile instruction to the created image"),
    text_flag("message", 'm', "Set commit message for imported image"),
    text_flag("platform", 0, "Set platform if server is multi-platform capable"),
};

Error bad_reference(const std::string& text, const Error& cause) {
  return docker_error(ErrorKind::Invalid, "cli.reference", "Error parsing reference: " + go_quote(text) + " is not a valid repository/tag: " + cause.message());
}

}  // namespace

std::span<const FlagSpec> diff_flags() { return {}; }
std::span<const FlagSpec> top_flags() { return {}; }
std::span<const FlagSpec> tag_flags() { return {}; }
std::span<const FlagSpec> rmi_flags() { return kRmiFlags; }
std::span<const FlagSpec> commit_flags() { return kCommitFlags; }
std::span<const FlagSpec> export_flags() { return kExportFlags; }
std::span<const FlagSpec> import_flags() { return kImportFlags; }

Result<int> diff_handler(Invocation& in) {
  if (in.args()[0].empty()) return docker_error(ErrorKind::Invalid, "cli.diff", "Container name cannot be empty");
  const Json changes = TRY(daemon(in.session.client.get("/containers/" + path_name(in.args()[0]) + "/changes")));
  static constexpr char kLetters[] = "CAD";
  std::string out;
  for (const Json& change : changes) {
    const std::int64_t kind = json_int(change, "Kind");
    out += std::string(1, kind >= 0 && kind <= 2 ? kLetters[kind] : '?') + " " + json_string(change, "Path") + "\n";
  }
  in.session.console.out(out);
  return 0;
}

Result<int> top_handler(Invocation& in) {
  const std::vector<std::string> options(in.args().begin() + 1, in.args().end());
  Query query;
  query.add_if(!options.empty(), "ps_args", join(options, " "));
  const Json processes = TRY(daemon(in.session.client.get(query.on("/containers/" + path_name(in.args()[0]) + "/top"))));
  std::string out = join(json_strings(processes, "Titles"), "\t") + "\n";
  for (const Json& row : json_member(processes, "Processes")) {
    std::vector<std::string> cells;
    for (const Json& cell : row) cells.push_back(cell.is_string() ? cell.get<std::string>() : dump_json(cell));
    out += join(cells, "\t") + "\n";
  }
  in.session.console.out(align_tabs(out, kTopLayout));
  return 0;
}

Result<int> tag_handler(Invocation& in) {
  for (const std::string& name : in.args())
    if (const auto reference = image::parse_reference(name); !reference.ok() && !image::is_identifier(name)) return bad_reference(name, reference.error());
  const auto target = image::parse_reference(in.args()[1]);
  if (!target.ok()) return bad_reference(in.args()[1], target.error());
  if (!target.value().digest.empty()) return docker_error(ErrorKind::Invalid, "cli.reference", "refusing to create a tag with a digest reference");
  const image::Reference reference = target.value().with_default_tag();
  Query query;
  query.add("repo", reference.familiar_name()).add("tag", reference.tag);
  TRY(daemon(in.session.client.post(query.on("/images/" + path_name(in.args()[0]) + "/tag"), Json())));
  return 0;
}

Result<int> rmi_handler(Invocation& in) {
  const bool force = in.flags.boolean("force");
  Query query;
  query.add_if(force, "force").add_if(in.flags.boolean("no-prune"), "noprune");
  std::vector<std::string> errors;
  bool fatal = false;
  for (const std::string& name : in.args()) {
    const auto done = daemon_object(in.session.client.remove(query.on("/images/" + path_name(name))), "image", name);
    if (!done.ok()) {
      fatal = fatal || done.error().kind != ErrorKind::NotFound;
      errors.push_back(done.error().message());
      continue;
    }
    std::string out;
    for (const Json& removal : done.value()) {
      const std::string deleted = json_string(removal, "Deleted");
      out += deleted.empty() ? "Untagged: " + json_string(removal, "Untagged") + "\n" : "Deleted: " + deleted + "\n";
    }
    in.session.console.out(out);
  }
  if (!errors.empty() && force && !fatal) {
    in.session.console.err(join(errors, "\n") + "\n");
    return 0;
  }
  return joined(errors);
}

Result<int> commit_handler(Invocation& in) {
  Query query;
  query.add("author", in.flags.text("author")).add("comment", in.flags.text("message")).add("container", in.args()[0]);
  for (const std::string& change : in.flags.list("change")) query.add("changes", change);
  query.add_if(!in.flags.boolean("pause"), "pause", "0");
  std::string repository, tag;
  if (in.args().size() > 1 && !in.args()[1].empty()) {
    const auto reference = image::parse_reference(in.args()[1]);
    if (!reference.ok()) return docker_error(ErrorKind::Invalid, "cli.reference", reference.error().message());
    if (!reference.value().digest.empty()) return docker_error(ErrorKind::Invalid, "cli.reference", "refusing to create a tag with a digest reference");
    const image::Reference target = reference.value().with_default_tag();
    repository = target.familiar_name();
    tag = target.tag;
  }
  query.add("repo", repository).add("tag", tag);
  const Json reply = TRY(daemon(in.session.client.post(query.on("/commit"), Json())));
  in.session.console.out(json_string(reply, "Id") + "\n");
  return 0;
}

Result<int> export_handler(Invocation& in) {
  Console& console = in.session.console;
  const std::string output = in.flags.text("output");
  if (output.empty() && console.out_is_terminal())
    return docker_error(ErrorKind::Invalid, "cli.export", "cowardly refusing to save to a terminal. Use the -o flag or redirect");
  if (!output.empty()) {
    if (const auto path = check_output_path(output); !path.ok()) return docker_error(ErrorKind::Invalid, "cli.export", "failed to export container: " + path.error().message());
  }
  api::ClientRequest request;
  request.target = "/containers/" + path_name(in.args()[0]) + "/export";
  api::ClientResponse response = TRY(daemon(in.session.client.stream(std::move(request))));
  if (output.empty()) TRY(write_output(*response.stream, console));
  else TRY(write_output_file(*response.stream, output));
  return 0;
}

Result<int> import_handler(Invocation& in) {
  const std::string source = in.args()[0];
  const bool remote = source.starts_with("http://") || source.starts_with("https://");  // the daemon gets it
  Query query;
  query.add("fromSrc", remote ? source : "-");
  if (in.args().size() > 1) query.add("repo", in.args()[1]);
  if (in.flags.changed("message")) query.add("message", in.flags.text("message"));
  for (const std::string& change : in.flags.list("change")) query.add("changes", change);
  InputSource input(in.session.console);
  std::unique_ptr<FileSource> file;
  if (source != "-" && !remote) {
    auto opened = FileSource::open(source);
    if (!opened.ok() && opened.error().code == "system.ENOENT") return docker_error(ErrorKind::NotFound, "cli.import", "open " + source + ": no such file or directory");
    file = std::make_unique<FileSource>(TRY(std::move(opened)));
  }
  if (in.args().size() > 1 && !in.args()[1].empty())
    if (const auto reference = image::parse_reference(in.args()[1]); !reference.ok()) return docker_error(ErrorKind::Invalid, "cli.reference", reference.error().message());
  query.add_if(in.flags.changed("platform"), "platform", to_lower(in.flags.text("platform")));
  api::ClientRequest request = post_request(query.on("/images/create"));
  request.headers.emplace_back("Content-Type", "text/plain");
  if (!remote) request.body_source = file ? static_cast<ByteSource*>(file.get()) : &input;
  api::ClientResponse response = TRY(daemon(in.session.client.stream(std::move(request))));
  return show_json_messages(*response.stream, in.session.console, MessageTarget::Out);
}

}  // namespace strates::cli
