#include "builder_fake.hpp"

#include <algorithm>

#include "image/tar_source.hpp"

namespace strates::engine::fake {

namespace {

Error absent(std::string_view path) { return make_error(ErrorKind::NotFound, "fake.absent", "look up", path, "no such file"); }

}  // namespace

image::EntryMeta file_meta(std::uint32_t mode) {
  image::EntryMeta out;
  out.mode = mode;
  out.mtime = 1'600'000'000 * kSecond;
  return out;
}
image::EntryMeta directory_meta(std::uint32_t mode) {
  image::EntryMeta out = file_meta(mode);
  out.type = image::EntryType::Directory;
  return out;
}
Entry directory(std::string path, std::uint32_t mode) { return {std::move(path), "", directory_meta(mode)}; }
Entry link_to(std::string path, std::string target) {
  image::EntryMeta meta = file_meta(0777);
  meta.type = image::EntryType::Symlink;
  meta.link_target = std::move(target);
  return {std::move(path), "", meta};
}

std::string tar_of(std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return image::layer_path_less(a.path, b.path); });
  StringSink sink;
  image::TarWriter writer(sink, {});
  for (Entry& entry : entries) {
    const bool is_file = entry.meta.type == image::EntryType::File;
    entry.meta.size = is_file ? entry.content.size() : 0;
    StringSource content(entry.content);
    ignore(writer.add({entry.path, entry.meta}, is_file ? &content : nullptr));
  }
  ignore(writer.finish());
  return sink.bytes;
}

std::string FakeEditor::key_of(std::string_view path, Follow follow) const {
  std::vector<std::string> todo = split(path, '/');
  std::reverse(todo.begin(), todo.end());
  std::string at = "/";
  for (int links = 0; !todo.empty();) {
    const std::string part = todo.back();
    todo.pop_back();
    if (part.empty() || part == ".") continue;
    const std::string next = join_path(at, part);
    const auto found = tree_.find(next.substr(1));
    if (found != tree_.end() && found->second.meta.type == image::EntryType::Symlink && (!todo.empty() || follow == Follow::Yes) && ++links < 40) {
      const std::string target = found->second.meta.link_target;
      if (target.starts_with('/')) at = "/";
      const auto parts = split(target, '/');
      todo.insert(todo.end(), parts.rbegin(), parts.rend());
      continue;
    }
    at = next;
  }
  return at.substr(1);
}

Result<std::optional<image::EntryMeta>> FakeEditor::stat(std::string_view path, Follow follow) {
  const std::string key = key_of(path, follow);
  if (key.empty()) return std::optional(directory_meta());
  const auto found = tree_.find(key);
  if (found == tree_.end()) return std::optional<image::EntryMeta>();
  image::EntryMeta meta = found->second.meta;
  if (meta.type == image::EntryType::File) meta.size = found->second.content.size();
  return std::optional(std::move(meta));
}

Result<std::vector<std::string>> FakeEditor::list(std::string_view path) {
  const std::string key = key_of(path, Follow::Yes);
  std::vector<std::string> out;
  for (const auto& [name, file] : tree_)
    if (dir_name("/" + name) == "/" + key) out.push_back(base_name(name));
  return out;
}

Result<std::string> FakeEditor::read(std::string_view path, std::uint64_t) {
  const auto found = tree_.find(key_of(path, Follow::Yes));
  if (found == tree_.end()) return absent(path);
  return found->second.content;
}

Result<std::unique_ptr<ByteSource>> FakeEditor::open_file(std::string_view path) {
  return std::unique_ptr<ByteSource>(std::make_unique<StringSource>(TRY(read(path, 0))));
}

void FakeEditor::parents(const std::string& key) {
  for (size_t slash = key.find('/'); slash != std::string::npos; slash = key.find('/', slash + 1))
    tree_.try_emplace(key.substr(0, slash), FakeFile{directory_meta(), ""});
}

Result<void> FakeEditor::make_directory(std::string_view path, const image::EntryMeta& meta) {
  const std::string key = key_of(path, Follow::No);
  parents(key);
  tree_.try_emplace(key, FakeFile{meta, ""});
  return {};
}

Result<void> FakeEditor::put(std::string_view path, const image::EntryMeta& meta, ByteSource* content) {
  const std::string key = key_of(path, Follow::No);
  parents(key);
  FakeFile file{meta, ""};
  if (content != nullptr) file.content = TRY(read_all(*content, 1 << 20));
  if ((content != nullptr) != (meta.type == image::EntryType::File)) return make_error(ErrorKind::Internal, "fake.put", "put", path, "content and type differ");
  if (content != nullptr && file.content.size() != meta.size) return make_error(ErrorKind::Internal, "fake.put", "put", path, "wrong size");
  const auto old = tree_.find(key);
  if (old != tree_.end() && (old->second.meta.type == image::EntryType::Directory) != (meta.type == image::EntryType::Directory))
    return make_error(ErrorKind::Internal, "fake.put", "put", path, "it is another kind of file");
  tree_[key] = std::move(file);
  return {};
}

