#include "engine/builder_context.hpp"

#include <algorithm>

#include "base/strings.hpp"
#include "build/context_sum.hpp"
#include "build/ignore_patterns.hpp"

namespace strates::engine {

namespace {

constexpr std::uint64_t kMaxEntries = 1'000'000;
constexpr std::uint64_t kMaxDockerfile = 4 << 20, kMaxIgnoreFile = 1 << 20;
constexpr std::string_view kIgnoreFile = ".dockerignore";

Error context_error(std::string_view object, std::string_view cause) {
  return make_error(ErrorKind::Invalid, "build.context", "read build context", object, cause, "make the context again");
}

// Passes bytes on to a hash, and keeps them when asked to.
class Tap : public ByteSink {
 public:
  Tap(HashStream& hash, std::string* kept) : hash_(hash), kept_(kept) {}
  Result<void> write(std::string_view bytes) override {
    if (kept_ != nullptr) kept_->append(bytes);
    return hash_.write(bytes);
  }

 private:
  HashStream& hash_;
  std::string* kept_;
};

}  // namespace

Result<BuildContext> BuildContext::read(ArchiveReader& archives, Hasher& hasher, Spool& tar, const std::string& dockerfile,
                                        const Cancelled& cancelled) {
  BuildContext out(archives, tar);
  TRY(out.index(hasher, dockerfile, cancelled));
  TRY(out.exclude());
  return out;
}

BuildContext BuildContext::of_dockerfile(ArchiveReader& archives, Spool& none, std::string text) {
  BuildContext out(archives, none);
  out.dockerfile_ = std::move(text);
  out.dockerfile_name_ = "Dockerfile";
  return out;
}

namespace {

constexpr std::uint64_t kTarBlock = 512;

// Docker's client, when the Dockerfile comes from standard input, sends a tar without its last padding and its end marker (ReplaceFileTarWrapper closes
// the pipe before the writer), and Docker's daemon takes it. HTTP's own framing says that nothing else is missing.
class EndedTar final : public ByteSource {
 public:
  EndedTar(std::unique_ptr<ByteSource> from, std::uint64_t size) : from_(std::move(from)), lacking_(kTarBlock - size % kTarBlock + 2 * kTarBlock) {}
  Result<size_t> read(std::span<char> buffer) override {
    const size_t got = TRY(from_->read(buffer));
    if (got > 0 || buffer.empty()) return got;
    const size_t zeros = static_cast<size_t>(std::min<std::uint64_t>(lacking_, buffer.size()));
    std::fill_n(buffer.begin(), zeros, '\0');
    lacking_ -= zeros;
    return zeros;
  }

 private:
  std::unique_ptr<ByteSource> from_;
  std::uint64_t lacking_;
};

Result<std::unique_ptr<ByteSource>> open_tar(Spool& tar) {
  auto source = TRY(tar.open());
  constexpr size_t kMagicAt = 257, kMagicEnd = 262;
  if (tar.size() % kTarBlock == 0 || tar.size() < kTarBlock) return source;
  char head[kMagicEnd];
  const auto peek = TRY(tar.open());
  for (size_t done = 0; done < sizeof head;) {
    const size_t got = TRY(peek->read(std::span(head).subspan(done)));
    if (got == 0) return source;
    done += got;
  }
  // Compressed ones have any size.
  if (std::string_view(head + kMagicAt, kMagicEnd - kMagicAt) != "ustar") return source;
  return std::unique_ptr<ByteSource>(std::make_unique<EndedTar>(std::move(source), tar.size()));
}

}  // namespace

Result<void> BuildContext::index(Hasher& hasher, const std::string& dockerfile, const Cancelled& cancelled) {
  const std::string wanted = clean_path("/" + dockerfile).substr(1);
  const std::string fallback = to_lower(wanted);
  std::optional<std::string> exact, lower;
  Nanos exact_time = 0, lower_time = 0;
  const auto source = TRY(open_tar(*tar_));
  const auto reader = TRY(archives_->open(*source));
  ClientWatch client(cancelled);
  for (std::uint64_t ordinal = 1;; ++ordinal) {
    auto next = TRY(reader->next());
    if (!next) break;
    if (ordinal > kMaxEntries) return context_error("", "more than " + std::to_string(kMaxEntries) + " entries");
    if (client.gone(next->meta.size)) return build_cancelled();
    ContextEntry entry{next->meta, "", ordinal};
    const auto hash = hasher.sha256();
    TRY(hash->write(build::sum_prefix(build::sum_header(next->path, next->meta))));
    if (next->meta.type == image::EntryType::File) {
      std::string text;
      const bool is_ignore = next->path == kIgnoreFile, is_exact = next->path == wanted, is_lower = next->path == fallback;
      const std::uint64_t limit = is_ignore ? kMaxIgnoreFile : kMaxDockerfile;
      const bool kept = is_ignore || is_exact || is_lower;
      if (kept && next->meta.size > limit) return context_error(next->path, std::to_string(next->meta.size) + " bytes are too many");
      Tap tap(*hash, kept ? &text : nullptr);
      TRY(copy_stream(*TRY(reader->content()), tap, kept ? limit : UINT64_MAX));
      if (is_exact) exact = text, exact_time = next->meta.mtime;
      if (is_lower) lower = text, lower_time = next->meta.mtime;
      if (is_ignore) ignore_file_ = std::move(text);
    }
    entry.sum = hash->finish_hex();
    TRY(insert(next->path, std::move(entry)));
  }
  if (!exact && !lower) return docker_error(ErrorKind::Invalid, "build.no-dockerfile", "Cannot locate specified Dockerfile: " + dockerfile);
  dockerfile_name_ = exact ? wanted : fallback;
  dockerfile_time_ = exact ? exact_time : lower_time;
  dockerfile_ = std::move(exact ? *exact : *lower);
  return {};
}

Result<void> BuildContext::insert(const std::string& path, ContextEntry entry) {
  // A later entry of the same name counts; what is no directory any more holds nothing.
  const auto old = entries_.find(path);
  const bool was_directory = old != entries_.end() && old->second.meta.type == image::EntryType::Directory;
  if (was_directory && entry.meta.type != image::EntryType::Directory) {
    auto below = std::next(old);
    while (below != entries_.end() && below->first.starts_with(path + "/")) below = entries_.erase(below);
  }
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const auto parent = entries_.find(path.substr(0, slash));
    if (parent != entries_.end() && parent->second.meta.type != image::EntryType::Directory)
      return context_error(path, "it lies under " + parent->first + ", which is not a directory");
  }
  imply_parents(path);
  entries_[path] = std::move(entry);
  return {};
}

