// stat -c FORMAT; the long form shows a device and an inode that a tree in memory does not have, and is refused.
#include "base/strings.hpp"
#include "sim/programs/atomic.hpp"
#include "sim/programs/dates.hpp"
#include "sim/programs/file_mode.hpp"
#include "sim/programs/options.hpp"
#include "sim/programs/users.hpp"

namespace strates::sim::programs {

namespace {

using image::EntryType;

std::string_view kind(const FileStat& stat) {
  switch (stat.meta.type) {
    case EntryType::Directory: return "directory";
    case EntryType::Symlink: return "symbolic link";
    case EntryType::CharDevice: return "character special file";
    case EntryType::BlockDevice: return "block special file";
    case EntryType::Fifo: return "fifo";
    case EntryType::File:
    case EntryType::HardLink: break;
  }
  return stat.meta.size == 0 ? "regular empty file" : "regular file";
}

std::uint32_t type_bits(EntryType type) {
  switch (type) {
    case EntryType::Directory: return 0040000;
    case EntryType::Symlink: return 0120000;
    case EntryType::CharDevice: return 0020000;
    case EntryType::BlockDevice: return 0060000;
    case EntryType::Fifo: return 0010000;
    case EntryType::File:
    case EntryType::HardLink: break;
  }
  return 0100000;
}

}  // namespace

int stat(Call& call) {
  const auto quoted = [](const Call&, const std::string& text) { return "'" + text + "'"; };
  const Options options = parse_options(call.args, "c:L", {{"format", 'c'}, {"dereference", 'L'}});
  if (!options.bad.empty()) return call.unknown_option(options.bad);
  if (!options.has('c')) return call.refuse("without -c FORMAT");
  if (options.operands.empty()) return call.busybox() ? call.refuse("the usage text (an operand is missing)", 1) : call.fail("missing operand\nTry '" + call.name + " --help' for more information.");
  const std::string format = options.value('c');
  int code = 0;
  for (const std::string& operand : options.operands) {
    const auto found = options.has('L') ? call.vfs().stat(call.path(operand)) : call.vfs().lstat(call.path(operand));
    if (!found.ok()) {
      code = call.fail((call.busybox() ? "can't stat '" : "cannot statx '") + operand + "': " + reason(found.error()));
      continue;
    }
    const FileStat& stat = found.value();
    const auto& meta = stat.meta;
    std::string text;
    for (size_t i = 0; i < format.size(); ++i) {
      if (format[i] != '%' || i + 1 == format.size()) {
        text += format[i];
        continue;
      }
      switch (format[++i]) {
        case '%': text += '%'; break;
        case 'n': text += operand; break;
        case 'N': text += call.busybox() && meta.type != EntryType::Symlink ? operand : quoted(call, operand) + (meta.type == EntryType::Symlink ? " -> " + quoted(call, meta.link_target) : ""); break;
        case 's': text += std::to_string(meta.type == EntryType::Directory ? 4096 : meta.type == EntryType::Symlink ? meta.link_target.size() : meta.size); break;
        case 'a': text += octal(meta.mode); break;
        case 'A': text += mode_string(meta.type, meta.mode); break;
        case 'f': {
          std::uint32_t bits = type_bits(meta.type) | meta.mode;
          std::string hex;
          for (; bits != 0; bits >>= 4) hex.insert(hex.begin(), "0123456789abcdef"[bits & 15]);
          text += hex;
          break;
        }
        case 'u': text += std::to_string(meta.uid); break;
        case 'g': text += std::to_string(meta.gid); break;
        case 'U': text += known_user_name(call.process, meta.uid).value_or("UNKNOWN"); break;
        case 'G': text += known_group_name(call.process, meta.gid).value_or("UNKNOWN"); break;
        case 'F': text += kind(stat); break;
        case 'h': text += std::to_string(stat.links); break;
        case 'i': text += std::to_string(stat.inode); break;
        case 'Y': text += std::to_string(meta.mtime / kSecond); break;
        case 'y': text += *format_date("%Y-%m-%d %H:%M:%S.%N +0000", meta.mtime); break;
        default: return call.refuse(std::string("the format %") + format[i]);
      }
    }
    call.out(text + "\n");
  }
  return code;
}

}  // namespace strates::sim::programs
