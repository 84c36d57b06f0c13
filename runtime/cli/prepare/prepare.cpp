// strates images prepare: makes base images on this machine and gives them to the engine.
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "api/client.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/daemon.hpp"
#include "cli/docker_front.hpp"
#include "cli/ensure_daemon.hpp"
#include "cli/file_source.hpp"
#include "cli/flags.hpp"
#include "cli/forwarding_console.hpp"
#include "cli/front_commands.hpp"
#include "cli/json_messages.hpp"
#include "cli/machine_clock.hpp"
#include "cli/prepare/base_image.hpp"
#include "cli/prepare/prepared_tars.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {bool_flag("force", 0, "")};

// Counts what is sent, and says so now and then.
class CountedSource : public ByteSource {
 public:
  CountedSource(ByteSource& from, const Progress& progress) : from_(from), progress_(progress) {}
  Result<size_t> read(std::span<char> buffer) override {
    constexpr std::uint64_t kEvery = 16 << 20;
    const size_t got = TRY(from_.read(buffer));
    sent_ += got;
    if (sent_ / kEvery != said_ || (got == 0 && !ended_)) progress_(tr(Text::PrepareSent, told_size(sent_)));
    said_ = sent_ / kEvery;
    ended_ = ended_ || got == 0;
    return got;
  }

 private:
  ByteSource& from_;
  const Progress& progress_;
  std::uint64_t sent_ = 0, said_ = 0;
  bool ended_ = false;
};

// What a build says, set in like the other steps, and whether an archive could not be reached.
class BuildConsole : public ForwardingConsole {
 public:
  explicit BuildConsole(Console& inner) : ForwardingConsole(inner) {}
  ~BuildConsole() override { line("\n"); }
  void out(std::string_view bytes) override {
    for (size_t end = 0; (end = bytes.find('\n')) != std::string_view::npos; bytes.remove_prefix(end + 1)) line(bytes.substr(0, end + 1));
    rest_ += bytes.substr(0, kLongest - std::min(kLongest, rest_.size()));
  }
  // A list of lines: nothing is drawn over.
  bool out_is_terminal() const override { return false; }
  bool unreachable() const { return unreachable_; }

 private:
  static constexpr size_t kLongest = 1 << 16;
  void line(std::string_view end) {
    const std::string whole = std::exchange(rest_, {}) + std::string(end);
    if (trim(whole).empty()) return;
    unreachable_ = unreachable_ || says_unreachable(whole);
    inner_.out("  " + whole);
  }
  std::string rest_;
  bool unreachable_ = false;
};

enum class Force { No, Yes };

const BaseImage* find_base(std::string_view name) {
  const auto found = std::find_if(base_images().begin(), base_images().end(), [&](const BaseImage& image) { return image.name == name; });
  return found == base_images().end() ? nullptr : &*found;
}

const ServerImage* find_server(std::string_view name) {
  const auto found = std::find_if(server_images().begin(), server_images().end(), [&](const ServerImage& image) { return image.name == name; });
  return found == server_images().end() ? nullptr : &*found;
}

class Preparation {
 public:
  Preparation(const FrontCall& call, const EngineChoice& choice) : console_(call.console), choice_(choice), client_(api::unix_transport(choice.socket)) {}

  Result<void> run(const std::vector<std::string>& names, Force force) {
    const auto info = client_.get("/strates/v1/info");
    if (!info.ok() && info.error().code != "client.status-404") return info.error();
    simulated_ = info.ok() && json_string(info.value(), "world") == "sim";
    for (const std::string& name : names) TRY(prepare(name, force));
    return success();
  }

 private:
  void say(const std::string& line) { console_.out(line + "\n"); }

  Result<void> from_catalogue(const std::string& name) {
    TRY(client_.post("/strates/v1/catalogue/" + path_name(name), Json()));
    return success();
  }

  Result<void> prepare(const std::string& name, Force force) {
    if (force == Force::No && !id_of(name + ":latest").empty()) {
      say(tr(Text::PrepareThere, name));
      return success();
    }
    const ServerImage* server = find_server(name);
    if (server != nullptr && simulated_)
      return make_error(ErrorKind::NotImplemented, "prepare.simulated", tr(Text::PrepareImage, name), describe(choice_), tr(Text::PrepareSimulated),
                        tr(Text::PrepareSimulatedAdvice));
    if (server != nullptr && id_of(std::string(server->base) + ":latest").empty()) TRY(prepare(std::string(server->base), Force::No));
    say(tr(Text::PrepareStart, name));
    TRY(server != nullptr ? build(*server, force) : simulated_ ? from_catalogue(name) : import(*find_base(name), force));
    say(tr(Text::PrepareDone, name));
    return success();
  }

  // "" when there is no such image.
  std::string id_of(const std::string& reference) {
    const auto found = client_.get("/images/" + path_name(reference) + "/json");
    return found.ok() ? json_string(found.value(), "Id") : "";
  }

