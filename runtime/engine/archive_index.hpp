// The members of an archive of images, before anything of it is believed: a table, made by walking the tar once.
//
// Small files are remembered on that walk, so that an ordinary archive is walked twice: once for this, once for its layers. Whatever a tar can
// hold that an archive of images has no use for is refused: devices, pipes, two members of one name. Paths are clean (ArchiveReader).
// codes load.duplicate, load.member, load.too-large, load.escape, load.missing, load.link, and ArchiveReader's.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "engine/ports.hpp"

namespace strates::engine {

using MemberTexts = std::map<std::string, std::string>;
using MemberSpools = std::map<std::string, std::shared_ptr<Spool>>;

class ArchiveIndex {
 public:
  // Both must outlive the index.
  static Result<ArchiveIndex> read(Spool& archive, ArchiveReader& reader);

  bool has(const std::string& path) const { return members_.contains(path); }
  // A plain file by that very name: what describes images is never reached through a link.
  Result<std::string> text(const std::string& path, std::uint64_t limit) const;
  Result<MemberTexts> texts(const std::set<std::string>& paths, std::uint64_t limit) const;
  // The plain file a layer's name leads to: docker save writes a layer that two images share once, and a symbolic link.
  Result<std::string> file_behind(const std::string& path) const;
  std::uint64_t size(const std::string& path) const;
  // Copies files out of the archive, to be read in another order than the tar's.
  Result<MemberSpools> stage(const std::set<std::string>& paths, Spooler& spooler) const;

 private:
  struct Member {
    image::EntryType type = image::EntryType::File;
    std::uint64_t size = 0;
    std::string target;  // of a link: from the archive's root
  };

  ArchiveIndex(Spool& archive, ArchiveReader& reader) : archive_(archive), reader_(reader) {}
  Result<void> walk();
  Result<void> must_be_file(const std::string& path, std::uint64_t limit) const;

  Spool& archive_;
  ArchiveReader& reader_;
  std::map<std::string, Member> members_;
  MemberTexts remembered_;
};

// "a/./b" to "a/b"; absolute, empty, or leaving the root: code load.escape. `what` names who says it ("the manifest").
Result<std::string> member_path(std::string_view text, std::string_view what);

}  // namespace strates::engine
