// A build from the request to the tags.
#include <charconv>

#include "base/strings.hpp"
#include "engine/builder.hpp"
#include "engine/builder_errors.hpp"
#include "engine/image_tree.hpp"
#include "image/reference.hpp"

namespace strates::engine {

namespace {

Result<std::vector<image::Reference>> parse_tags(const std::vector<std::string>& tags) {
  std::vector<image::Reference> out;
  for (const std::string& tag : tags) {
    if (tag.empty()) continue;
    const image::Reference reference = TRY(image::parse_reference(tag));
    if (!reference.digest.empty()) return docker_error(ErrorKind::Invalid, "build.tag", "build tag cannot contain a digest");
    const image::Reference full = reference.with_default_tag();
    bool known = false;
    for (const image::Reference& old : out) known = known || old == full;
    if (!known) out.push_back(full);
  }
  return out;
}

Result<build::Dockerfile> parse_file(const BuildContext& context) {
  const std::string& name = context.dockerfile_name();
  if (context.dockerfile().empty())
    return docker_error(ErrorKind::Invalid, "dockerfile.empty", "the Dockerfile (" + name + ") cannot be empty");
  auto file = build::parse_dockerfile(context.dockerfile(), build::Dialect::Classic);
  if (file.ok()) return file;
  Error error = std::move(file).error();
  error.wire = "failed to parse " + name + ": " + error.message();
  return error;
}

// Docker's sentences about empty continuation lines, the only warnings its parser has.
std::string warnings_of(const build::Dockerfile& file) {
  std::string out;
  for (const std::string& warning : file.warnings) out += "[WARNING]: " + replace_all(warning, "found in: ", "found in:\n    ") + "\n";
  if (!out.empty()) out += "[WARNING]: Empty continuation lines will become errors in a future release.\n";
  return out;
}

// The context at a URL: a tar, or with the type text/plain a Dockerfile alone, which is put into `dockerfile`.
Result<std::shared_ptr<Spool>> remote_context(BuildHost& host, const std::string& url, std::string& dockerfile, const std::function<bool()>& cancelled) {
  constexpr std::uint64_t kMaxDockerfile = 4 << 20;
  if (!is_url(url)) return docker_error(ErrorKind::Invalid, "build.remote", "remoteURL (" + url + ") could not be recognized as URL");
  auto file = host.get_remote(url, cancelled);
  if (!file.ok()) {
    Error error = std::move(file).error();
    if (error.code != "build.cancelled") error.wire = "error downloading remote context " + url + ": " + error.message();
    return error;
  }
  if (file.value().content_type.starts_with("text/plain")) dockerfile = TRY(read_all(*TRY(file.value().bytes->open()), kMaxDockerfile));
  return file.value().bytes;
}

Result<ImageId> build_and_tag(BuildHost& host, const BuildRequest& request, BuilderOutput& output, OpId op) {
  const auto tags = TRY(parse_tags(request.tags));
  const auto cancelled = [&] { return output.cancelled(); };
  std::shared_ptr<Spool> tar = request.context;
  std::string alone;  // a Dockerfile that came without a context
  if (!request.remote.empty()) tar = TRY(remote_context(host, request.remote, alone, cancelled));
  if (tar == nullptr) return docker_error(ErrorKind::Invalid, "build.context", "missing build context");
  BuildContext context = alone.empty() ? TRY(BuildContext::read(host.archives(), host.hasher(), *tar, request.dockerfile, cancelled))
                                       : BuildContext::of_dockerfile(host.archives(), *tar, alone);
  std::uint64_t entries = 0;
  for (const auto& [path, entry] : context.entries()) entries += entry.ordinal != 0 ? 1 : 0;
  host.tracer().emit(op, event::Build(event::ContextReceived{entries, tar->size(), context.excluded()}));
  const build::Dockerfile file = TRY(parse_file(context));
  build::Stages stages = TRY(build::parse_stages(file, build::Dialect::Classic));
  output.say_error(warnings_of(file));
  Builder builder(host, request, output, context, file.escape, op);
  const ImageId image = TRY(builder.run(std::move(stages)));
  output.say("Successfully built " + short_id(image.str()) + "\n");
  for (const image::Reference& tag : tags) {
    TRY(host.tag_image(image, tag.canonical(), op));
    output.say("Successfully tagged " + tag.familiar() + "\n");
  }
  return image;
}

}  // namespace

Result<ImageId> run_build(BuildHost& host, const BuildRequest& request, BuildOutput& output, OpId parent_op) {
  BuilderOutput said(output, request.quiet);
  auto image = build_and_tag(host, request, said, parent_op);
  if (image.ok()) said.succeeded(image.value());
  else said.failed();
  return image;
}

Error run_failed(std::string_view command, int exit_code) {
  return docker_error(ErrorKind::Internal, "build.run-failed",
                      "The command '" + std::string(command) + "' returned a non-zero code: " + std::to_string(exit_code));
}

int build_exit_code(const Error& error) {
  constexpr std::string_view kBefore = "returned a non-zero code: ";
  const size_t at = error.code == "build.run-failed" ? error.wire.rfind(kBefore) : std::string::npos;
  if (at == std::string::npos) return 1;
  int out = 1;
  std::from_chars(error.wire.data() + at + kBefore.size(), error.wire.data() + error.wire.size(), out);
  return out;
}

}  // namespace strates::engine
