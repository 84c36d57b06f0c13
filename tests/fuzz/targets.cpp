#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "adapters/archive_reader.hpp"
#include "adapters/openssl_hasher.hpp"
#include "api/create_json.hpp"
#include "api/detach_keys.hpp"
#include "api/event_codec.hpp"
#include "base/git_address.hpp"
#include "base/go_json_error.hpp"
#include "base/http_date.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "build/dockerfile.hpp"
#include "build/go_duration.hpp"
#include "build/ignore_patterns.hpp"
#include "build/instruction.hpp"
#include "build/port_spec.hpp"
#include "build/shell_lex.hpp"
#include "cli/go_template.hpp"
#include "engine/container_codec.hpp"
#include "engine/incoming_images.hpp"
#include "engine/log_settings.hpp"
#include "engine/pulled_manifest.hpp"
#include "engine/user_lookup.hpp"
#include "http/server/body_source.hpp"
#include "http/server/request_head.hpp"
#include "image/config.hpp"
#include "image/manifest.hpp"
#include "image/reference.hpp"
#include "image/tar_header.hpp"
#include "lessons/engine/lesson.hpp"
#include "sim/shell/arithmetic.hpp"
#include "sim/shell/parser.hpp"
#include "tests/fuzz/compose_target.hpp"
#include "tests/fuzz/registry_target.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/places.hpp"
#include "viewer/draw/inspect.hpp"
#include "viewer/panel/rich_text.hpp"
#include "viewer/terminal/shell_marks.hpp"
#include "viewer/terminal/terminal_screen.hpp"

