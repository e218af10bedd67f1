# Works until somebody makes the file go-<task id> in the project's folder.
echo "started $MJAGENT_TASK_ID"
while [ ! -e "go-$MJAGENT_TASK_ID" ]; do sleep 0.05; done
echo "did $MJAGENT_TASK_ID in attempt $MJAGENT_ATTEMPT"
