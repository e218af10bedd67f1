# Fails until there is a file "mended" in the project's folder.
echo "looking"
[ -e mended ] || { echo "it is broken" >&2; exit 1; }
echo "works in attempt $MJAGENT_ATTEMPT"
