# 3.4 in x 3.0 in
M = 1440.0; d = 5.0; R = 10.0  # minutes: mean time to failure, write, restart
# [Daly, FGCS 22(3), 2006]: exact with exponential failures at any time; tau in minutes.
useful(tau) = tau / (M * exp(R / M) * (exp((tau + d) / M) - 1))
young = sqrt(2 * d * M)
daly = sqrt(2 * d * M) * (1 + sqrt(d / (2 * M)) / 3 + d / (18 * M)) - d
tau = "(column('checkpoint_steps') * column('step_s') / 60)"  # whole steps, as simulated

set multiplot
set lmargin at screen 0.16
set rmargin at screen 0.975
set logscale x
set xrange [13.5:800]
set samples 400
unset key

set tmargin at screen 0.975
set bmargin at screen 0.42
set yrange [70:95]
set ytics 5
set label 'useful time [%]' at screen 0.028, screen 0.70 center rotate
set xtics ('' 15, '' 30, '' 60, '' 120, '' 240, '' 480, '' 720)
set arrow from daly, 70 to daly, 100 * useful(daly) nohead lt 1 lw 0.75 dt (6,3)
set arrow from young, 70 to young, 100 * useful(young) nohead lt 1 lw 0.75 dt (1.5,2)
set label sprintf('Daly %.1f min', daly) at daly * 0.94, 72.2 right
set label sprintf('Young %.0f min', young) at young * 1.06, 72.2 left
set label 'closed form' at 26, 79.5 left
set label 'simulated' at 320, 90.6 left tc lt 2
plot 100 * useful(x) lt 1 dt solid, \
     data using @tau:(100 * column('ettr')) with points lt 2

unset label
unset arrow
set tmargin at screen 0.37
set bmargin at screen 0.15
set yrange [-0.55:0.55]
set ytics ('–0.5' -0.5, '0' 0, '0.5' 0.5)
set label 'error [points]' at screen 0.028, screen 0.26 center rotate
set xtics ('15 min' 15, '30' 30, '1 h' 60, '2' 120, '4' 240, '8' 480, '12' 720)
set xlabel 'work between two checkpoints' offset 0,0.5
plot 0 lt 1 lw 0.75, \
     data using @tau:(100 * (column('ettr_low') - useful(@tau))):(0): \
       (100 * (column('ettr_high') - column('ettr_low'))) with vectors nohead lt 2 dt solid lw 1, \
     data using @tau:(100 * (column('ettr') - useful(@tau))) with points lt 2
unset multiplot
