#!/bin/sh
# Builds apache/kafka:<release> where that image cannot be pulled: Debian packages (debootstrap, a JRE) and
# the jars of Maven Central that tests/java/kafka/pom.xml names. What stands in for the official image is
# what testcontainers' Apache Kafka module and the tests use of it: /etc/kafka/docker/run, which turns
# KAFKA_* variables into server.properties, and kafka-storage.sh, kafka-server-start.sh and
# kafka-run-class.sh in /opt/kafka/bin; a user `appuser`; log lines on standard output.
#
# Needs root, a Docker daemon, debootstrap and mvn:  apt-get install -y docker.io debootstrap maven
# Environment: DEBIAN_MIRROR (default http://deb.debian.org/debian), IMAGE (default apache/kafka:<release>).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
pom=$here/../../tests/java/kafka/pom.xml
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
release=$(sed -n 's:.*<kafka.version>\(.*\)</kafka.version>.*:\1:p' "$pom")
image=${IMAGE:-apache/kafka:$release}

fail() {
    echo "build.sh: $1" >&2
    exit 1
}
for program in debootstrap docker mvn; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null ||
        fail "$program is missing; install it: apt-get install -y docker.io debootstrap maven"
done
[ "$(id -u)" = 0 ] || fail "debootstrap needs root"
docker info >/dev/null 2>&1 || fail "no Docker daemon answers; start it: dockerd &"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
root=$work/root

# The JRE's own dependencies on a desktop are left out by its `-headless` package. Its scripts want a
# directory of manual pages that minbase has not.
PATH=$PATH:/usr/sbin debootstrap --variant=minbase --include=ca-certificates,openjdk-17-jre-headless \
    bookworm "$root" "$mirror" >"$work/debootstrap.log" 2>&1 ||
    { tail -20 "$work/debootstrap.log" >&2; fail "debootstrap failed"; }
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/doc "$root"/usr/share/man

mkdir -p "$root/opt/kafka/libs" "$root/opt/kafka/bin" "$root/etc/kafka/docker"
mvn -q -B -f "$pom" dependency:copy-dependencies "-DoutputDirectory=$root/opt/kafka/libs"
install -m 755 "$here/run" "$root/etc/kafka/docker/run"
for script in kafka-run-class.sh kafka-server-start.sh kafka-storage.sh; do
    install -m 755 "$here/bin/$script" "$root/opt/kafka/bin/$script"
done
chroot "$root" useradd --uid 1000 --create-home --shell /bin/bash appuser
chroot "$root" chown -R appuser:appuser /opt/kafka /etc/kafka

tar -C "$root" -c . | docker import \
    --change 'USER appuser' \
    --change 'WORKDIR /' \
    --change 'EXPOSE 9092' \
    --change 'ENV PATH=/opt/kafka/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change 'ENV LANG=C.UTF-8' \
    --change 'CMD ["/etc/kafka/docker/run"]' \
    --message "Apache Kafka $release on Debian, for tests" \
    - "$image"
echo "build.sh: built $image"
