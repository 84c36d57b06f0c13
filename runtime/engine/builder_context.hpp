// A build context: a tar that is read once for its index (what there is, and each entry's checksum) and again for the bytes a COPY takes.
// Nothing of it is ever unpacked beside the image.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ports.hpp"
#include "image/layer.hpp"

namespace strates::engine {

struct ContextEntry {
  image::EntryMeta meta;
  std::string sum;             // hex; empty for a directory that the tar only implies
  std::uint64_t ordinal = 0;   // which entry of the tar, from 1; 0: implied
};

struct PathLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return image::layer_path_less(a, b); }
};

class BuildContext {
 public:
  using Entries = std::map<std::string, ContextEntry, PathLess>;
  using Cancelled = std::function<bool()>;

  // `dockerfile` is a path in the context; a file of that name in lower case will do. What .dockerignore excludes is not in the index; the
  // Dockerfile's text is kept in any case. `tar` must outlive the context.
  // codes: build.no-dockerfile (wire "Cannot locate specified Dockerfile: x"), build.context, build.cancelled, and the archive's own.
  static Result<BuildContext> read(ArchiveReader& archives, Hasher& hasher, Spool& tar, const std::string& dockerfile, const Cancelled& cancelled);

  const Entries& entries() const { return entries_; }
  const std::string& dockerfile() const { return dockerfile_; }
  const std::string& dockerfile_name() const { return dockerfile_name_; }
  Nanos dockerfile_time() const { return dockerfile_time_; }
  std::uint64_t excluded() const { return excluded_; }

  // Follows symbolic links, inside the context only; "" is its root. None: there is no such path.
  std::optional<std::string> resolve(std::string_view path) const;
  // The entry at a path, links not followed; none for the root and for what is absent.
  const ContextEntry* find(std::string_view path) const;

  // Reads the tar again; calls `take` for each file whose ordinal is in `wanted`.
  using Take = std::function<Result<void>(const std::string& path, std::uint64_t ordinal, ByteSource& content)>;
  Result<void> stream(const std::function<bool(std::uint64_t ordinal)>& wanted, const Take& take, const Cancelled& cancelled) const;

 private:
  BuildContext(ArchiveReader& archives, Spool& tar) : archives_(&archives), tar_(&tar) {}
  Result<void> index(Hasher& hasher, const std::string& dockerfile, const Cancelled& cancelled);
  Result<void> insert(const std::string& path, ContextEntry entry);
  void imply_parents(std::string_view path);
  Result<void> exclude();

  ArchiveReader* archives_;
  Spool* tar_;
  Entries entries_;
  std::string dockerfile_, dockerfile_name_;
  std::optional<std::string> ignore_file_;
  Nanos dockerfile_time_ = 0;
  std::uint64_t excluded_ = 0;
};

// The end of a build whose client went away.
Error build_cancelled();

}  // namespace strates::engine
