#include "sim/vfs.hpp"

namespace strates::sim {

namespace {

struct ErrnoRow {
  Errno number;
  ErrorKind kind;
  std::string_view code, text;
};

constexpr ErrnoRow kErrnos[] = {
    {Errno::NotPermitted, ErrorKind::Forbidden, "errno.EPERM", "Operation not permitted"},
    {Errno::NoEntry, ErrorKind::NotFound, "errno.ENOENT", "No such file or directory"},
    {Errno::InputOutput, ErrorKind::Internal, "errno.EIO", "Input/output error"},
    {Errno::AccessDenied, ErrorKind::Forbidden, "errno.EACCES", "Permission denied"},
    {Errno::Busy, ErrorKind::Conflict, "errno.EBUSY", "Device or resource busy"},
    {Errno::Exists, ErrorKind::Conflict, "errno.EEXIST", "File exists"},
    {Errno::CrossDevice, ErrorKind::Invalid, "errno.EXDEV", "Invalid cross-device link"},
    {Errno::NotDirectory, ErrorKind::Invalid, "errno.ENOTDIR", "Not a directory"},
    {Errno::IsDirectory, ErrorKind::Invalid, "errno.EISDIR", "Is a directory"},
    {Errno::Invalid, ErrorKind::Invalid, "errno.EINVAL", "Invalid argument"},
    {Errno::FileTooBig, ErrorKind::Invalid, "errno.EFBIG", "File too large"},
    {Errno::NoSpace, ErrorKind::Internal, "errno.ENOSPC", "No space left on device"},
    {Errno::ReadOnly, ErrorKind::Forbidden, "errno.EROFS", "Read-only file system"},
    {Errno::TooManyLinks, ErrorKind::Invalid, "errno.EMLINK", "Too many links"},
    {Errno::NotEmpty, ErrorKind::Conflict, "errno.ENOTEMPTY", "Directory not empty"},
    {Errno::LinkLoop, ErrorKind::Invalid, "errno.ELOOP", "Too many levels of symbolic links"},
    {Errno::NameTooLong, ErrorKind::Invalid, "errno.ENAMETOOLONG", "File name too long"},
    {Errno::ExecFormat, ErrorKind::Invalid, "errno.ENOEXEC", "Exec format error"},
};

const ErrnoRow& row_of(Errno number) {
  for (const auto& row : kErrnos)
    if (row.number == number) return row;
  return kErrnos[2];
}

}  // namespace

Error vfs_error(Errno number, std::string_view operation, std::string_view path) {
  const ErrnoRow& row = row_of(number);
  return make_error(row.kind, row.code, operation, path, row.text);
}

Errno errno_of(const Error& error) {
  for (const auto& row : kErrnos)
    if (row.code == error.code) return row.number;
  return Errno::InputOutput;
}

std::string_view errno_text(Errno number) { return row_of(number).text; }

}  // namespace strates::sim
