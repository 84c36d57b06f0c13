#include "api/answers.hpp"
#include "api/build_json.hpp"
#include "api/filters.hpp"
#include "api/handlers.hpp"
#include "api/transfer_lines.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "build/go_duration.hpp"

namespace strates::api {

namespace {

// What a build says, as JSON lines. With `q` it is held back, and told only when the build fails.
class BuildLines : public engine::BuildOutput {
 public:
  BuildLines(HttpChannel& channel, bool quiet) : channel_(channel), quiet_(quiet) {}

  void stream(std::string_view text) override { say(stream_line(text)); }
  void image(const ImageId& id) override { say(aux_line(id)); }
  bool cancelled() override { return channel_.gone(); }
  engine::TransferOutput* transfers() override { return quiet_ ? nullptr : &transfers_; }

  void succeed(const ImageId& id) {
    if (quiet_) channel_.send(stream_line(id.str() + "\n"));
    channel_.end();
  }
  // Before any output an error has a status of its own; later it is a line of the stream (engine-notes.md).
  void fail(const Error& error, HttpResponse answer) {
    if (!said_ && channel_.replace(std::move(answer))) return;
    channel_.send(held_ + error_line(error));
    channel_.end();
  }

 private:
  void say(std::string line) {
    said_ = true;
    if (quiet_) held_ += line;
    else channel_.send(line);
  }

  HttpChannel& channel_;
  const bool quiet_;
  bool said_ = false;
  TransferLines transfers_{[this](std::string line) { say(std::move(line)); }, [this] { return channel_.gone(); }};
  std::string held_;
};

// A response that replaces a stream's has to bring its headers itself.
HttpResponse build_refusal(const Error& error) {
  HttpResponse response = error_answer(error);
  add_headers(response, true);
  return response;
}

// builder-next, toBuildkitPruneInfo: ages are durations, and each filter but a label's has one value.
Result<void> check_cache_filters(const HttpRequest& request) {
  const Filters filters = TRY(read_filters(request, {"unused-for", "until", "label", "label!", "id", "type", "description", "inuse", "shared", "private"}));
  const auto refused = [](std::string sentence) { return docker_error(ErrorKind::Internal, "build.prune-filter", std::move(sentence)); };
  const auto until = filter_values(filters, "until"), unused = filter_values(filters, "unused-for");
  if (!until.empty() && !unused.empty()) return refused("conflicting filters: \"until\" and \"unused-for\"");
  for (const auto& [name, values] : {std::pair{"until", until}, {"unused-for", unused}}) {
    if (values.size() > 1) return refused("filters expect only one value");
    if (values.empty()) continue;
    if (const auto age = build::parse_go_duration(values[0]); !age.ok()) return refused(go_quote(name) + " filter expects a duration (e.g., '24h'): " + age.error().message());
  }
  for (const char* name : {"id", "type", "description", "inuse", "shared", "private"})
    if (filter_values(filters, name).size() > 1) return refused("filters expect only one value");
  return success();
}

}  // namespace

Result<HttpResponse> build_image(const Call& call) {
  const auto request = std::make_shared<engine::BuildRequest>(TRY(build_request_from_query(call.request)));
  HttpStreamBody body;
  body.lazy = true;
  body.start = [&engine = call.engine, request](std::shared_ptr<HttpChannel> channel) {
    BuildLines lines(*channel, request->quiet);
    const auto built = engine.build(*request, lines);
    if (built.ok()) lines.succeed(built.value());
    else lines.fail(built.error(), build_refusal(built.error()));
  };
  return HttpResponse{200, {{"Content-Type", "application/json"}}, std::move(body)};
}

// The classic builder's cache is the images themselves: nothing of its own to prune. What is asked is read as Docker reads it all the same.
Result<HttpResponse> prune_builds(const Call& call) {
  if (auto checked = check_cache_filters(call.request); !checked.ok()) {
    Error error = std::move(checked).error();
    error.wire = "failed to prune build cache: " + error.message();
    return error;
  }
  return json_answer(200, {{"CachesDeleted", nullptr}, {"SpaceReclaimed", 0}});
}

}  // namespace strates::api
