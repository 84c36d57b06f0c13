// docker save and docker load: GET /images/get, GET /images/X/get, POST /images/load.
#include <memory>

#include "api/answers.hpp"
#include "api/channel_sink.hpp"
#include "api/engine_clock.hpp"
#include "api/handlers.hpp"
#include "base/json_full.hpp"
#include "base/sizes.hpp"
#include "base/strings.hpp"
#include "engine/image_archive.hpp"

namespace strates::api {

namespace {

Result<HttpResponse> saved(engine::Engine& engine, const std::vector<std::string>& names) {
  const std::shared_ptr<engine::ImageArchive> archive = TRY(engine.save_images(names));
  HttpStreamBody body;
  body.start = [archive](std::shared_ptr<HttpChannel> channel) {
    ChannelSink sink(*channel);
    auto written = archive->write(sink);
    if (written.ok()) written = sink.flush();
    // Too late for a status: a broken-off answer tells the client that the archive is not whole.
    if (written.ok()) channel->end();
    else channel->abort();
  };
  return HttpResponse{200, {{"Content-Type", "application/x-tar"}}, std::move(body)};
}

}  // namespace

Result<HttpResponse> save_images(const Call& call) { return saved(call.engine, call.request.query_values("names")); }
Result<HttpResponse> save_image(const Call& call) { return saved(call.engine, {call.name}); }

// Docker tells of progress at most ten times a second, as text for a terminal of 200 columns; clients draw their own.
constexpr Nanos kBetween = 100 * kMillisecond;
constexpr unsigned kClientColumns = 200;

// Docker answers 200 in any case: what went wrong is a message of the stream. Without `quiet` each layer says how far it has come.
Result<HttpResponse> load_images(const Call& call) {
  const bool quiet = call.request.query_bool("quiet");
  HttpStreamBody body;
  body.lazy = true;
  body.start = [&engine = call.engine, archive = call.request.body, quiet](std::shared_ptr<HttpChannel> channel) {
    const auto say = [&](const Json& message) { channel->send(dump_json_go(message) + "\r\n"); };
    Nanos next = 0;
    const auto layer = [&](const DiffId& id, std::uint64_t done, std::uint64_t total) {
      const Nanos now = engine_now(engine);
      if (done < total && now < next) return;  // the last one is always told
      next = now + kBetween;
      say({{"status", "Loading layer"}, {"progressDetail", {{"current", done}, {"total", total}}}, {"progress", progress_bar(done, total, kClientColumns)}, {"id", short_id(id.str())}});
    };
    const auto lines = [&](std::string_view text) {
      const auto each = split_lines(text);
      for (const auto& line : each)
        if (!line.empty()) say({{"stream", line + "\n"}});
    };
    const auto loaded = engine.load_images(*archive, lines, quiet ? engine::LayerProgress() : engine::LayerProgress(layer));
    if (!loaded.ok()) {
      const std::string sentence = loaded.error().message();
      say({{"errorDetail", {{"message", sentence}}}, {"error", sentence}});
    }
    channel->end();
  };
  return HttpResponse{200, {{"Content-Type", "application/json"}}, std::move(body)};
}

}  // namespace strates::api
