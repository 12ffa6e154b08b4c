#!/bin/sh
# Installs what the audit's virtual machines are made of: QEMU, busybox and cpio as packages, and a kernel into a folder,
# as FOLDER/vmlinuz. The audit finds it by the environment variable ATFORK_VM_KERNEL.
#
#   scripts/install-vm.sh FOLDER
#
# The kernel's package is unpacked, not installed: this machine is not to boot it, so it needs no boot loader and no
# initramfs. linux-image-amd64 it is, for the cloud flavour lacks VMGENID. What is there already is left as it is; the
# folder, which also keeps the downloaded packages, can be kept between runs.
#
# Needs Debian or a system made from it, and root if a package is missing.
set -eu

fail() {
  echo "install-vm: error: $1" >&2
  exit 1
}

[ $# -eq 1 ] || fail "usage: $0 FOLDER"
mkdir -p "$1/archives/partial"
folder=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Run as the caller: apt's own user cannot write into the folder.
quietly() {
  apt-get -qq -o APT::Sandbox::User= "$@" >"$work/log" 2>&1 || fail "apt-get failed: $(tail -n 5 "$work/log")"
}

packages=
# need COMMAND PACKAGE
need() {
  command -v "$1" >/dev/null || packages="$packages $2"
}
need qemu-system-x86_64 qemu-system-x86
need qemu-img qemu-utils
need busybox busybox-static
need cpio cpio
need setpriv util-linux

kernel=$folder/vmlinuz
if [ -z "$packages" ] && [ -s "$kernel" ]; then
  echo "install-vm: all is there already; ATFORK_VM_KERNEL=$kernel"
  exit 0
fi
for tool in apt-get apt-cache dpkg-deb; do
  command -v $tool >/dev/null || fail "$tool is missing: this needs Debian or a system made from it"
done
quietly update

if [ -n "$packages" ]; then
  # shellcheck disable=SC2086 # several words
  DEBIAN_FRONTEND=noninteractive quietly install --no-install-recommends --yes \
    -o Dir::Cache::Archives="$folder/archives" -o APT::Keep-Downloaded-Packages=true $packages
fi

if [ ! -s "$kernel" ]; then
  # A package without contents that depends on the kernel of the day.
  name=$(apt-cache show --no-all-versions linux-image-amd64 | sed -n 's/^Depends: \(linux-image-[^ ,]*\).*/\1/p')
  [ -n "$name" ] || fail 'linux-image-amd64 depends on no kernel'
  (cd "$work" && quietly download "$name")
  dpkg-deb --fsys-tarfile "$work/$name"_*.deb | tar -x -C "$work" --wildcards './boot/vmlinuz-*'
  mv "$work"/boot/vmlinuz-* "$kernel"
fi
echo "install-vm: installed${packages:-" nothing but the kernel"}; ATFORK_VM_KERNEL=$kernel"
