# 3.4 in x 2.8 in
# Rows of `data` by what grows: algorithms and money a year; the best length of each by events.
year = 365.25 * 86400
month = year / 12
of(s, m) = abs(column('world.algorithms.growth') - s) < 1e-4 && abs(column('world.money.growth') - m) < 1e-4
share(s, m, best) = of(s, m) ? column('best_effective_flop') / best : NaN
len(dummy) = column('lab.length') / month
array soft[5] = [1, 1.71772, 1, 1.71772, 3]
array money[5] = [1, 1, 2.79827, 2.79827, 1]
array best[5]
array at[5]
do for [i=1:5] {
  stats data using (of(soft[i], money[i]) ? column('best_effective_flop') : NaN) nooutput
  best[i] = STATS_max
  stats data using (of(soft[i], money[i]) && column('best_effective_flop') > 0.9999999 * best[i] ? len(0) : NaN) nooutput
  at[i] = STATS_mean
}
set lmargin at screen 0.13
set rmargin at screen 0.97
set tmargin at screen 0.93
set bmargin at screen 0.16
set logscale x
set xrange [2:72]
set xtics (2, 3, 6, 12, 24, 48, 72)
set yrange [0:1.95]
set ytics 0, 0.2, 1
set xlabel 'length of the run [months]' offset 0,0.4
set ylabel 'effective compute, over the best' offset 1.8,0
set key top left samplen 2.5
plot data using (len(0)):(share(soft[1], money[1], best[1])) with lines lt 1 title sprintf('hardware: %.1f', at[1]), \
     data using (len(0)):(share(soft[2], money[2], best[2])) with lines lt 2 title sprintf('and software: %.2f', at[2]), \
     data using (len(0)):(share(soft[3], money[3], best[3])) with lines lt 3 title sprintf('and investment: %.2f', at[3]), \
     data using (len(0)):(share(soft[4], money[4], best[4])) with lines lt 4 title sprintf('all three: %.2f', at[4]), \
     data using (len(0)):(share(soft[5], money[5], best[5])) with lines lt 5 title sprintf('software 3x: %.2f', at[5]), \
     published using 'exact_months':(1.05) with points pt 11 ps 0.8 lc rgb '#000000' title '1/g, closed form'
