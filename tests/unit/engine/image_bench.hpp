// An engine over the simulated world for tests of images, and archives made by hand: also those no tool would make.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapters/archive_reader.hpp"
#include "adapters/decompressor.hpp"
#include "adapters/openssl_hasher.hpp"
#include "engine/engine.hpp"
#include "engine/image_archive.hpp"
#include "engine/layer_report.hpp"
#include "engine/lock.hpp"
#include "image/config.hpp"
#include "image/tar_header.hpp"
#include "sim/catalogue.hpp"
#include "sim/world.hpp"

namespace strates::engine::test {

struct Member {
  std::string path, content;
  image::EntryType type = image::EntryType::File;
  std::string link = {};
};

// A tar of these members, in this order, whatever they are.
inline std::string tar_of(const std::vector<Member>& members) {
  std::string out;
  for (const auto& member : members) {
    image::LayerEntry entry{member.path, {}};
    entry.meta.type = member.type;
    entry.meta.link_target = member.link;
    if (member.type == image::EntryType::File) entry.meta.size = member.content.size();
    if (member.type == image::EntryType::Directory) entry.meta.mode = 0755;
    if (member.type == image::EntryType::CharDevice) entry.meta.device_major = 1;
    out += image::tar_header(entry, 0) + member.content + std::string(image::tar_padding(member.content.size()), '\0');
  }
  return out + std::string(1024, '\0');
}

enum class Filter { Gzip, Zstd };
inline std::string compressed(const std::string& bytes, Filter filter) {
  std::string out(bytes.size() + 65536, '\0');
  size_t used = 0;
  archive* to = archive_write_new();
  archive_write_set_format_raw(to);
  filter == Filter::Gzip ? archive_write_add_filter_gzip(to) : archive_write_add_filter_zstd(to);
  archive_write_open_memory(to, out.data(), out.size(), &used);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_write_header(to, entry);
  archive_write_data(to, bytes.data(), bytes.size());
  archive_entry_free(entry);
  archive_write_close(to);
  archive_write_free(to);
  out.resize(used);
  return out;
}

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

struct ImageBench {
  explicit ImageBench(std::optional<Nanos> epoch = std::nullopt)
      : world(options(), hasher, archives), engine(Engine::open(world.world(), {.source_date_epoch = epoch, .version = "test"}).value()) {}

  static sim::SimOptions options() {
    sim::SimOptions out;
    out.decompress = [](ByteSource& from) { return adapters::open_decompressed(from); };
    return out;
  }

  ImageId import(const std::string& tar, const std::string& repo, const std::string& tag = "latest", const std::vector<std::string>& changes = {}) {
    StringSource source(tar);
    auto id = engine->import_image(source, repo, tag, "imported", changes);
    REQUIRE_MESSAGE(id.ok(), (id.ok() ? "" : id.error().explanation()));
    return id.value();
  }
  ImageId busybox() { return import(sim::catalogue_tar("busybox"), "busybox", "latest", {"CMD [\"sh\"]"}); }

  ContainerId create(const std::string& name, const std::string& image, const std::vector<std::string>& command = {"true"}) {
    CreateRequest request;
    request.name = name;
    request.config.image = image;
    request.config.cmd = command;
    request.host.network_mode = "none";
    auto made = engine->create(request);
    REQUIRE_MESSAGE(made.ok(), (made.ok() ? "" : made.error().explanation()));
    return made.value().id;
  }
  int run(const std::string& name, const std::string& image, const std::vector<std::string>& command) {
    create(name, image, command);
    std::optional<int> code;
    const auto waiting = engine->wait(name, WaitCondition::NextExit, [&](WaitReply reply) { code = reply.exit_code; });
    REQUIRE(engine->start(name).ok());
    const Locked lock(engine->world().monitor);
    engine->world().monitor.wait([&] { return code.has_value(); }, 0);
    return code.value_or(-1);
  }
  // `image` with what `script` did, as `repo`.
  ImageId derive(const std::string& image, const std::string& script, const std::string& repo, const std::string& tag = "latest") {
    REQUIRE(run("maker", image, {"sh", "-c", script}) == 0);
    CommitRequest request;
    request.container = "maker";
    request.repo = repo;
    request.tag = tag;
    auto id = engine->commit(request);
    REQUIRE_MESSAGE(id.ok(), (id.ok() ? "" : id.error().explanation()));
    REQUIRE(engine->remove("maker", Force::No).ok());
    return id.value();
  }

