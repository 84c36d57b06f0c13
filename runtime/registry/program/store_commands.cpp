// strates registry gc, preload, password
#include <unistd.h>

#include "base/json_full.hpp"
#include "base/sizes.hpp"
#include "base/strings.hpp"
#include "base/text.hpp"
#include "registry/client/places.hpp"
#include "registry/program/image_copy.hpp"
#include "registry/program/interruption.hpp"
#include "registry/program/program.hpp"
#include "registry/program/progress.hpp"

namespace strates::registry::server {

namespace {

using cli::bool_flag;
using cli::text_flag;

constexpr cli::FlagSpec kGcFlags[] = {text_flag("root", 0, ""), bool_flag("untagged", 0, ""), {"grace", 0, cli::FlagKind::Duration, "duration", {}, "1h"}, bool_flag("json", 0, "")};
constexpr cli::FlagSpec kPreloadFlags[] = {text_flag("root", 0, ""), text_flag("mirror", 0, ""), bool_flag("mirror-login", 0, ""), text_flag("platform", 0, ""), bool_flag("json", 0, "")};
constexpr cli::FlagSpec kPasswordFlags[] = {text_flag("root", 0, "")};

struct Brought {
  std::string image, digest;
  std::uint64_t bytes = 0;
  int blobs = 0;
};

// Reads every blob once: a mirror keeps what passes through it, and who reads sees it come.
Result<Brought> bring(Link& link, cli::Console& console, const std::string& image, const std::string& architecture) {
  const ImageParts found = TRY(find_image(link, image, architecture));
  Brought out{image, found.parts.back().digest, 0, 0};
  for (const ImagePart& part : found.parts) {
    if (part.is_manifest) continue;
    Progress progress(console, part.size);
    const LinkAnswer answer = TRY(link.call({"GET", "/v2/" + found.name + "/blobs/" + part.digest, {}, nullptr}, &progress));
    if (!answer.ok()) return link_error(answer, part.digest);
    if (progress.done() != part.size) return make_error(ErrorKind::Unavailable, "registry.size", "bring", part.digest, "it has another size than its manifest says");
    out.bytes += progress.done();
    ++out.blobs;
  }
  return out;
}

}  // namespace

Result<int> gc_command(const Call& call) {
  const auto read = TRY(read_flags(call, kGcFlags, "strates registry gc [--untagged] [--grace DURATION] [--json]", Text::RegistryGcHelp));
  if (!read) return 0;
  if (!read->arguments.empty()) return usage_error(tr(Text::CliUnexpectedArgument, read->arguments[0]));
  ShopOptions options;
  options.root = root_of(*read);
  if (::access((options.root + "/registry.db").c_str(), F_OK) != 0) return make_error(ErrorKind::NotFound, "registry.root", "collect in", options.root, tr(Text::RegistryNoRegistry), tr(Text::RegistryNoRegistryAdvice));
  const auto link = TRY(open_link(call.machine, options));
  std::string target = std::string("/control/gc?untagged=") + (read->boolean("untagged") ? "1" : "0");
  if (read->changed("grace")) target += "&grace=" + std::to_string(std::max<Nanos>(read->nanoseconds("grace"), 0) / kSecond);
  const Json report = TRY(link->json({"POST", target, {}, nullptr}));
  if (read->boolean("json")) call.console.out(dump_json(report) + "\n");
  else
    call.console.out(tr(Text::RegistryGcDone, json_int(report, "removedBlobs"), told_size(static_cast<std::uint64_t>(json_int(report, "removedBytes"))), json_int(report, "removedManifests"),
                        json_int(report, "keptBlobs"), told_size(static_cast<std::uint64_t>(json_int(report, "keptBytes")))) +
                     "\n");
  return 0;
}

Result<int> preload_command(const Call& call) {
  const auto read = TRY(read_flags(call, kPreloadFlags, "strates registry preload [--mirror URL] [--json] FILE", Text::RegistryPreloadHelp));
  if (!read) return 0;
  if (read->arguments.size() != 1) return usage_error(tr(Text::RegistryOneFile));
  bool found = false;
  const auto images = read_image_list(read_small_file(read->arguments[0], found));
  if (!found) return make_error(ErrorKind::NotFound, "registry.list", "read", read->arguments[0], tr(Text::RegistryNoFile));
  ShopOptions options;
  options.root = root_of(*read);
  TRY(read_mirror(*read, std::string(kHubName), options));
  const Interruption interruption(call.console, Text::RegistryInterruptedKept);
  const auto link = TRY(open_link(call.machine, options));
  const std::string architecture = read->text("platform").empty() ? this_architecture() : base_name(read->text("platform"));
  int failed = 0;
  for (size_t i = 0; i < images.size(); ++i) {
    say(call, *read, tr(Text::RegistryBringing, i + 1, images.size(), images[i]));
    const auto brought = bring(*link, call.console, images[i], architecture);
    if (brought.ok()) {
      if (read->boolean("json")) call.console.out(dump_json(Json{{"image", images[i]}, {"digest", brought.value().digest}, {"blobs", brought.value().blobs}, {"bytes", brought.value().bytes}}) + "\n");
      else call.console.out("  " + brought.value().digest + "  " + told_size(brought.value().bytes) + "\n");
      continue;
    }
    ++failed;
    if (read->boolean("json")) call.console.out(dump_json(Json{{"image", images[i]}, {"error", brought.error().explanation()}}) + "\n");
    else call.console.err("  " + tr(Text::ErrorPrefix, brought.error().message()) + "\n");
  }
  return failed == 0 ? 0 : 1;
}

Result<int> password_command(const Call& call) {
  const auto read = TRY(read_flags(call, kPasswordFlags, "strates registry password NAME >> htpasswd", Text::RegistryPasswordHelp));
  if (!read) return 0;
  if (read->arguments.size() != 1 || read->arguments[0].find_first_of(":\n") != std::string::npos || read->arguments[0].empty()) return usage_error(tr(Text::RegistryOneName));
  if (call.console.in_is_terminal()) call.console.err(tr(Text::RegistryAskPassword));
  std::string password;
  {
    // What is typed is not shown.
    const auto raw = call.console.in_is_terminal() ? call.console.raw_mode() : nullptr;
    for (char c = 0; password.size() < 1024;) {
      const size_t got = TRY(call.console.read_input({&c, 1}));
      if (got == 0 || c == '\n' || c == '\r') break;
      if (raw && c == 3) return 130;
      if (raw && (c == 127 || c == 8)) {
        if (!password.empty()) password.pop_back();
      } else {
        password += c;
      }
    }
  }
  if (call.console.in_is_terminal()) call.console.err("\n");
  if (password.empty()) return usage_error(tr(Text::RegistryNoPassword));
  call.console.out(read->arguments[0] + ":" + TRY(call.machine.password_hash(password)) + "\n");
  return 0;
}

}  // namespace strates::registry::server
