#include <algorithm>
#include <array>
#include <utility>

#include "base/strings.hpp"
#include "image/layer.hpp"
#include "image/tar_header.hpp"

namespace strates::image {

namespace {

constexpr std::string_view kWriting = "write layer";

Error refuse(std::string_view code, std::string_view object, std::string_view cause) {
  return make_error(ErrorKind::Internal, code, kWriting, object, cause);
}

bool is_clean(std::string_view path) {
  return !path.empty() && path.front() != '/' && path != "." && path != ".." && !path.starts_with("../") && path.find('\0') == std::string_view::npos &&
         clean_path(path) == path;
}

std::int64_t whole_seconds(Nanos at) { return at / kSecond - (at % kSecond < 0 ? 1 : 0); }

}  // namespace

Result<void> TarWriter::check(const LayerEntry& entry) const {
  const EntryMeta& meta = entry.meta;
  if (!is_clean(entry.path)) return refuse("tar.path", entry.path, "not a clean relative path");
  if (!last_path_.empty() && !layer_path_less(last_path_, entry.path)) return refuse("tar.order", entry.path, "it comes after " + last_path_);
  if (meta.mode > 07777) return refuse("tar.field", entry.path, "the mode holds more than permissions");
  constexpr std::uint32_t kMostDevice = 07777777;
  if (meta.device_major > kMostDevice || meta.device_minor > kMostDevice) return refuse("tar.field", entry.path, "the device number is too large");
  if (meta.type == EntryType::Symlink && (meta.link_target.empty() || meta.link_target.find('\0') != std::string::npos))
    return refuse("tar.link", entry.path, "a symbolic link to nothing");
  if (meta.type == EntryType::HardLink && (!is_clean(meta.link_target) || !layer_path_less(meta.link_target, entry.path)))
    return refuse("tar.link", entry.path, "a hard link must name an earlier path of this layer, not " + meta.link_target);
  for (const auto& [name, value] : meta.xattrs)
    if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos)
      return refuse("tar.field", entry.path, "an extended attribute's name cannot be written");
  return success();
}

Result<void> TarWriter::begin(const LayerEntry& entry) {
  if (state_ != State::Open) return refuse("tar.finished", entry.path, "nothing can follow");
  TRY(end_entry());
  TRY(check(entry));
  last_path_ = entry.path;
  const Nanos mtime = options_.clamp_mtime ? std::min(entry.meta.mtime, *options_.clamp_mtime) : entry.meta.mtime;
  state_ = State::Broken;  // until all of it is written
  TRY(to_.write(tar_header(entry, whole_seconds(mtime))));
  state_ = State::Open;
  if (entry.meta.type == EntryType::File) {
    left_ = entry.meta.size;
    padding_ = tar_padding(entry.meta.size);
  }
  return success();
}

Result<void> TarWriter::refuse_size(std::string_view cause) {
  state_ = State::Broken;
  return refuse("tar.size", last_path_, std::string(cause) + "; did the file change? Try again when nothing writes to it");
}

Result<void> TarWriter::pass(std::string_view bytes) {
  if (state_ != State::Open) return refuse("tar.finished", last_path_, "nothing can follow");
  if (bytes.size() > left_) return refuse_size("more bytes than announced");
  left_ -= bytes.size();
  auto written = to_.write(bytes);
  if (!written.ok()) state_ = State::Broken;
  return written;
}

Result<void> TarWriter::end_entry() {
  if (left_ != 0) return refuse_size(std::to_string(left_) + " bytes are missing");
  const std::array<char, kTarBlock> zeros{};
  if (padding_ != 0) TRY(to_.write({zeros.data(), static_cast<size_t>(std::exchange(padding_, 0))}));
  return success();
}

Result<void> TarWriter::add(const LayerEntry& entry, ByteSource* content) {
  if (entry.meta.type != EntryType::File && content != nullptr) return refuse("tar.content", entry.path, "only files have content");
  TRY(begin(entry));
  std::array<char, 64 << 10> buffer;
  while (content != nullptr) {
    // One byte past the end is asked for, to see that there is none.
    const size_t want = left_ < buffer.size() ? static_cast<size_t>(left_) + 1 : buffer.size();
    auto got = content->read(std::span(buffer.data(), std::min(want, buffer.size())));
    if (!got.ok()) {
      state_ = State::Broken;
      return std::move(got).error();
    }
    if (got.value() == 0) break;
    TRY(pass({buffer.data(), got.value()}));
  }
  return left_ == 0 ? success() : end_entry();
}

Result<void> TarWriter::finish() {
  if (state_ != State::Open) return refuse("tar.finished", "", state_ == State::Broken ? "an entry could not be written" : "finished twice");
  TRY(end_entry());
  state_ = State::Finished;
  const std::array<char, 2 * kTarBlock> zeros{};
  return to_.write({zeros.data(), zeros.size()});
}

}  // namespace strates::image