Result<void> FakeEditor::remove(std::string_view path) {
  const std::string key = key_of(path, Follow::No);
  for (auto at = tree_.begin(); at != tree_.end();) at = at->first == key || at->first.starts_with(key + "/") ? tree_.erase(at) : std::next(at);
  return {};
}

std::string FakeHost::next_id() {
  ++last_;
  return hasher_.sha256_hex("id " + std::to_string(last_));
}

ImageId FakeHost::add_base(const std::string& reference, const std::vector<Entry>& files, image::RunConfig config) {
  if (!config.cmd) config.cmd = image::StringList{"sh"};
  if (!config.env) config.env = image::StringList{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  ImageRecord record;
  record.id = ImageId("sha256:" + next_id());
  record.references = {reference};
  record.layers = {ChainId("sha256:" + next_id())};
  record.layer_bytes = {1000};
  record.config.config = config;
  record.config.container_config = image::RunConfig{};
  for (const Entry& entry : files) trees[record.id][entry.path] = {entry.meta, entry.content};
  images.push_back(record);
  tags[reference] = record.id;
  return record.id;
}

Result<ImageRecord> FakeHost::find_image(const std::string& name) {
  for (const ImageRecord& record : images)
    if (record.id.str() == name) return record;
  const auto tag = tags.find(name);
  if (tag != tags.end()) return find_image(tag->second.str());
  return docker_error(ErrorKind::NotFound, "image.not-found", "No such image: " + name);
}

Result<std::vector<ImageRecord>> FakeHost::children_of(const ImageId& parent) {
  std::vector<ImageRecord> out;
  for (auto record = images.rbegin(); record != images.rend(); ++record)
    if (record->parent == parent) out.push_back(*record);
  return out;
}

Result<ImageRecord> FakeHost::restore_step(const ImageId&, const ImageId& target, const image::RunConfig&) {
  return make_error(ErrorKind::NotImplemented, "fake.restore", "restore", target.str(), "every image here has its parents", "");
}

Result<CreateReply> FakeHost::create_container(const ImageId& image, const image::RunConfig& config, const HostConfig&, Purpose, OpId) {
  const ContainerId id(next_id());
  containers[id] = {image, config, image.empty() ? FakeTree() : trees[image]};
  ++created;
  return CreateReply{id, {}};
}

Result<int> FakeHost::run_container(const ContainerId& id, const std::function<void(StdStream, std::string_view)>& output,
                                    const std::function<bool()>& cancelled, OpId) {
  if (cancelled()) return make_error(ErrorKind::Conflict, "build.cancelled", "run", "", "the client went away");
  FakeContainer& container = containers[id];
  return process ? process(container, container.tree, output) : 0;
}

Result<std::unique_ptr<TreeEditor>> FakeHost::edit_container(const ContainerId& id) {
  return std::unique_ptr<TreeEditor>(std::make_unique<FakeEditor>(containers[id].tree));
}

Result<ImageRecord> FakeHost::commit_step(const StepCommit& commit, OpId) {
  ImageRecord record;
  if (!commit.parent.empty()) record = TRY(find_image(commit.parent.str()));
  const FakeTree before = commit.parent.empty() ? FakeTree() : trees[commit.parent];
  record.id = ImageId("sha256:" + next_id());
  record.parent = commit.parent;
  record.references.clear();
  record.config.config = commit.config;
  record.config.container_config = commit.container_config;
  record.config.author = commit.author;
  FakeTree after = commit.container ? containers[*commit.container].tree : before;
  if (commit.layer != nullptr) {
    ++layers_given;
    image::TarSource tar(commit.layer, {});
    const auto layer = TRY(archives_.open(tar));
    while (const auto entry = TRY(layer->next()))
      after[entry->path] = {entry->meta, entry->meta.type == image::EntryType::File ? TRY(read_all(*TRY(layer->content()), UINT64_MAX)) : std::string()};
  }
  const bool changed = after != before;
  if (changed) {
    record.layers.emplace_back("sha256:" + next_id());
    record.layer_bytes.push_back(77);
  }
  record.config.history.push_back({"", join(commit.container_config.cmd.value_or(image::StringList{}), " "), commit.author, "", !changed});
  trees[record.id] = after;
  images.push_back(record);
  return record;
}

Result<RemoteFile> FakeHost::get_remote(const std::string& url, const std::function<bool()>&) {
  const auto found = remote.find(url);
  if (found == remote.end()) return docker_error(ErrorKind::NotFound, "remote.get", "Get \"" + url + "\": no route");
  return found->second;
}

Result<void> FakeHost::remove_container(const ContainerId& id, OpId) {
  if (stuck) return docker_error(ErrorKind::Conflict, "snapshot.busy", "it is busy");
  if (containers.erase(id) == 0) return docker_error(ErrorKind::NotFound, "container.not-found", "No such container: " + id.str());
  return {};
}

Result<void> FakeHost::tag_image(const ImageId& id, const std::string& reference, OpId) {
  tags[reference] = id;
  return {};
}

}  // namespace strates::engine::fake
