# pause is cgroup.freeze.
d run -d --name ice --network none busybox sh -c 'while :; do echo x; sleep 0.1; done' >/dev/null
check "pause" d pause ice
same "frozen, in the group's file and in its events" "1 frozen 1" "$(of ice cgroup.freeze) $(of ice cgroup.events | grep frozen)"
same "paused" paused "$(field ice .State.Status)"
lines() { d logs ice | wc -l; }
before=$(lines)
sleep 1
same "nothing runs in it" "$before" "$(lines)"
like "exec is refused" "*is paused*" "$(give strates docker exec ice true)"
check "stats of a paused container" d stats --no-stream ice
check "unpause" d unpause ice
check "it runs on" within 10 eval '[ "$(lines)" -gt '"$before"' ]'
d pause ice >/dev/null
check "rm -f of a paused container" d rm -f ice
check "its group is gone" alone
