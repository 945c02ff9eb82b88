# Horizontal bars. Variables: data, target, axis, count (of lines), logarithmic.
# Columns of the data, by tabulators: place from the bottom, label, middle,
# least, most, kind (0 a heading, 1 ours, 2 another's).
set datafile separator "\t"
stats data using 3 nooutput
most = STATS_max
stats data using ($6 > 0 ? $3 : 1/0) nooutput
least = STATS_min
set terminal svg size 760, 90 + 30 * count font "sans-serif,13" \
    background "white"
set output target
set encoding utf8
unset key
set border 1 lc rgb "#888888"
set xlabel axis tc rgb "#444444"
set yrange [0.3 : count + 0.7]
set ytics scale 0 nomirror tc rgb "#222222"
set xtics nomirror tc rgb "#444444"
set grid xtics lc rgb "#dddddd" lt 1
set lmargin 34
set rmargin 10
if (logarithmic) {
  set logscale x 10
  set format x "%.0s%c"
  from = 10 ** floor(log10(least) - 0.3)
  set xrange [from : most * 6]
} else {
  from = 0
  set xrange [0 : most * 1.25]
}
color(kind) = kind == 1 ? 0x1f77b4 : 0xb8b8b8
shown(value) = value >= 100 ? sprintf("%.0f", value) : \
    value >= 10 ? sprintf("%.1f", value) : sprintf("%.2g", value)
set style fill solid 1 noborder
# On a logarithmic axis the length of a bar says nothing: a point at its end.
half = logarithmic ? 0.04 : 0.34
size = logarithmic ? 1.1 : 0.01
plot data using (from):1:(from):($6 > 0 ? $3 : from):($1 - half):($1 + half):(color($6)):ytic(2) \
       with boxxyerror lc rgb variable, \
     data using ($6 > 0 ? $3 : 1/0):1:(color($6)) with points pt 7 ps size lc rgb variable, \
     data using ($6 > 0 ? $4 : 1/0):1:($5 - $4):(0) with vectors nohead lw 1.5 lc rgb "#444444", \
     data using ($6 > 0 ? $5 : 1/0):1:(shown($3)) with labels left offset 1.2, 0 tc rgb "#222222"
