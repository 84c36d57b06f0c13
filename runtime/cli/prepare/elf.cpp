#include "cli/prepare/elf.hpp"

#include <elf.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>

#include "base/unique_fd.hpp"

namespace strates::cli {

bool is_static_program(const std::string& path) {
  constexpr int kMostHeaders = 64;
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  Elf64_Ehdr head{};
  if (!file || pread(file.get(), &head, sizeof head, 0) != static_cast<ssize_t>(sizeof head)) return false;
  if (std::memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_phentsize != sizeof(Elf64_Phdr)) return false;
  if (head.e_phnum == 0 || head.e_phnum > kMostHeaders) return false;
  for (int i = 0; i < head.e_phnum; ++i) {
    Elf64_Phdr part{};
    const auto at = static_cast<off_t>(head.e_phoff + static_cast<std::uint64_t>(i) * sizeof part);
    if (pread(file.get(), &part, sizeof part, at) != static_cast<ssize_t>(sizeof part)) return false;
    if (part.p_type == PT_INTERP) return false;
  }
  return true;
}

}  // namespace strates::cli
