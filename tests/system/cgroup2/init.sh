#!/bin/bash
# The guest's first process: a machine as systemd leaves it, as far as control groups go; then the checks; then off.
export PATH=/strates/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
mountpoint -q /proc || mount -t proc proc /proc
mountpoint -q /sys || mount -t sysfs sysfs /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mkdir /run/strates
mount -t cgroup2 -o nosuid,nodev,noexec,nsdelegate,memory_recursiveprot cgroup2 /sys/fs/cgroup
for module in overlay veth bridge br_netfilter nf_tables nft_chain_nat nft_masq; do modprobe $module || echo "cgroup2: no module $module"; done
swapon /dev/vdb
ip link set lo up
ip link add outside type dummy && ip addr add 192.0.2.1/24 dev outside && ip link set outside up

only=$(sed -n 's/.*only=\([^ ]*\).*/\1/p' /proc/cmdline)
exec 2>&1
. /strates/check.sh
cd /root || exit
for script in /strates/checks/*.sh; do
  name=$(basename_of "$script")
  case $name in *start | *end) ;; *) [[ $name =~ $only ]] || continue ;; esac
  echo "-- $name"
  . "$script"
done
[ -e /strates/tests/list ] && . /strates/programs.sh
off
