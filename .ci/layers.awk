# Fails on an include that points upwards, or between modules that must not know each other.
# Input: the output of `grep -n '#include "' FILES`, i.e. file:line:#include "path".
function module(path,   n, part) {
	n = split(path, part, "/")
	if (part[1] == "harness" || (part[1] == "drivers") || part[1] == "fixtures")
		return part[1] "/" part[2]
	return part[1]
}
function rank(m, path) {
	if (path ~ /^fixtures\/board\/board\.h$/) return 0
	if (m == "harness/base") return 0
	if (m == "harness/model" || m == "harness/image" || m == "drivers/api") return 1
	if (m == "harness/engine" || m == "netem" || m ~ /^drivers\//) return 2
	if (m == "reports" || m == "harness/explore" || m == "harness/history" || m == "harness/doctor" || m == "harness/gate" || m == "harness/field") return 3
	if (m == "harness/cmd" || m == "harness/imagetool") return 4
	return -1
}
{
	split($0, at, ":")
	file = at[1]
	match($0, /"[^"]+"/)
	target = substr($0, RSTART + 1, RLENGTH - 2)
	if (file ~ /(^|\/)(tests|fuzz)\// || file ~ /^fixtures\//)
		next
	from = module(file); to = module(target)
	if (target ~ /^fixtures\// && !(target == "fixtures/board/board.h" && (from == "drivers/sim" || from == "harness/explore"))) {
		print file ":" at[2] ": product code includes a fixture: " target; bad = 1; next
	}
	# The oracle judges by what was seen. It must not be able to know what was meant to happen.
	if (file ~ /^harness\/engine\/oracle\.[ch]$/ && target !~ /^harness\/(engine\/oracle|model\/verdict)\.h$/) {
		print file ":" at[2] ": the oracle knows observations only, and includes " target; bad = 1; next
	}
	if (from == to) next
	# SLIP is spoken on a serial port, and the network's helper is where drivers and netem meet.
	if (from == "drivers/net" && (to == "drivers/serial" || (to == "netem" && file ~ /^drivers\/net\/link\//))) next
	a = rank(from, file); b = rank(to, target)
	if (b < 0) { print file ":" at[2] ": unknown module: " target; bad = 1; next }
	peers = (a == 2 && b == 2) || (from == "harness/model" && to == "drivers/api")
	# What a link does to packets is the same for the simulated one; these know of no driver.
	if (from == "drivers/sim" && target ~ /^drivers\/net\/(impair|ip_udp|slip_codec)\.h$/) peers = 0
	if (from == "drivers/api" && a == b && target !~ /^harness\/model\/(values|netem)\.h$/) peers = 1
	if (b > a || peers) { print file ":" at[2] ": " from " (rank " a ") includes " target " (rank " b ")"; bad = 1 }
}
END { exit bad }
