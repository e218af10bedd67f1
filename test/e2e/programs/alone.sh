# As gated.sh; fails when another one with the same first argument works at the same time.
mkdir "inside-$1" || exit 1
trap 'rmdir "inside-$1"; exit 1' TERM
echo "started $MJAGENT_TASK_ID"
while [ ! -e "go-$MJAGENT_TASK_ID" ]; do sleep 0.05; done
rmdir "inside-$1"
