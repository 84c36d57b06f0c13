// docker save and docker load: GET /images/get, GET /images/X/get, POST /images/load.
#include <memory>

#include "api/answers.hpp"
#include "api/channel_sink.hpp"
#include "api/handlers.hpp"
#include "base/json_full.hpp"
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

// Docker answers 200 in any case: what went wrong is a message of the stream. `quiet` decides about progress bars only, which are not sent here.
Result<HttpResponse> load_images(const Call& call) {
  std::string messages;
  const auto loaded = call.engine.load_images(*call.request.body, [&](std::string_view lines) {
    for (const auto& line : split_lines(lines))
      if (!line.empty()) messages += dump_json_go({{"stream", std::string(line) + "\n"}}) + "\r\n";
  });
  if (!loaded.ok()) {
    const std::string sentence = loaded.error().message();
    messages += dump_json_go({{"errorDetail", {{"message", sentence}}}, {"error", sentence}}) + "\r\n";
  }
  return HttpResponse{200, {{"Content-Type", "application/json"}}, messages};
}

}  // namespace strates::api
