#!/bin/sh
# Turns a fresh Debian root file system into the base layer of lab hosts.
# Usage: base.sh ROOT [PACKAGE...]; the packages are put into ROOT's apt cache, not installed.
# Runs once per base, as root (or as root of a user namespace), with the network of the operator's machine.
set -eu
root=$1
shift

# The user that Ansible logs in as. '*' allows keys and no password; '!' would lock key logins out as well.
chroot "$root" id -u ops >/dev/null 2>&1 ||
    chroot "$root" useradd --create-home --shell /bin/bash --password '*' ops
echo 'ops ALL=(ALL:ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/ops"
chmod 0440 "$root/etc/sudoers.d/ops"

# Every host gets a key and a machine-id of its own.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname" "$root/etc/machine-id" "$root/var/lib/dbus/machine-id"
: >"$root/etc/machine-id"
cat >"$root/etc/ssh/sshd_config.d/10-lab.conf" <<'END'
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile /etc/ssh/authorized_keys/%u .ssh/authorized_keys
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin no
GSSAPIAuthentication no
UseDNS no
PrintMotd no
PrintLastLog no
MaxStartups 200:30:400
MaxSessions 100
END

echo 'LANG=C.UTF-8' >"$root/etc/default/locale"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/10-lab"
cat >"$root/etc/apt/apt.conf.d/10-lab" <<'END'
APT::Install-Recommends "false";
APT::Periodic::Enable "0";
Acquire::Languages "none";
Binary::apt::APT::Keep-Downloaded-Packages "true";
END

# Boot only what a server needs; a unit masked here saves its milliseconds on every host.
units=$root/etc/systemd/system
mkdir -p "$units" "$root/etc/systemd/journald.conf.d"
for unit in apt-daily.timer apt-daily-upgrade.timer console-getty.service dev-hugepages.mount dpkg-db-backup.timer \
    e2scrub_all.timer e2scrub_reap.service fstrim.timer getty.target getty-static.service ldconfig.service \
    sys-fs-fuse-connections.mount systemd-ask-password-console.path systemd-ask-password-wall.path \
    systemd-firstboot.service systemd-hwdb-update.service systemd-journal-catalog-update.service \
    systemd-journal-flush.service systemd-logind.service systemd-machine-id-commit.service \
    systemd-network-generator.service systemd-networkd-wait-online.service systemd-pstore.service \
    systemd-random-seed.service systemd-remount-fs.service systemd-sysusers.service \
    systemd-tmpfiles-clean.timer systemd-update-done.service systemd-update-utmp.service \
    systemd-update-utmp-runlevel.service tmp.mount; do
    ln -sf /dev/null "$units/$unit"
done
ln -sf /lib/systemd/system/multi-user.target "$units/default.target"
# The bus starts when somebody calls it: each host saves one of the few inotify instances that the kernel grants root.
rm -f "$root/lib/systemd/system/multi-user.target.wants/dbus.service"
printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=8M\n' >"$root/etc/systemd/journald.conf.d/10-lab.conf"

# Packages that playbooks install later, where no network is. Each is resolved by itself: they need not go together.
if [ $# -gt 0 ]; then
    export APT_CONFIG="${MMDEBSTRAP_APT_CONFIG:-${APT_CONFIG:-}}"
    apt-get clean
    for package in "$@"; do
        echo "I: fetching $package into the base's package cache"
        apt-get --yes --quiet=2 --no-install-recommends --download-only install "$package"
    done
    unset APT_CONFIG
    # Only these can be installed where no network is. apt reads its whole index after every change of packages: one of
    # all of Debian costs each host two seconds and 36 MB.
    chroot "$root" sh -eu <<'END'
    known=$(mktemp)
    { dpkg-query --show --showformat '${Package}\n'; ls /var/cache/apt/archives | sed -n 's/_.*\.deb$//p'; } >"$known"
    for index in /var/lib/apt/lists/*_Packages; do
        awk 'NR == FNR { known[$0]; next } $2 in known' "$known" RS= ORS='\n\n' "$index" >"$index.new"
        mv "$index.new" "$index"
    done
    rm "$known"
END
fi
# apt's index is built here once, and not on every host again.
chroot "$root" apt-cache gencaches