namespace strates::fuzz {

namespace {

using Seeds = std::vector<std::string>;

// An error must say something: an empty one helps nobody.
template <typename T>
bool speaks(const Result<T>& result) {
  return result.ok() || !result.error().explanation().empty();
}

// ---------------------------------------------------------------- HTTP
bool read_head(std::string_view bytes) {
  const auto parsed = http::parse_request_head(bytes);
  if (const auto* refusal = std::get_if<http::Refusal>(&parsed)) return refusal->status >= 400 && !refusal->why.empty();
  const auto& head = std::get<http::RequestHead>(parsed);
  // What decided how the body is framed is never both.
  return !(head.chunked && head.content_length) && head.path.find('\0') == std::string::npos && head.headers.size() <= http::kHeaderCount;
}
Seeds heads() {
  return {"GET /v1.41/containers/json?all=1&filters=%7B%22label%22%3A%5B%22a%3Db%22%5D%7D HTTP/1.1\r\nHost: docker\r\nUser-Agent: Docker-Client\r\n",
          "POST /v1.41/build?t=a&t=b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/x-tar\r\nExpect: 100-continue\r\n",
          "POST /containers/a/attach?stream=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n", "HEAD /_ping HTTP/1.0\r\n"};
}

bool read_body(std::string_view bytes) {
  constexpr std::uint64_t kLimit = 4096;
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return false;
  http::Socket socket{UniqueFd(ends[0])};
  UniqueFd client(ends[1]);
  const std::string sent(bytes.substr(0, 32 * 1024));
  if (!sent.empty() && ::write(client.get(), sent.data(), sent.size()) != static_cast<ssize_t>(sent.size())) return false;
  client.reset();
  http::RequestHead head;
  head.chunked = true;
  http::BodySource body(socket, head, kLimit, http::Milliseconds(1000));
  char buffer[512];
  std::uint64_t total = 0;
  for (;;) {
    const auto count = body.read(buffer);
    if (!count.ok()) return speaks(count);
    if (count.value() == 0) return total <= kLimit;
    total += count.value();
  }
}
Seeds bodies() { return {"5\r\nhello\r\n0\r\n\r\n", "3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nTrailer: x\r\n\r\n", "ffffffffffffffff\r\n", "10\r\n0123456789abcdef\r\n0\r\n\r\n"}; }

// ---------------------------------------------------------------- archives
bool read_archive(std::string_view bytes) {
  StringSource source{std::string(bytes)};
  adapters::ArchiveLimits limits;
  limits.entries = 2000;
  limits.bytes = 1 << 20;
  adapters::LibarchiveReader reader(limits);
  auto opened = reader.open(source);
  if (!opened.ok()) return speaks(opened);
  char buffer[4096];
  std::uint64_t total = 0;
  for (;;) {
    const auto entry = opened.value()->next();
    if (!entry.ok()) return speaks(entry);
    if (!entry.value()) return true;
    const std::string& path = entry.value()->path;
    // Nothing that leaves the root, whatever the archive says.
    if (path.empty() || path.front() == '/' || path == ".." || path.starts_with("../") || path.find("/../") != std::string::npos || path.ends_with("/..")) return false;
    if (entry.value()->meta.type != image::EntryType::File) continue;
    const auto content = opened.value()->content();
    if (!content.ok()) continue;
    for (;;) {
      const auto count = content.value()->read(buffer);
      if (!count.ok()) return speaks(count);
      if (count.value() == 0) break;
      if ((total += count.value()) > limits.bytes) return false;
    }
  }
}
// A tar header, with its checksum: so that a changed one is still read sometimes.
std::string tar_entry(const std::string& name, char type, const std::string& link, const std::string& content) {
  std::string block(512, '\0');
  const auto put = [&](size_t at, const std::string& text) { block.replace(at, text.size(), text); };
  char size[13];
  std::snprintf(size, sizeof size, "%011zo", content.size());
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, size);
  put(136, "00000000000");
  put(148, "        ");
  block[156] = type;
  put(157, link);
  put(257, "ustar");
  put(263, "00");
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  char text[8];
  std::snprintf(text, sizeof text, "%06o", sum);
  put(148, std::string(text) + '\0' + ' ');
  std::string body = content;
  body.resize((body.size() + 511) / 512 * 512);
  return block + body;
}
Seeds tars() {
  const std::string end(1024, '\0');
  return {tar_entry("etc/", '5', "", "") + tar_entry("etc/motd", '0', "", "bonjour\n") + end, tar_entry("a", '2', "../../etc/passwd", "") + tar_entry("a/b", '0', "", "x") + end,
          tar_entry("../up", '0', "", "x") + end, tar_entry("l", '1', "etc/motd", "") + end, tar_entry(".wh.x", '0', "", "") + tar_entry("d/.wh..wh..opq", '0', "", "") + end,
          tar_entry("p", 'x', "", "30 path=../../../../etc/shadow\n") + tar_entry("q", '0', "", "x") + end, tar_entry("dev", '3', "", "") + end};
}

// ---------------------------------------------------------------- Dockerfiles
bool read_dockerfile(std::string_view bytes) {
  const auto file = build::parse_dockerfile(bytes);
  if (!file.ok()) return speaks(file);
  for (const auto& node : file.value().nodes)
    if (node.first_line < 1 || node.last_line < node.first_line || !speaks(build::parse_instruction(node))) return false;
  return speaks(build::parse_stages(file.value()));
}
Seeds files_below(const std::string& folder, const std::string& ending, size_t most) {
  Seeds out;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (out.size() >= most || !entry.is_regular_file(error) || !entry.path().string().ends_with(ending)) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    out.emplace_back((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  }
  return out;
}
Seeds dockerfiles() {
  return {"# syntax=docker/dockerfile:1\n# escape=`\nFROM busybox AS a\nRUN echo hi `\n  there\n",
          "ARG V=1\nFROM debian:${V:-x}\nENV A=b C=\"d e\" F\\ G=h\nRUN <<EOF\necho hi\nEOF\nCOPY --from=a --chown=1:2 [\"x y\", \"/z/\"]\nHEALTHCHECK --interval=1m CMD true\nONBUILD RUN x\n",
          "FROM scratch\nADD a.tar /\nLABEL \"a b\"=c\nEXPOSE 80/tcp 90-92\nVOLUME [\"/x\"]\nUSER a:b\nWORKDIR /a\nSTOPSIGNAL 9\nSHELL [\"sh\"]\nENTRYPOINT [\"a\"]\nCMD b\nMAINTAINER c\n"};
}

bool read_words(std::string_view bytes) {
  const build::Variables variables = build::variables_of({"A=1", "LONG=abc def", "E="});
  for (const bool raw : {false, true}) {
    build::LexOptions options;
    options.raw_quotes = options.raw_escapes = raw;
    if (!speaks(build::lex_words(bytes, variables, options))) return false;
  }
  return speaks(build::expand_word(bytes, variables));
}
Seeds words() { return {"${A:-x} \"$LONG\" '$A' \\$A ${E:+y} ${Z:?no}", "${LONG#a*} ${LONG%%c*} ${LONG/a/b}", "a\\ b \"c\\\"d\" ${A:-${LONG:-${E}}}"}; }

bool read_ignore(std::string_view bytes) {
  const auto compiled = build::IgnorePatterns::compile(build::read_ignore_file(bytes));
  if (!compiled.ok()) return speaks(compiled);
  for (const char* path : {"a", "a/b/c", "node_modules/x/y.js", ".git/config", "été/ÿ"}) {
    compiled.value().excludes(path);
    compiled.value().skips_directory(path);
  }
  return true;
}
Seeds ignores() { return {"# c\n*.o\n!keep.o\n**/node_modules\n/a/?/[b-d]*\n", "a/**/b\n!a/**/b/c\n**\n", "[^a]\n\\*\n"}; }

// ---------------------------------------------------------------- names, images
bool read_reference(std::string_view bytes) {
  const auto plain = image::parse_docker_reference(bytes);
  if (plain.ok()) {
    const auto again = image::parse_reference(plain.value().canonical());
    if (!again.ok() || !(again.value().canonical() == plain.value().canonical())) return false;
  }
  return speaks(plain) && speaks(image::parse_reference(bytes)) && speaks(image::parse_any_reference(bytes)) && speaks(image::parse_canonical_reference(bytes));
}
Seeds references() { return {"busybox", "registry.example.com:5000/a/b:tag", "user/x@sha256:" + std::string(64, 'a'), "[::1]:5000/x", "localhost/x:y@sha256:" + std::string(64, '0'), std::string(64, 'f')}; }

bool read_manifests(std::string_view bytes) {
  const auto manifest = image::parse_manifest(bytes);
  if (manifest.ok() && !image::parse_manifest(image::manifest_bytes(manifest.value())).ok()) return false;
  const auto index = image::parse_index(bytes);
  if (index.ok() && !image::parse_index(image::index_bytes(index.value())).ok()) return false;
  const auto json = parse_json(bytes);
  if (json.ok() && !parse_json(dump_json(json.value())).ok()) return false;
  // Go's scanner says nothing of what is JSON, and something of what is none; text that is no UTF-8 is JSON for Go alone, and numbers have no bound there.
  const bool complains = !go_json_error(bytes).empty();
  if (json.ok() && complains) return false;
  for (const auto type : {image::kManifestMediaType, image::kDockerManifestMediaType, image::kIndexMediaType, image::kDockerIndexMediaType}) {
    const auto form = engine::manifest_form(std::string(type), std::string(bytes));
    if (complains && form.ok()) return false;
    if (!speaks(form) || !speaks(engine::check_class(std::string(type), std::string(bytes)))) return false;
  }
  if (manifest.ok() && !speaks(engine::check_parts(manifest.value()))) return false;
  return speaks(manifest) && speaks(index) && speaks(image::parse_descriptor(bytes)) && speaks(image::parse_image_layout(bytes)) && speaks(image::parse_image_config(bytes));
}
Seeds manifests() {
  const std::string digest = "sha256:" + std::string(64, 'a');
  return {R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":")" + digest +
              R"(","size":7},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":")" + digest + R"(","size":9,"annotations":{"a":"b"}}]})",
          R"({"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":")" + digest + R"(","size":7,"platform":{"architecture":"amd64","os":"linux"}}]})",
          R"({"architecture":"amd64","os":"linux","config":{"Env":["A=b"],"Cmd":["sh"],"Labels":{"a":"b"},"ExposedPorts":{"80/tcp":{}}},"rootfs":{"type":"layers","diff_ids":[")" + digest +
              R"("]},"history":[{"created":"2024-01-01T00:00:00Z","created_by":"x","empty_layer":true}]})",
          R"({"imageLayoutVersion":"1.0.0"})"};
}

