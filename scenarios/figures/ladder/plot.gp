# 6.9 in x 2.8 in
# `data` are runs, `summary` is what there was each month.
set xdata time
set timefmt '%Y-%m-%d'
set xrange ['2023-01-01':'2035-01-01']
set xtics format '%Y' ('2023-01-01', '2025-01-01', '2027-01-01', '2029-01-01', '2031-01-01', '2033-01-01', '2035-01-01')
at(name) = strptime('%Y-%m-%d', strcol(name))
set multiplot
set tmargin at screen 0.95
set bmargin at screen 0.13
set logscale y
set lmargin at screen 0.09
set rmargin at screen 0.58
set yrange [1e25:1e39]
set ytics 1e26, 1e3 format '10^{%T}'
set ylabel 'training compute [FLOP]' offset 1.3,0
set key bottom right
plot data using (at('start')):(column('flop')):(at('end') - at('start')):(0) with vectors nohead lt 1 lw 3 title 'a run, physical', \
     summary using (at('date')):(column('best_effective_flop') > 0 ? column('best_effective_flop') : NaN) with steps lt 2 title 'best model, effective'
set lmargin at screen 0.69
set rmargin at screen 0.98
set yrange [10:1e5]
set ytics 10, 10 format '10^{%T}'
set ylabel 'power of the cluster [MW]' offset 2.2,0
plot summary using (at('date')):(column('power_w') / 1e6) with steps lt 4 notitle
unset multiplot
