// The engine, and the images that are there. A part of one story: each goes on where the one before ended.
#include "tests/system/letter/commands.hpp"

namespace strates::system_test {

std::vector<LetterCommand> image_commands() {
  return {
      // The engine.
      {"version", "docker version"},
      {"version of the server", "docker version --format '{{.Server.Version}} {{.Server.APIVersion}} {{.Server.Os}}/{{.Server.Arch}}'"},
      {"info", "docker info"},
      {"info by format", "docker info --format '{{.Containers}} {{.Images}} {{.Driver}} {{.OSType}}'"},
      // Images that are there.
      {"images", "docker images"},
      {"images quiet", "docker images -q"},
      {"images not truncated", "docker images --no-trunc"},
      {"images with digests", "docker images --digests"},
      {"images of a name", "docker images busybox"},
      {"images of no name", "docker images nothing"},
      {"images by format", "docker images --format '{{.Repository}}:{{.Tag}} {{.Size}}'"},
      {"images as a table", "docker images --format 'table {{.Repository}}\\t{{.Tag}}'"},
      {"images with a bad filter", "docker images --filter nope=1"},
      {"images with a bad template", "docker images --format '{{.Nope}}'"},
      {"history of a base image", "docker history busybox"},
      {"history by format", "docker history --format '{{.CreatedBy}}|{{.Size}}' busybox"},
      {"history of nothing", "docker history nothing"},
      {"inspect the base image", "docker inspect busybox"},
      {"inspect an image by format", "docker image inspect -f '{{json .Config.Cmd}} {{.Os}} {{len .RootFS.Layers}}' busybox"},
      {"images by a pattern", "docker images --filter reference='*busy*' --format '{{.Repository}}'"},
      {"images by a bad pattern", "docker images --filter 'reference=[a'"},
      {"images by a bad truth", "docker images --filter dangling=1"},
      {"save as a list", "docker save busybox | tar -tf - | sed 's/^[0-9a-f]*//' | sort"},
      {"save as a manifest", "docker save busybox hello-world | tar -xOf - manifest.json repositories"},
      {"save nothing there", "docker save nothing >/dev/null"},
      {"save a tag that is not there", "docker save busybox:absent >/dev/null"},
      {"save a bad reference", "docker save Bad/Reference >/dev/null"},
      {"save into no folder", "docker save -o absent/x.tar busybox"},
      {"save into a device", "docker save -o /dev/null busybox"},
      {"save and load", "docker save -o saved.tar busybox hello-world && docker load -i saved.tar"},
      {"load from input", "docker load -q <saved.tar"},
      {"load without a name", "docker save $(docker images -q --no-trunc hello-world) | docker load"},
      {"load an absent file", "docker load -i absent.tar"},
      {"load what is no image", "tar -cf - variables | docker load"},
      {"load with an argument", "docker load x"},
      {"system df", "docker system df"},
      {"system df in detail", "docker system df -v"},
      {"system df by format", "docker system df --format '{{.Type}} {{.TotalCount}} {{.Active}}'"},
      {"image prune declined", "echo n | docker image prune"},
      {"image prune of nothing", "docker image prune -f"},
      {"image prune with a bad filter", "docker image prune -f --filter nope=1"},
      {"image prune with a bad time", "docker image prune -f --filter until=soon"},
      {"system prune declined", "echo n | docker system prune -a --filter label=x"},
      {"system prune of volumes by age", "docker system prune -f --volumes --filter until=1h"},
  };
}

}  // namespace strates::system_test