// ---------------------------------------------------------------- API bodies, records, options
bool read_bodies(std::string_view bytes) {
  const auto json = parse_json(bytes);
  if (!json.ok()) return speaks(json);
  return speaks(api::create_request_from_json(json.value(), "x")) && speaks(api::exec_request_from_json(json.value())) && speaks(api::event_from_json(json.value())) &&
         speaks(engine::decode_container(bytes));
}
Seeds create_bodies() {
  return {R"({"Image":"busybox","Cmd":["sh","-c","x"],"Env":["A=b"],"Tty":true,"HostConfig":{"Memory":8388608,"NetworkMode":"none","ConsoleSize":[24,80],"PidsLimit":5,"LogConfig":{"Type":"json-file"}}})",
          R"({"Cmd":["ls"],"AttachStdout":true,"User":"1:2","WorkingDir":"/"})", R"({"seq":3,"at":5,"op":1,"parent":0,"type":"FileRead","container":"a","path":"/x","layer":"y"})"};
}

bool read_small(std::string_view bytes) {
  const std::string text(bytes.substr(0, 4096));
  const auto duration = build::parse_go_duration(text);
  if (duration.ok() && !build::parse_go_duration(build::go_duration(duration.value())).ok()) return false;
  const auto user = engine::resolve_user(text, "root:x:0:0:root:/root:/bin/sh\n" + text, text);
  const auto keeping = engine::log_keeping({"json-file", {{"max-size", text}, {"max-file", text}}});
  parse_http_date(text);  // no more than that it ends
  is_git_address(text);
  if (!speaks(keeping) || !speaks(engine::resolve_group(text, text))) return false;
  return speaks(duration) && speaks(build::parse_port_spec(text)) && speaks(api::parse_detach_keys(text)) && speaks(user);
}
Seeds smalls() { return {"1h2m3.5s", "-1.5ms", "80-90/tcp", "127.0.0.1:8080:80/udp", "[::1]:1-3:4-6", "ctrl-p,ctrl-q", "ctrl-[,a", "root:root", "1000:1000", "10m", "1.5 KiB", "Sun, 06 Nov 1994 08:49:37 GMT", "https://h/r.git#main:sub"}; }

