# 3.4 in x 3.4 in
# Rows in the order of published.csv; a metric of the simulation goes to the row of its cause.
array Cause[40]
n = 0
stats published using (n = n + 1, Cause[n] = strcol('cause'), 0) nooutput
row(metric) = (at = NaN, sum [i = 1:n] (metric eq 'interruptions.by_cause.'.Cause[i] ? (at = i, 0) : 0), at)

set multiplot
set lmargin at screen 0.355
set rmargin at screen 0.975
set tmargin at screen 0.985
set bmargin at screen 0.12
set yrange [n + 0.7:0.3]
set xrange [0:175]
set xtics 50
set ytics scale 0 font ',7'
unset grid
set xlabel 'interruptions in 54 days' offset 0,0.5
set style fill solid 1 noborder
unset key
set object rectangle center 91, 3 size 7, 0.72 fc rgb '#C8C8C8' fs solid 1 noborder
set label 'published' at 99, 3 left font ',7'
set label 'mean of 100 runs' at 99, 4.1 left font ',7' tc lt 2
set label '' at 91, 4.1 point lt 2
set label '5–95 % of them' at 99, 5.2 left font ',7' tc lt 2
set arrow from 86.5, 5.2 to 95.5, 5.2 heads size 0.8,90 lt 2 dt solid lw 0.75
plot published using (0.5 * column('count')):(row('interruptions.by_cause.'.strcol('cause'))): \
       (0.5 * column('count')):(0.36):ytic(strcol('label')) with boxxyerror lc rgb '#C8C8C8', \
     summary using 'mean':(row(strcol('metric'))):'p5':'p95' with xerrorbars lt 2 dt solid lw 0.75 ps 0, \
     summary using 'mean':(row(strcol('metric'))) with points lt 2

unset label
unset arrow
unset object
set lmargin at screen 0.60
set rmargin at screen 0.94
set tmargin at screen 0.54
set bmargin at screen 0.27
set border 1
unset grid
unset ytics
set yrange [0:*]
set xrange [0.872:0.908]
set xtics 0.01 font ',7' format '%.2f'
set xlabel 'useful time (ETTR)' font ',7' offset 0,0.4
bin = 0.002
set boxwidth bin * 0.9
set arrow from 0.9, graph 0 to 0.9, graph 1.1 nohead lt 1 lw 0.75 dt (6,3)
set label 'published: above 0.90' at screen 0.975, graph 1.19 right font ',7'
set label 'runs' at graph 0.02, graph 0.5 center rotate font ',7'
plot points using (bin * (floor(column('ettr') / bin) + 0.5)):(1) smooth frequency with boxes lt 2 fs solid 0.4
unset multiplot
