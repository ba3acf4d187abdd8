# 6.9 in x 2.9 in
# Left: mean wait over load; right: mean bounded slowdown.
hour = 3600.
of(p, v) = strcol('schedule.policy') eq p ? v : NaN
set multiplot
set tmargin at screen 0.95
set bmargin at screen 0.17
set xlabel 'offered load' offset 0,0.4
set xrange [0.42:1.08]
set xtics 0.2
set logscale y
set lmargin at screen 0.09
set rmargin at screen 0.5
set ylabel 'mean wait [h]' offset 1.2,0
set yrange [1e-3:2e3]
set format y '10^{%T}'
set key bottom right samplen 2.5
plot data using 'offered_load':(of('fifo', column('mean_wait_s') / hour)) with linespoints lt 1 title 'FIFO', \
     data using 'offered_load':(of('easy', column('mean_wait_s') / hour)) with linespoints lt 2 title 'EASY backfill', \
     data using 'offered_load':(of('sjf', column('mean_wait_s') / hour)) with linespoints lt 3 title 'SJF', \
     data using 'offered_load':(of('las', column('mean_wait_s') / hour)) with linespoints lt 4 title 'least attained service', \
     data using 'offered_load':(of('srtf', column('mean_wait_s') / hour)) with linespoints lt 5 title 'SRTF'
set lmargin at screen 0.62
set rmargin at screen 0.98
set ylabel 'mean bounded slowdown' offset 0,0
set yrange [0.8:3e4]
unset key
plot data using 'offered_load':(of('fifo', column('mean_bounded_slowdown'))) with linespoints lt 1, \
     data using 'offered_load':(of('easy', column('mean_bounded_slowdown'))) with linespoints lt 2, \
     data using 'offered_load':(of('sjf', column('mean_bounded_slowdown'))) with linespoints lt 3, \
     data using 'offered_load':(of('las', column('mean_bounded_slowdown'))) with linespoints lt 4, \
     data using 'offered_load':(of('srtf', column('mean_bounded_slowdown'))) with linespoints lt 5
unset multiplot
