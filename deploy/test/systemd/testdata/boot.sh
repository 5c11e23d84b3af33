# shellcheck shell=sh
# Boots systemd as PID 1 in a root of its own, in namespaces of its own. Arguments:
# an empty folder for that root, and a folder with its /etc and /release. What is written
# below /usr, or into dpkg's database, is written to the root's memory.
set -eu
root=$1 files=$2

mount --make-rprivate /
mount -t tmpfs root "$root"
cd "$root"
mkdir dev etc old proc run sys tmp usr var
ln -s usr/bin usr/sbin usr/lib .
test ! -e /usr/lib64 || ln -s usr/lib64 .
over() { # a writable copy of a folder of this machine
	mkdir -p "$1" "changes/$1" "scratch/$1"
	mount -t overlay -o "lowerdir=/$1,upperdir=changes/$1,workdir=scratch/$1" overlay "$1"
}
over usr
rm -rf usr/lib/systemd/system/*.wants # boot the least
over var/lib/dpkg
mount -t tmpfs local usr/local
mkdir usr/local/bin
cp -R "$files/." .
cp /etc/passwd /etc/group etc/

mount -t proc proc proc
# The kernel's settings are the machine's: systemd may not touch them.
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount --rbind /dev dev
mount -t tmpfs run run
mount -t sysfs -o ro sys sys
mount -t cgroup2 cgroup sys/fs/cgroup

pivot_root . old
umount -l old
# Credentials are mounted elsewhere and have to show up here, as on a real boot.
mount --make-rshared /
exec env -i container=test PATH=/usr/sbin:/usr/bin SYSTEMD_UNIT_PATH=/etc/systemd/system:/usr/lib/systemd/system \
	/lib/systemd/systemd --system --unit=basic.target --log-target=console --show-status=no
