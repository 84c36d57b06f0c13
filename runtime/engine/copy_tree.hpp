// What COPY and ADD take files from: the build context, the files of an image or of an earlier stage, one file that was downloaded.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "engine/ports.hpp"
#include "image/layer.hpp"

namespace strates::engine {

struct ContextEntry {
  image::EntryMeta meta;
  std::string sum;             // hex; empty for a directory that the tar only implies
  std::uint64_t ordinal = 0;   // names it in `stream`, from 1; 0: implied
};

struct PathLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const { return image::layer_path_less(a, b); }
};

class CopyTree {
 public:
  using Entries = std::map<std::string, ContextEntry, PathLess>;
  using Cancelled = std::function<bool()>;
  using Take = std::function<Result<void>(const std::string& path, std::uint64_t ordinal, ByteSource& content)>;

  virtual ~CopyTree() = default;

  // By path, without leading slash. Of an image: what `load` was asked for.
  const Entries& entries() const { return entries_; }
  // Follows symbolic links, inside the tree only; "" is its root. None: there is no such path.
  std::optional<std::string> resolve(std::string_view path) const;
  // The entry at a path, links not followed; none for the root and for what is absent.
  const ContextEntry* find(std::string_view path) const;

  // Makes `entries` hold a path and all below it; of a pattern, all that it matches. What is absent is no error.
  virtual Result<void> load(std::string_view /*path*/) { return {}; }
  virtual Result<void> load_matches(std::string_view /*pattern*/) { return {}; }
  // Calls `take` for each file whose ordinal is in `wanted`, in the order that suits the tree.
  virtual Result<void> stream(const std::function<bool(std::uint64_t ordinal)>& wanted, const Take& take, const Cancelled& cancelled) const = 0;
  // All that the tree holds, its entries counted from 1 as `stream` counts them; null where files can only be streamed. May not outlive the tree.
  virtual Result<std::unique_ptr<image::LayerReader>> reader() const { return std::unique_ptr<image::LayerReader>(); }
  // What dates a directory that nothing else dates: the same build gives the same layer.
  virtual Nanos made_time() const = 0;
  // What Docker puts before "stat x: file does not exist".
  virtual std::string_view absence() const { return ""; }

 protected:
  CopyTree() = default;
  CopyTree(CopyTree&&) = default;
  CopyTree& operator=(CopyTree&&) = default;

  Entries entries_;
};

// The end of a build whose client went away.
Error build_cancelled();

// Whether the client is gone, asked now and then: for each of ten thousand small files the question would cost as much as the file.
class ClientWatch {
 public:
  explicit ClientWatch(CopyTree::Cancelled cancelled) : cancelled_(std::move(cancelled)) {}
  // `size`: of the entry whose turn it is.
  bool gone(std::uint64_t size) {
    constexpr std::uint64_t kEntries = 64, kBytes = 1 << 20;
    if (entries_++ % kEntries != 0 && bytes_ < kBytes) {
      bytes_ += size;
      return false;
    }
    bytes_ = size;
    return cancelled_();
  }

 private:
  CopyTree::Cancelled cancelled_;
  std::uint64_t entries_ = 0, bytes_ = 0;  // bytes: since the last look
};

}  // namespace strates::engine
