# Sourced by init.sh: the test programs that were asked for, from the folder that they were built in.
echo "-- programs"
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
while read -r program; do
  timeout 3000 "$program" >/root/said 2>&1
  code=$?
  if [ $code = 0 ]; then
    yes "$(basename_of "$program"): $(grep -a 'test cases' /root/said | tr -s ' ')"
  else
    no "$(basename_of "$program") gave $code"
    tail -n 150 /root/said
  fi
done </strates/tests/list
