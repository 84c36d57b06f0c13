// Every handler of the table of routes (routes.cpp), by the file that holds it.
#pragma once

#include "api/route.hpp"

namespace strates::api {

// system_routes.cpp
Result<HttpResponse> ping(const Call& call);
Result<HttpResponse> show_version(const Call& call);
Result<HttpResponse> show_info(const Call& call);
Result<HttpResponse> list_plugins(const Call& call);
Result<HttpResponse> show_plugin(const Call& call);
// network_routes.cpp
Result<HttpResponse> list_networks(const Call& call);
Result<HttpResponse> show_network(const Call& call);
Result<HttpResponse> create_network(const Call& call);
Result<HttpResponse> remove_network(const Call& call);
Result<HttpResponse> connect_network(const Call& call);
Result<HttpResponse> disconnect_network(const Call& call);
Result<HttpResponse> prune_networks(const Call& call);
// container_routes.cpp
Result<HttpResponse> list_containers(const Call& call);
Result<HttpResponse> create_container(const Call& call);
Result<HttpResponse> inspect_container(const Call& call);
Result<HttpResponse> start_container(const Call& call);
Result<HttpResponse> stop_container(const Call& call);
Result<HttpResponse> restart_container(const Call& call);
Result<HttpResponse> kill_container(const Call& call);
Result<HttpResponse> rename_container(const Call& call);
Result<HttpResponse> remove_container(const Call& call);
Result<HttpResponse> resize_container(const Call& call);
Result<HttpResponse> list_changes(const Call& call);
Result<HttpResponse> export_container(const Call& call);
Result<HttpResponse> commit_container(const Call& call);
Result<HttpResponse> prune_containers(const Call& call);
// limits_routes.cpp
Result<HttpResponse> list_processes(const Call& call);
Result<HttpResponse> container_stats(const Call& call);
Result<HttpResponse> pause_container(const Call& call);
Result<HttpResponse> unpause_container(const Call& call);
// update_routes.cpp
Result<HttpResponse> update_container(const Call& call);
// archive_routes.cpp
Result<HttpResponse> stat_archive(const Call& call);
Result<HttpResponse> get_archive(const Call& call);
Result<HttpResponse> put_archive(const Call& call);
// volume_routes.cpp
Result<HttpResponse> list_volumes(const Call& call);
Result<HttpResponse> show_volume(const Call& call);
Result<HttpResponse> create_volume(const Call& call);
Result<HttpResponse> remove_volume(const Call& call);
Result<HttpResponse> prune_volumes(const Call& call);
// container_streams.cpp
Result<HttpResponse> wait_container(const Call& call);
Result<HttpResponse> container_logs(const Call& call);
Result<HttpResponse> attach_container(const Call& call);
// exec_routes.cpp
Result<HttpResponse> create_exec(const Call& call);
Result<HttpResponse> start_exec(const Call& call);
Result<HttpResponse> inspect_exec(const Call& call);
Result<HttpResponse> resize_exec(const Call& call);
// image_routes.cpp
Result<HttpResponse> list_images(const Call& call);
Result<HttpResponse> inspect_image(const Call& call);
Result<HttpResponse> image_history(const Call& call);
Result<HttpResponse> tag_image(const Call& call);
Result<HttpResponse> remove_image(const Call& call);
Result<HttpResponse> create_image(const Call& call);
// registry_routes.cpp
Result<HttpResponse> pull_image(const Call& call);  // what create_image does with `fromImage`
Result<HttpResponse> push_image(const Call& call);
Result<HttpResponse> log_in(const Call& call);
Result<HttpResponse> search_images(const Call& call);
// image_prune.cpp
Result<HttpResponse> prune_images(const Call& call);
// image_archive_routes.cpp
Result<HttpResponse> save_images(const Call& call);
Result<HttpResponse> save_image(const Call& call);
Result<HttpResponse> load_images(const Call& call);
// image_layers_route.cpp
Result<HttpResponse> image_layers(const Call& call);
// disk_usage.cpp
Result<HttpResponse> disk_usage(const Call& call);
// build_routes.cpp
Result<HttpResponse> build_image(const Call& call);
Result<HttpResponse> prune_builds(const Call& call);
// trace_routes.cpp
Result<HttpResponse> trace(const Call& call);
Result<HttpResponse> strates_info(const Call& call);
// {"diff_id", "entries", "bytes", "whole": every file is listed, or only what stands at the top, "files": [{"path", "bytes", "files", "directory", "whiteout"}]}.
Result<HttpResponse> layer_files(const Call& call);
// event_routes.cpp
Result<HttpResponse> docker_events(const Call& call);

}  // namespace strates::api
