# 6.9 in x 2.9 in
# Left: rates of progress without frictions; right: frictions one after another at three times a year.
year = 365.25 * 86400
month = year / 12
len(dummy) = column('lab.length') / month
free(g) = abs(column('world.algorithms.growth') - g) < 1e-4 && strcol('world') eq 'worlds/smooth.toml' && column('failures.random') == 0
friction(w, f, q) = abs(column('world.algorithms.growth') - 3) < 1e-4 && strcol('world') eq w && column('failures.random') == f && (column('lab.queue') > 0) == q
shown(is, best) = is && column('best_effective_flop') > 0 ? column('best_effective_flop') / best : NaN
array rate[4] = [1, 1.7177, 3, 10]
array top[4]
array at[4]
do for [i=1:4] {
  stats data using (free(rate[i]) ? column('best_effective_flop') : NaN) nooutput
  top[i] = STATS_max
  stats data using (free(rate[i]) && column('best_effective_flop') > 0.9999999 * top[i] ? len(0) : NaN) nooutput
  at[i] = STATS_mean
}
array worlds[5] = ['worlds/smooth.toml', 'worlds/smooth.toml', 'worlds/dated.toml', 'worlds/dated.toml', 'worlds/capped.toml']
array fails[5] = [0, 1, 1, 1, 1]
array queues[5] = [0, 0, 0, 1, 1]
array peak[5]
array where[5]
do for [i=1:5] {
  stats data using (friction(worlds[i], fails[i], queues[i]) ? column('best_effective_flop') : NaN) nooutput
  peak[i] = STATS_max
  stats data using (friction(worlds[i], fails[i], queues[i]) && column('best_effective_flop') > 0.9999999 * peak[i] ? len(0) : NaN) nooutput
  where[i] = STATS_mean
}
set multiplot
set tmargin at screen 0.95
set bmargin at screen 0.16
set logscale x
set xrange [0.7:40]
set xtics (1, 2, 4, 8, 16, 32)
set xlabel 'length of the run [months]' offset 0,0.4
set lmargin at screen 0.07
set rmargin at screen 0.48
set yrange [0:1.75]
set ytics 0, 0.2, 1
set ylabel 'effective compute, over the best' offset 1.5,0
set key top left samplen 2.5
plot data using (len(0)):(shown(free(rate[1]), top[1])) with lines lt 1 title sprintf('no progress: %.1f months', at[1]), \
     data using (len(0)):(shown(free(rate[2]), top[2])) with lines lt 2 title sprintf('1.7 times a year: %.1f', at[2]), \
     data using (len(0)):(shown(free(rate[3]), top[3])) with lines lt 4 title sprintf('3 times: %.1f', at[3]), \
     data using (len(0)):(shown(free(rate[4]), top[4])) with lines lt 5 title sprintf('10 times: %.1f', at[4]), \
     published using 'exact_months':(1.06) with points pt 11 ps 0.8 lc rgb '#000000' title '1/g, closed form'
set lmargin at screen 0.57
set rmargin at screen 0.98
set logscale y
set yrange [peak[1] / 300:peak[1] * 60]
set ytics 1e28, 10, 1e30 format '10^{%T}'
set ylabel 'effective compute [FLOP]' offset 1.2,0
set key top left samplen 2.5
plot data using (len(0)):(shown(friction(worlds[1], fails[1], queues[1]), 1)) with lines lt 1 title sprintf('no frictions: %.1f months', where[1]), \
     data using (len(0)):(shown(friction(worlds[2], fails[2], queues[2]), 1)) with lines lt 2 title sprintf('failures: %.1f', where[2]), \
     data using (len(0)):(shown(friction(worlds[3], fails[3], queues[3]), 1)) with lines lt 3 title sprintf('and chips once a year: %.1f', where[3]), \
     data using (len(0)):(shown(friction(worlds[4], fails[4], queues[4]), 1)) with lines lt 4 title sprintf('and a queue: %.1f', where[4]), \
     data using (len(0)):(shown(friction(worlds[5], fails[5], queues[5]), 1)) with lines lt 5 title sprintf('and 300 MW: %.1f', where[5])
unset multiplot
