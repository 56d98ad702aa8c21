# growth.tsv, as bench_closure writes it, as a picture: boots and seconds over the size of the images.
BEGIN {
	FS = "\t"
	WIDE = 360; HIGH = 240; LEFT = 56; TOP = 40; GAP = 80
	colour["whole"] = "#0072b2"; colour["torn"] = "#d55e00"
	text["whole"] = "whole program units"; text["torn"] = "3 torn units, 3 partial erases too"
	name[0] = "boots that decide every schedule"; name[1] = "seconds of one core"
}
NR > 1 && $2 in colour {
	n = ++count[$2]
	kib[$2, n] = $1; value[0, $2, n] = $8; value[1, $2, n] = $13
	for (p = 0; p < 2; p++) if (value[p, $2, n] > top[p]) top[p] = value[p, $2, n]
	if ($1 > widest) widest = $1
}
# A round number not below x.
function round(x,   unit) {
	for (unit = 1; unit * 10 <= x; unit *= 10) ;
	return x <= 2 * unit ? 2 * unit : x <= 5 * unit ? 5 * unit : 10 * unit
}
function across(p, k) { return LEFT + p * (WIDE + GAP) + k / widest * WIDE }
function down(p, v) { return TOP + HIGH - v / most[p] * HIGH }
function label(x, y, anchor, what) {
	printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n", x, y, anchor, what
}
function line(x1, y1, x2, y2) {
	printf "<path d=\"M%.1f %.1fL%.1f %.1f\" stroke=\"#ccc\"/>\n", x1, y1, x2, y2
}
function axes(p,   i, k) {
	label(LEFT + p * (WIDE + GAP), TOP - 12, "start", name[p])
	for (i = 0; i <= 4; i++) {
		line(across(p, 0), down(p, most[p] * i / 4), across(p, widest), down(p, most[p] * i / 4))
		label(across(p, 0) - 6, down(p, most[p] * i / 4) + 4, "end", most[p] * i / 4)
	}
	for (k = 0; k <= widest; k += 8) label(across(p, k), TOP + HIGH + 18, "middle", k)
	label(across(p, widest / 2), TOP + HIGH + 36, "middle", "KiB of each image")
}
function curve(p, kind,   i) {
	printf "<path fill=\"none\" stroke-width=\"2\" stroke=\"%s\" d=\"", colour[kind]
	for (i = 1; i <= count[kind]; i++)
		printf "%s%.1f %.1f", i == 1 ? "M" : "L", across(p, kib[kind, i]), down(p, value[p, kind, i])
	print "\"/>"
	for (i = 1; i <= count[kind]; i++)
		printf "<circle r=\"3\" fill=\"%s\" cx=\"%.1f\" cy=\"%.1f\"/>\n", colour[kind],
			across(p, kib[kind, i]), down(p, value[p, kind, i])
}
END {
	width = LEFT + 2 * WIDE + GAP + 24
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n",
		width, TOP + HIGH + 76
	print "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>"
	for (p = 0; p < 2; p++) {
		most[p] = round(top[p])
		axes(p)
		curve(p, "whole")
		curve(p, "torn")
	}
	x = LEFT
	for (i = 1; i <= 2; i++) {
		kind = i == 1 ? "whole" : "torn"
		printf "<rect width=\"12\" height=\"12\" x=\"%d\" y=\"%d\" fill=\"%s\"/>\n", x, TOP + HIGH + 54, colour[kind]
		label(x + 18, TOP + HIGH + 64, "start", text[kind])
		x += WIDE
	}
	print "</svg>"
}
