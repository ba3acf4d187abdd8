# 6.9 in x 2.6 in
# One row a fabric, in the order of the axis: the first on top.
row(i) = 10 - int(i)
set yrange [0.4:10.6]
set ytics ('fat tree' 10, 'rail-optimised' 9, 'rail-only' 8, 'two planes' 7, 'taper 4:1' 6, \
  'dragonfly' 5, 'HyperX' 4, 'Slim Fly' 3, 'torus' 2, 'HammingMesh' 1)
unset key
set multiplot
set tmargin at screen 0.96
set bmargin at screen 0.19

set lmargin at screen 0.15
set rmargin at screen 0.45
set logscale x
set xrange [15:100]
set xtics (15, 20, 30, 50, 75, 100)
set xlabel 'step [s]' offset 0,0.3
plot data using 'step_s':(row($0)) with points lt 1

unset logscale x
set ytics ('' 10, '' 9, '' 8, '' 7, '' 6, '' 5, '' 4, '' 3, '' 2, '' 1)
set lmargin at screen 0.49
set rmargin at screen 0.72
set xrange [0:7]
set xtics 2
set xlabel 'network [million USD]' offset 0,0.3
plot data using (column('network_cost_usd') / 1e6):(row($0)) with points lt 2

set lmargin at screen 0.76
set rmargin at screen 0.98
set xrange [0:220]
set xtics 50
set xlabel 'power [kW]' offset 0,0.3
plot data using (column('network_power_w') / 1e3):(row($0)) with points lt 4
unset multiplot
