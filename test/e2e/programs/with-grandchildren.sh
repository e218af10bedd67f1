# Works for ever at the task "long", with children in its group and in a session of their own; at any other not at all.
[ "$MJAGENT_TASK_ID" = long ] || exit 0
sleep 300 &
setsid sleep 300 &
echo "started $MJAGENT_TASK_ID"
wait
