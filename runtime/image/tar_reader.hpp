// Reads a plain tar, entry by entry: ustar, pax and GNU's long names (POSIX.1-2008, pax; GNU tar manual, "Basic Tar Format"). What comes from outside is
// bounded; names are given as they are written, for the caller to judge.
//
// codes: tar.truncated   the end came too early     tar.syntax   not a tar, or a field that cannot be read     tar.too-large   a header beyond all measure
#pragma once

#include "image/layer.hpp"

namespace strates::image {

class TarReader : public LayerReader {
 public:
  // `from` outlives this.
  explicit TarReader(ByteSource& from) : from_(from), content_(*this) {}
  // Paths as in the archive: perhaps absolute, with "..", with a slash at the end.
  Result<std::optional<LayerEntry>> next() override;
  Result<ByteSource*> content() override;

 private:
  class Content : public ByteSource {
   public:
    explicit Content(TarReader& reader) : reader_(reader) {}
    Result<size_t> read(std::span<char> buffer) override { return reader_.read_content(buffer); }

   private:
    TarReader& reader_;
  };
  // False: the source ended before the first byte.
  Result<bool> fill(std::span<char> block);
  Result<size_t> read_content(std::span<char> buffer);
  Result<void> skip_content();
  Result<std::string> read_extension(std::uint64_t size);

  ByteSource& from_;
  Content content_;
  std::uint64_t left_ = 0, padding_ = 0;
  bool has_content_ = false, ended_ = false;
};

}  // namespace strates::image
