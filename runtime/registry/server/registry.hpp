// A registry as a function from requests to answers: the OCI distribution specification 1.1, what Docker's clients need besides, a mirror behind it where
// one is given, a search index, and a shelf of Debian packages. Any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "registry/server/access.hpp"
#include "registry/server/contents.hpp"
#include "registry/server/debian_shelf.hpp"
#include "registry/server/mirror.hpp"
#include "registry/server/route.hpp"
#include "registry/server/uploads.hpp"

namespace strates::registry::server {

struct Options {
  std::uint64_t largest_blob = std::uint64_t{16} << 30;
  std::uint64_t largest_manifest = 4 << 20;
  size_t uploads = 256;                  // under way at once
  Nanos upload_idle = 3600 * kSecond;    // after that, one is forgotten
};

// What stands in front of the contents, all optional but the contents.
struct Parts {
  Contents& contents;
  Access* access = nullptr;       // null: everybody may do everything
  Mirror* mirror = nullptr;
  DebianShelf* debian = nullptr;
  std::function<std::string()> search_facts;  // search.json, as it is now
};

class Registry {
 public:
  Registry(const Parts& parts, const Options& options) : parts_(parts), contents_(parts.contents), options_(options), uploads_(options.uploads, options.upload_idle) {}
  HttpResponse handle(const HttpRequest& request);
  Uploads& uploads() { return uploads_; }

 private:
  struct Row;
  static const Row kRows[];
  HttpResponse dispatch(const HttpRequest& request, const Route& route);

  HttpResponse base(const HttpRequest& request, const Route& route);
  HttpResponse old_ping(const HttpRequest& request, const Route& route);
  HttpResponse token(const HttpRequest& request, const Route& route);
  HttpResponse search(const HttpRequest& request, const Route& route);
  HttpResponse debian(const HttpRequest& request, const Route& route);
  // listing_routes.cpp
  HttpResponse catalog(const HttpRequest& request, const Route& route);
  HttpResponse tags(const HttpRequest& request, const Route& route);
  HttpResponse referrers(const HttpRequest& request, const Route& route);
  // manifest_routes.cpp
  HttpResponse get_manifest(const HttpRequest& request, const Route& route);
  HttpResponse put_manifest(const HttpRequest& request, const Route& route);
  HttpResponse delete_manifest(const HttpRequest& request, const Route& route);
  // blob_routes.cpp
  HttpResponse get_blob(const HttpRequest& request, const Route& route);
  HttpResponse delete_blob(const HttpRequest& request, const Route& route);
  // upload_routes.cpp
  HttpResponse start_upload(const HttpRequest& request, const Route& route);
  HttpResponse append_upload(const HttpRequest& request, const Route& route);
  HttpResponse finish_upload(const HttpRequest& request, const Route& route);
  HttpResponse upload_status(const HttpRequest& request, const Route& route);
  HttpResponse cancel_upload(const HttpRequest& request, const Route& route);
  HttpResponse complete(Upload& upload, const HttpRequest& request, const std::string& digest);
  Result<void> receive(Upload& upload, const HttpRequest& request);
  Nanos now() { return contents_.ports().clock.now(); }

  const Parts parts_;
  Contents& contents_;
  const Options options_;
  Uploads uploads_;
};

// "Location" of a blob or manifest, relative as RFC 9110 allows: a client may have come by any name.
// Does an If-None-Match name it? Entity tags, weak or not, a list of them, "*", and the bare digest that Docker's registry takes as well.
bool matches_digest(std::string_view header, const Digest& digest);
std::string location_of(std::string_view name, std::string_view what, std::string_view reference);
// A number of the query; none when absent. code query.number
Result<std::optional<std::uint64_t>> query_number(const HttpRequest& request, std::string_view name);
// What a mirror could not bring, for the client.
HttpResponse refuse_upstream(const Error& error, Code unknown);

}  // namespace strates::registry::server
