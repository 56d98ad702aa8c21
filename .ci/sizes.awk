# Fails on a function of more than 70 lines (a table in a test may be longer) and on a file of more
# than 500.
FNR == 1 { if (file != "" && lines > 500) { print file ": " lines " lines, more than 500: is there a seam?"; bad = 1 }
	file = FILENAME; begun = 0 }
{ lines = FNR }
/^\{/ { begun = FNR }
/^}/ {
	if (begun && FNR - begun - 1 > 70 && FILENAME !~ /\/tests\//) {
		print FILENAME ":" begun ": a function of " FNR - begun - 1 " lines, more than 70"
		bad = 1
	}
	begun = 0
}
END { if (lines > 500) { print file ": " lines " lines, more than 500: is there a seam?"; bad = 1 } exit bad }
