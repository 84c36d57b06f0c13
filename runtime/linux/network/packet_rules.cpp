#include "linux/network/packet_rules.hpp"

#include <nftables/libnftables.h>

namespace strates::linux_world {

void PacketRules::Closer::operator()(nft_ctx* context) const { nft_ctx_free(context); }

Result<PacketRules> PacketRules::open() {
  nft_ctx* context = nft_ctx_new(NFT_CTX_DEFAULT);
  if (context == nullptr) return make_error(ErrorKind::Internal, "network.nft", "open", "nftables", "no context");
  PacketRules out(context);
  nft_ctx_buffer_output(context);
  nft_ctx_buffer_error(context);
  return out;
}

Result<void> PacketRules::apply(const std::string& commands) {
  if (commands.empty()) return success();
  const int result = nft_run_cmd_from_buffer(context_.get(), commands.c_str());
  const std::string said = nft_ctx_get_error_buffer(context_.get());
  nft_ctx_get_output_buffer(context_.get());
  if (result == 0) return success();
  const std::string first = said.substr(0, said.find('\n'));
  return make_error(ErrorKind::Internal, "network.nft", "change packet rules", commands.substr(0, commands.find('\n')), first.empty() ? "refused" : first);
}

Result<std::string> PacketRules::list(const std::string& what, Handles handles) {
  nft_ctx_output_set_flags(context_.get(), handles == Handles::Yes ? NFT_CTX_OUTPUT_HANDLE : 0);
  const int result = nft_run_cmd_from_buffer(context_.get(), ("list " + what).c_str());
  std::string out = nft_ctx_get_output_buffer(context_.get());
  nft_ctx_get_error_buffer(context_.get());
  if (result != 0) return std::string();
  return out;
}

}  // namespace strates::linux_world
