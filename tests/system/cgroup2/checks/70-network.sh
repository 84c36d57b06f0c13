# Networks are the same; that they work shows that the guest is a whole machine.
d run -d --name one busybox sleep 1000 >/dev/null
like "ping on the bridge" "*1 packets received* -> 0" "$(give strates docker run --rm busybox ping -c1 -W5 "$(field one .NetworkSettings.IPAddress)")"
read -r received <<<"$(d stats --no-stream --format '{{.NetIO}}' one)"
like "stats, network" "[1-9]*" "$received"
check "network create" d network create net
d run -d --name two --network net -p 8080:80 busybox sh -c 'mkdir /www; echo page >/www/index.html; httpd -f -h /www' >/dev/null
like "ping by name" "*1 packets received* -> 0" "$(give strates docker run --rm --network net busybox ping -c1 -W5 two)"
check "a published port answers" within 20 page 192.0.2.1 8080
same "what it answers" page "$(page 192.0.2.1 8080)"
same "also on the loopback" page "$(page 127.0.0.1 8080)"
d rm -f one two >/dev/null
check "network rm" d network rm net
