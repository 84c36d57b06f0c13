// GET /containers/X/export: the merged tree as a tar, written as it is read.
#include "api/answers.hpp"
#include "api/channel_sink.hpp"
#include "api/handlers.hpp"
#include "image/layer.hpp"

namespace strates::api {

namespace {

Result<void> write_tar(image::LayerReader& reader, HttpChannel& channel) {
  ChannelSink sink(channel);
  image::TarWriter writer(sink, {});
  for (;;) {
    const auto entry = TRY(reader.next());
    if (!entry) break;
    ByteSource* content = entry->meta.type == image::EntryType::File ? TRY(reader.content()) : nullptr;
    TRY(writer.add(*entry, content));
  }
  TRY(writer.finish());
  return sink.flush();
}

}  // namespace

Result<HttpResponse> export_container(const Call& call) {
  const std::shared_ptr<image::LayerReader> reader = TRY(call.engine.export_tree(call.name));
  HttpStreamBody body;
  body.start = [reader](std::shared_ptr<HttpChannel> channel) {
    // Too late for a status: a broken-off answer tells the client that the archive is not whole.
    if (write_tar(*reader, *channel).ok()) channel->end();
    else channel->abort();
  };
  return HttpResponse{200, {{"Content-Type", "application/octet-stream"}}, std::move(body)};
}

}  // namespace strates::api
