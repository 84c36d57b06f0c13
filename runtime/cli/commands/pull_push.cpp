// docker pull, docker push: cli/command/image/pull.go and push.go of docker/cli 20.10.
#include "cli/commands/all.hpp"
#include "cli/commands/content_trust.hpp"
#include "cli/daemon.hpp"
#include "cli/docker_config.hpp"
#include "cli/json_messages.hpp"
#include "image/reference.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kPullFlags[] = {
    bool_flag("all-tags", 'a', "Download all tagged images in the repository"),
    bool_flag("disable-content-trust", 0, "Skip image verification", "true"),
    text_flag("platform", 0, "Set platform if server is multi-platform capable"),
    bool_flag("quiet", 'q', "Suppress verbose output"),
};
constexpr FlagSpec kPushFlags[] = {
    bool_flag("all-tags", 'a', "Push all tagged images in the repository"),
    bool_flag("disable-content-trust", 0, "Skip image signing", "true"),
    bool_flag("quiet", 'q', "Suppress verbose output"),
};

// What both begin with: the name, with "latest" where it says none.
Result<image::Reference> wanted_image(Invocation& in) {
  const auto parsed = image::parse_reference(in.args()[0]);
  if (!parsed.ok()) return docker_error(ErrorKind::Invalid, "cli.reference", parsed.error().message());
  TRY(check_content_trust(in.flags, in.command.name));
  const bool all = in.flags.boolean("all-tags");
  if (all && !parsed.value().name_only()) return docker_error(ErrorKind::Invalid, "cli.all-tags", "tag can't be used with --all-tags/-a");
  if (all || !parsed.value().name_only()) return parsed;
  if (!in.flags.boolean("quiet")) in.session.console.out("Using default tag: latest\n");
  return parsed.value().with_default_tag();
}

Result<void> transfer(Invocation& in, const std::string& target, const std::string& domain) {
  api::ClientRequest request = post_request(target);
  request.headers.emplace_back("X-Registry-Auth", registry_auth_header(domain));
  api::ClientResponse response = TRY(daemon(in.session.client.stream(std::move(request))));
  const auto nothing = [](std::string_view) {};
  if (in.flags.boolean("quiet")) TRY(show_json_messages(*response.stream, in.session.console, MessageTarget::Out, nullptr, nothing));
  else TRY(show_json_messages(*response.stream, in.session.console, MessageTarget::Out));
  return success();
}

}  // namespace

std::span<const FlagSpec> pull_flags() { return kPullFlags; }
std::span<const FlagSpec> push_flags() { return kPushFlags; }

Result<int> pull_handler(Invocation& in) {
  const image::Reference reference = TRY(wanted_image(in));
  Query query;
  query.add("fromImage", reference.familiar_name()).add_if(in.flags.changed("platform"), "platform", in.flags.text("platform"));
  query.add_if(!reference.name_only(), "tag", reference.digest.empty() ? reference.tag : reference.digest);
  TRY(transfer(in, query.on("/images/create"), reference.domain));
  in.session.console.out(reference.canonical() + "\n");
  return 0;
}

Result<int> push_handler(Invocation& in) {
  const image::Reference reference = TRY(wanted_image(in));
  if (!reference.digest.empty()) return docker_error(ErrorKind::Invalid, "cli.push", "cannot push a digest reference");
  Query query;
  query.add_if(!reference.tag.empty(), "tag", reference.tag);
  TRY(transfer(in, query.on("/images/" + path_name(reference.familiar_name()) + "/push"), reference.domain));
  if (in.flags.boolean("quiet")) in.session.console.out(reference.canonical() + "\n");
  return 0;
}

}  // namespace strates::cli
