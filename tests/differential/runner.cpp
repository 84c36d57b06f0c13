#include "runner.hpp"

#include <algorithm>
#include <atomic>
#include <fstream>
#include <set>

#include "base/strings.hpp"
#include "engine/lock.hpp"
#include "image/layer.hpp"

namespace strates::differential {

using namespace strates::engine;

namespace {

constexpr Nanos kEpoch = 1'700'000'000 * kSecond;
constexpr std::uint64_t kContentLimit = 64 << 20;

class Collect final : public OutputSink {
 public:
  void output(StdStream stream, Nanos, std::string_view bytes) override { (stream == StdStream::Err ? err : out) += bytes; }
  void ended() override { done = true; }
  std::string out, err;
  std::atomic<bool> done = false;
};

class Words final : public BuildOutput {
 public:
  void stream(std::string_view text) override { said += text; }
  void image(const ImageId&) override {}
  bool cancelled() override { return false; }
  std::string said;
};

std::string error_text(const Error& error) { return "error " + error.code + ": " + error.message() + "\n"; }

std::string entry_line(const image::LayerEntry& entry, const std::string& content) {
  static constexpr std::string_view kTypes = "-dlhcbp";
  const auto& meta = entry.meta;
  std::string line = std::string(1, kTypes[static_cast<size_t>(meta.type)]) + " " + std::to_string(meta.mode) + " " + std::to_string(meta.uid) + ":" + std::to_string(meta.gid) + " /" +
                     entry.path;
  if (meta.type == image::EntryType::File) line += " " + std::to_string(meta.size) + (content.size() < 200 ? " " + go_quote(content) : "");
  if (!meta.link_target.empty()) line += " -> " + meta.link_target;
  return line + "\n";
}

std::string context_tar(const std::map<std::string, std::string>& files) {
  StringSink sink;
  image::TarWriter writer(sink, {});
  for (const auto& [path, content] : files) {
    StringSource source(content);
    ignore(writer.add({path, {.type = image::EntryType::File, .mode = 0644, .mtime = kEpoch, .size = content.size()}}, &source));
  }
  ignore(writer.finish());
  return sink.bytes;
}

}  // namespace

Result<Runner> Runner::open(World world, const std::string& tar) {
  Runner runner(std::move(world));
  EngineOptions options;
  options.source_date_epoch = kEpoch;
  options.version = "test";
  runner.engine_ = TRY(Engine::open(runner.world_, options));
  // Somebody listens: file events are part of what is compared.
  runner.ticket_ = runner.engine_->tracer().subscribe(0, [] { return event::Snapshot{}; }, [](const Event&) {});
  StringSource source(tar);
  TRY(runner.engine_->import_image(source, "busybox", "latest", "", {"CMD [\"sh\"]"}));
  for (int i = 0; i < 4; ++i) runner.context_["f" + std::to_string(i)] = "content " + std::to_string(i) + "\n";
  return runner;
}

void Runner::close() {
  if (engine_ == nullptr) return;
  const auto all = engine_->containers({.all = true, .limit = 0, .filters = {}});
  if (all.ok())
    for (const auto& container : all.value()) ignore(engine_->remove(container.id.str(), Force::Yes));
  engine_->tracer().unsubscribe(ticket_);
  engine_->close();
  engine_.reset();
}

std::string Runner::plain(std::string text) const {
  for (const auto& [id, name] : names_) {
    text = replace_all(text, id, "<" + name + ">");
    text = replace_all(text, id.substr(0, 12), "<" + name + ">");
  }
  return text;
}

Observation Runner::run(const std::string& command) {
  file_events_.clear();
  const auto words = split(command, ' ');
  const auto rest = [&](size_t count) {
    std::vector<std::string> tail(words.begin() + static_cast<std::ptrdiff_t>(std::min(count, words.size())), words.end());
    return join(tail, " ");
  };
  const auto word = [&](size_t at) { return at < words.size() ? words[at] : std::string(); };
  std::string out;
  if (words[0] == "context") {
    context_[word(1)] = rest(2) + "\n";
  } else if (words[0] == "build") {
    out = build(word(1), rest(2));
  } else if (words[0] == "run") {
    out = run_container(word(1), word(2), rest(3));
  } else if (words[0] == "start") {
    out = start_and_watch(word(1)) + container_facts(word(1));
  } else if (words[0] == "commit") {
    const auto id = engine_->commit({.container = word(1), .repo = word(2), .tag = "", .comment = "", .author = "", .changes = {}, .config = std::nullopt});
    out = id.ok() ? id.value().str() + "\n" + image_facts(word(2)) : error_text(id.error());
  } else if (words[0] == "tag") {
    const auto done = engine_->tag(word(1), word(2), "");
    out = done.ok() ? image_facts(word(2)) : error_text(done.error());
  } else if (words[0] == "rm") {
    const auto done = engine_->remove(word(1), Force::No);
    out = done.ok() ? "removed\n" : error_text(done.error());
  } else if (words[0] == "rmi") {
    const auto done = engine_->remove_image(word(1), Force::No, Prune::Yes);
    if (!done.ok()) out = error_text(done.error());
    else
      for (const auto& removal : done.value()) out += (removal.what == Removal::What::Untagged ? "Untagged: " : "Deleted: ") + removal.name + "\n";
  } else {
    out = "unknown command\n";
  }
  // One action: one program that changes one name.
  const auto has = [&](std::string_view text) { return command.find(text) != std::string::npos; };
  return {plain(out), file_events_, words[0] == "run" && !has(";") && !has("&") && !has("-rf") && !has("mv ") && !has("mkdir -p")};
}

std::string Runner::build(const std::string& tag, const std::string& instructions) {
  auto files = context_;
  files["Dockerfile"] = replace_all(instructions, " | ", "\n") + "\n";
  BuildRequest request;
  request.host.network_mode = "none";  // this program lives in the machine's network
  request.context = std::make_shared<StringSpool>(context_tar(files));
  request.tags = {tag};
  Words words;
  const Seq since = engine_->tracer().last();
  const auto id = engine_->build(request, words);
  std::string verdicts;
  std::set<std::string> intermediate;
  for (const auto& event : engine_->tracer().kept(since)) {
    if (const auto* family = std::get_if<event::Build>(&event.what)) {
      if (const auto* hit = std::get_if<event::CacheHit>(family)) verdicts += "hit " + std::to_string(hit->index) + "\n";
      if (const auto* miss = std::get_if<event::CacheMissed>(family)) verdicts += "miss " + std::to_string(miss->index) + " " + std::to_string(miss->reason.index()) + "\n";
    }
    if (const auto* family = std::get_if<event::Container>(&event.what))
      if (const auto* created = std::get_if<event::ContainerCreated>(family)) intermediate.insert(created->container.str());
  }
  // Standard error (red) and output come through two pipes: which is read first is a matter of time, what each says is not.
  std::string said, red;
  for (size_t at = 0; at < words.said.size();) {
    const bool starts = words.said.compare(at, 5, "\x1b[91m") == 0;
    if (!starts) {
      said += words.said[at++];
      continue;
    }
    const size_t end = std::min(words.said.find("\x1b[0m", at), words.said.size());
    red += words.said.substr(at + 5, end - at - 5);
    at = std::min(end + 4, words.said.size());
  }
  said += red;
  for (const auto& container : intermediate) said = replace_all(said, container.substr(0, 12), "<step>");
  // A failed step's container has a random name: it goes, so that the next comparison does not see it.
  for (const auto& container : intermediate) ignore(engine_->remove(container, Force::Yes));
  return said + verdicts + (id.ok() ? id.value().str() + "\n" + image_facts(tag) : error_text(id.error()));
}

std::string Runner::run_container(const std::string& name, const std::string& image, const std::string& script) {
  CreateRequest request;
  request.name = name;
  request.config.image = image;
  request.config.hostname = "box";
  request.config.cmd = image::StringList{"sh", "-c", script};
  request.host.network_mode = "none";
  const auto created = engine_->create(request);
  if (!created.ok()) return error_text(created.error());
  names_[created.value().id.str()] = name;
  return start_and_watch(name) + container_facts(name);
}

std::string Runner::start_and_watch(const std::string& name) {
  auto sink = std::make_shared<Collect>();
  auto attached = engine_->attach(name, {.logs = false, .stream = true, .in = false, .out = true, .err = true}, sink);
  if (!attached.ok()) return error_text(attached.error());
  const Seq since = engine_->tracer().last();
  std::atomic<bool> exited = false;
  int code = -1;
  const auto waiting = engine_->wait(name, WaitCondition::NextExit, [&](WaitReply reply) {
    code = reply.exit_code;
    exited = true;
  });
  const auto started = engine_->start(name);
  if (!started.ok()) return error_text(started.error());
  {
    const Locked lock(world_.monitor);
    if (!world_.monitor.wait([&] { return exited.load() && sink->done.load(); }, world_.clock.now() + 60 * kSecond)) return "did not end\n";
  }
  note_file_events(since);
  return "exit " + std::to_string(code) + "\nout " + go_quote(sink->out) + "\nerr " + go_quote(sink->err) + "\n";
}

void Runner::note_file_events(Seq since) {
  for (const auto& event : engine_->tracer().kept(since)) {
    const auto* family = std::get_if<event::File>(&event.what);
    if (family == nullptr) continue;
    // What an earlier run of the container left is found by a scan, and said to be so: it did not happen now.
    if (std::visit([](const auto& fact) { if constexpr (requires { fact.reconstructed; }) return fact.reconstructed; else return false; }, *family)) continue;
    if (const auto* fact = std::get_if<event::FileCopiedUp>(family))
      file_events_.insert("copied up " + fact->path + (fact->directory ? " directory" : " " + fact->from_layer + " " + std::to_string(fact->bytes)));
    if (const auto* fact = std::get_if<event::WhiteoutCreated>(family)) file_events_.insert("whiteout " + fact->path + " " + fact->hides_layer);
    if (const auto* fact = std::get_if<event::OpaqueDirectory>(family)) file_events_.insert("opaque " + fact->path);
    if (const auto* fact = std::get_if<event::FileCreated>(family)) file_events_.insert("created " + fact->path);
  }
}

std::string Runner::container_facts(const std::string& name) {
  const auto changes = engine_->diff(name);
  if (!changes.ok()) return error_text(changes.error());
  std::string out;
  for (const auto& change : changes.value()) out += std::string(1, "CAD"[static_cast<size_t>(change.kind)]) + " " + change.path + "\n";
  auto tree = engine_->export_tree(name);
  if (!tree.ok()) return out + error_text(tree.error());
  for (;;) {
    auto entry = tree.value()->next();
    if (!entry.ok()) return out + error_text(entry.error());
    if (!entry.value()) break;
    std::string content;
    if (entry.value()->meta.type == image::EntryType::File && entry.value()->meta.size < 200) {
      auto source = tree.value()->content();
      if (source.ok()) content = read_all(*source.value(), kContentLimit).value_or("unreadable");
    }
    out += entry_line(*entry.value(), content);
  }
  const auto size = engine_->usage(name);
  return out + (size.ok() ? "usage " + std::to_string(size.value()) + "\n" : error_text(size.error()));
}

std::string Runner::image_facts(const std::string& name) {
  const auto image = engine_->image(name);
  if (!image.ok()) return error_text(image.error());
  std::string out = image.value().id.str() + " " + std::to_string(image.value().bytes) + " " + join(image.value().repo_tags(), ",") + "\n";
  for (const auto& layer : image.value().layers) out += layer.str() + "\n";
  const auto rows = engine_->history(name);
  if (!rows.ok()) return out + error_text(rows.error());
  for (const auto& row : rows.value()) out += row.id + " " + std::to_string(row.bytes) + " " + row.created_by + "\n";
  return out;
}

std::string base_tar(const std::string& busybox_path) {
  std::ifstream file(busybox_path, std::ios::binary);
  const std::string busybox((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (busybox.empty()) return {};
  std::map<std::string, std::pair<image::EntryMeta, std::string>> entries;
  const auto directory = [&](const std::string& path, std::uint32_t mode) { entries[path] = {{.type = image::EntryType::Directory, .mode = mode, .mtime = kEpoch}, ""}; };
  for (const auto* path : {"bin", "dev", "etc", "etc/conf", "etc/conf/deep", "home", "proc", "root", "sys", "usr", "var", "var/log"}) directory(path, 0755);
  directory("tmp", 01777);
  const auto text = [&](const std::string& path, const std::string& content) {
    entries[path] = {{.type = image::EntryType::File, .mode = 0644, .mtime = kEpoch, .size = content.size()}, content};
  };
  text("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
  text("etc/group", "root:x:0:\n");
  text("etc/motd", "welcome\n");
  text("etc/conf/a", "a=1\n");
  text("etc/conf/b", "b=2\n");
  text("etc/conf/deep/x", "x=3\n");
  text("var/log/big", std::string(100'000, 'x'));
  entries["bin/busybox"] = {{.type = image::EntryType::File, .mode = 0755, .mtime = kEpoch, .size = busybox.size()}, busybox};
  for (const auto* applet : {"sh", "cat", "echo", "rm", "mv", "mkdir", "ln", "chmod", "cp", "touch", "ls", "rmdir", "true", "false", "wc", "head", "tail", "sort", "grep", "test"})
    entries["bin/" + std::string(applet)] = {{.type = image::EntryType::Symlink, .mode = 0777, .mtime = kEpoch, .link_target = "busybox"}, ""};
  std::vector<std::string> paths;
  for (const auto& [path, entry] : entries) paths.push_back(path);
  std::sort(paths.begin(), paths.end(), image::layer_path_less);
  StringSink sink;
  image::TarWriter writer(sink, {});
  for (const auto& path : paths) {
    StringSource content(entries[path].second);
    ignore(writer.add({path, entries[path].first}, entries[path].first.type == image::EntryType::File ? &content : nullptr));
  }
  ignore(writer.finish());
  return sink.bytes;
}

}  // namespace strates::differential
