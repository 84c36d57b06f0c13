// strates images prepare: makes base images on this machine and gives them to the engine.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "api/client.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "cli/daemon.hpp"
#include "cli/ensure_daemon.hpp"
#include "cli/file_source.hpp"
#include "cli/flags.hpp"
#include "cli/front_commands.hpp"
#include "cli/json_messages.hpp"
#include "cli/prepare/base_image.hpp"
#include "cli/units.hpp"

namespace strates::cli {

namespace {

constexpr FlagSpec kFlags[] = {bool_flag("force", 0, "")};

// Finished tars are kept here and used again; what an interruption left unfinished goes.
class Cache {
 public:
  static Result<Cache> open(const EngineChoice& choice) {
    Cache out;
    const Surroundings around = process_surroundings();
    const std::string home = around.variable("XDG_CACHE_HOME").value_or(around.home + "/.cache") + "/strates";
    out.directory_ = (choice.ours() ? choice.root : home) + "/prepare";
    for (size_t at = 1; at != std::string::npos;) {
      at = out.directory_.find('/', at + 1);
      const std::string part = out.directory_.substr(0, at);
      if (mkdir(part.c_str(), 0700) != 0 && errno != EEXIST) return system_error("mkdir", part, errno);
    }
    return out;
  }
  const std::string& directory() const { return directory_; }
  std::string tar(std::string_view name) const { return directory_ + "/" + std::string(name) + ".tar"; }

  Result<void> make(const BaseImage& image, const Progress& progress) const {
    const std::string done = tar(image.name), partial = directory_ + "/" + std::string(image.name) + ".part.tar";
    ::unlink(partial.c_str());
    if (auto made = image.make(partial, directory_, progress); !made.ok()) {
      ::unlink(partial.c_str());
      return made;
    }
    if (::rename(partial.c_str(), done.c_str()) != 0) return system_error("rename", done, errno);
    return success();
  }

 private:
  std::string directory_;
};

// Counts what is sent, and says so now and then.
class CountedSource : public ByteSource {
 public:
  CountedSource(ByteSource& from, const Progress& progress) : from_(from), progress_(progress) {}
  Result<size_t> read(std::span<char> buffer) override {
    constexpr std::uint64_t kEvery = 16 << 20;
    const size_t got = TRY(from_.read(buffer));
    sent_ += got;
    if (sent_ / kEvery != said_ || (got == 0 && !ended_)) progress_(tr(Text::PrepareSent, human_size(static_cast<double>(sent_), 3)));
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

class Preparation {
 public:
  Preparation(const FrontCall& call, const EngineChoice& choice, bool force)
      : console_(call.console), choice_(choice), force_(force), client_(api::unix_transport(choice.socket)) {}

  Result<void> run(const std::vector<const BaseImage*>& images) {
    const auto info = client_.get("/strates/v1/info");
    if (!info.ok() && info.error().code != "client.status-404") return info.error();
    const bool simulated = info.ok() && json_string(info.value(), "world") == "sim";
    for (const BaseImage* image : images) {
      const std::string name(image->name);
      if (!force_ && client_.get("/images/" + path_name(name) + ":latest/json").ok()) {
        say(tr(Text::PrepareThere, name));
        continue;
      }
      say(tr(Text::PrepareStart, name));
      TRY(simulated ? from_catalogue(name) : import(*image));
      say(tr(Text::PrepareDone, name));
    }
    return success();
  }

 private:
  void say(const std::string& line) { console_.out(line + "\n"); }

  Result<void> from_catalogue(const std::string& name) {
    TRY(client_.post("/strates/v1/catalogue/" + path_name(name), Json()));
    return success();
  }

  Result<void> import(const BaseImage& image) {
    const Progress progress = [this](const std::string& line) { say("  " + line); };
    const Cache cache = TRY(Cache::open(choice_));
    const std::string tar = cache.tar(image.name);
    if (force_ || access(tar.c_str(), R_OK) != 0) TRY(cache.make(image, progress));
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
  bool force_;
  api::Client client_;
};

Result<std::vector<const BaseImage*>> chosen(const std::vector<std::string>& names) {
  std::vector<const BaseImage*> out;
  for (const std::string& name : names) {
    const auto found = std::find_if(base_images().begin(), base_images().end(), [&](const BaseImage& image) { return image.name == name; });
    if (found == base_images().end())
      return usage_error("images prepare", docker_error(ErrorKind::Invalid, "cli.usage", tr(Text::PrepareUnknown, name)));
    out.push_back(&*found);
  }
  return out;
}

}  // namespace

Result<int> images_command(const FrontCall& call) {
  const auto parsed = parse_flags(kFlags, call.words, Positionals::Interspersed);
  if (!parsed.ok()) return usage_error("images", parsed.error());
  std::vector<std::string> names = parsed.value().arguments;
  if (parsed.value().help || names.empty()) {
    call.console.out(front_help("strates images prepare [--force] [busybox] [hello-world] [debian]", Text::PrepareHelp));
    return parsed.value().help ? 0 : 2;
  }
  if (names[0] != "prepare") return usage_error("images", docker_error(ErrorKind::Invalid, "cli.usage", tr(Text::CliUnexpectedArgument, names[0])));
  names.erase(names.begin());
  if (names.empty()) names = {"busybox", "hello-world"};
  const auto images = TRY(chosen(names));
  const EngineChoice choice = TRY(choose_engine(call.options.host, process_surroundings()));
  if (choice.ours() && TRY(ensure_daemon(choice)) == DaemonState::Started) call.console.out(tr(Text::CliDaemonStarted, describe(choice)) + "\n");
  TRY(Preparation(call, choice, parsed.value().boolean("force")).run(images));
  return 0;
}

}  // namespace strates::cli