bool read_template(std::string_view bytes) {
  const auto parsed = cli::GoTemplate::parse(bytes.substr(0, 8192));
  if (!parsed.ok()) return speaks(parsed);
  static const Json value = parse_json(R"({"ID":"abc","N":3,"L":["a","b"],"M":{"k":{"x":1}},"B":true,"S":"é \u2028","Z":null})").value();
  return speaks(parsed.value().execute({value, {}, ""}));
}
Seeds templates() {
  return {"{{.ID}} {{json .}}", "{{range $i, $v := .L}}{{if eq $i 0}}{{$v}}{{else}}, {{printf \"%q\" $v}}{{end}}{{end}}", "table {{.ID}}\t{{upper .S}}", "{{with .M.k}}{{index . \"x\"}}{{end}}{{/* c */}}",
          "{{- join .L \",\" | len -}}", "{{range $k, $v := .M}}{{println $k}}{{end}}"};
}

// ---------------------------------------------------------------- lessons, screens, the simulator's shell
bool read_lesson(std::string_view bytes) {
  const auto lesson = lessons::parse_lesson("x/01-y.md", bytes);
  viewer::markdown_blocks(bytes);
  return speaks(lesson);
}
Seeds lesson_files() { return files_below(strates::testing::source_dir() + "/lessons/cours", ".md", 6); }

bool read_screen(std::string_view bytes) {
  struct Sink : viewer::ShellMarks::Sink {
    viewer::TerminalScreen screen{{20, 6}};
    int marks = 0;
    void bytes(std::string_view text) override { screen.feed(text); }
    void mark(viewer::ShellMark) override { ++marks; }
  } sink;
  viewer::ShellMarks marks("0123456789abcdef", sink);
  for (size_t at = 0; at < bytes.size(); at += 37) marks.feed(bytes.substr(at, 37));
  marks.flush();
  sink.screen.resize({9, 3});
  return sink.marks == 0 || bytes.find("aid=0123456789abcdef") != std::string_view::npos;
}
Seeds screens() {
  return {"\x1b[1;31mrouge\x1b[0m\r\n\x1b[2J\x1b[10;10H\x1b[?1049h", "\x1b]0;titre\a\x1b]52;c;aGk=\a\x1bP+q\x1b\\", "\x1b]133;C;aid=0123456789abcdef;line=ls\\x3b\a\x1b]133;D;0;aid=0123456789abcdef\a", "été\t\b\x1b[6n\x1b[5A\x1b[999C\x1b[38;2;1;2;3m日本"};
}