void BuildContext::imply_parents(std::string_view path) {
  for (size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
    ContextEntry implied;
    implied.meta.type = image::EntryType::Directory;
    implied.meta.mode = 0755;
    entries_.try_emplace(std::string(path.substr(0, slash)), std::move(implied));
  }
}

Result<void> BuildContext::exclude() {
  if (!ignore_file_) return {};
  const auto patterns = build::IgnorePatterns::compile(build::read_ignore_file(*ignore_file_));
  if (!patterns.ok())
    return docker_error(ErrorKind::Invalid, "build.dockerignore", "error checking context: '" + patterns.error().message() + "'");
  if (patterns.value().empty()) return {};
  Entries kept;
  std::swap(kept, entries_);
  std::string skipped;  // "dir/": nothing below it is looked at
  for (auto& [path, entry] : kept) {
    if (!skipped.empty() && path.starts_with(skipped)) {
      ++excluded_;
      continue;
    }
    if (patterns.value().excludes(path)) {
      if (entry.ordinal != 0) ++excluded_;
      if (entry.meta.type == image::EntryType::Directory && patterns.value().skips_directory(path)) skipped = path + "/";
      continue;
    }
    if (entry.ordinal == 0) continue;  // implied again where something below stays
    imply_parents(path);
    entries_[path] = std::move(entry);
  }
  return {};
}

namespace {

// An archive with the bytes it is read from.
class OpenTar final : public image::LayerReader {
 public:
  OpenTar(std::unique_ptr<ByteSource> bytes, std::unique_ptr<image::LayerReader> entries) : bytes_(std::move(bytes)), entries_(std::move(entries)) {}
  Result<std::optional<image::LayerEntry>> next() override { return entries_->next(); }
  Result<ByteSource*> content() override { return entries_->content(); }

 private:
  std::unique_ptr<ByteSource> bytes_;
  std::unique_ptr<image::LayerReader> entries_;
};

}  // namespace

Result<std::unique_ptr<image::LayerReader>> BuildContext::reader() const {
  auto bytes = TRY(open_tar(*tar_));
  auto entries = TRY(archives_->open(*bytes));
  return std::unique_ptr<image::LayerReader>(std::make_unique<OpenTar>(std::move(bytes), std::move(entries)));
}

Result<void> BuildContext::stream(const std::function<bool(std::uint64_t)>& wanted, const Take& take, const Cancelled& cancelled) const {
  const auto entries = TRY(reader());
  ClientWatch client(cancelled);
  for (std::uint64_t ordinal = 1;; ++ordinal) {
    const auto next = TRY(entries->next());
    if (!next) return {};
    if (client.gone(next->meta.size)) return build_cancelled();
    if (wanted(ordinal)) TRY(take(next->path, ordinal, *TRY(entries->content())));
  }
}

}  // namespace strates::engine
