#!/usr/bin/env bash
# The units of docs/topics/deployment.md under a real systemd: this script boots one as process 1 of namespaces of its own, over a
# copy-on-write view of this machine's files, and asks it to start, reload, upgrade, watch, restart and stop a site.
# Skipped (77) without root, without systemd, and where the kernel forbids the mounts.
#
#     systemd_test.sh SITE DEPLOYMENT_MD
set -euo pipefail

work=${SYSTEMD_TEST_WORK:-}
if [ -z "$work" ]; then # outside
    [ "$(id -u)" = 0 ] && [ -x /lib/systemd/systemd ] || { echo "skipped: needs root and systemd"; exit 77; }
    for tool in curl unshare; do command -v $tool >/dev/null || { echo "skipped: needs $tool"; exit 77; }; done
    grep -qw overlay /proc/filesystems && grep -qw cgroup2 /proc/filesystems && unshare --mount --pid --fork true 2>/dev/null ||
        { echo "skipped: the kernel has no overlay or cgroup2, or allows no namespaces"; exit 77; }
    site=$(realpath "$1") document=$(realpath "$2") self=$(realpath "$0")
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    cp "$site" "$work/mysite"
    # The blocks of the document that begin with "# /etc/systemd/system/NAME".
    awk -v to="$work" '/^```/ { file = "" } /^# \/etc\/systemd\/system\// { file = to "/" $0; sub(/# .*\//, "", file) }
        file { print > file }' "$document"
    export SYSTEMD_TEST_WORK=$work
    set +e
    # A cgroup of its own, so that this systemd sees and moves nobody else.
    SYSTEMD_TEST_PART=frame timeout --kill-after=5 120 unshare --mount bash "$self" >"$work/console" 2>&1
    set -e
    cat "$work/report" 2>/dev/null || true
    [ -f "$work/started" ] || { echo "skipped: systemd did not come up:"; tail -5 "$work/console"; exit 77; }
    tail -1 "$work/report" | grep -q '^all done$' && exit 0
    cat "$work/console"
    exit 1
fi

case ${SYSTEMD_TEST_PART} in
    frame)
        mount --make-rprivate /
        mkdir "$work/cgroup"
        mount -t cgroup2 cgroup2 "$work/cgroup"
        mkdir "$work/cgroup/nuages-$$"
        echo $$ >"$work/cgroup/nuages-$$/cgroup.procs"
        SYSTEMD_TEST_PART=machine unshare --mount --pid --fork --ipc --uts --net --cgroup --kill-child=KILL bash "$0" || true
        echo $$ >"$work/cgroup/cgroup.procs"
        find "$work/cgroup/nuages-$$" -depth -type d -exec rmdir {} \;
        umount "$work/cgroup"
        ;;
    machine)
        mkdir "$work/machine"
        mount -t tmpfs tmpfs "$work/machine"
        mkdir "$work/machine/upper" "$work/machine/work" "$work/machine/root"
        root=$work/machine/root
        mount -t overlay overlay -o "lowerdir=/,upperdir=$work/machine/upper,workdir=$work/machine/work" "$root"
        mount -t proc proc "$root/proc"
        mount --bind "$root/proc/sys" "$root/proc/sys"
        mount -o remount,ro,bind "$root/proc/sys"
        mount -t sysfs -o ro sysfs "$root/sys"
        mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
        for folder in run dev; do mount -t tmpfs -o mode=755 tmpfs "$root/$folder"; done
        mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
        for device in null zero full random urandom tty; do
            touch "$root/dev/$device"
            mount --bind "/dev/$device" "$root/dev/$device"
        done
        ip link set lo up
        mkdir -p "$root/srv/mysite/data" "$root/report"
        mount --bind "$work" "$root/report"
        echo "mysite:x:61999:61999::/srv/mysite:/usr/sbin/nologin" >>"$root/etc/passwd"
        echo "mysite:x:61999:" >>"$root/etc/group"
        cp "$work/mysite" "$root/srv/mysite/mysite"
        echo 'MYSITE_GREETING=from-the-file' >"$root/srv/mysite/.env"
        printf 'workers = 2\n' >"$root/srv/mysite/serve.toml"
        cp "$work/mysite.service" "$work/mysite.socket" "$root/etc/systemd/system/"
        cp "$0" "$root/srv/test.sh"
        cat >"$root/etc/systemd/system/test.service" <<'UNIT'
