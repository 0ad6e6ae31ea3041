#!/bin/sh
# Tries, step by step, what a lab host is made of; run in fresh namespaces, so that nothing of it stays.
# Usage: trial.sh DIRECTORY [OVERLAY-OPTION]; the last line on stdout names the step that was begun.
set -eu
cd "$1"
echo "making mounts private"
mount --make-rprivate /
echo "an overlay mount"
mkdir lower upper work root
mount -t overlay -o "lowerdir=lower,upperdir=upper,workdir=work${2:+,$2}" trial root
: >root/file
test -f upper/file
echo "a tmpfs mount"
mkdir root/dev root/proc
mount -t tmpfs trial root/dev
echo "a proc mount"
mount -t proc proc root/proc
echo "a bridge"
ip link add name trial0 type bridge
echo "a pair of network devices"
ip link add name trial1 type veth peer name trial2
