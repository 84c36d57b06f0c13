// A BuildHost with trees in memory: enough of an engine to see what the builder asks of it. RUN does what the test says.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/archive_reader.hpp"
#include "adapters/openssl_hasher.hpp"
#include "base/strings.hpp"
#include "engine/build_host.hpp"
#include "engine/builder_context.hpp"

namespace strates::engine::fake {

struct FakeFile {
  image::EntryMeta meta;
  std::string content;
  bool operator==(const FakeFile&) const = default;
};
using FakeTree = std::map<std::string, FakeFile, PathLess>;  // by path without leading slash

image::EntryMeta file_meta(std::uint32_t mode = 0644);
image::EntryMeta directory_meta(std::uint32_t mode = 0755);
// An entry of a context or of a base image.
struct Entry {
  std::string path;
  std::string content;
  image::EntryMeta meta = file_meta();
};
Entry directory(std::string path, std::uint32_t mode = 0755);
Entry link_to(std::string path, std::string target);
// A tar of the entries, sorted.
std::string tar_of(std::vector<Entry> entries);

class FakeEditor : public TreeEditor {
 public:
  explicit FakeEditor(FakeTree& tree) : tree_(tree) {}
  Result<std::optional<image::EntryMeta>> stat(std::string_view path, Follow follow) override;
  Result<std::vector<std::string>> list(std::string_view path) override;
  Result<std::string> read(std::string_view path, std::uint64_t limit) override;
  Result<std::unique_ptr<ByteSource>> open_file(std::string_view path) override;
  Result<void> make_directory(std::string_view path, const image::EntryMeta& meta) override;
  Result<void> put(std::string_view path, const image::EntryMeta& meta, ByteSource* content) override;
  Result<void> remove(std::string_view path) override;
  Result<std::unique_ptr<image::LayerReader>> archive(std::string_view path) override {
    return make_error(ErrorKind::NotImplemented, "fake.archive", "archive", path, "the builder asks for none");
  }

 private:
  std::string key_of(std::string_view path, Follow follow) const;
  void parents(const std::string& key);
  FakeTree& tree_;
};

class FakeClock : public Clock {
 public:
  Nanos now() override { return ++at_; }

 private:
  Nanos at_ = 1'700'000'000 * kSecond;
};

struct FakeContainer {
  ImageId image;
  image::RunConfig config;
  FakeTree tree;
};

class FakeHost : public BuildHost {
 public:
  using Process = std::function<int(const FakeContainer&, FakeTree&, const std::function<void(StdStream, std::string_view)>&)>;

  // An image nobody built: busybox, with a CMD and a PATH.
  ImageId add_base(const std::string& reference, const std::vector<Entry>& files, image::RunConfig config = {});

  Result<ImageRecord> find_image(const std::string& name) override;
  Result<void> pull_base(const std::string& name, const BuildRequest&, BuildOutput&, OpId) override {
    pulled.push_back(name);
    if (pulls) return pulls(name);
    return make_error(ErrorKind::NotImplemented, "registry.none", "pull", name, "this world reaches no network");
  }
  Result<std::vector<ImageRecord>> children_of(const ImageId& parent) override;
  Result<ImageRecord> restore_step(const ImageId& parent, const ImageId& target, const image::RunConfig& config) override;
  Result<CreateReply> create_container(const ImageId& image, const image::RunConfig& config, const HostConfig& host, Purpose purpose, OpId op) override;
  Result<int> run_container(const ContainerId& id, const std::function<void(StdStream, std::string_view)>& output,
                            const std::function<bool()>& cancelled, OpId op) override;
  Result<std::unique_ptr<TreeEditor>> edit_container(const ContainerId& id) override;
  Result<ImageRecord> commit_step(const StepCommit& commit, OpId op) override;
  Result<void> remove_container(const ContainerId& id, OpId op) override;
  void keep_container(const ContainerId& id) override { kept.push_back(id); }
  std::unique_ptr<Ongoing> beside(std::function<void()> job) override {
    if (!delays) return BuildHost::beside(std::move(job));
    struct Delayed final : Ongoing {
      explicit Delayed(std::function<void()> the_job) : job(std::move(the_job)) {}
      ~Delayed() override { job(); }
      std::function<void()> job;
    };
    return std::make_unique<Delayed>(std::move(job));
  }
  Result<void> tag_image(const ImageId& id, const std::string& reference, OpId op) override;
  ArchiveReader& archives() override { return archives_; }
  Hasher& hasher() override { return hasher_; }
  Result<RemoteFile> get_remote(const std::string& url, const std::function<bool()>& cancelled) override;
  Tracer& tracer() override { return tracer_; }
  void keep_note(const ImageId& image, const std::string& note) override {
    if (keeps_notes) notes[image] = note;
  }
  std::optional<std::string> note_of(const ImageId& image) override {
    const auto found = notes.find(image);
    return found == notes.end() ? std::nullopt : std::optional(found->second);
  }

  // All that was built, in order.
  std::vector<ImageRecord> images;
  std::map<ImageId, FakeTree> trees;
  std::map<ContainerId, FakeContainer> containers;
  std::map<ImageId, std::string> notes;
  std::map<std::string, ImageId> tags;
  std::map<std::string, RemoteFile> remote;  // by URL
  std::vector<std::string> pulled;                               // what was asked of registries
  std::function<Result<void>(const std::string& name)> pulls;  // what they do; none: they refuse
  bool keeps_notes = true;
  bool stuck = false;   // no container can be removed
  bool delays = false;  // what may be done beside the build is done when the build waits for it
  std::vector<ContainerId> kept;  // what the builder said will stay
  int created = 0;
  int layers_given = 0;  // steps that came with their layer
  Process process;

 private:
  std::string next_id();
  FakeClock clock_;
  adapters::LibarchiveReader archives_;
  adapters::OpensslHasher hasher_;
  Tracer tracer_{clock_};
  int last_ = 0;
};

class FakeOutput : public BuildOutput {
 public:
  void stream(std::string_view said) override { text += said; }
  void image(const ImageId& id) override { ids.push_back(id); }
  bool cancelled() override { return cancel_after >= 0 && cancel_after-- == 0; }
  std::string text;
  std::vector<ImageId> ids;
  int cancel_after = -1;  // asked that many times, then the client is gone
};

}  // namespace strates::engine::fake
