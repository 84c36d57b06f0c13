#include <algorithm>
#include <array>

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

Result<void> TarWriter::add(const LayerEntry& entry, ByteSource* content) {
  if (state_ != State::Open) return refuse("tar.finished", entry.path, "nothing can follow");
  TRY(check(entry));
  if (entry.meta.type != EntryType::File && content != nullptr) return refuse("tar.content", entry.path, "only files have content");
  auto written = write(entry, content);
  if (!written.ok()) state_ = State::Broken;
  last_path_ = entry.path;
  return written;
}

Result<void> TarWriter::write(const LayerEntry& entry, ByteSource* content) {
  const Nanos mtime = options_.clamp_mtime ? std::min(entry.meta.mtime, *options_.clamp_mtime) : entry.meta.mtime;
  TRY(to_.write(tar_header(entry, whole_seconds(mtime))));
  if (entry.meta.type == EntryType::File) TRY(write_content(entry, content));
  return success();
}

Result<void> TarWriter::write_content(const LayerEntry& entry, ByteSource* content) {
  std::array<char, 64 << 10> buffer;
  std::uint64_t left = entry.meta.size;
  while (content != nullptr) {
    // One byte past the end is asked for, to see that there is none.
    const size_t want = left < buffer.size() ? static_cast<size_t>(left) + 1 : buffer.size();
    const size_t got = TRY(content->read(std::span(buffer.data(), std::min(want, buffer.size()))));
    if (got == 0) break;
    if (got > left) return refuse("tar.size", entry.path, "more than the " + std::to_string(entry.meta.size) + " bytes announced; did the file change?");
    TRY(to_.write({buffer.data(), got}));
    left -= got;
  }
  if (left != 0) return refuse("tar.size", entry.path, std::to_string(left) + " bytes are missing; did the file change?");
  const std::array<char, kTarBlock> zeros{};
  return to_.write({zeros.data(), tar_padding(entry.meta.size)});
}

Result<void> TarWriter::finish() {
  if (state_ != State::Open) return refuse("tar.finished", "", state_ == State::Broken ? "an entry could not be written" : "finished twice");
  state_ = State::Finished;
  const std::array<char, 2 * kTarBlock> zeros{};
  return to_.write({zeros.data(), zeros.size()});
}

}  // namespace strates::image