bool read_shell(std::string_view bytes) {
  for (const sim::Dialect dialect : {sim::Dialect::Ash, sim::Dialect::Dash}) {
    size_t at = 0;
    for (int line = 1, i = 0; i < 200 && at < bytes.size(); ++i) {
      const auto parsed = sim::shell::parse_command(bytes, at, line, dialect);
      using Outcome = sim::shell::Parsed::Outcome;
      if (parsed.outcome == Outcome::Error || parsed.outcome == Outcome::Unsupported) {
        if (parsed.error.empty()) return false;
        break;
      }
      if (parsed.outcome != Outcome::Command || parsed.end <= at) break;
      at = parsed.end;
      line = parsed.end_line;
    }
    sim::shell::evaluate_arithmetic(bytes.substr(0, 200), {[](std::string_view) { return std::string("3"); }, [](std::string_view, std::int64_t) {}}, dialect);
  }
  return true;
}
Seeds shells() {
  return {"for i in 1 2 3; do echo \"$i\" > /tmp/$i; done\n", "if [ -f /x ]; then cat <<EOF\n$(ls | wc -l)\nEOF\nelse case $1 in a|b) x;; *) y;; esac; fi\n", "f() { local a=$((1 + 2 * (3 << 1))); return $a; }; f || exit ${?:-1}\n",
          "echo ${a:-b} ${a#c} `date` 'x' \"y\" 2>&1 | tee -a z &\n", "1 + (2 ? 3 : 4) ** -9223372036854775808 / -1"};
}

// What docker load believes of an archive before it touches a layer.
bool read_images(std::string_view bytes) {
  adapters::OpensslHasher hasher;
  adapters::LibarchiveReader reader({.entries = 2000, .bytes = 1 << 20});
  StringSpool spool{std::string(bytes)};
  const auto index = engine::ArchiveIndex::read(spool, reader);
  if (!index.ok()) return speaks(index);
  const auto images = engine::read_incoming(index.value(), hasher, "amd64");
  if (!images.ok()) return speaks(images);
  for (const auto& image : images.value()) {
    if (image.id.str() != "sha256:" + hasher.sha256_hex(image.bytes) || image.layers.size() != image.config.diff_ids.size()) return false;
    for (const auto& layer : image.layers)
      if (!index.value().has(layer.member) || layer.member.starts_with("/") || layer.member.find("..") != std::string::npos) return false;
  }
  return true;
}
Seeds image_archives() {
  const std::string none = R"({"architecture":"amd64","os":"linux","history":[{"created_by":"x","empty_layer":true}],"rootfs":{"type":"layers","diff_ids":[]}})";
  const std::string one = R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"]}})";
  adapters::OpensslHasher hasher;
  const auto tar = [](const std::vector<std::pair<std::string, std::string>>& members) {
    std::string out;
    for (const auto& [path, content] : members) {
      image::LayerEntry entry{path, {}};
      entry.meta.size = content.size();
      out += image::tar_header(entry, 0) + content + std::string(image::tar_padding(content.size()), '\0');
    }
    return out + std::string(1024, '\0');
  };
  const auto descriptor = [&](const std::string& type, const std::string& blob) {
    return R"({"mediaType":"application/vnd.oci.image.)" + type + R"(.v1+json","digest":"sha256:)" + hasher.sha256_hex(blob) + R"(","size":)" + std::to_string(blob.size()) + "}";
  };
  const std::string manifest = R"({"schemaVersion":2,"config":)" + descriptor("config", none) + R"(,"layers":[]})";
  return {tar({{"c.json", one}, {"l/layer.tar", std::string(1024, '\0')}, {"manifest.json", R"([{"Config":"c.json","RepoTags":["a:1"],"Layers":["l/layer.tar"]}])"}}),
          tar({{"blobs/sha256/" + hasher.sha256_hex(none), none}, {"blobs/sha256/" + hasher.sha256_hex(manifest), manifest}, {"oci-layout", R"({"imageLayoutVersion":"1.0.0"})"},
               {"index.json", R"({"schemaVersion":2,"manifests":[)" + descriptor("manifest", manifest) + "]}"}})};
}

const Target kTargets[] = {
    {"http-head", read_head, heads},       {"http-body", read_body, bodies},          {"archive", read_archive, tars},      {"dockerfile", read_dockerfile, dockerfiles},
    {"words", read_words, words},          {"dockerignore", read_ignore, ignores},    {"reference", read_reference, references}, {"manifest", read_manifests, manifests},
    {"api-body", read_bodies, create_bodies}, {"small", read_small, smalls},          {"template", read_template, templates},   {"lesson", read_lesson, lesson_files},
    {"screen", read_screen, screens},      {"shell", read_shell, shells},          {"image-archive", read_images, image_archives},
    {"registry", read_registry_requests, registry_requests}, {"compose", read_compose, compose_files}, {"interpolation", read_interpolation, interpolations},
    {"dotenv", read_dotenv, dotenvs},      {"short-forms", read_short_forms, short_forms},
};

}  // namespace

std::span<const Target> targets() { return kTargets; }

}  // namespace strates::fuzz
