// An entry's attributes, read from and set on disk. Nothing here follows a symbolic link in the last component.
#pragma once

#include <sys/stat.h>

#include <map>
#include <string>

#include "base/unique_fd.hpp"
#include "image/layer.hpp"

namespace strates::linux_world {

// A layer on disk marks a deletion by a character device 0:0 and an opaque directory by an extended attribute (kernel documentation,
// filesystems/overlayfs.rst, "whiteouts and opaque directories").
bool is_whiteout(const struct stat& st);
Result<bool> is_opaque(int directory);
Result<void> set_opaque(int directory);
// Did overlayfs copy this entry up from that one below? It says so in trusted.overlay.origin, which holds the file handle of what was copied and stays
// through renames (kernel, fs/overlayfs/overlayfs.h, struct ovl_fb). Where the file system has no handles the attribute is there, empty: taken for yes.
bool is_copy_of(int directory, const std::string& name, int lower_directory, const std::string& lower_name);

Nanos mtime_of(const struct stat& st);
// Type, mode, owner, time, size, device and link target; no extended attributes. Sockets, which no tar can hold: code layer.socket.
Result<image::EntryMeta> meta_from(const struct stat& st, int directory, const std::string& name);
// The extended attributes that belong to content: security.capability and user.* (not user.overlay.*). Labels of the host's security module and
// trusted.* say something about this machine, and stay here.
bool is_content_attribute(std::string_view name);
// An empty name: of what `directory` itself is, a descriptor of any kind of entry opened with O_PATH.
Result<std::map<std::string, std::string>> read_xattrs(int directory, const std::string& name);

// The same of an open file or directory: no name is walked to.
Result<std::map<std::string, std::string>> read_xattrs_of(int entry, std::string_view shown);
// Takes away what neither belongs to content nor is the host's security label: what a file brings when it moves from a writable layer into an image's
// (the overlay's notes, access control lists, which no layer's archive holds).
enum class Opaque { Kept, Dropped };
Result<void> drop_foreign_attributes(int directory, const std::string& name, Opaque opaque);

// Owner, mode and content attributes, then the time. The type is what is there already.
Result<void> apply_meta(int directory, const std::string& name, const image::EntryMeta& meta);
// The same of a file that was just written, by its descriptor.
Result<void> apply_file_meta(int file, std::string_view shown, const image::EntryMeta& meta);
// What such a file is created with: nobody but root reads it before it is somebody's.
mode_t first_mode(const image::EntryMeta& meta);
Result<void> apply_mtime(int directory, const std::string& name, Nanos mtime);
// Makes an empty entry of the type (not a file, not a hard link) with attributes applied. EEXIST when the name is taken.
Result<void> make_node(int directory, const std::string& name, const image::EntryMeta& meta);

}  // namespace strates::linux_world
