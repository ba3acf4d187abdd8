# 3.4 in x 2.8 in
# Knee, half and wall of each curve; grey: the closed form, which does not know the platform.
law = ''
take(text) = (law = text, 0)
stats data using (strcol('curve') eq 'base' ? take(strcol('batch_law')) : NaN) nooutput
set label 1 'batch: '.law font ',6' noenhanced at screen 0.5, screen 0.015 center
set lmargin at screen 0.40
set rmargin at screen 0.97
set bmargin at screen 0.18
set tmargin at screen 0.88
set logscale x
set xrange [1e26:1e33]
set xtics 1e26, 100, 1e33 format '10^{%T}'
set xlabel 'training compute [FLOP]' offset 0,0.4
set key outside top center horizontal samplen 1
unset grid
set grid xtics
array rows[9] = ['base', 'NVLink 72', 'NVLink 576', 'NVLink 8 Ethernet', 'NVLink 72 Ethernet', 'rail-only NVLink 256', '3D torus', 'campus', 'campuses']
array titles[9] = ['NVLink 8, InfiniBand', 'NVLink 72', 'NVLink 576', 'NVLink 8, Ethernet', 'NVLink 72, Ethernet', 'rail-only, NVLink 256', '3D torus', 'campus', 'campuses']
set yrange [9.6:0.4]
set ytics scale 0
do for [i=1:9] { set ytics add (titles[i] i) }
row(name) = (r = NaN, sum [i=1:9] (name eq rows[i] ? (r = i, 0) : 0), r)
first(x) = column('flop') < 1.01e24 ? x : NaN
plot data using 'closed_form_flop':(first(row(strcol('curve')))) with points pt 2 ps 0.8 lc rgb '#A0A0A0' title 'closed form', \
     data using 'knee_flop':(first(row(strcol('curve')))) with points lt 1 pt 7 ps 0.7 title 'knee', \
     data using 'half_flop':(first(row(strcol('curve')))) with points lt 2 pt 5 ps 0.7 title 'half', \
     data using 'wall_flop':(first(row(strcol('curve')))) with points lt 4 pt 9 ps 0.9 title 'wall'
