# 3.4 in x 2.8 in
year = 365.25 * 86400
set lmargin at screen 0.16
set rmargin at screen 0.96
set tmargin at screen 0.96
set bmargin at screen 0.16
set logscale x
set xrange [1.5:8]
set xtics (1.5, 2, 3, 4, 5, 6, 8)
set yrange [2028:2045]
set ytics 2
set xlabel 'growth of compute [times a year]' offset 0,0.4
set ylabel 'data bind from' offset 1.4,0
set key top right
of(w) = strcol('world') eq w && column('bound_since_s.data') >= 0 ? 2024.5 + column('bound_since_s.data') / year : NaN
plot data using 'world.trend.chips_growth':(of('worlds/real.toml')) with linespoints lt 1 title 'text of the web', \
     data using 'world.trend.chips_growth':(of('worlds/unchecked.toml')) with linespoints lt 2 title 'and unchecked synthetic text', \
     data using 'world.trend.chips_growth':(of('worlds/checked.toml')) with linespoints lt 4 title 'and checked synthetic text'
