#include "api/wait_reply.hpp"

#include "base/json_full.hpp"

namespace strates::api {

namespace {

// Docker tells an exit code without an error, a failed start's included (raw/run_nocmd); an error comes only with a wait that was cut off.
std::string wait_text(const engine::WaitReply& reply) {
  const bool cut_off = reply.exit_code < 0 && !reply.error.empty();
  return dump_json({{"Error", cut_off ? Json{{"Message", reply.error}} : Json()}, {"StatusCode", reply.exit_code}}) + "\n";
}

void tell(HttpChannel& channel, const std::string& text) {
  channel.send(text);
  channel.end();
}

}  // namespace

void WaitAnswer::complete(const engine::WaitReply& reply) {
  const std::lock_guard guard(mutex_);
  if (text_) return;
  text_ = wait_text(reply);
  if (const auto channel = std::exchange(channel_, nullptr)) tell(*channel, *text_);
}

void WaitAnswer::connect(std::shared_ptr<HttpChannel> channel) {
  const std::lock_guard guard(mutex_);
  if (text_) tell(*channel, *text_);
  else channel_ = std::move(channel);
}

}  // namespace strates::api
