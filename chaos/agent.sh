#!/bin/sh
# The agent of a chaos run: agent.sh HOW SECONDS. A shell script, because starting node for every task would be the
# whole load. Times are those of /proc/uptime: read without starting a program.
run="$MJAGENT_TASK_ID $MJAGENT_EPOCH $MJAGENT_RUN_ID $$"
say() {
  read -r up _ </proc/uptime
  # One write of one line, appended: whole or not there.
  echo "$1 $run $up $2" >>"$CHAOS_RUNS"
}
say start -
case $1 in
leave) setsid sleep 600 </dev/null >/dev/null 2>&1 & ;;
hold) setsid sleep 600 & ;; # and keeps the pipes open
esac
sleep "$2"
code=0
if [ "$MJAGENT_EPOCH" = 1 ]; then
  case $1 in
  fail) code=1 ;;
  later) code=75 ;;
  esac
fi
if [ $code = 0 ]; then
  printf '{"summary":"done","data":{"task":"%s","epoch":%s,"pid":%s}}' \
    "$MJAGENT_TASK_ID" "$MJAGENT_EPOCH" $$ >"$MJAGENT_OUTPUT"
fi
say end $code
exit $code
