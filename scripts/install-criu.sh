#!/bin/sh
# Installs CRIU >= 4.1 into a folder, as FOLDER/bin/criu, and changes nothing else on the system.
#
#   scripts/install-criu.sh FOLDER
#
# Why not the distribution's package: Debian 12 has CRIU 3.17, which fails on current kernels ("Unexpected rt vDSO area
# bounds"). Debian 13 has 4.1.1. It is downloaded from the mirror that apt is set up with, together with the libraries it
# needs, libc included, and started with that libc's own dynamic loader. If the folder already holds a working CRIU,
# nothing is done: it can be kept between runs.
#
# Needs Debian or a system with a Debian mirror in its apt sources. Installing needs no root; checkpointing does.
set -eu

suite=trixie
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
  echo "install-criu: error: $1" >&2
  exit 1
}

[ $# -eq 1 ] || fail "usage: $0 FOLDER"
mkdir -p "$1"
folder=$(cd "$1" && pwd)
criu=$folder/bin/criu

if [ -x "$criu" ] && "$criu" --version >/dev/null 2>&1; then
  echo "install-criu: $criu is there already"
  exit 0
fi

for tool in apt-get dpkg-deb; do
  command -v $tool >/dev/null || fail "$tool is missing: this needs Debian or a system made from it"
done
mirror=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' | awk '$1 == "Debian" { print $2; exit }')
[ -n "$mirror" ] || fail 'no Debian mirror among the apt sources, or their lists were never fetched: apt-get update'
[ -r $keyring ] || fail "$keyring is missing: apt-get install debian-archive-keyring"

# apt's own state for this one download: other sources, other lists, and no package installed, so that it fetches all
# that CRIU depends on. The configured proxies and the like still hold.
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
trap 'exit 1' HUP INT TERM
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
: >"$apt/status"
echo "deb [signed-by=$keyring] $mirror $suite main" >"$apt/sources.list"
quietly() {
  apt-get -qq \
    -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o Dir::State="$apt" -o Dir::State::Lists="$apt/lists" -o Dir::State::Status="$apt/status" \
    -o Dir::Cache="$apt/cache" -o APT::Sandbox::User= -o Debug::NoLocking=1 -o Acquire::Languages=none \
    "$@" >"$apt/log" 2>&1 || fail "apt-get $1 failed: $(tail -n 5 "$apt/log")"
}
quietly update
quietly install --download-only --no-install-recommends --yes criu

rm -rf "$folder/root" "$folder/bin"
mkdir -p "$folder/root" "$folder/bin"
for package in "$apt"/cache/archives/*.deb; do
  # Libraries and programs only: half of the rest is documentation.
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$folder/root" --exclude=./usr/share --exclude=./etc --exclude=./var
done

# Their place depends on the architecture.
place() {
  (cd "$folder/root" && find usr -name "$1" -type f | head -n 1)
}
loader=$(place 'ld-linux*.so*')
libraries=$(dirname "$(place libc.so.6)")
binary=$(place criu)
[ -n "$loader" ] && [ -n "$binary" ] || fail 'the packages do not hold a dynamic loader and criu'
cat >"$criu" <<END
#!/bin/sh
# CRIU with the libraries and the dynamic loader that it was built for. The folder can be moved.
root=\$(dirname "\$(readlink -f "\$0")")/../root
exec "\$root/$loader" --library-path "\$root/$libraries" "\$root/$binary" "\$@"
END
chmod +x "$criu"
version=$("$criu" --version) || fail "$criu does not start"
echo "install-criu: $criu, $(echo "$version" | head -n 1)"
