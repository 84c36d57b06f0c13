#include "registry/program/progress.hpp"

#include "base/sizes.hpp"
#include "registry/program/program.hpp"

namespace strates::registry::server {

Progress::~Progress() {
  if (painted_) console_.err("\r\x1b[K");
}

Result<void> Progress::write(std::string_view bytes) {
  if (to_ != nullptr) TRY(to_->write(bytes));
  advance(bytes.size());
  return success();
}

void Progress::advance(std::uint64_t bytes) {
  done_ += bytes;
  if (!console_.err_is_terminal()) return;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_) return;
  next_ = now + std::chrono::milliseconds(100);
  painted_ = true;
  console_.err("\r" + tr(Text::BundleProgress, told_size(done_), told_size(total_)) + "\x1b[K");
}

}  // namespace strates::registry::server
