#!/bin/sh
# Keeps the user namespace and the network namespace of one checkout's lab alive, and ends when nobody needs them.
# Usage: keeper.sh LAB-DIRECTORY, as root of fresh user and network namespaces.
set -eu
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
lab=$1
ip link set dev lo up
echo "$(cat /proc/sys/kernel/random/boot_id) $$ $(cut -d' ' -f22 "/proc/$$/stat")" >"$lab/keeper.new"
mv "$lab/keeper.new" "$lab/keeper"
mine=$(readlink /proc/self/ns/net)
while sleep 20; do
    # Needed are hosts, whoever was let in just now, and whoever works in here.
    [ -z "$(ls "$lab/hosts" 2>/dev/null)" ] || continue
    [ -z "$(find "$lab/keeper.used" -newermt '-60 seconds' 2>/dev/null)" ] || continue
    set -- /proc/[0-9]*/ns/net # listed before we start anything that would be counted
    [ "$(ls -l "$@" 2>/dev/null | grep -cF "$mine")" -le 1 ] || continue
    rm -f "$lab/keeper" "$lab/keeper.used" "$lab/keeper.log"
    exit 0
done
