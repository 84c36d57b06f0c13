// A registry in memory, as a Fetcher: the distribution protocol as far as an engine speaks it, and the faults a test asks for.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fetch.hpp"
#include "base/json_full.hpp"
#include "base/strings.hpp"
#include "base/url.hpp"
#include "adapters/openssl_hasher.hpp"

namespace strates::engine::test {

class MemoryRegistry final : public Fetcher {
 public:
  struct Seen {
    std::string method, target, authorization;
  };

  Result<FetchResponse> fetch(const FetchRequest& request) override {
    const Url url = TRY(parse_url(request.url));
    if (instead)
      if (auto own = instead(request, url)) return *std::move(own);
    if (url.host != host) return docker_error(ErrorKind::Unavailable, "fetch.dial", "dial tcp: lookup " + url.host + ": no such host");
    if (url.secure()) return docker_error(ErrorKind::Unavailable, "fetch.not-tls", "http: server gave HTTP response to HTTPS client");
    seen.push_back({request.method, url.target, http_header(request.headers, "Authorization").value_or("")});
    std::string body;
    if (request.body != nullptr) body = TRY(read_all(*request.body, 64 << 20));
    FetchResponse out = answer(request.method, url.target, body, http_header(request.headers, "Content-Type").value_or(""));
    return out;
  }

  std::string put_blob(const std::string& bytes) {
    const std::string digest = "sha256:" + hasher_.sha256_hex(bytes);
    blobs[digest] = bytes;
    return digest;
  }
  std::string put_manifest(const std::string& repository, const std::string& tag, const std::string& media_type, const std::string& bytes) {
    const std::string digest = "sha256:" + hasher_.sha256_hex(bytes);
    for (const auto& name : {tag, digest}) manifests[repository + " " + name] = {media_type, bytes};
    return digest;
  }
  size_t count(const std::string& method, const std::string& part) const {
    size_t out = 0;
    for (const auto& one : seen) out += one.method == method && one.target.find(part) != std::string::npos ? 1 : 0;
    return out;
  }

  std::string host = "127.0.0.1";
  std::map<std::string, std::string> blobs;                                      // by digest
  std::map<std::string, std::pair<std::string, std::string>> manifests;          // "repository reference" -> media type, bytes
  std::map<std::string, std::vector<std::string>> owners;                        // digest -> repositories that have it; absent: all
  std::vector<Seen> seen;
  std::string deny;  // this code, for everything below /v2/NAME
  // Asked first: what a test answers itself, or none.
  std::function<std::optional<Result<FetchResponse>>(const FetchRequest& request, const Url& url)> instead;

  FetchResponse reply(int status, std::string body, HttpHeaders headers = {}) {
    FetchResponse out;
    out.status = status;
    out.reason = "X";
    out.headers = std::move(headers);
    out.headers.emplace_back("Content-Length", std::to_string(body.size()));
    out.body = std::make_unique<StringSource>(std::move(body));
    return out;
  }
  FetchResponse refuse(int status, const std::string& code, const std::string& message) {
    return reply(status, dump_json({{"errors", {{{"code", code}, {"message", message}}}}}));
  }

 private:
  FetchResponse answer(const std::string& method, const std::string& target, const std::string& body, const std::string& type) {
    if (target == "/v2/") return reply(200, "{}");
    if (!deny.empty()) return refuse(403, deny, "requested access to the resource is denied");
    const std::string path = target.substr(4, target.find('?') - 4);
    const auto query = parse_query(target.find('?') == std::string::npos ? "" : target.substr(target.find('?') + 1));
    const auto value = [&](const std::string& name) {
      for (const auto& [key, text] : query)
        if (key == name) return text;
      return std::string();
    };
    if (const size_t at = path.find("/manifests/"); at != std::string::npos) {
      const std::string repository = path.substr(0, at), reference = path.substr(at + 11);
      if (method == "PUT") return reply(201, "", {{"Docker-Content-Digest", put_manifest(repository, reference, type, body)}});
      const auto found = manifests.find(repository + " " + reference);
      if (found == manifests.end()) return refuse(404, "MANIFEST_UNKNOWN", "manifest unknown");
      return reply(200, method == "HEAD" ? "" : found->second.second,
                   {{"Content-Type", found->second.first}, {"Docker-Content-Digest", "sha256:" + hasher_.sha256_hex(found->second.second)}});
    }
    if (const size_t at = path.find("/tags/list"); at != std::string::npos) {
      Json tags = Json::array();
      for (const auto& [name, manifest] : manifests)
        if (name.starts_with(path.substr(0, at) + " ") && name.find("sha256:") == std::string::npos) tags.push_back(name.substr(at + 1));
      return reply(200, dump_json({{"name", path.substr(0, at)}, {"tags", tags}}));
    }
    if (const size_t at = path.find("/blobs/uploads/"); at != std::string::npos) {
      const std::string repository = path.substr(0, at), place = "/v2/" + repository + "/blobs/uploads/1";
      if (method == "POST" && !value("mount").empty() && blobs.contains(value("mount"))) {
        owners[value("mount")].push_back(repository);
        return reply(201, "");
      }
      if (method == "POST") {
        upload_.clear();
        return reply(202, "", {{"Location", place}});
      }
      upload_ += body;
      if (method == "PATCH") return reply(202, "", {{"Location", place + "?state=2"}});
      if ("sha256:" + hasher_.sha256_hex(upload_) != value("digest")) return refuse(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
      blobs[value("digest")] = upload_;
      owners[value("digest")].push_back(repository);
      return reply(201, "");
    }
    if (const size_t at = path.find("/blobs/"); at != std::string::npos) {
      const auto found = blobs.find(path.substr(at + 7));
      const auto owner = owners.find(path.substr(at + 7));
      const bool here = owner == owners.end() || std::find(owner->second.begin(), owner->second.end(), path.substr(0, at)) != owner->second.end();
      if (found == blobs.end() || !here) return refuse(404, "BLOB_UNKNOWN", "blob unknown to registry");
      return reply(200, method == "HEAD" ? "" : found->second);
    }
    return refuse(404, "NAME_UNKNOWN", "repository name not known to registry");
  }

  adapters::OpensslHasher hasher_;
  std::string upload_;
};

}  // namespace strates::engine::test
