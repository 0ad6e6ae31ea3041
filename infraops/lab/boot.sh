#!/bin/sh
# Becomes one lab host. The variables LAB_… say which; see boot.py, which starts it detached.
# Everything a host needs of the kernel (network, mounts) belongs to this one process and goes with it.
#   boot.sh outside   in the operator's namespaces: says who it is, enters its control groups
#   boot.sh inside    in its own network and mount namespace: cable, layers, then the host's first process
#   boot.sh first     light hosts only: in its own pid namespace, becomes the host's first process
set -eu
here=$(readlink -f "$0")

outside() {
    cd "$LAB_DIRECTORY"
    # Say who we are before anything else. Whoever starts or deletes this host writes a new `boot` first and then
    # ends what is written here: so either we are seen, or we see that we are out of date.
    echo "$(cat /proc/sys/kernel/random/boot_id) $$ $(cut -d' ' -f22 "/proc/$$/stat")" >"new.$LAB_BOOT"
    mv "new.$LAB_BOOT" "process.$LAB_BOOT"
    [ "$(cat boot)" = "$LAB_BOOT" ] || exit 0
    for group in $LAB_GROUPS; do
        echo $$ >"$group/cgroup.procs"
    done
    exec 9</proc/self/ns/net
    exec unshare --net --mount --propagation private -- sh "$here" inside
}

inside() {
    cd "$LAB_DIRECTORY"
    nsenter --net=/proc/self/fd/9 -- ip link add name "$LAB_PORT" master "$LAB_BRIDGE" up \
        type veth peer name eth0 address "$LAB_MAC" netns $$
    exec 9<&-
    ip -batch - <<END
link set dev lo up
addr add $LAB_ADDRESS dev eth0
link set dev eth0 up
route add default via $LAB_GATEWAY
END
    : >cabled
    # Bound to a short name first: the path of the base may hold what overlay options cannot.
    mount --bind "$LAB_BASE" lower
    mount -t overlay -o "lowerdir=lower,upperdir=upper,workdir=work$LAB_OVERLAY" lab root
    "$LAB_DRIVER"
}

nspawn() {
    mount -t tmpfs -o mode=755 lab /run # nspawn's own notes go with it, and the machine's /run stays clean
    exec systemd-nspawn --quiet --boot --directory=root --machine="$LAB_NAME" --hostname="$LAB_HOSTNAME" \
        --register=no --keep-unit --settings=no --network-namespace-path=/proc/self/ns/net \
        --resolv-conf=off --timezone=off --link-journal=no --console=pipe
}

light() {
    exec unshare --pid --uts --ipc --fork --kill-child -- sh "$here" first
}

first() {
    cd "$LAB_DIRECTORY/root"
    hostname "$LAB_HOSTNAME"
    mount -t proc -o nosuid,nodev,noexec proc proc
    mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
    mount -t tmpfs -o nosuid,mode=755 lab dev
    for device in null zero full random urandom tty; do
        : >"dev/$device"
        mount --bind "/dev/$device" "dev/$device" # a user namespace may not make device nodes
    done
    mkdir dev/pts dev/shm
    mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
    mount -t tmpfs -o nosuid,nodev,mode=1777 lab dev/shm
    ln -s pts/ptmx dev/ptmx
    ln -s /proc/self/fd dev/fd
    ln -s fd/0 dev/stdin
    ln -s fd/1 dev/stdout
    ln -s fd/2 dev/stderr
    mount -t tmpfs -o nosuid,nodev,mode=755 lab run
    mkdir run/sshd
    mkdir -m 1777 run/lock
    # Turn the host's root into the root: the machine's own mounts are gone from its view.
    pivot_root . .
    umount -l .
    cd /
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 sh -c "$(services)"
}

services() {
    # What is enabled starts with the host, the old way: there is no systemd to do it.
    cat <<'END'
for script in /etc/rc2.d/S*; do
    case $script in
    *ssh | *dbus | *sudo | *procps) ;;
    *) setsid "$script" start ;;
    esac
done &
exec /usr/sbin/sshd -D -e -o UsePAM=no
END
}

"$1"
