# 3.4 in x 2.8 in
# From `points`: orders of magnitude over the start's run, by how long it has been.
year = 365.25 * 86400
set lmargin at screen 0.13
set rmargin at screen 0.97
set tmargin at screen 0.96
set bmargin at screen 0.15
set xrange [2023:2029]
set xtics 1
set yrange [0:9]
set ytics 1
set ylabel 'orders of magnitude since 2023' offset 1.4,0
set key top left
set rmargin at screen 0.94
set datafile missing NaN
base = 2.1e25
when(dummy) = 2023 + column('duration') / year
oom(m, percentile) = strcol('metric') eq m ? log10(column(percentile) / base) : NaN
plot summary using (when(0)):(oom('best_effective_flop', 'p5')):(oom('best_effective_flop', 'p95')) with filledcurves lc rgb '#BBDDEE' fs noborder title 'effective, 90 % of draws', \
     summary using (when(0)):(oom('best_flop', 'p5')):(oom('best_flop', 'p95')) with filledcurves lc rgb '#C8C8C8' fs noborder title 'physical, 90 %', \
     summary using (when(0)):(oom('best_effective_flop', 'p50')) with linespoints lt 2 title 'effective: algorithms on top', \
     summary using (when(0)):(oom('best_flop', 'p50')) with linespoints lt 1 title 'physical compute'