  // As anybody would: docker build -t nginx assets/base-images/nginx
  Result<void> build(const ServerImage& server, Force force) {
    const std::string name(server.name), base(server.base), codename = debian_codename();
    std::vector<std::string> words{"build", "--force-rm", "-t", name + ":latest"};  // a step that fails leaves no container
    // The versions are those of a Debian release: only when the base image is this machine's.
    const bool known = !codename.empty() && id_of(base + ":" + codename) == id_of(base + ":latest");
    if (known)
      for (const std::string& tag : server_tags(name, codename)) words.insert(words.end(), {"-t", name + ":" + tag});
    if (force == Force::Yes) words.emplace_back("--no-cache");
    words.push_back(TRY(recipe_folder(name)));
    BuildConsole console(console_);
    MachineClock clock;
    Session session{client_, console, clock};
    const int code = run_docker(session, words);
    if (code == 0) return success();
    const std::string operation = tr(Text::PrepareImage, name);
    if (console.unreachable())
      return make_error(ErrorKind::Unavailable, "prepare.unreachable", operation, words.back(), tr(Text::PrepareUnreachable),
                        tr(Text::PrepareUnreachableAdvice));
    return make_error(ErrorKind::Internal, "prepare.build", operation, words.back(), tr(Text::PrepareProgramEnded, code), tr(Text::PrepareAgainAdvice));
  }

  Result<void> import(const BaseImage& image, Force force) {
    const Progress progress = [this](const std::string& line) { say("  " + line); };
    const PreparedTars tars = TRY(PreparedTars::open(choice_));
    const std::string tar = tars.tar(image.name);
    if (force == Force::Yes || access(tar.c_str(), R_OK) != 0) TRY(tars.make(image, progress));
    else progress(tr(Text::PrepareReused, tar));
    FileSource file = TRY(FileSource::open(tar));
    CountedSource counted(file, progress);
    Query query;
    query.add("fromSrc", "-").add("repo", image.name).add("tag", "latest").add("message", image.message());
    for (const std::string& change : image.changes) query.add("changes", change);
    api::ClientRequest request = post_request(query.on("/images/create"));
    request.headers.emplace_back("Content-Type", "application/x-tar");
    request.body_source = &counted;
    const api::ClientResponse response = TRY(client_.stream(std::move(request)));
    TRY(show_json_messages(*response.stream, console_, MessageTarget::Out, nullptr, [](std::string_view) {}));
    for (const std::string& tag : image.more_tags)
      if (!tag.empty()) TRY(client_.post(Query().add("repo", image.name).add("tag", tag).on("/images/" + std::string(image.name) + ":latest/tag"), Json()));
    return success();
  }

  Console& console_;
  const EngineChoice& choice_;
  api::Client client_;
  bool simulated_ = false;
};

// All that there are, the base images first.
std::vector<std::string> known_images() {
  std::vector<std::string> out;
  for (const BaseImage& image : base_images()) out.emplace_back(image.name);
  for (const ServerImage& image : server_images()) out.emplace_back(image.name);
  return out;
}

Result<std::vector<std::string>> chosen(const std::vector<std::string>& names) {
  std::vector<std::string> out;
  for (const std::string& name : names) {
    const std::vector<std::string> known = known_images();
    if (name == "all") out.insert(out.end(), known.begin(), known.end());
    else if (std::find(known.begin(), known.end(), name) != known.end()) out.push_back(name);
    else return usage_error("images prepare", docker_error(ErrorKind::Invalid, "cli.usage", tr(Text::PrepareUnknown, name, join(known, ", "))));
  }
  return out;
}

}  // namespace

Result<int> images_command(const FrontCall& call) {
  const auto parsed = parse_flags(kFlags, call.words, Positionals::Interspersed);
  if (!parsed.ok()) return usage_error("images", parsed.error());
  std::vector<std::string> names = parsed.value().arguments;
  if (parsed.value().help || names.empty()) {
    call.console.out(front_help("strates images prepare [--force] [all | NAME...]", Text::PrepareHelp));
    return parsed.value().help ? 0 : 2;
  }
  if (names[0] != "prepare") return usage_error("images", docker_error(ErrorKind::Invalid, "cli.usage", tr(Text::CliUnexpectedArgument, names[0])));
  names.erase(names.begin());
  if (names.empty()) names = {"busybox", "hello-world"};
  const std::vector<std::string> images = TRY(chosen(names));
  const EngineChoice choice = TRY(choose_engine(call.options.host, process_surroundings()));
  if (choice.ours() && TRY(ensure_daemon(choice)) == DaemonState::Started) call.console.out(tr(Text::CliDaemonStarted, describe(choice)) + "\n");
  TRY(Preparation(call, choice).run(images, parsed.value().boolean("force") ? Force::Yes : Force::No));
  return 0;
}

}  // namespace strates::cli
