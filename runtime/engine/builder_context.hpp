// A build context: a tar that is read once for its index (what there is, and each entry's checksum) and again for the bytes a COPY takes.
// Nothing of it is ever unpacked beside the image.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/copy_tree.hpp"

namespace strates::engine {

class BuildContext final : public CopyTree {
 public:
  // `dockerfile` is a path in the context; a file of that name in lower case will do. What .dockerignore excludes is not in the index; the
  // Dockerfile's text is kept in any case. `tar` must outlive the context.
  // codes: build.no-dockerfile (wire "Cannot locate specified Dockerfile: x"), build.context, build.cancelled, and the archive's own.
  static Result<BuildContext> read(ArchiveReader& archives, Hasher& hasher, Spool& tar, const std::string& dockerfile, const Cancelled& cancelled);

  // No tar at all: a Dockerfile that came by itself.
  static BuildContext of_dockerfile(ArchiveReader& archives, Spool& none, std::string text);

  const std::string& dockerfile() const { return dockerfile_; }
  const std::string& dockerfile_name() const { return dockerfile_name_; }
  Nanos dockerfile_time() const { return dockerfile_time_; }
  std::uint64_t excluded() const { return excluded_; }

  Nanos made_time() const override { return dockerfile_time_; }
  std::string_view absence() const override { return "file not found in build context or excluded by .dockerignore: "; }
  // Reads the tar again.
  Result<void> stream(const std::function<bool(std::uint64_t ordinal)>& wanted, const Take& take, const Cancelled& cancelled) const override;
  Result<std::unique_ptr<image::LayerReader>> reader() const override;

 private:
  BuildContext(ArchiveReader& archives, Spool& tar) : archives_(&archives), tar_(&tar) {}
  Result<void> index(Hasher& hasher, const std::string& dockerfile, const Cancelled& cancelled);
  Result<void> insert(const std::string& path, ContextEntry entry);
  void imply_parents(std::string_view path);
  Result<void> exclude();

  ArchiveReader* archives_;
  Spool* tar_;
  std::string dockerfile_, dockerfile_name_;
  std::optional<std::string> ignore_file_;
  Nanos dockerfile_time_ = 0;
  std::uint64_t excluded_ = 0;
};

}  // namespace strates::engine
