# Sourced by run.sh: the kernel to boot and the disk to boot it from, made of files of this machine.

# Which Debian packages are wanted beside those of .ci/packages; no other test needs them.
kWanted="qemu-system-x86 linux-image-cloud-amd64 kmod e2fsprogs"

# $kernel, $initrd, $release: the newest kernel with an initial disk and its modules. False, with the reason on stdout, where something is missing.
find_kernel() {
  local file tool
  for tool in qemu-system-x86_64 mke2fs depmod mkswap ldd; do
    PATH=$PATH:/usr/sbin:/sbin command -v $tool >/dev/null || { echo "skipped: $tool is not installed (Debian: apt-get install $kWanted)"; return 1; }
  done
  PATH=$PATH:/usr/sbin:/sbin
  for file in $(ls -v /boot/vmlinuz-* 2>/dev/null); do
    release=${file#/boot/vmlinuz-}
    [ -r "$file" ] && [ -r "/boot/initrd.img-$release" ] && [ -d "/lib/modules/$release/kernel" ] && kernel=$file initrd=/boot/initrd.img-$release
  done
  [ -n "${kernel:-}" ] || { echo "skipped: no kernel in /boot with an initial disk and modules (Debian: apt-get install $kWanted)"; return 1; }
  release=${kernel#/boot/vmlinuz-}
}

# put FILE ROOT: a program or library of this machine, with the libraries it is linked with, at the same place below ROOT.
put() {
  local library
  install -D "$1" "$2$1" || return 1
  for library in $(ldd "$1" 2>/dev/null | grep -o '/[^ ]*'); do
    [ -e "$2$library" ] || install -D "$library" "$2$library" || return 1
  done
}

# What the guest's scripts call, and what the engine itself does (`ps` for docker top).
kTools="bash cat chmod cp cut date dd dirname dmesg env grep head id kmod ln ls mkdir mknod mount mountpoint mv nproc nsenter ps readlink rm rmdir sed seq setsid
        sleep sort stat swapon sync tail tar tee timeout touch tr uname umount unshare wc"

make_root() {
  local root=$1 build=$2 programs=$3 tool place name
  shift 3
  mkdir -p "$root"/{etc,proc,sys,dev,tmp,run,root,var/tmp,strates/bin,strates/tests,usr/bin,usr/sbin,usr/lib,usr/lib64}
  chmod 1777 "$root/tmp" "$root/var/tmp"
  for name in bin sbin lib lib64; do ln -s usr/$name "$root/$name"; done
  for tool in $kTools; do
    place=$(type -P "$tool") || { echo "cgroup2: no $tool on this machine" >&2; return 1; }
    put "$place" "$root" || return 1
  done
  put /bin/busybox "$root" || return 1
  [ -d /usr/lib/locale/C.utf8 ] && mkdir -p "$root/usr/lib/locale" && cp -r /usr/lib/locale/C.utf8 "$root/usr/lib/locale/"
  ln -sf bash "$root/usr/bin/sh"
  for name in awk ip; do ln -sf /bin/busybox "$root/usr/bin/$name"; done
  ln -sf ../bin/kmod "$root/usr/sbin/modprobe"
  printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/bin/false\n' >"$root/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
  printf 'PRETTY_NAME="a machine with control groups of version 2"\n' >"$root/etc/os-release"
  cp /etc/protocols /etc/services "$root/etc/" 2>/dev/null  # rules of packets are told with names
  printf '127.0.0.1 localhost\n' >"$root/etc/hosts"
  printf 'nameserver 127.0.0.1\n' >"$root/etc/resolv.conf"
  for name in strates strates-daemon strates-init strates-hello; do
    put "$build/$name" "$root" && mv "$root$build/$name" "$root/strates/bin/" || return 1
  done
  for name in "$@"; do
    put "$programs/$name" "$root" || return 1
    # They look for the programs of their build beside themselves.
    [ -e "$root$programs/strates-init" ] || put "$programs/strates-init" "$root" || return 1
    printf '%s\n' "$programs/$name" >>"$root/strates/tests/list"
  done
  cp -r "$here/init.sh" "$here/check.sh" "$here/programs.sh" "$here/checks" "$root/strates/" && chmod 755 "$root/strates/init.sh"
}

put_modules() {
  local root=$1 to=$1/lib/modules/$release from=/lib/modules/$release part
  for part in net fs/overlayfs drivers/net lib crypto arch; do
    [ -d "$from/kernel/$part" ] || continue
    mkdir -p "$to/kernel/$(dirname "$part")" && cp -r "$from/kernel/$part" "$to/kernel/$(dirname "$part")/" || return 1
  done
  cp "$from"/modules.{order,builtin,builtin.modinfo} "$to/" && depmod -b "$root" "$release" 2>/dev/null
}

# make_disk WORK BUILD PROGRAMS [TEST...]: WORK/root.img, an ext4 of what the guest needs, and WORK/swap.img.
make_disk() {
  local work=$1
  make_root "$work/root" "${@:2}" && put_modules "$work/root" || { echo "cgroup2: the guest's files could not be put together" >&2; return 1; }
  local size=$(($(du -sm "$work/root" | cut -f1) + 700))
  mke2fs -q -t ext4 -E root_owner=0:0 -d "$work/root" "$work/root.img" ${size}M >/dev/null || return 1
  rm -rf "$work/root"
  dd if=/dev/zero of="$work/swap.img" bs=1M count=128 status=none && chmod 600 "$work/swap.img" && mkswap "$work/swap.img" >/dev/null
}
