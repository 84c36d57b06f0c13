// The files of an image, or of an earlier stage, as COPY --from takes them: read where they are, in a container that nothing ever runs in.
#pragma once

#include <memory>

#include "engine/copy_tree.hpp"

namespace strates::engine {

class ImageTree final : public CopyTree {
 public:
  ImageTree(std::unique_ptr<TreeEditor> files, Hasher& hasher) : files_(std::move(files)), hasher_(hasher) {}

  Result<void> load(std::string_view path) override;
  Result<void> load_matches(std::string_view pattern) override;
  Result<void> stream(const std::function<bool(std::uint64_t ordinal)>& wanted, const Take& take, const Cancelled& cancelled) const override;
  Nanos made_time() const override { return 0; }

 private:
  enum class Below { No, Yes };
  // The entries on the way to `path` and behind its links; the place where it ends, none when there is nothing.
  Result<std::optional<std::string>> walk_to(std::string_view path);
  Result<void> add(const std::string& path, const image::EntryMeta& meta);
  Result<void> add_below(const std::string& directory);
  Result<void> match_below(const std::string& directory, const std::vector<std::string>& parts, size_t depth);
  Result<std::string> sum_of(const std::string& path, const image::EntryMeta& meta);

  std::unique_ptr<TreeEditor> files_;
  Hasher& hasher_;
  std::uint64_t last_ = 0;
};

// One file that ADD downloaded. Its name is the URL's, "__unnamed__" where that gives none.
class RemoteTree final : public CopyTree {
 public:
  static Result<RemoteTree> make(RemoteFile file, const std::string& name, Hasher& hasher);
  Result<void> stream(const std::function<bool(std::uint64_t ordinal)>& wanted, const Take& take, const Cancelled& cancelled) const override;
  Nanos made_time() const override { return 0; }

 private:
  std::shared_ptr<Spool> bytes_;
};

bool is_url(std::string_view source);  // http:// or https://
// What the file at a URL is called: the last part of its path, else what Content-Disposition says; empty: it has no name.
std::string remote_name(const std::string& url, const std::string& content_disposition);

}  // namespace strates::engine