[Service]
Type=oneshot
Environment=SYSTEMD_TEST_WORK=/report SYSTEMD_TEST_PART=checks
StandardOutput=append:/report/report
StandardError=inherit
ExecStart=/bin/bash /srv/test.sh
ExecStopPost=/bin/systemctl --force --force exit 0
UNIT
        printf '[Unit]\nWants=test.service\nAllowIsolate=yes\n' >"$root/etc/systemd/system/test.target"
        exec chroot "$root" env -i container=nuages PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system \
            --unit=test.target --log-target=console
        ;;
    checks)
        touch "$work/started"
        failed() { echo "FAILED: $*"; systemctl status --no-pager -l mysite.service | head -40; exit 1; }
        show() { systemctl show --value --property "$1" mysite.service; }
        get() { curl -fsS --max-time 10 "$@" 2>&1 || true; }
        until_is() { # TEXT COMMAND...: within ten seconds
            local wanted=$1
            shift
            for _ in $(seq 100); do
                [ "$("$@")" = "$wanted" ] && return
                sleep 0.1
            done
            failed "'$*' gives '$("$@")', not '$wanted'"
        }
        passed() { echo "ok: $*"; }
        # The child of a master that has workers of its own.
        next_master() {
            local one
            for one in $(pgrep -P "$1"); do
                [ -z "$(pgrep -P "$one")" ] || echo "$one"
            done
        }

        [ "$(cat /proc/1/comm)" = systemd ] || failed "process 1 is no systemd"
        systemctl start mysite.socket
        [ "$(show ActiveState)" = inactive ] || failed "the service runs before anybody asks for it"
        until_is hello get http://127.0.0.1/
        passed "the first client starts the service, which takes systemd's socket on port 80 as user $(get http://127.0.0.1/user/)"
        [ "$(get http://127.0.0.1/user/)" = 61999:61999 ] || failed "the workers run as somebody else"
        [ "$(get --unix-socket /run/mysite/http.sock http://x/)" = hello ] || failed "the Unix socket"
        passed "and its Unix socket"
        until_is active show ActiveState
        until_is "2 workers" show StatusText
        passed "READY=1 and STATUS reach systemd: $(show StatusText)"

        main=$(show MainPID) worker=$(get http://127.0.0.1/pid/)
        (while [ ! -f /tmp/enough ]; do get http://127.0.0.1/; done) >/tmp/answers &
        load=$!
        systemctl reload mysite.service
        until_is gone sh -c "kill -0 $worker 2>/dev/null && echo there || echo gone"
        until_is active show ActiveState
        [ "$(show MainPID)" = "$main" ] || failed "reload changed the master"
        passed "systemctl reload replaces the workers"

        kill -USR2 "$main"
        for _ in $(seq 100); do
            next=$(next_master "$main")
            [ -z "$next" ] || break
            sleep 0.1
        done
        [ -n "$next" ] || failed "USR2 starts no next master"
        sleep 1
        kill -TERM "$main"
        until_is "$next" show MainPID
        until_is active show ActiveState
        [ "$(show NRestarts)" = 0 ] || failed "systemd took the change of masters for a crash"
        passed "USR2 and TERM: MAINPID is the next master's"

        systemctl restart mysite.service
        until_is active show ActiveState
        touch /tmp/enough
        wait $load
        if grep -vn '^hello$' /tmp/answers; then failed "a request was lost"; fi
        passed "reload, upgrade and restart lost none of $(wc -l </tmp/answers) requests one after the other"

        mkdir -p /run/systemd/system/mysite.service.d
        printf '[Service]\nWatchdogSec=2\nTimeoutAbortSec=2\n' >/run/systemd/system/mysite.service.d/soon.conf
        systemctl daemon-reload
        systemctl restart mysite.service
        sleep 5
        [ "$(show NRestarts)" = 0 ] || failed "the watchdog is not fed"
        kill -STOP "$(show MainPID)"
        for _ in $(seq 120); do [ "$(show NRestarts)" != 1 ] && sleep 0.1 || break; done
        [ "$(show NRestarts)" = 1 ] || failed "a master that hangs is not replaced"
        until_is hello get http://127.0.0.1/
        passed "the watchdog is fed; a master that was stopped is replaced"

        systemctl stop mysite.socket mysite.service
        [ "$(show Result)" = success ] && [ "$(show ActiveState)" = inactive ] || failed "stop: $(show Result)"
        [ -z "$(pgrep -f 'mysite serve')" ] || failed "processes are left behind"
        passed "systemctl stop ends it with success"
        echo "all done"
        ;;
esac
