#include "build/context_sum.hpp"

namespace strates::build {

namespace {

struct TypeCode {
  std::uint32_t bits;  // stat(2)'s S_IFMT; a hard link is one more name of a file
  char flag;           // POSIX ustar's typeflag
};

TypeCode type_code(image::EntryType type) {
  using image::EntryType;
  switch (type) {
    case EntryType::File: return {0100000, '0'};
    case EntryType::HardLink: return {0100000, '1'};
    case EntryType::Symlink: return {0120000, '2'};
    case EntryType::CharDevice: return {0020000, '3'};
    case EntryType::BlockDevice: return {0060000, '4'};
    case EntryType::Directory: return {0040000, '5'};
    case EntryType::Fifo: return {0010000, '6'};
  }
  return {0100000, '0'};
}

}  // namespace

SumHeader sum_header(std::string_view path, const image::EntryMeta& meta) {
  const TypeCode type = type_code(meta.type);
  SumHeader out;
  out.name = path;
  if (meta.type == image::EntryType::Directory) out.name += '/';
  out.mode = type.bits | meta.mode;
  out.uid = meta.uid;
  out.gid = meta.gid;
  if (meta.type == image::EntryType::File) out.size = meta.size;
  out.typeflag = type.flag;
  out.linkname = meta.link_target;
  out.devmajor = meta.device_major;
  out.devminor = meta.device_minor;
  out.xattrs = meta.xattrs;
  return out;
}

std::string sum_prefix(const SumHeader& header) {
  std::string out = "name" + header.name;
  out += "mode" + std::to_string(header.mode);
  out += "uid" + std::to_string(header.uid);
  out += "gid" + std::to_string(header.gid);
  out += "size" + std::to_string(header.size);
  out += std::string("typeflag") + header.typeflag;
  out += "linkname" + header.linkname;
  out += "unamegname";  // both empty
  out += "devmajor" + std::to_string(header.devmajor);
  out += "devminor" + std::to_string(header.devminor);
  for (const auto& [name, value] : header.xattrs) out += name + value;
  return out;
}

}  // namespace strates::build