  std::string save(const std::vector<std::string>& names) {
    auto archive = engine->save_images(names);
    REQUIRE_MESSAGE(archive.ok(), (archive.ok() ? "" : archive.error().explanation()));
    StringSink sink;
    const auto written = archive.value()->write(sink);
    REQUIRE_MESSAGE(written.ok(), (written.ok() ? "" : written.error().explanation()));
    return sink.bytes;
  }
  Result<std::string> load(const std::string& archive, const LayerProgress& progress = {}) {
    StringSpool spool(archive);
    std::string lines;
    TRY(engine->load_images(spool, [&](std::string_view line) { lines += line; }, progress));
    return lines;
  }
  std::map<std::string, std::string> members(const std::string& tar) {
    StringSource source(tar);
    auto reader = archives.open(source).value();
    std::map<std::string, std::string> out;
    for (;;) {
      const auto entry = reader->next().value();
      if (!entry) return out;
      if (entry->meta.type == image::EntryType::File) out[entry->path] = read_all(*reader->content().value(), 64 << 20).value();
      else out[entry->path] = "-> " + entry->meta.link_target;
    }
  }
  std::string sha256(const std::string& bytes) { return "sha256:" + hasher.sha256_hex(bytes); }

  // All that is kept: for "nothing is left" by comparison.
  std::string store() {
    auto ports = world.world();
    std::string out;
    const auto images = engine->images(true).value();
    const auto layers = ports.snapshots.list_layers().value();
    const auto blobs = ports.blobs.list().value();
    const auto snapshots = ports.snapshots.list_snapshots().value();
    for (const auto& image : images) {
      out += "image " + image.id.str() + " parent " + image.parent.str() + "\n";
      for (const auto& reference : image.references) out += "  " + reference + "\n";
    }
    for (const auto& layer : layers) out += "layer " + layer.str() + "\n";
    for (const auto& blob : blobs) out += "blob " + blob.str() + "\n";
    for (const auto& snapshot : snapshots) out += "snapshot " + snapshot.str() + "\n";
    return out;
  }

  adapters::OpensslHasher hasher;
  adapters::LibarchiveReader archives;
  sim::SimWorld world;
  std::unique_ptr<Engine> engine;
};

// A small image by hand: one layer with one file, its configuration, both forms of archive.
struct HandMade {
  std::string layer = tar_of({{"etc", "", image::EntryType::Directory}, {"etc/motd", "hello\n"}});
  std::string config, id, diff_id;

  explicit HandMade(adapters::OpensslHasher& hasher) {
    diff_id = "sha256:" + hasher.sha256_hex(layer);
    config = R"({"architecture":"amd64","os":"linux","unknown":[1],"config":{"Cmd":["sh"]},"history":[{"created_by":"by hand"}],"rootfs":{"type":"layers","diff_ids":[")" + diff_id + R"("]}})";
    id = hasher.sha256_hex(config);
  }
  std::string manifest(const std::string& tags = R"(["hand:1"])") const { return R"([{"Config":")" + id + R"(.json","RepoTags":)" + tags + R"(,"Layers":["l/layer.tar"]}])"; }
  std::vector<Member> docker_form(const std::string& tags = R"(["hand:1"])") const {
    return {{"l/layer.tar", layer}, {id + ".json", config}, {"manifest.json", manifest(tags)}};
  }
  std::vector<Member> oci_form(adapters::OpensslHasher& hasher, const std::string& stored_layer, const std::string& media, const std::string& name) const {
    const auto blob = [&](const std::string& bytes) { return Member{"blobs/sha256/" + hasher.sha256_hex(bytes), bytes}; };
    const auto descriptor = [&](const std::string& type, const std::string& bytes, const std::string& more = "") {
      return R"({"mediaType":")" + type + R"(","digest":"sha256:)" + hasher.sha256_hex(bytes) + R"(","size":)" + std::to_string(bytes.size()) + more + "}";
    };
    const std::string manifest = R"({"schemaVersion":2,"config":)" + descriptor("application/vnd.oci.image.config.v1+json", config) + R"(,"layers":[)" + descriptor(media, stored_layer) + "]}";
    const std::string annotation = name.empty() ? "" : R"(,"annotations":{"org.opencontainers.image.ref.name":")" + name + "\"}";
    const std::string index = R"({"schemaVersion":2,"manifests":[)" + descriptor("application/vnd.oci.image.manifest.v1+json", manifest, annotation) + "]}";
    return {blob(stored_layer), blob(config), blob(manifest), {"index.json", index}, {"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"}};
  }
};

}  // namespace strates::engine::test
